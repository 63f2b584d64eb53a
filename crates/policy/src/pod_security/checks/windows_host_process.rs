//! Windows pods must not run as processes of their host.
//!
//! Baseline, since 1.0.

use super::super::pod::{Pod, flag};
use super::super::{Check, Forbidden, Level, Outcome, Revision};

pub(super) static CHECK: Check = Check {
    id: "windowsHostProcess",
    level: Level::Baseline,
    revisions: &[Revision { since: 0, check }],
    overrides: &[],
};

fn check(pod: &Pod<'_>) -> Outcome {
    let mut setters = Vec::new();
    let mut first = None;
    for setting in pod.settings("windowsOptions")? {
        if flag(setting.node, "hostProcess")? == Some(true) {
            setters.push(setting.who());
            first.get_or_insert_with(|| setting.node.location());
        }
    }
    Ok(first.map(|location| Forbidden {
        reason: "hostProcess",
        detail: format!(
            "{} must not set securityContext.windowsOptions.hostProcess to true",
            setters.join(", ")
        ),
        location,
    }))
}
