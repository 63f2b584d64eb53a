//! Pods must not mount folders of their host.
//!
//! Baseline, since 1.0.

use super::super::pod::{Pod, list, object, quoted, text};
use super::super::{Check, Forbidden, Level, Outcome, Revision};

pub(super) static CHECK: Check = Check {
    id: "hostPathVolumes",
    level: Level::Baseline,
    revisions: &[Revision { since: 0, check }],
    overrides: &[],
};

fn check(pod: &Pod<'_>) -> Outcome {
    let mut names = Vec::new();
    let mut first = None;
    for volume in list(pod.spec, "volumes")? {
        if let Some(source) = object(volume, "hostPath")? {
            names.push(quoted("volume", text(volume, "name")?.unwrap_or_default()));
            first.get_or_insert_with(|| source.location());
        }
    }
    Ok(first.map(|location| Forbidden {
        reason: "hostPath volumes",
        detail: format!("{} must not be a hostPath", names.join(", ")),
        location,
    }))
}
