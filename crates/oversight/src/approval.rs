//! A tool call that waits for a person: pending, then approved, denied or expired, then used once.
//!
//! Called by the gateway (opens, consumes), the store (keeps) and the console (decides). It does not
//! say which calls are held; that is the guard's policy.

use seawall_base::{Digest, Id, Principal, Timestamp, canonical_json};
use serde_json::{Value, json};

/// What a reviewer is asked to allow: one call of one tool with exactly these arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    tool: String,
    arguments: Value,
}

/// What opens a hold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HoldRequest {
    /// Id of the hold.
    pub id: Id,
    /// Digest of the held action, see [`Action::digest`].
    pub action: Digest,
    /// Name of the tool, for the reviewer's list.
    pub tool: String,
    /// Who asked for the call.
    pub requester: Principal,
    /// Digest of the policy that held it.
    pub policy: Digest,
    /// Drawn afresh for this hold, so that a decision cannot be replayed onto an equal call.
    pub nonce: [u8; 16],
    /// When it was opened.
    pub opened_at: Timestamp,
    /// From here on it counts as denied.
    pub expires_at: Timestamp,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Ruling {
    /// The call may run, once.
    Approve,
    /// The call must not run.
    Deny,
}

/// A reviewer's decision, bound to what the reviewer was shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Decision {
    /// Yes or no.
    pub ruling: Ruling,
    /// Who decides.
    pub reviewer: Principal,
    /// Digest of the action as the reviewer saw it.
    pub action: Digest,
    /// The hold's nonce as the reviewer saw it.
    pub nonce: [u8; 16],
}

/// Where a hold stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HoldState {
    /// Nobody has decided.
    Pending,
    /// Approved and not used yet.
    Approved {
        /// Who approved.
        reviewer: Principal,
        /// When.
        at: Timestamp,
    },
    /// Denied by a person.
    Denied {
        /// Who denied.
        reviewer: Principal,
        /// When.
        at: Timestamp,
    },
    /// Nobody decided in time, which denies; or an approval was not used in time.
    Expired,
    /// Approved and used: it allows nothing any more.
    Used {
        /// Who approved.
        reviewer: Principal,
        /// When the call was released.
        at: Timestamp,
    },
}

/// A held call and where it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hold {
    request: HoldRequest,
    state: HoldState,
}

/// Why a hold cannot take the step that was asked of it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum HoldError {
    /// Somebody decided already.
    #[error("the held call is already {0}")]
    Settled(&'static str),
    /// The time to decide, or to use the approval, is over.
    #[error("the held call has expired, which denies it")]
    Expired,
    /// A person cannot approve what they, or the key they hold, asked for.
    #[error("the reviewer is the requester")]
    SelfReview,
    /// The decision names other arguments than those that are held.
    #[error("the decision is about another action than the one that is held")]
    OtherAction,
    /// The decision carries another nonce: it was made for another hold.
    #[error("the decision was made for another hold")]
    OtherNonce,
    /// The policy changed since the hold was opened.
    #[error("the policy changed since the call was held")]
    OtherPolicy,
    /// Not approved, so there is nothing to use.
    #[error("the held call is not approved")]
    NotApproved,
}

impl Action {
    /// A call of `tool` with `arguments`.
    #[must_use]
    pub fn new(tool: impl Into<String>, arguments: Value) -> Self {
        Self {
            tool: tool.into(),
            arguments,
        }
    }

    /// Reads the arguments as the dialect carries them, in a string. Text that is not strict JSON is
    /// bound as text, so that two spellings of broken JSON stay two actions.
    #[must_use]
    pub fn from_text(tool: impl Into<String>, arguments: &str) -> Self {
        let value = seawall_base::json::parse(
            arguments.as_bytes(),
            &seawall_base::json::JsonLimits::default(),
        )
        .unwrap_or_else(|_| Value::String(arguments.to_owned()));
        Self::new(tool, value)
    }

    /// The digest that a decision is bound to: RFC 8785 form of name and arguments.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&canonical_json(
            &json!({ "tool": self.tool, "arguments": self.arguments }),
        ))
    }

    /// Name of the tool.
    #[must_use]
    pub fn tool(&self) -> &str {
        &self.tool
    }

    /// The arguments, to show to the reviewer.
    #[must_use]
    pub const fn arguments(&self) -> &Value {
        &self.arguments
    }
}

impl Hold {
    /// A hold that waits.
    #[must_use]
    pub const fn open(request: HoldRequest) -> Self {
        Self {
            request,
            state: HoldState::Pending,
        }
    }

    /// A hold as it was stored.
    #[must_use]
    pub const fn restore(request: HoldRequest, state: HoldState) -> Self {
        Self { request, state }
    }

    /// Takes a reviewer's decision.
    ///
    /// # Errors
    /// When the hold is settled or expired, the reviewer asked for the call, or the decision is about
    /// something else than what is held. The hold does not change then, except to expire.
    pub fn decide(&mut self, decision: &Decision, now: Timestamp) -> Result<(), HoldError> {
        self.expire(now);
        match &self.state {
            HoldState::Pending => {}
            HoldState::Expired => return Err(HoldError::Expired),
            settled => return Err(HoldError::Settled(settled.as_str())),
        }
        if decision.reviewer == self.request.requester {
            return Err(HoldError::SelfReview);
        }
        if decision.nonce != self.request.nonce {
            return Err(HoldError::OtherNonce);
        }
        if decision.action != self.request.action {
            return Err(HoldError::OtherAction);
        }
        let reviewer = decision.reviewer.clone();
        self.state = match decision.ruling {
            Ruling::Approve => HoldState::Approved { reviewer, at: now },
            Ruling::Deny => HoldState::Denied { reviewer, at: now },
        };
        Ok(())
    }

    /// Uses the approval for `action` under `policy`; it can be used once.
    ///
    /// # Errors
    /// When it is not approved (any more), or action or policy are not those that were approved.
    pub fn consume(
        &mut self,
        action: &Action,
        policy: &Digest,
        now: Timestamp,
    ) -> Result<(), HoldError> {
        self.expire(now);
        let reviewer = match &self.state {
            HoldState::Approved { reviewer, .. } => reviewer.clone(),
            HoldState::Expired => return Err(HoldError::Expired),
            HoldState::Used { .. } => return Err(HoldError::Settled(self.state.as_str())),
            HoldState::Pending | HoldState::Denied { .. } => return Err(HoldError::NotApproved),
        };
        if action.digest() != self.request.action {
            return Err(HoldError::OtherAction);
        }
        if *policy != self.request.policy {
            return Err(HoldError::OtherPolicy);
        }
        self.state = HoldState::Used { reviewer, at: now };
        Ok(())
    }

    /// Expires a hold whose time is over; says whether it is expired.
    pub fn expire(&mut self, now: Timestamp) -> bool {
        let open = matches!(self.state, HoldState::Pending | HoldState::Approved { .. });
        if open && now >= self.request.expires_at {
            self.state = HoldState::Expired;
        }
        self.state == HoldState::Expired
    }

    /// What opened it.
    #[must_use]
    pub const fn request(&self) -> &HoldRequest {
        &self.request
    }

    /// Where it stands; call [`Self::expire`] first when time may have passed.
    #[must_use]
    pub const fn state(&self) -> &HoldState {
        &self.state
    }
}

impl HoldState {
    /// The word that the ledger, the store and reports use.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved { .. } => "approved",
            Self::Denied { .. } => "denied",
            Self::Expired => "expired",
            Self::Used { .. } => "used",
        }
    }
}

impl Ruling {
    /// The word that the ledger, the API and reports use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Deny => "deny",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Approve, Self::Deny]
            .into_iter()
            .find(|ruling| ruling.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use seawall_base::{IdSource, PrincipalKind, SignedDuration};

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn person(id: &str) -> Principal {
        Principal::new(PrincipalKind::Person, id)
    }

    fn action() -> Action {
        Action::new("refund", json!({ "claim": "C-1", "amount": 100 }))
    }

    fn hold() -> Hold {
        Hold::open(HoldRequest {
            id: IdSource::new([1; 32]).next("hold", at(0)),
            action: action().digest(),
            tool: "refund".into(),
            requester: Principal::new(PrincipalKind::Key, "key-1"),
            policy: Digest::of(b"policy"),
            nonce: [9; 16],
            opened_at: at(0),
            expires_at: at(60),
        })
    }

    fn decision(ruling: Ruling) -> Decision {
        Decision {
            ruling,
            reviewer: person("ada"),
            action: action().digest(),
            nonce: [9; 16],
        }
    }

    #[test]
    fn an_approval_is_used_once_and_only_for_what_was_approved() {
        let policy = Digest::of(b"policy");
        let mut hold = hold();
        assert_eq!(
            hold.consume(&action(), &policy, at(1)),
            Err(HoldError::NotApproved)
        );
        hold.decide(&decision(Ruling::Approve), at(2)).unwrap();
        let other = Action::new("refund", json!({ "claim": "C-1", "amount": 100_000 }));
        assert_eq!(
            hold.consume(&other, &policy, at(3)),
            Err(HoldError::OtherAction)
        );
        assert_eq!(
            hold.consume(&action(), &Digest::of(b"new"), at(3)),
            Err(HoldError::OtherPolicy)
        );
        let reordered = Action::from_text("refund", r#" {"amount":100.0,"claim":"C-1"} "#);
        hold.consume(&reordered, &policy, at(3)).unwrap();
        assert_eq!(
            hold.consume(&action(), &policy, at(4)),
            Err(HoldError::Settled("used"))
        );
    }

    #[test]
    fn a_second_decision_a_foreign_one_and_ones_own_are_refused() {
        let mut hold = hold();
        let mut own = decision(Ruling::Approve);
        own.reviewer = hold.request().requester.clone();
        assert_eq!(hold.decide(&own, at(1)), Err(HoldError::SelfReview));
        let mut replayed = decision(Ruling::Approve);
        replayed.nonce = [8; 16];
        assert_eq!(hold.decide(&replayed, at(1)), Err(HoldError::OtherNonce));
        let mut swapped = decision(Ruling::Approve);
        swapped.action = Digest::of(b"x");
        assert_eq!(hold.decide(&swapped, at(1)), Err(HoldError::OtherAction));
        hold.decide(&decision(Ruling::Deny), at(1)).unwrap();
        assert_eq!(
            hold.decide(&decision(Ruling::Approve), at(2)),
            Err(HoldError::Settled("denied"))
        );
    }

    #[test]
    fn time_denies_before_and_after_the_approval() {
        let mut waiting = hold();
        assert!(!waiting.expire(at(59)));
        assert_eq!(
            waiting.decide(&decision(Ruling::Approve), at(60)),
            Err(HoldError::Expired)
        );
        let mut approved = hold();
        approved.decide(&decision(Ruling::Approve), at(59)).unwrap();
        let late = at(59).saturating_add(SignedDuration::from_secs(1)).unwrap();
        assert_eq!(
            approved.consume(&action(), &Digest::of(b"policy"), late),
            Err(HoldError::Expired)
        );
    }

    proptest! {
        #[test]
        fn no_order_of_steps_uses_a_hold_twice_or_without_approval(
            steps in proptest::collection::vec((0_u8..4, 0_i64..90), 0..24)
        ) {
            let (mut hold, mut now, mut approved, mut used) = (hold(), 0, false, 0);
            for (step, pause) in steps {
                now += pause / 6;
                match step {
                    0 => approved |= hold.decide(&decision(Ruling::Approve), at(now)).is_ok(),
                    1 => drop(hold.decide(&decision(Ruling::Deny), at(now))),
                    2 => if hold.consume(&action(), &Digest::of(b"policy"), at(now)).is_ok() {
                        prop_assert!(approved && now < 60);
                        used += 1;
                    },
                    _ => drop(hold.expire(at(now))),
                }
            }
            prop_assert!(used <= 1);
        }
    }
}
