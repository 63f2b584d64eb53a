//! A tool call that waits for a person: pending, then decided once, then used once.
//!
//! The one machine of held calls. The store keeps holds and asks it before every step; the gateway
//! opens and uses them; console and command line decide. It does not say which calls are held: that
//! is the guard's policy.

use seawall_base::{Digest, Principal, PrincipalKind, Timestamp, canonical_json};
use seawall_crypto::commitment;
use seawall_evidence::decision::Ruling;
use serde_json::json;

/// What a reviewer is asked to allow: one call of one tool with exactly these arguments.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Action {
    tool: String,
    arguments: String,
}

/// What opens a hold: all that a decision binds to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HoldRequest {
    /// Id of the hold.
    pub id: String,
    /// Id of the request whose answer waits.
    pub request: String,
    /// Model that called the tool.
    pub model: String,
    /// The held call.
    pub action: Action,
    /// Who asked for it.
    pub requester: Principal,
    /// Digest of the policy that held it.
    pub policy: Digest,
    /// Why it is held, in one sentence.
    pub reason: String,
    /// Drawn afresh for this hold: a decision cannot be replayed onto an equal call, and the ledger's
    /// commitment to the arguments cannot be guessed.
    pub nonce: [u8; 32],
    /// When it was opened.
    pub opened_at: Timestamp,
    /// From here on silence has denied it, and an approval cannot be used any more.
    pub expires_at: Timestamp,
}

/// What a reviewer says about what the reviewer was shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Decision {
    /// Whether the call may go on.
    pub approve: bool,
    /// Who decides.
    pub reviewer: Principal,
    /// Why.
    pub reason: String,
    /// [`HoldRequest::binding`] of what was shown.
    pub binding: Digest,
}

/// What was ruled about a hold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ruled {
    /// What was ruled.
    pub ruling: Ruling,
    /// By whom; Seawall itself where nobody decided.
    pub by: Principal,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// Where a hold stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HoldState {
    /// Nobody has decided.
    Pending,
    /// Ruled about, and an approval not used yet.
    Decided(Ruled),
    /// Approved and used: it allows nothing any more.
    Used(Ruled),
}

/// Why a hold ends without a person's decision.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Lapse {
    /// Its time is over.
    Expired,
    /// Nobody waits for the call any more.
    Withdrawn,
}

/// A held call and where it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hold {
    request: HoldRequest,
    state: HoldState,
}

/// Why a hold cannot take the step that was asked of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum HoldError {
    /// Somebody decided already, or it has ended otherwise.
    #[error("the held call is already {0}")]
    Settled(Ruling),
    /// Approved, and the approval was used.
    #[error("the approval of the held call was used already")]
    Used,
    /// The time to decide, or to use the approval, is over.
    #[error("the held call has expired, which denies it")]
    Expired,
    /// Its time is not over yet.
    #[error("the held call has not expired yet")]
    NotExpired,
    /// A person cannot approve what they, or the key they own, asked for.
    #[error("the reviewer asked for the held call; another person has to decide")]
    SelfReview,
    /// Only people decide.
    #[error("only a person can decide about a held call")]
    NotAPerson,
    /// The decision is about something else than what is held.
    #[error("the decision is about another call than the one that is held")]
    OtherHold,
    /// The call that is to be released is not the one that was approved.
    #[error("the call differs from the one that was approved")]
    OtherAction,
    /// Somebody else asks to use the approval.
    #[error("the approval was given to another requester")]
    OtherRequester,
    /// The policy changed since the hold was opened.
    #[error("the policy changed since the call was held")]
    OtherPolicy,
    /// Not approved, so there is nothing to use.
    #[error("the held call is not approved")]
    NotApproved,
}

impl Action {
    /// The call of `tool` with the arguments as the dialect carries them, in a string. They take their
    /// canonical form (RFC 8785), which is what is shown, bound and released; text that is not strict
    /// JSON stands for itself.
    #[must_use]
    pub fn new(tool: impl Into<String>, arguments: &str) -> Self {
        let parsed = seawall_base::json::parse(arguments.as_bytes(), &Default::default());
        let canonical = parsed.ok().map(|value| canonical_json(&value));
        Self {
            tool: tool.into(),
            arguments: canonical
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .unwrap_or_else(|| arguments.to_owned()),
        }
    }

    /// Name of the tool.
    #[must_use]
    pub fn tool(&self) -> &str {
        &self.tool
    }

    /// The arguments, to show and to release: the same bytes.
    #[must_use]
    pub fn arguments(&self) -> &str {
        &self.arguments
    }
}

impl HoldRequest {
    /// The salted commitment to tool and arguments by which ledger and receipt name the call: whoever
    /// holds the nonce can check it, and nobody else can guess the arguments from it.
    #[must_use]
    pub fn commitment(&self) -> Digest {
        let call = json!({ "tool": self.action.tool, "arguments": self.action.arguments });
        commitment(&self.nonce, &canonical_json(&call))
    }

    /// The digest of all that a decision binds to: the call, who asked, under which policy, until
    /// when, and the nonce by way of the commitment.
    #[must_use]
    pub fn binding(&self) -> Digest {
        Digest::of(&canonical_json(&json!({
            "hold": self.id,
            "request": self.request,
            "call": self.commitment().to_string(),
            "requester": self.requester.to_string(),
            "policy": self.policy.to_string(),
            "expires": self.expires_at.to_string(),
        })))
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
    /// When the hold is settled or its time is over, the reviewer is no person or asked for the call,
    /// or the decision is about something else than what is held. The hold does not change then.
    pub fn decide(&mut self, decision: &Decision, now: Timestamp) -> Result<Ruled, HoldError> {
        self.is_open(now)?;
        if decision.reviewer.kind != PrincipalKind::Person {
            return Err(HoldError::NotAPerson);
        }
        if decision.reviewer == self.request.requester {
            return Err(HoldError::SelfReview);
        }
        if decision.binding != self.request.binding() {
            return Err(HoldError::OtherHold);
        }
        let ruling = if decision.approve {
            Ruling::Approved
        } else {
            Ruling::Denied
        };
        let ruled = Ruled {
            ruling,
            by: decision.reviewer.clone(),
            at: now,
            reason: decision.reason.clone(),
        };
        self.state = HoldState::Decided(ruled.clone());
        Ok(ruled)
    }

    /// Ends a hold that nobody decided, or an approval that nobody used.
    ///
    /// # Errors
    /// When it is settled otherwise, or its time is not over yet.
    pub fn lapse(&mut self, why: Lapse, now: Timestamp) -> Result<Ruled, HoldError> {
        match &self.state {
            HoldState::Used(_) => return Err(HoldError::Used),
            HoldState::Decided(ruled) if ruled.ruling != Ruling::Approved => {
                return Err(HoldError::Settled(ruled.ruling));
            }
            HoldState::Pending | HoldState::Decided(_) => {}
        }
        let (ruling, reason) = match why {
            Lapse::Expired if now < self.request.expires_at => return Err(HoldError::NotExpired),
            Lapse::Expired => (Ruling::Expired, "nobody decided in time"),
            Lapse::Withdrawn => (Ruling::Withdrawn, "nobody waits for the call any more"),
        };
        let ruled = Ruled {
            ruling,
            by: Principal::new(PrincipalKind::Seawall, "approvals"),
            at: now,
            reason: reason.to_owned(),
        };
        self.state = HoldState::Decided(ruled.clone());
        Ok(ruled)
    }

    /// Uses the approval for `action`, asked for by `requester`, under `policy`; it can be used once.
    ///
    /// # Errors
    /// When it is not approved (any more), or what is to be released is not what was approved.
    pub fn consume(
        &mut self,
        action: &Action,
        requester: &Principal,
        policy: &Digest,
        now: Timestamp,
    ) -> Result<(), HoldError> {
        let ruled = match &self.state {
            HoldState::Decided(ruled) if ruled.ruling == Ruling::Approved => ruled.clone(),
            HoldState::Used(_) => return Err(HoldError::Used),
            HoldState::Pending | HoldState::Decided(_) => return Err(HoldError::NotApproved),
        };
        if now >= self.request.expires_at {
            return Err(HoldError::Expired);
        }
        if *action != self.request.action {
            return Err(HoldError::OtherAction);
        }
        if *requester != self.request.requester {
            return Err(HoldError::OtherRequester);
        }
        if *policy != self.request.policy {
            return Err(HoldError::OtherPolicy);
        }
        self.state = HoldState::Used(ruled);
        Ok(())
    }

    /// Whether a decision can still be taken.
    ///
    /// # Errors
    /// Why not.
    pub fn is_open(&self, now: Timestamp) -> Result<(), HoldError> {
        match &self.state {
            HoldState::Used(_) => Err(HoldError::Used),
            HoldState::Decided(ruled) => Err(HoldError::Settled(ruled.ruling)),
            HoldState::Pending if now >= self.request.expires_at => Err(HoldError::Expired),
            HoldState::Pending => Ok(()),
        }
    }

    /// What opened it.
    #[must_use]
    pub const fn request(&self) -> &HoldRequest {
        &self.request
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> &HoldState {
        &self.state
    }

    /// What was ruled, where something was.
    #[must_use]
    pub const fn ruled(&self) -> Option<&Ruled> {
        match &self.state {
            HoldState::Pending => None,
            HoldState::Decided(ruled) | HoldState::Used(ruled) => Some(ruled),
        }
    }

    /// The word that API and tables use for where it stands.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match &self.state {
            HoldState::Pending => "pending",
            HoldState::Decided(ruled) => ruled.ruling.as_str(),
            HoldState::Used(_) => "used",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fixture::{action, ada, agent, at, decision, hold};

    fn consume(hold: &mut Hold, action: &Action, second: i64) -> Result<(), HoldError> {
        hold.consume(action, &agent(), &Digest::of(b"policy"), at(second))
    }

    #[test]
    fn an_approval_is_used_once_and_only_for_what_was_approved() {
        let mut hold = hold();
        assert_eq!(
            consume(&mut hold, &action(), 1),
            Err(HoldError::NotApproved)
        );
        hold.decide(&decision(true), at(2)).unwrap();
        let other = Action::new("refund", r#"{"claim":"C-1","amount":100000}"#);
        assert_eq!(consume(&mut hold, &other, 3), Err(HoldError::OtherAction));
        let other = Action::new("refund_all", action().arguments());
        assert_eq!(consume(&mut hold, &other, 3), Err(HoldError::OtherAction));
        let policy = Digest::of(b"policy");
        assert_eq!(
            hold.consume(&action(), &agent(), &Digest::of(b"new"), at(3)),
            Err(HoldError::OtherPolicy)
        );
        assert_eq!(
            hold.consume(&action(), &ada(), &policy, at(3)),
            Err(HoldError::OtherRequester)
        );
        let reordered = Action::new("refund", r#" {"amount":100.0,"claim":"C-1"} "#);
        assert_eq!(consume(&mut hold, &reordered, 3), Ok(()));
        assert_eq!(consume(&mut hold, &action(), 4), Err(HoldError::Used));
        assert_eq!(hold.lapse(Lapse::Withdrawn, at(5)), Err(HoldError::Used));
    }

    #[test]
    fn a_second_decision_a_foreign_one_and_ones_own_are_refused() {
        let mut hold = hold();
        let mut own = hold.request().clone();
        own.requester = ada();
        let mut own = Hold::open(own);
        let mut about_own = decision(true);
        about_own.binding = own.request().binding();
        assert_eq!(own.decide(&about_own, at(1)), Err(HoldError::SelfReview));
        let mut by_agent = decision(true);
        by_agent.reviewer = Principal::new(PrincipalKind::Agent, "ada");
        assert_eq!(hold.decide(&by_agent, at(1)), Err(HoldError::NotAPerson));
        hold.decide(&decision(false), at(1)).unwrap();
        assert_eq!(
            hold.decide(&decision(true), at(2)),
            Err(HoldError::Settled(Ruling::Denied))
        );
    }

    #[test]
    fn a_decision_binds_to_every_part_of_what_was_shown() {
        type Change = fn(&mut HoldRequest);
        let changes: [Change; 7] = [
            |other| other.nonce = [8; 32],
            |other| other.action = Action::new("refund", "{}"),
            |other| other.action = Action::new("refunds", action().arguments()),
            |other| other.policy = Digest::of(b"other"),
            |other| other.requester = Principal::new(PrincipalKind::Key, "key-2"),
            |other| other.expires_at = at(61),
            |other| other.id = "hold_2".into(),
        ];
        for (position, change) in changes.into_iter().enumerate() {
            let mut other = hold().request().clone();
            change(&mut other);
            let refused = Hold::open(other).decide(&decision(true), at(1)).err();
            assert_eq!(refused, Some(HoldError::OtherHold), "{position}");
        }
    }

    #[test]
    fn broken_json_and_the_string_that_spells_it_are_two_actions() {
        let (raw, quoted) = (
            Action::new("t", "not json"),
            Action::new("t", "\"not json\""),
        );
        assert_ne!(raw, quoted);
        let request = |action| HoldRequest {
            action,
            ..hold().request().clone()
        };
        assert_ne!(request(raw).commitment(), request(quoted).commitment());
    }

    #[test]
    fn time_denies_before_and_after_the_approval() {
        let mut waiting = hold();
        assert_eq!(
            waiting.lapse(Lapse::Expired, at(59)),
            Err(HoldError::NotExpired)
        );
        assert_eq!(
            waiting.decide(&decision(true), at(60)),
            Err(HoldError::Expired)
        );
        assert_eq!(waiting.word(), "pending");
        waiting.lapse(Lapse::Expired, at(60)).unwrap();
        assert_eq!(waiting.word(), "expired");
        let mut approved = hold();
        approved.decide(&decision(true), at(59)).unwrap();
        assert_eq!(
            consume(&mut approved, &action(), 60),
            Err(HoldError::Expired)
        );
        approved.lapse(Lapse::Expired, at(60)).unwrap();
        assert_eq!(
            consume(&mut approved, &action(), 59),
            Err(HoldError::NotApproved)
        );
    }

    proptest! {
        #[test]
        fn no_order_of_steps_uses_a_hold_twice_or_without_approval(
            steps in proptest::collection::vec((0_u8..5, 0_i64..90), 0..24)
        ) {
            let (mut hold, mut now, mut approved, mut used) = (hold(), 0, false, 0);
            for (step, pause) in steps {
                now += pause / 6;
                match step {
                    0 => approved |= hold.decide(&decision(true), at(now)).is_ok(),
                    1 => drop(hold.decide(&decision(false), at(now)).is_ok()),
                    2 => drop(hold.lapse(Lapse::Expired, at(now)).is_ok()),
                    3 => approved &= hold.lapse(Lapse::Withdrawn, at(now)).is_err(),
                    _ => if consume(&mut hold, &action(), now).is_ok() {
                        prop_assert!(approved && now < 60);
                        used += 1;
                    },
                }
            }
            prop_assert!(used <= 1);
        }

        #[test]
        fn arguments_are_released_as_they_are_bound(text in any::<String>()) {
            let action = Action::new("t", &text);
            prop_assert_eq!(&Action::new("t", action.arguments()), &action);
        }
    }
}
