//! Checks the decisions of a ledger: each about a hold that stands before it, once, and signed.
//!
//! The ledger's own proofs say that nothing was changed after it was written. This says that what was
//! written makes sense: a process that appended a decision nobody took has no receipt for it.

use std::collections::BTreeMap;

use seawall_base::Principal;
use seawall_crypto::VerifyingKey;
use seawall_evidence::decision::{Decision, Ruling};
use seawall_evidence::hold::Hold;
use seawall_evidence::{Entry, Kind};

use crate::receipt::{Receipt, ReceiptError};

/// Collects over the entries of a ledger, oldest first.
#[derive(Debug)]
pub struct DecisionAudit {
    key: Option<VerifyingKey>,
    holds: BTreeMap<String, Seen>,
    receipts: u64,
    faults: Vec<(u64, Fault)>,
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    /// The body has not the form of its kind.
    #[error("the entry has not the form of its kind")]
    Body,
    /// A second hold under the same id.
    #[error("the hold was opened before")]
    OpenedTwice,
    /// No hold stands before it.
    #[error("no hold stands before the decision")]
    NoHold,
    /// The hold was decided before.
    #[error("the hold was decided before")]
    DecidedTwice,
    /// The decision names another call or binding than the hold.
    #[error("the decision is about another call than the one that was held")]
    OtherCall,
    /// A person's decision without a receipt.
    #[error("the decision carries no receipt")]
    NoReceipt,
    /// No key to check it with.
    #[error("the key that verifies receipts is missing")]
    NoKey,
    /// The receipt does not hold.
    #[error("the receipt does not hold: {0}")]
    Receipt(ReceiptError),
    /// The receipt says something else than the entry and its hold.
    #[error("the receipt is about another decision")]
    OtherReceipt,
    /// The requester decided.
    #[error("the requester decided about their own call")]
    SelfReview,
    /// Decided after the hold had expired.
    #[error("it was decided after the hold had expired")]
    Late,
}

#[derive(Debug)]
struct Seen {
    hold: Hold,
    requester: Principal,
    ruling: Option<Ruling>,
}

impl DecisionAudit {
    /// An audit with the public half of the key that signs receipts.
    #[must_use]
    pub const fn new(key: Option<VerifyingKey>) -> Self {
        Self {
            key,
            holds: BTreeMap::new(),
            receipts: 0,
            faults: Vec::new(),
        }
    }

    /// Takes the next entry; kinds other than holds and decisions are passed over.
    pub fn push(&mut self, index: u64, entry: &Entry) {
        let checked = match entry.kind {
            Kind::Hold => self.hold(entry),
            Kind::Decision => self.decision(entry),
            _ => Ok(()),
        };
        if let Err(fault) = checked {
            self.faults.push((index, fault));
        }
    }

    /// Receipts that hold.
    #[must_use]
    pub const fn receipts(&self) -> u64 {
        self.receipts
    }

    /// Entries that are wrong, by index.
    #[must_use]
    pub fn faults(&self) -> &[(u64, Fault)] {
        &self.faults
    }

    fn hold(&mut self, entry: &Entry) -> Result<(), Fault> {
        let hold = Hold::from_body(&entry.body).map_err(|_| Fault::Body)?;
        if self.holds.contains_key(&hold.hold) {
            return Err(Fault::OpenedTwice);
        }
        let seen = Seen {
            requester: entry.principal.clone(),
            ruling: None,
            hold,
        };
        self.holds.insert(seen.hold.hold.clone(), seen);
        Ok(())
    }

    fn decision(&mut self, entry: &Entry) -> Result<(), Fault> {
        let decision = Decision::from_body(&entry.body).map_err(|_| Fault::Body)?;
        let seen = self.holds.get_mut(&decision.hold).ok_or(Fault::NoHold)?;
        let lapses = matches!(decision.ruling, Ruling::Expired | Ruling::Withdrawn);
        // An approval that nobody used lapses; nothing else is ruled twice.
        let again = seen.ruling.is_some();
        if again && !(lapses && seen.ruling == Some(Ruling::Approved)) {
            return Err(Fault::DecidedTwice);
        }
        if decision.call != seen.hold.call || decision.binding != seen.hold.binding {
            return Err(Fault::OtherCall);
        }
        seen.ruling = Some(decision.ruling);
        if lapses {
            return Ok(());
        }
        let receipt = decision.receipt.as_ref().ok_or(Fault::NoReceipt)?;
        let key = self.key.as_ref().ok_or(Fault::NoKey)?;
        let receipt = Receipt::open(receipt, key).map_err(Fault::Receipt)?;
        agree(&receipt, &decision, seen, entry)?;
        self.receipts += 1;
        Ok(())
    }
}

fn agree(receipt: &Receipt, decision: &Decision, seen: &Seen, entry: &Entry) -> Result<(), Fault> {
    let hold = &seen.hold;
    let same = receipt.hold == hold.hold
        && receipt.tool == hold.tool
        && receipt.call == hold.call
        && receipt.binding == hold.binding
        && receipt.policy == hold.policy
        && receipt.not_after == hold.expires_at
        && receipt.ruling == decision.ruling
        && receipt.requester == seen.requester.to_string()
        && receipt.reviewer == entry.principal.to_string()
        && receipt.decided_at == entry.at;
    if !same {
        return Err(Fault::OtherReceipt);
    }
    if entry.principal == seen.requester {
        return Err(Fault::SelfReview);
    }
    if receipt.decided_at >= hold.expires_at {
        return Err(Fault::Late);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use seawall_base::PrincipalKind;
    use seawall_crypto::SigningKey;
    use seawall_evidence::Draft;
    use serde_json::Value;

    use super::*;
    use crate::approval::{HoldState, Lapse, Ruled};
    use crate::fixture::{at, decision, hold};
    use crate::record::{opened, ruled};

    fn key() -> SigningKey {
        SigningKey::ed25519(&[1; 32])
    }

    fn faults(drafts: &[Draft]) -> Vec<(u64, Fault)> {
        let mut audit = DecisionAudit::new(Some(key().verifying_key()));
        for (index, draft) in (0..).zip(drafts) {
            let entry = draft.clone().into_entry("src".into(), index);
            audit.push(index, &entry);
        }
        let decisions = drafts
            .iter()
            .filter(|draft| draft.body["receipt"] != Value::Null);
        if audit.faults().is_empty() {
            let signed = decisions
                .filter(|draft| draft.kind == Kind::Decision)
                .count();
            assert_eq!(audit.receipts(), signed as u64);
        }
        audit.faults().to_vec()
    }

    fn story() -> Vec<Draft> {
        let mut hold = hold();
        let mut drafts = vec![opened(&hold)];
        hold.decide(&decision(true), at(1)).unwrap();
        drafts.extend(ruled(&hold, &key()));
        drafts
    }

    #[test]
    fn a_sound_story_has_no_fault_and_an_unused_approval_may_lapse() {
        assert_eq!(faults(&story()), []);
        let mut hold = hold();
        hold.decide(&decision(true), at(1)).unwrap();
        hold.lapse(Lapse::Withdrawn, at(2)).unwrap();
        let mut longer = story();
        longer.extend(ruled(&hold, &key()));
        assert_eq!(faults(&longer), []);
    }

    #[test]
    fn forged_decisions_are_found() {
        let [open, decided] = <[Draft; 2]>::try_from(story()).unwrap();
        assert_eq!(faults(std::slice::from_ref(&decided)), [(0, Fault::NoHold)]);
        let twice = [open.clone(), decided.clone(), decided.clone()];
        assert_eq!(faults(&twice), [(2, Fault::DecidedTwice)]);
        let change = |change: &dyn Fn(&mut Draft)| {
            let mut changed = decided.clone();
            change(&mut changed);
            faults(&[open.clone(), changed])
        };
        let unsigned = change(&|draft| draft.body["receipt"] = Value::Null);
        assert_eq!(unsigned, [(1, Fault::NoReceipt)]);
        let other = change(&|draft| draft.body["ruling"] = "denied".into());
        assert_eq!(other, [(1, Fault::OtherReceipt)]);
        let somebody = Principal::new(PrincipalKind::Person, "eve");
        let by = change(&|draft| draft.principal = somebody.clone());
        assert_eq!(by, [(1, Fault::OtherReceipt)]);
        let call = change(&|draft| draft.body["call"] = draft.body["binding"].clone());
        assert_eq!(call, [(1, Fault::OtherCall)]);
    }

    #[test]
    fn a_signer_that_skips_the_machine_is_found() {
        let rule = |second, by: Principal| {
            let forged = crate::Hold::restore(
                hold().request().clone(),
                HoldState::Decided(Ruled {
                    ruling: Ruling::Approved,
                    by,
                    at: at(second),
                    reason: String::new(),
                }),
            );
            let mut open = opened(&forged);
            open.principal = hold().request().requester.clone();
            faults(&[open, ruled(&forged, &key()).unwrap()])
        };
        let ada = Principal::new(PrincipalKind::Person, "ada");
        assert_eq!(rule(60, ada), [(1, Fault::Late)]);
        let agent = hold().request().requester.clone();
        assert_eq!(rule(1, agent), [(1, Fault::NoReceipt)]);
    }
}
