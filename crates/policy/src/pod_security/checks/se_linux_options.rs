//! `SELinux` must keep the types made for containers, and the user and role of the system.
//!
//! Baseline, since 1.0; since 1.31 `container_engine_t` is allowed too.

use super::super::pod::{Pod, shown, text};
use super::super::{Check, Forbidden, Level, Outcome, Revision};

pub(super) static CHECK: Check = Check {
    id: "seLinuxOptions",
    level: Level::Baseline,
    revisions: &[
        Revision {
            since: 0,
            check: first_types,
        },
        Revision {
            since: 31,
            check: engine_too,
        },
    ],
    overrides: &[],
};

const TYPES: &[&str] = &["", "container_t", "container_init_t", "container_kvm_t"];

fn first_types(pod: &Pod<'_>) -> Outcome {
    options(pod, |name| TYPES.contains(&name))
}

fn engine_too(pod: &Pod<'_>) -> Outcome {
    options(pod, |name| {
        TYPES.contains(&name) || name == "container_engine_t"
    })
}

fn options(pod: &Pod<'_>, allowed: fn(&str) -> bool) -> Outcome {
    let mut wrong = Vec::new();
    let mut first = None;
    for setting in pod.settings("seLinuxOptions")? {
        let before = wrong.len();
        let name = text(setting.node, "type")?.unwrap_or_default();
        if !allowed(name) {
            wrong.push(format!("{} sets the type {}", setting.who(), shown(name)));
        }
        for key in ["user", "role"] {
            if text(setting.node, key)?.is_some_and(|value| !value.is_empty()) {
                wrong.push(format!("{} sets the {key}", setting.who()));
            }
        }
        if wrong.len() > before {
            first.get_or_insert_with(|| setting.node.location());
        }
    }
    Ok(first.map(|location| Forbidden {
        reason: "seLinuxOptions",
        detail: wrong.join(", "),
        location,
    }))
}
