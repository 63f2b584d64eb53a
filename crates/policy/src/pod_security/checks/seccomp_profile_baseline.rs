//! Seccomp must not be switched off.
//!
//! Baseline. From 1.0 the alpha annotations of the pod and its containers count, from 1.19 the
//! field `seccompProfile.type`: `RuntimeDefault` or `Localhost` where it is set.

use super::super::pod::{Pod, Setting, shown, text};
use super::super::{Check, Forbidden, Level, Outcome, Revision};

pub(super) static CHECK: Check = Check {
    id: "seccompProfile_baseline",
    level: Level::Baseline,
    revisions: &[
        Revision {
            since: 0,
            check: annotations,
        },
        Revision {
            since: 19,
            check: fields,
        },
    ],
    overrides: &[],
};

pub(super) const REASON: &str = "seccompProfile";
const OF_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const OF_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";

fn annotations(pod: &Pod<'_>) -> Outcome {
    let mut wrong = Vec::new();
    let mut first = None;
    for (key, value, location) in &pod.annotations {
        let counts = *key == OF_POD
            || key.strip_prefix(OF_CONTAINER).is_some_and(|name| {
                pod.containers
                    .iter()
                    .any(|container| container.name == name)
            });
        let allowed = matches!(*value, "runtime/default" | "docker/default")
            || value.starts_with("localhost/");
        if counts && !allowed {
            wrong.push(format!("annotation {} is {}", shown(key), shown(value)));
            first.get_or_insert(*location);
        }
    }
    Ok(first.map(|location| Forbidden {
        reason: REASON,
        detail: wrong.join(", "),
        location,
    }))
}

fn fields(pod: &Pod<'_>) -> Outcome {
    let settings = pod.settings("seccompProfile")?;
    explicit(&settings)
}

/// Why the profiles that are set are forbidden, if they are.
pub(super) fn explicit(settings: &[Setting<'_>]) -> Outcome {
    let mut wrong = Vec::new();
    let mut first = None;
    for setting in settings {
        let profile = text(setting.node, "type")?.unwrap_or_default();
        if !matches!(profile, "RuntimeDefault" | "Localhost") {
            wrong.push(format!(
                "{} must not set securityContext.seccompProfile.type to {}",
                setting.who(),
                shown(profile)
            ));
            first.get_or_insert_with(|| setting.node.location());
        }
    }
    Ok(first.map(|location| Forbidden {
        reason: REASON,
        detail: wrong.join(", "),
        location,
    }))
}
