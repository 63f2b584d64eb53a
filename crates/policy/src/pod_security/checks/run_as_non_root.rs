//! Containers must be required to run as another user than root.
//!
//! Restricted, since 1.0: `runAsNonRoot` is true for the pod or for each container, and false
//! nowhere. Since 1.35 a pod in a user namespace of its own is exempt.

use super::super::pod::{Pod, because_of, flag};
use super::super::{Check, Forbidden, Level, Outcome, Revision};

pub(super) static CHECK: Check = Check {
    id: "runAsNonRoot",
    level: Level::Restricted,
    revisions: &[
        Revision {
            since: 0,
            check: required,
        },
        Revision {
            since: 35,
            check: required_on_the_host,
        },
    ],
    overrides: &[],
};

const REASON: &str = "runAsNonRoot != true";

fn required(pod: &Pod<'_>) -> Outcome {
    let of_pod = pod.security.map(|security| flag(security, "runAsNonRoot"));
    let of_pod = of_pod.transpose()?.flatten();
    if let Some(security) = pod.security.filter(|_| of_pod == Some(false)) {
        return Ok(Some(Forbidden {
            reason: REASON,
            detail: "the pod must not set securityContext.runAsNonRoot to false".to_owned(),
            location: security.location(),
        }));
    }
    let bad = pod.containers_where(|container| {
        let set = container.security_flag("runAsNonRoot")?;
        Ok(set.or(of_pod) != Some(true))
    })?;
    because_of(
        REASON,
        &bad,
        "or the pod must set securityContext.runAsNonRoot to true",
    )
}

fn required_on_the_host(pod: &Pod<'_>) -> Outcome {
    if pod.has_user_namespace()? {
        return Ok(None);
    }
    required(pod)
}
