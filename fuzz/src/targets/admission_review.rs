//! A review that parses is answered, and its answer names its uid.

use seawall_admission::facts::Facts;
use seawall_admission::{Ground, Policy, answer, decide, mutate, parse};
use seawall_base::{Limits, OnError, Severity, Timestamp};

pub(super) fn body(bytes: &[u8]) {
    let Ok(request) = parse(bytes) else {
        return;
    };
    let policy = Policy {
        fail_on: Severity::High,
        on_error: OnError::Deny,
        limits: Limits::default(),
    };
    let facts = Facts::default();
    let ground = Ground {
        policy: &policy,
        facts: &facts,
        now: Timestamp::UNIX_EPOCH,
    };
    let decision = decide(&request, &ground);
    assert!(decision.allowed || !decision.message.is_empty());
    assert_eq!(decision, decide(&request, &ground));
    assert_eq!(mutate(&request, &ground), None);
    let answer = answer(&request.uid, &decision);
    let field = |pointer: &str| answer.pointer(pointer).cloned();
    assert_eq!(field("/response/uid"), Some(request.uid.into()));
    assert_eq!(field("/response/allowed"), Some(decision.allowed.into()));
}
