//! Volumes must be of a kind that the platform provides, not of the host or of a storage server
//! that the pod names itself.
//!
//! Restricted, since 1.0, in place of the check of hostPath volumes. A volume without a source is an
//! empty folder: the API server makes it one before the reference sees it.

use std::collections::BTreeSet;

use super::super::pod::{Pod, list, object, quoted, shown, text};
use super::super::{Check, Forbidden, Level, Outcome, Revision};

pub(super) static CHECK: Check = Check {
    id: "restrictedVolumes",
    level: Level::Restricted,
    revisions: &[Revision { since: 0, check }],
    overrides: &["hostPathVolumes"],
};

const ALLOWED: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

fn check(pod: &Pod<'_>) -> Outcome {
    let mut names = Vec::new();
    let mut kinds = BTreeSet::new();
    let mut first = None;
    for volume in list(pod.spec, "volumes")? {
        let mut allowed = false;
        for key in ALLOWED {
            allowed |= object(volume, key)?.is_some();
        }
        let source = volume
            .entries()
            .iter()
            .find(|entry| entry.key != "name" && !entry.value.is_null());
        let Some(source) = source.filter(|_| !allowed) else {
            continue;
        };
        names.push(quoted("volume", text(volume, "name")?.unwrap_or_default()));
        kinds.insert(shown(&source.key));
        first.get_or_insert_with(|| volume.location());
    }
    Ok(first.map(|location| Forbidden {
        reason: "restricted volume types",
        detail: format!(
            "{} must not use {}",
            names.join(", "),
            kinds.into_iter().collect::<Vec<_>>().join(", ")
        ),
        location,
    }))
}
