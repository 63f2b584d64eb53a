//! Held tool calls: they wait for one decision, which is used once.
//!
//! What a step may do is `seawall_oversight`'s; an implementation keeps the holds, takes one step at a
//! time, and has it in the ledger before it takes effect.

use seawall_base::{Digest, Principal, Timestamp};
use seawall_oversight::{Action, Decision, Hold, HoldError, HoldRequest, Lapse};

use crate::BoxFuture;

/// The waiting room of held tool calls.
pub trait Holds: Send + Sync {
    /// Opens a hold: durable in the ledger, then visible to reviewers.
    ///
    /// # Errors
    /// When it cannot be recorded or stored.
    fn open(&self, request: HoldRequest) -> BoxFuture<'_, Result<Hold, HoldsError>>;

    /// The hold with this id.
    ///
    /// # Errors
    /// [`HoldsError::NotFound`], or when it cannot be read.
    fn get<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Hold, HoldsError>>;

    /// Holds, oldest first: those that wait, or the newest ten thousand.
    ///
    /// # Errors
    /// When they cannot be read.
    fn list(&self, pending_only: bool) -> BoxFuture<'_, Result<Vec<Hold>, HoldsError>>;

    /// Takes a reviewer's decision; of several, the first one stands. Its signed receipt is in the
    /// ledger before whoever waits is woken.
    ///
    /// # Errors
    /// [`HoldsError::Refused`] with the machine's reason, [`HoldsError::NotFound`], or when it cannot
    /// be recorded or stored.
    fn decide<'a>(
        &'a self,
        id: &'a str,
        decision: Decision,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Hold, HoldsError>>;

    /// Ends a hold that nobody decided, or an approval that nobody used.
    ///
    /// # Errors
    /// As [`Self::decide`].
    fn lapse<'a>(
        &'a self,
        id: &'a str,
        why: Lapse,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Hold, HoldsError>>;

    /// Uses up the approval of a hold: succeeds for one caller only, who may then release the call.
    ///
    /// # Errors
    /// As [`Self::decide`].
    fn redeem<'a>(
        &'a self,
        id: &'a str,
        used: Use,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Hold, HoldsError>>;

    /// Resolves once the hold is no longer pending. The caller brings the time limit.
    ///
    /// # Errors
    /// [`HoldsError::NotFound`], or when it cannot be read.
    fn decided<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Hold, HoldsError>>;
}

/// What an approval is used for: it must be what was approved.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Use {
    /// The call that is to be released.
    pub action: Action,
    /// For whom.
    pub requester: Principal,
    /// The policy in force.
    pub policy: Digest,
}

/// Why the waiting room did not do what was asked.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HoldsError {
    /// No hold has this id.
    #[error("no hold has the id `{0}`")]
    NotFound(String),
    /// The hold cannot take that step.
    #[error("{0}")]
    Refused(#[from] HoldError),
    /// The step could not be recorded, so it was not taken.
    #[error("the ledger did not take the record: {0}")]
    Unrecorded(String),
    /// The store failed.
    #[error("the waiting room is unavailable: {0}")]
    Storage(String),
}
