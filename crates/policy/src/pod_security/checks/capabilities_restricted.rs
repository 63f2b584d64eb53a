//! Containers must drop every capability and may add back `NET_BIND_SERVICE` alone.
//!
//! Restricted, since 1.22, in place of the baseline check. Since 1.25 pods of Windows are exempt.

use super::super::pod::{Pod, because_of, object, texts};
use super::super::{Check, Level, Outcome, Revision};

pub(super) static CHECK: Check = Check {
    id: "capabilities_restricted",
    level: Level::Restricted,
    revisions: &[
        Revision {
            since: 22,
            check: all_systems,
        },
        Revision {
            since: 25,
            check: not_windows,
        },
    ],
    overrides: &["capabilities_baseline"],
};

fn all_systems(pod: &Pod<'_>) -> Outcome {
    let bad = pod.containers_where(|container| {
        let Some(security) = container.security else {
            return Ok(true);
        };
        let Some(capabilities) = object(security, "capabilities")? else {
            return Ok(true);
        };
        let dropped = texts(capabilities, "drop")?.contains(&"ALL");
        let added = texts(capabilities, "add")?;
        Ok(!dropped || added.iter().any(|name| *name != "NET_BIND_SERVICE"))
    })?;
    because_of(
        "unrestricted capabilities",
        &bad,
        "must drop `ALL` in securityContext.capabilities and add at most `NET_BIND_SERVICE`",
    )
}

fn not_windows(pod: &Pod<'_>) -> Outcome {
    if pod.is_windows()? {
        return Ok(None);
    }
    all_systems(pod)
}
