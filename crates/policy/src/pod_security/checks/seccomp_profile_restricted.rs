//! Seccomp must be on for every container, by the pod or by the container itself.
//!
//! Restricted, since 1.19, in place of the baseline check. Since 1.25 pods of Windows are exempt.

use super::super::pod::{Pod, because_of, object};
use super::super::{Check, Level, Outcome, Revision};
use super::seccomp_profile_baseline::{REASON, explicit};

pub(super) static CHECK: Check = Check {
    id: "seccompProfile_restricted",
    level: Level::Restricted,
    revisions: &[
        Revision {
            since: 19,
            check: all_systems,
        },
        Revision {
            since: 25,
            check: not_windows,
        },
    ],
    overrides: &["seccompProfile_baseline"],
};

fn all_systems(pod: &Pod<'_>) -> Outcome {
    let settings = pod.settings("seccompProfile")?;
    if let Some(forbidden) = explicit(&settings)? {
        return Ok(Some(forbidden));
    }
    if settings.iter().any(|setting| setting.container.is_none()) {
        return Ok(None);
    }
    let bad = pod.containers_where(|container| {
        let Some(security) = container.security else {
            return Ok(true);
        };
        Ok(object(security, "seccompProfile")?.is_none())
    })?;
    because_of(
        REASON,
        &bad,
        "or the pod must set securityContext.seccompProfile.type to `RuntimeDefault` or `Localhost`",
    )
}

fn not_windows(pod: &Pod<'_>) -> Outcome {
    if pod.is_windows()? {
        return Ok(None);
    }
    all_systems(pod)
}
