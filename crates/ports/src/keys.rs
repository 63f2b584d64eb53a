//! Virtual keys: what a client presents instead of the upstream's credential.

use seawall_base::{Digest, Principal, Secret, Timestamp};

use crate::BoxFuture;

/// The registry of virtual keys. It keeps hashes; a key's text exists only where it was made.
pub trait Keys: Send + Sync {
    /// Makes a key and returns it with its text (`sk-…`, 256 random bits), which is not kept. The
    /// ledger has it, as made by `by`, before it can be used.
    ///
    /// # Errors
    /// When it cannot be recorded or stored.
    fn create(
        &self,
        key: NewKey,
        by: Principal,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<(VirtualKey, Secret<String>), KeysError>>;

    /// Finds a key that is not revoked by the SHA-256 of its text, see [`VirtualKey::hash`].
    ///
    /// # Errors
    /// When the registry cannot be read.
    fn find(&self, hash: Digest) -> BoxFuture<'_, Result<Option<VirtualKey>, KeysError>>;

    /// All keys, revoked ones too, oldest first.
    ///
    /// # Errors
    /// When the registry cannot be read.
    fn list(&self) -> BoxFuture<'_, Result<Vec<VirtualKey>, KeysError>>;

    /// Revokes a key at once and for good. Revoking twice keeps the first time.
    ///
    /// # Errors
    /// [`KeysError::NotFound`], or when it cannot be stored; [`KeysError::Unrecorded`] when it is
    /// revoked all the same, and the ledger does not have it.
    fn revoke<'a>(
        &'a self,
        id: &'a str,
        by: Principal,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<VirtualKey, KeysError>>;
}

/// What a new key is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewKey {
    /// Name that a person gives it.
    pub name: String,
    /// Who acts when it is used.
    pub principal: Principal,
    /// What it may use per minute.
    pub limits: KeyLimits,
    /// Models it may ask for; empty means all.
    pub scope: Vec<String>,
}

/// A virtual key without its secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VirtualKey {
    /// Id of the key.
    pub id: String,
    /// Name that a person gave it.
    pub name: String,
    /// Who acts when it is used.
    pub principal: Principal,
    /// What it may use per minute.
    pub limits: KeyLimits,
    /// Models it may ask for; empty means all.
    pub scope: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// What a key may use per minute; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct KeyLimits {
    /// Requests.
    pub requests_per_minute: Option<u64>,
    /// Tokens, prompt and completion together.
    pub tokens_per_minute: Option<u64>,
}

/// Why the registry did not do what was asked.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeysError {
    /// No key has this id.
    #[error("no key has the id `{0}`")]
    NotFound(String),
    /// The ledger did not take the record. A key is not made then; a revoked one stays revoked.
    #[error("the ledger did not take the record: {0}")]
    Unrecorded(String),
    /// The store failed.
    #[error("the key registry is unavailable: {0}")]
    Storage(String),
}

impl VirtualKey {
    /// The hash that the registry keeps of a key's text. A key holds 256 random bits, so a plain
    /// hash cannot be searched and needs no salt.
    #[must_use]
    pub fn hash(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    /// Whether the key may ask for `model`.
    #[must_use]
    pub fn covers(&self, model: &str) -> bool {
        self.scope.is_empty() || self.scope.iter().any(|allowed| allowed == model)
    }
}
