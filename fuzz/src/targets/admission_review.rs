//! A review that parses is answered, and its answer names its uid.

use seawall_admission::{Policy, answer, decide, parse};
use seawall_base::{Limits, OnError, Severity};

pub(super) fn body(bytes: &[u8]) {
    let Ok(request) = parse(bytes) else {
        return;
    };
    let policy = Policy {
        fail_on: Severity::High,
        on_error: OnError::Deny,
        limits: Limits::default(),
    };
    let decision = decide(&request, &policy);
    assert!(decision.allowed || !decision.message.is_empty());
    assert_eq!(decision, decide(&request, &policy));
    let answer = answer(&request.uid, &decision);
    let field = |pointer: &str| answer.pointer(pointer).cloned();
    assert_eq!(field("/response/uid"), Some(request.uid.into()));
    assert_eq!(field("/response/allowed"), Some(decision.allowed.into()));
}
