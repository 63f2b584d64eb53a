//! Containers must not be privileged.
//!
//! Baseline, since 1.0.

use super::super::pod::{Pod, because_of};
use super::super::{Check, Level, Outcome, Revision};

pub(super) static CHECK: Check = Check {
    id: "privileged",
    level: Level::Baseline,
    revisions: &[Revision { since: 0, check }],
    overrides: &[],
};

fn check(pod: &Pod<'_>) -> Outcome {
    let bad = pod
        .containers_where(|container| Ok(container.security_flag("privileged")? == Some(true)))?;
    because_of(
        "privileged",
        &bad,
        "must not set securityContext.privileged to true",
    )
}
