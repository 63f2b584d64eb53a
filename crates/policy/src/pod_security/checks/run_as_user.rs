//! Containers must not choose root as their user.
//!
//! Restricted, since 1.23: `runAsUser` is nowhere 0. Since 1.35 a pod in a user namespace of its
//! own is exempt.

use super::super::pod::{Pod, because_of, integer};
use super::super::{Check, Forbidden, Level, Outcome, Revision};

pub(super) static CHECK: Check = Check {
    id: "runAsUser",
    level: Level::Restricted,
    revisions: &[
        Revision {
            since: 23,
            check: not_root,
        },
        Revision {
            since: 35,
            check: not_root_on_the_host,
        },
    ],
    overrides: &[],
};

const REASON: &str = "runAsUser=0";

fn not_root(pod: &Pod<'_>) -> Outcome {
    if let Some(security) = pod.security
        && integer(security, "runAsUser")? == Some(0)
    {
        return Ok(Some(Forbidden {
            reason: REASON,
            detail: "the pod must not set securityContext.runAsUser to 0".to_owned(),
            location: security.location(),
        }));
    }
    let bad = pod.containers_where(|container| {
        let user = container
            .security
            .map(|security| integer(security, "runAsUser"));
        Ok(user.transpose()?.flatten() == Some(0))
    })?;
    because_of(
        REASON,
        &bad,
        "must not set securityContext.runAsUser to 0",
    )
}

fn not_root_on_the_host(pod: &Pod<'_>) -> Outcome {
    if pod.has_user_namespace()? {
        return Ok(None);
    }
    not_root(pod)
}
