//! Held tool calls: they wait for one decision, which is used once.

use seawall_base::{Digest, Principal, Timestamp};
use seawall_evidence::decision::Ruling;

use crate::BoxFuture;

/// The waiting room of held tool calls.
pub trait Holds: Send + Sync {
    /// Stores a new hold durably.
    ///
    /// # Errors
    /// When it cannot be stored.
    fn put(&self, hold: Hold) -> BoxFuture<'_, Result<(), HoldsError>>;

    /// The hold with this id.
    ///
    /// # Errors
    /// [`HoldsError::NotFound`], or when it cannot be read.
    fn get<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Hold, HoldsError>>;

    /// Holds, oldest first: those that wait, or all that are kept.
    ///
    /// # Errors
    /// When they cannot be read.
    fn list(&self, pending_only: bool) -> BoxFuture<'_, Result<Vec<Hold>, HoldsError>>;

    /// Decides a pending hold, once. The first decision stands; a decision after `expires_at` is
    /// refused unless it is [`Ruling::Expired`].
    ///
    /// # Errors
    /// [`HoldsError::NotPending`], [`HoldsError::ArgumentsDiffer`], [`HoldsError::Expired`],
    /// [`HoldsError::NotFound`], or when it cannot be stored.
    fn decide<'a>(&'a self, id: &'a str, ruled: Ruled) -> BoxFuture<'a, Result<Hold, HoldsError>>;

    /// Uses up the decision of a hold: succeeds for one caller only, who may then act on it.
    ///
    /// # Errors
    /// [`HoldsError::NotDecided`], [`HoldsError::Used`], [`HoldsError::ArgumentsDiffer`],
    /// [`HoldsError::NotFound`], or when it cannot be stored.
    fn redeem<'a>(
        &'a self,
        id: &'a str,
        arguments: Digest,
    ) -> BoxFuture<'a, Result<Ruled, HoldsError>>;

    /// Resolves once the hold is no longer pending. The caller brings the time limit.
    ///
    /// # Errors
    /// [`HoldsError::NotFound`], or when it cannot be read.
    fn decided<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Hold, HoldsError>>;
}

/// A tool call that waits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hold {
    /// Id of the hold.
    pub id: String,
    /// Id of the request.
    pub request: String,
    /// Who asked.
    pub principal: Principal,
    /// Model that called the tool.
    pub model: String,
    /// Name of the tool.
    pub tool: String,
    /// The arguments in canonical JSON, exactly as the reviewer is shown them.
    pub arguments: String,
    /// Digest of `arguments`: what a decision binds to.
    pub arguments_digest: Digest,
    /// Why it is held, in one sentence.
    pub reason: String,
    /// When it was held.
    pub created_at: Timestamp,
    /// When silence becomes a denial.
    pub expires_at: Timestamp,
    /// Where it stands.
    pub state: HoldState,
}

/// Where a hold stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HoldState {
    /// Waits for a decision.
    Pending,
    /// Decided, not yet acted on.
    Decided(Ruled),
    /// Decided and acted on.
    Used(Ruled),
}

/// A decision as the waiting room keeps it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ruled {
    /// What was decided.
    pub ruling: Ruling,
    /// Who decided.
    pub by: Principal,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// Digest of the arguments that the reviewer saw.
    pub arguments_digest: Digest,
}

/// Why the waiting room did not do what was asked.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HoldsError {
    /// No hold has this id.
    #[error("no hold has the id `{0}`")]
    NotFound(String),
    /// It is decided already.
    #[error("the hold `{0}` is decided already")]
    NotPending(String),
    /// Its time is over.
    #[error("the hold `{0}` has expired")]
    Expired(String),
    /// Nobody has decided yet.
    #[error("the hold `{0}` is not decided yet")]
    NotDecided(String),
    /// The decision was used before.
    #[error("the decision about the hold `{0}` was used already")]
    Used(String),
    /// The decision is about other arguments than those held.
    #[error("the decision about the hold `{0}` is about other arguments")]
    ArgumentsDiffer(String),
    /// The store failed.
    #[error("the waiting room is unavailable: {0}")]
    Storage(String),
}

impl Hold {
    /// The decision, where there is one.
    #[must_use]
    pub const fn ruled(&self) -> Option<&Ruled> {
        match &self.state {
            HoldState::Pending => None,
            HoldState::Decided(ruled) | HoldState::Used(ruled) => Some(ruled),
        }
    }
}
