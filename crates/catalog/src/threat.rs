//! Threats as monotone rules: where they apply, what the attacker must have, what is gained.

mod atom;

use std::sync::LazyLock;

use serde::Deserialize;

pub use self::atom::{Argument, Atom, AtomError, Relation};

/// One rule of the threat model.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Threat {
    /// Kebab-case id.
    pub id: String,
    /// What happens, in a few words.
    pub title: String,
    /// The part of the life cycle it belongs to, the name of its file.
    pub stage: &'static str,
    /// Whether it is harm, or only how an actor's position becomes reach.
    pub is_access: bool,
    /// A sentence with variables in braces, shown as the proof of a step.
    pub text: String,
    /// Facts of the system that must hold; they bind the variables.
    pub facts: Vec<Atom>,
    /// What the attacker must have gained before.
    pub requires: Vec<Atom>,
    /// What the attacker gains.
    pub gives: Atom,
    /// Variables whose components or flows a control must stand at to matter.
    pub at: Vec<String>,
    /// Kinds of control that stop it.
    pub stopped_by: Vec<String>,
    /// Kinds of control that notice a failed try.
    pub detected_by: Vec<String>,
    /// Families of trials whose outcomes are evidence about the controls against it.
    pub families: Vec<String>,
    /// STRIDE categories.
    pub stride: Vec<String>,
    /// Catalogue ids.
    pub maps: Vec<String>,
    /// Chance that the step succeeds in one campaign with no control: 5 % and 95 % quantile.
    /// Equal ends are certain.
    pub success: [f64; 2],
    /// Why that range.
    pub basis: String,
}

/// Every rule, by stage and then in the order of its file.
#[must_use]
pub fn threats() -> &'static [Threat] {
    &THREATS
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawThreat {
    id: String,
    title: String,
    kind: RawKind,
    text: String,
    #[serde(default, rename = "where")]
    facts: Vec<String>,
    requires: Vec<String>,
    gives: String,
    #[serde(default)]
    at: Vec<String>,
    #[serde(default)]
    stopped_by: Vec<String>,
    #[serde(default)]
    detected_by: Vec<String>,
    #[serde(default)]
    families: Vec<String>,
    #[serde(default)]
    stride: Vec<String>,
    #[serde(default)]
    maps: Vec<String>,
    success: [f64; 2],
    basis: String,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum RawKind {
    Access,
    Threat,
}

/// The embedded files by stage, in the order of the life cycle. A test parses each of them.
const FILES: &[(&str, &str)] = &[
    ("access", include_str!("../data/threats/access.json")),
    ("data", include_str!("../data/threats/data.json")),
    (
        "supply-chain",
        include_str!("../data/threats/supply-chain.json"),
    ),
    ("cluster", include_str!("../data/threats/cluster.json")),
    ("inference", include_str!("../data/threats/inference.json")),
    ("agents", include_str!("../data/threats/agents.json")),
    ("code", include_str!("../data/threats/code.json")),
];

static THREATS: LazyLock<Vec<Threat>> = LazyLock::new(|| {
    FILES
        .iter()
        .flat_map(|(stage, file)| parse(stage, file).unwrap_or_default())
        .collect()
});

fn parse(stage: &'static str, file: &str) -> Result<Vec<Threat>, String> {
    let raw: Vec<RawThreat> = serde_json::from_str(file).map_err(|error| error.to_string())?;
    raw.into_iter()
        .map(|raw| {
            let id = raw.id.clone();
            Threat::read(stage, raw).map_err(|error| format!("{id}: {error}"))
        })
        .collect()
}

impl Threat {
    /// A step that the owner of a system declares, as far as it is like a rule of the catalogue.
    #[must_use]
    pub fn declared(id: &str, title: &str, maps: &[String], success: [f64; 2]) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            stage: "declared",
            is_access: false,
            text: title.to_owned(),
            facts: Vec::new(),
            requires: Vec::new(),
            gives: Atom {
                relation: Relation::Attained,
                arguments: vec![Argument::OneOf(vec![id.to_owned()])],
            },
            at: Vec::new(),
            stopped_by: Vec::new(),
            detected_by: Vec::new(),
            families: Vec::new(),
            stride: Vec::new(),
            maps: maps.to_vec(),
            success,
            basis: "nobody gave this step a chance".to_owned(),
        }
    }

    fn read(stage: &'static str, raw: RawThreat) -> Result<Self, AtomError> {
        let atoms = |texts: &[String]| -> Result<Vec<Atom>, AtomError> {
            texts.iter().map(|text| text.parse()).collect()
        };
        Ok(Self {
            stage,
            is_access: raw.kind == RawKind::Access,
            facts: atoms(&raw.facts)?,
            requires: atoms(&raw.requires)?,
            gives: raw.gives.parse()?,
            id: raw.id,
            title: raw.title,
            text: raw.text,
            at: raw.at,
            stopped_by: raw.stopped_by,
            detected_by: raw.detected_by,
            families: raw.families,
            stride: raw.stride,
            maps: raw.maps,
            success: raw.success,
            basis: raw.basis,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{control, entry};

    #[test]
    fn every_file_parses() {
        for (stage, file) in FILES {
            let parsed = parse(stage, file).unwrap_or_else(|error| panic!("{stage}: {error}"));
            assert!(!parsed.is_empty(), "{stage}");
        }
        assert!(threats().iter().filter(|threat| !threat.is_access).count() >= 45);
    }

    #[test]
    fn ids_are_unique_and_every_reference_resolves() {
        let mut ids = BTreeSet::new();
        for threat in threats() {
            assert!(ids.insert(&threat.id), "{} is there twice", threat.id);
            for id in &threat.maps {
                let (_, found) = entry(id).unwrap_or_else(|| panic!("{} names {id}", threat.id));
                assert!(found.status.is_none(), "{} names rescinded {id}", threat.id);
            }
            for kind in threat.stopped_by.iter().chain(&threat.detected_by) {
                assert!(control(kind).is_some(), "{} names {kind}", threat.id);
            }
            if !threat.is_access {
                assert!(
                    !threat.maps.is_empty() && !threat.stride.is_empty(),
                    "{}",
                    threat.id
                );
            }
        }
    }

    #[test]
    fn variables_are_bound_and_ranges_sound() {
        for threat in threats() {
            let mut bound = BTreeSet::new();
            for atom in &threat.facts {
                assert!(atom.relation.is_fact(), "{}: {atom}", threat.id);
                bound.extend(atom.variables());
            }
            for atom in threat.requires.iter().chain([&threat.gives]) {
                assert!(!atom.relation.is_fact(), "{}: {atom}", threat.id);
                let free = atom.variables().find(|name| !bound.contains(name));
                assert_eq!(free, None, "{}: a variable is free", threat.id);
            }
            for name in &threat.at {
                assert!(
                    bound.contains(name.as_str()),
                    "{}: {name} is free",
                    threat.id
                );
            }
            for part in threat.text.split('{').skip(1) {
                let name = part.split('}').next().unwrap();
                assert!(bound.contains(name), "{}: {{{name}}} is free", threat.id);
            }
            let [low, high] = threat.success;
            assert!(0.0 < low && low <= high && high <= 1.0, "{}", threat.id);
            assert!(threat.basis.len() > 10, "{}", threat.id);
        }
    }

    #[test]
    fn whatever_is_required_can_be_gained() {
        let given: BTreeSet<_> = threats()
            .iter()
            .map(|threat| threat.gives.relation)
            .collect();
        for threat in threats() {
            for atom in &threat.requires {
                let known = given.contains(&atom.relation) || atom.relation == Relation::Position;
                assert!(known, "{}: nothing gives {atom}", threat.id);
            }
        }
    }

    #[test]
    fn every_control_kind_stops_or_notices_something() {
        for kind in crate::controls() {
            let used = threats().iter().any(|threat| {
                threat.stopped_by.contains(&kind.id) || threat.detected_by.contains(&kind.id)
            });
            assert!(used, "{} would always be worth nothing", kind.id);
        }
    }
}
