//! Definitions of tools as they were first seen, by the server that offers them.

use seawall_base::{Principal, Timestamp};

use crate::BoxFuture;

/// The pinned definitions. Every change is in the ledger before it takes effect.
pub trait Pins: Send + Sync {
    /// All pins, by server and tool.
    ///
    /// # Errors
    /// When they cannot be read.
    fn list(&self) -> BoxFuture<'_, Result<Vec<Pin>, PinsError>>;

    /// Takes a definition that a server shows: the first one of a tool is pinned, another one waits
    /// beside it for a person.
    ///
    /// # Errors
    /// When it cannot be recorded or stored.
    fn show(&self, shown: Shown) -> BoxFuture<'_, Result<Pin, PinsError>>;

    /// Pins the definition that waits, if it still is `proposed`.
    ///
    /// # Errors
    /// [`PinsError::NotFound`], or when it cannot be recorded or stored.
    fn approve(&self, which: Which) -> BoxFuture<'_, Result<Pin, PinsError>>;

    /// Forgets a pin, so that the next definition is pinned as the first.
    ///
    /// # Errors
    /// As [`Self::approve`].
    fn remove(&self, which: Which) -> BoxFuture<'_, Result<Pin, PinsError>>;
}

/// A pinned definition.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pin {
    /// The server that offers the tool.
    pub server: String,
    /// Name of the tool.
    pub tool: String,
    /// The definition in its canonical form.
    pub definition: String,
    /// Another one that the server shows now and that nobody has approved.
    pub proposed: Option<String>,
    /// Who pinned it.
    pub by: Principal,
    /// When.
    pub at: Timestamp,
}

/// A definition that a server shows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shown {
    /// The server.
    pub server: String,
    /// Name of the tool.
    pub tool: String,
    /// The definition in its canonical form.
    pub definition: String,
    /// On whose behalf it was listed.
    pub by: Principal,
    /// When.
    pub at: Timestamp,
}

/// One pin, and who changes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Which {
    /// The server.
    pub server: String,
    /// Name of the tool.
    pub tool: String,
    /// The definition that waits, as the person saw it; any where there is none.
    pub proposed: Option<String>,
    /// Who.
    pub by: Principal,
    /// When.
    pub at: Timestamp,
}

/// Why a pin could not be read or changed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PinsError {
    /// There is no such pin, or nothing waits beside it, or something else does.
    #[error("there is no such pin, or nothing of it waits for approval")]
    NotFound,
    /// The ledger did not take the record.
    #[error("the ledger did not take the record: {0}")]
    Unrecorded(String),
    /// The store failed.
    #[error("the pins are unavailable: {0}")]
    Storage(String),
}
