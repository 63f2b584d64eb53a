//! `AppArmor` must stay on, with the profile of the runtime or one of the node.
//!
//! Baseline, since 1.0: `appArmorProfile.type` is `RuntimeDefault` or `Localhost` where it is set,
//! and the older annotations are empty, `runtime/default` or `localhost/…`.

use std::collections::BTreeSet;

use seawall_base::Location;

use super::super::pod::{Pod, shown, text};
use super::super::{Check, Forbidden, Level, Outcome, Revision};

pub(super) static CHECK: Check = Check {
    id: "appArmorProfile",
    level: Level::Baseline,
    revisions: &[Revision { since: 0, check }],
    overrides: &[],
};

const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

fn check(pod: &Pod<'_>) -> Outcome {
    let mut setters = Vec::new();
    let mut values = BTreeSet::new();
    let mut first: Option<Location> = None;
    for setting in pod.settings("appArmorProfile")? {
        let profile = text(setting.node, "type")?.unwrap_or_default();
        if !matches!(profile, "RuntimeDefault" | "Localhost") {
            setters.push(setting.who());
            values.insert(shown(profile));
            first.get_or_insert_with(|| setting.node.location());
        }
    }
    for (key, value, location) in &pod.annotations {
        let allowed =
            value.is_empty() || *value == "runtime/default" || value.starts_with("localhost/");
        if key.starts_with(ANNOTATION) && !allowed {
            setters.push(format!("annotation {}", shown(key)));
            values.insert(shown(&format!("{key}={value}")));
            first.get_or_insert(*location);
        }
    }
    let Some(location) = first else {
        return Ok(None);
    };
    Ok(Some(Forbidden {
        // The reference counts distinct values, and so does its wording.
        reason: if values.len() == 1 {
            "forbidden AppArmor profile"
        } else {
            "forbidden AppArmor profiles"
        },
        detail: format!(
            "{} must not set an AppArmor profile of {}",
            setters.join(", "),
            values.into_iter().collect::<Vec<_>>().join(", ")
        ),
        location,
    }))
}
