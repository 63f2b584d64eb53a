//! Pods must not share the network, process or IPC namespace of their host.
//!
//! Baseline, since 1.0.

use super::super::pod::{Pod, flag};
use super::super::{Check, Forbidden, Level, Outcome, Revision};

pub(super) static CHECK: Check = Check {
    id: "hostNamespaces",
    level: Level::Baseline,
    revisions: &[Revision { since: 0, check }],
    overrides: &[],
};

fn check(pod: &Pod<'_>) -> Outcome {
    let mut shared = Vec::new();
    for key in ["hostNetwork", "hostPID", "hostIPC"] {
        if flag(pod.spec, key)? == Some(true) {
            shared.push(key);
        }
    }
    let first = shared.first().and_then(|key| pod.spec.get(key));
    Ok(first.map(|node| Forbidden {
        reason: "host namespaces",
        detail: format!("the pod must not set {}", shared.join(", ")),
        location: node.location(),
    }))
}
