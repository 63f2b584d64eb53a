//! Pods may set kernel parameters only where they are namespaced and isolated.
//!
//! Baseline, since 1.0, with more parameters allowed since 1.27, 1.29, 1.32 and 1.37.

use super::super::pod::{Pod, list, shown, text};
use super::super::{Check, Forbidden, Level, Outcome, Revision};

pub(super) static CHECK: Check = Check {
    id: "sysctls",
    level: Level::Baseline,
    revisions: &[
        Revision {
            since: 0,
            check: |pod| check(pod, 0),
        },
        Revision {
            since: 27,
            check: |pod| check(pod, 27),
        },
        Revision {
            since: 29,
            check: |pod| check(pod, 29),
        },
        Revision {
            since: 32,
            check: |pod| check(pod, 32),
        },
        Revision {
            since: 37,
            check: |pod| check(pod, 37),
        },
    ],
    overrides: &[],
};

/// The safe parameters and the version since which each is allowed.
const ALLOWED: &[(u16, &str)] = &[
    (0, "kernel.shm_rmid_forced"),
    (0, "net.ipv4.ip_local_port_range"),
    (0, "net.ipv4.ip_unprivileged_port_start"),
    (0, "net.ipv4.ping_group_range"),
    (0, "net.ipv4.tcp_syncookies"),
    (27, "net.ipv4.ip_local_reserved_ports"),
    (29, "net.ipv4.tcp_fin_timeout"),
    (29, "net.ipv4.tcp_keepalive_intvl"),
    (29, "net.ipv4.tcp_keepalive_probes"),
    (29, "net.ipv4.tcp_keepalive_time"),
    (32, "net.ipv4.tcp_rmem"),
    (32, "net.ipv4.tcp_wmem"),
    (37, "net.ipv4.tcp_notsent_lowat"),
    (37, "net.ipv4.tcp_slow_start_after_idle"),
];

fn check(pod: &Pod<'_>, version: u16) -> Outcome {
    let Some(security) = pod.security else {
        return Ok(None);
    };
    let mut wrong = Vec::new();
    let mut first = None;
    for parameter in list(security, "sysctls")? {
        let name = text(parameter, "name")?.unwrap_or_default();
        let allowed = ALLOWED
            .iter()
            .any(|(since, known)| *since <= version && *known == name);
        if !allowed {
            wrong.push(shown(name));
            first.get_or_insert_with(|| parameter.location());
        }
    }
    Ok(first.map(|location| Forbidden {
        reason: "forbidden sysctls",
        detail: format!("the pod must not set {}", wrong.join(", ")),
        location,
    }))
}
