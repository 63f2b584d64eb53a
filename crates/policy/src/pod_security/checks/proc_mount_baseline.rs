//! The masks over `/proc` must stay.
//!
//! Baseline, since 1.0: `procMount` is absent or `Default`. Since 1.35 any value is allowed in a
//! user namespace of the pod's own.

use std::collections::BTreeSet;

use super::super::pod::{Pod, because_of, shown};
use super::super::{Check, Level, Outcome, Revision};

pub(super) static CHECK: Check = Check {
    id: "procMount",
    level: Level::Baseline,
    revisions: &[
        Revision {
            since: 0,
            check: masked,
        },
        Revision {
            since: 35,
            check: masked_on_the_host,
        },
    ],
    overrides: &[],
};

pub(super) fn masked(pod: &Pod<'_>) -> Outcome {
    let mut values = BTreeSet::new();
    let bad = pod.containers_where(|container| {
        let found = container.security_text("procMount")?;
        let bad = found.filter(|value| *value != "Default");
        values.extend(bad.map(shown));
        Ok(bad.is_some())
    })?;
    let values: Vec<String> = values.into_iter().collect();
    let wish = format!(
        "must not set securityContext.procMount to {}",
        values.join(", ")
    );
    because_of("procMount", &bad, &wish)
}

fn masked_on_the_host(pod: &Pod<'_>) -> Outcome {
    if pod.has_user_namespace()? {
        return Ok(None);
    }
    masked(pod)
}
