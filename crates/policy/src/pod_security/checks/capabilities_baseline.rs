//! Containers must not add capabilities beyond the default set of the runtime.
//!
//! Baseline, since 1.0. Names are compared as written: `CAP_CHOWN` is not `CHOWN`.

use std::collections::BTreeSet;

use super::super::pod::{Pod, because_of, object, shown, texts};
use super::super::{Check, Level, Outcome, Revision};

pub(super) static CHECK: Check = Check {
    id: "capabilities_baseline",
    level: Level::Baseline,
    revisions: &[Revision { since: 0, check }],
    overrides: &[],
};

const ALLOWED: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn check(pod: &Pod<'_>) -> Outcome {
    let mut added = BTreeSet::new();
    let bad = pod.containers_where(|container| {
        let Some(security) = container.security else {
            return Ok(false);
        };
        let Some(capabilities) = object(security, "capabilities")? else {
            return Ok(false);
        };
        let mut bad = false;
        for name in texts(capabilities, "add")? {
            if !ALLOWED.contains(&name) {
                bad = true;
                added.insert(shown(name));
            }
        }
        Ok(bad)
    })?;
    let added: Vec<String> = added.into_iter().collect();
    let wish = format!(
        "must not add {} in securityContext.capabilities",
        added.join(", ")
    );
    because_of("non-default capabilities", &bad, &wish)
}
