//! Containers must not open ports of their host.
//!
//! Baseline, since 1.0: `hostPort` is absent or 0.

use super::super::pod::{Pod, because_of, integer, list};
use super::super::{Check, Level, Outcome, Revision};

pub(super) static CHECK: Check = Check {
    id: "hostPorts",
    level: Level::Baseline,
    revisions: &[Revision { since: 0, check }],
    overrides: &[],
};

fn check(pod: &Pod<'_>) -> Outcome {
    let mut ports = Vec::new();
    let bad = pod.containers_where(|container| {
        let mut bad = false;
        for port in list(container.node, "ports")? {
            let host = integer(port, "hostPort")?.unwrap_or_default();
            if host != 0 {
                bad = true;
                ports.push(host.to_string());
            }
        }
        Ok(bad)
    })?;
    let wish = format!("must not use hostPort {}", ports.join(", "));
    because_of("hostPort", &bad, &wish)
}
