//! A held call and a decision about it, for the tests of this crate.

use seawall_base::{Digest, Principal, PrincipalKind, Timestamp};

use crate::approval::{Action, Decision, Hold, HoldRequest};

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(crate) fn action() -> Action {
    Action::new("refund", r#"{"claim":"C-1","amount":100}"#)
}

pub(crate) fn agent() -> Principal {
    Principal::new(PrincipalKind::Key, "key-1")
}

pub(crate) fn ada() -> Principal {
    Principal::new(PrincipalKind::Person, "ada")
}

pub(crate) fn hold() -> Hold {
    Hold::open(HoldRequest {
        id: "hold_1".into(),
        request: "req_1".into(),
        model: "practice".into(),
        action: action(),
        requester: agent(),
        policy: Digest::of(b"policy"),
        reason: "policy".into(),
        nonce: [9; 32],
        opened_at: at(0),
        expires_at: at(60),
    })
}

pub(crate) fn decision(approve: bool) -> Decision {
    Decision {
        approve,
        reviewer: ada(),
        reason: "seen".into(),
        binding: hold().request().binding(),
    }
}
