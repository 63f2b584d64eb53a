//! Policies of the cluster: which namespaces are held to what.

use std::collections::BTreeSet;

use seawall_base::Severity;
use serde::Deserialize;
use serde_json::Value;

/// What a policy asks of its namespaces.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Guardrail {
    namespaces: Vec<String>,
    /// Findings at or above this severity deny.
    pub fail_on: Severity,
    /// Whether it denies, or only warns.
    pub enforce: bool,
    /// Rules that are left out.
    pub disabled: BTreeSet<String>,
    /// What must be verified before it runs.
    pub verified: BTreeSet<Demand>,
    /// What happens to what is not.
    pub unverified: Unverified,
}

/// A sort of artifact.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
pub enum Demand {
    /// Container images.
    Image,
    /// Models and adapters.
    Model,
    /// Training data.
    Dataset,
}

/// What happens to a workload whose artifacts nobody has verified yet.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
pub enum Unverified {
    /// It is admitted and waits: its pods carry a scheduling gate until a verdict is there.
    #[default]
    Gate,
    /// It is denied.
    Deny,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Spec {
    namespaces: Vec<String>,
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    fail_on: Option<String>,
    #[serde(default)]
    disabled_rules: BTreeSet<String>,
    #[serde(default)]
    require_verified: BTreeSet<Demand>,
    #[serde(default)]
    unverified: Unverified,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq)]
enum Mode {
    #[default]
    Enforce,
    Warn,
}

impl Guardrail {
    pub(super) fn read(spec: Value) -> Result<Self, String> {
        let spec: Spec = serde_json::from_value(spec).map_err(|error| error.to_string())?;
        let fail_on = match spec.fail_on {
            None => Severity::High,
            Some(word) => {
                let read: Result<Severity, _> = word.to_ascii_lowercase().parse();
                read.map_err(|_| format!("`{word}` is no severity"))?
            }
        };
        Ok(Self {
            namespaces: spec.namespaces,
            fail_on,
            enforce: spec.mode == Mode::Enforce,
            disabled: spec.disabled_rules,
            verified: spec.require_verified,
            unverified: spec.unverified,
        })
    }

    /// Whether it holds for `namespace`. Names and `*` only: labels can be changed by whom they bind.
    pub(super) fn names(&self, namespace: &str) -> bool {
        let mut names = self.namespaces.iter();
        names.any(|name| name == "*" || name == namespace)
    }

    /// What satisfies both.
    pub(super) fn strictest(self, other: &Self) -> Self {
        Self {
            namespaces: Vec::new(),
            fail_on: self.fail_on.min(other.fail_on),
            enforce: self.enforce || other.enforce,
            disabled: self
                .disabled
                .intersection(&other.disabled)
                .cloned()
                .collect(),
            verified: self.verified.union(&other.verified).copied().collect(),
            unverified: self.unverified.max(other.unverified),
        }
    }
}
