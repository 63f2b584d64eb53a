//! Containers must not gain more privileges than their parent process.
//!
//! Restricted, since 1.8: every container sets `securityContext.allowPrivilegeEscalation: false`.
//! Since 1.25 pods of Windows are exempt.

use super::super::pod::{Pod, because_of};
use super::super::{Check, Level, Outcome, Revision};

pub(super) static CHECK: Check = Check {
    id: "allowPrivilegeEscalation",
    level: Level::Restricted,
    revisions: &[
        Revision {
            since: 8,
            check: all_systems,
        },
        Revision {
            since: 25,
            check: not_windows,
        },
    ],
    overrides: &[],
};

fn all_systems(pod: &Pod<'_>) -> Outcome {
    let bad = pod.containers_where(|container| {
        Ok(container.security_flag("allowPrivilegeEscalation")? != Some(false))
    })?;
    because_of(
        "allowPrivilegeEscalation != false",
        &bad,
        "must set securityContext.allowPrivilegeEscalation to false",
    )
}

fn not_windows(pod: &Pod<'_>) -> Outcome {
    if pod.is_windows()? {
        return Ok(None);
    }
    all_systems(pod)
}
