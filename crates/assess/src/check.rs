//! The checks: which entry of the ledger or which fact of the system carries a practice.

use std::sync::LazyLock;

use seawall_base::Timestamp;
use seawall_evidence::Entry;
use seawall_system::{Need, System};
use serde::Deserialize;

/// One check of one practice at one level.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Check {
    pub(crate) practice: String,
    pub(crate) level: u8,
    pub(crate) title: String,
    #[serde(flatten)]
    test: Test,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Test {
    /// At least `count` entries of a kind, none older than `days`.
    Ledger {
        ledger: String,
        count: usize,
        days: i64,
    },
    /// A control of a kind stands somewhere.
    Control { control: String },
    /// The declaration says something.
    Declares { declares: String },
}

/// What a check finds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Found {
    /// It holds; where that can be seen.
    Holds(String),
    /// It held once; where that can be seen.
    Expired(String),
    /// Nothing carries it.
    Nothing,
}

/// Every check, in the order of practices and levels.
pub(crate) fn checks() -> &'static [Check] {
    static CHECKS: LazyLock<Vec<Check>> = LazyLock::new(|| {
        serde_json::from_str(include_str!("../data/checks.json")).unwrap_or_default()
    });
    &CHECKS
}

impl Check {
    /// Looks for what carries the check.
    pub(crate) fn look(&self, system: &System, entries: &[(u64, Entry)], at: Timestamp) -> Found {
        match &self.test {
            Test::Ledger {
                ledger,
                count,
                days,
            } => recent(ledger, *count, *days, entries, at),
            Test::Control { control } => system
                .controls
                .iter()
                .find(|own| own.kind == *control && !own.stands_at.is_empty())
                .map_or(Found::Nothing, |own| holds(system, own.location.line)),
            Test::Declares { declares } => {
                declared(system, declares).map_or(Found::Nothing, |line| holds(system, line))
            }
        }
    }
}

fn holds(system: &System, line: u32) -> Found {
    Found::Holds(format!("{}:{line}", system.path))
}

fn recent(kind: &str, count: usize, days: i64, entries: &[(u64, Entry)], at: Timestamp) -> Found {
    let schema = format!("seawall.evidence.{kind}/v1");
    let all: Vec<&(u64, Entry)> = entries
        .iter()
        .filter(|(_, entry)| entry.kind.schema() == schema)
        .collect();
    let oldest = at.as_second().saturating_sub(days.saturating_mul(86_400));
    let fresh = all
        .iter()
        .filter(|(_, entry)| entry.at.as_second() >= oldest)
        .count();
    let Some((last, _)) = all.last().filter(|_| all.len() >= count) else {
        return Found::Nothing;
    };
    if fresh >= count {
        Found::Holds(format!("ledger {last} ({fresh} entries in {days} days)"))
    } else {
        Found::Expired(format!("ledger {last} ({fresh} of {count} in {days} days)"))
    }
}

/// The line at which a system declares what a check asks for.
fn declared(system: &System, what: &str) -> Option<u32> {
    let rated = |needs: &[Need; 3]| needs.iter().any(|need| *need != Need::None);
    match what {
        // These two stand at the top of the file and have no place of their own.
        "appetite" => system.appetite.map(|_| 1),
        "owner" => system.owner.as_ref().map(|_| 1),
        "actors" => system.actors.first().map(|actor| actor.location.line),
        "asset-needs" => {
            let all = system.assets.iter().all(|asset| rated(&asset.needs));
            let first = system.assets.first().filter(|_| all);
            first.map(|asset| asset.location.line)
        }
        "boundaries" => {
            let enough = system.boundaries.len() > 1;
            let first = system.boundaries.first().filter(|_| enough);
            first.map(|boundary| boundary.location.line)
        }
        "control-sites" => {
            let all = system
                .controls
                .iter()
                .all(|control| !control.stands_at.is_empty());
            let first = system.controls.first().filter(|_| all);
            first.map(|control| control.location.line)
        }
        "flows" => system.flows.first().map(|flow| flow.location.line),
        "loss-basis" => {
            let all = system
                .losses
                .iter()
                .all(|loss| loss.estimate.basis.is_some());
            system
                .losses
                .first()
                .filter(|_| all)
                .map(|loss| loss.location.line)
        }
        "personal-data" => {
            let mut assets = system.assets.iter();
            let found = assets.find(|asset| asset.kind == "personal-data");
            found.map(|asset| asset.location.line)
        }
        "training-flows" => {
            let carries = |flow: &&seawall_system::Flow| {
                flow.carries.iter().any(|word| word == "training-data")
            };
            system
                .flows
                .iter()
                .find(carries)
                .map(|flow| flow.location.line)
        }
        "workloads" => {
            let mut components = system.components.iter();
            let found = components.find(|component| component.workload.is_some());
            found.map(|component| component.location.line)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use seawall_catalog::{control, entry};
    use seawall_evidence::Kind;

    use super::*;

    #[test]
    fn every_check_names_what_exists() {
        assert!(checks().len() > 50);
        for check in checks() {
            assert!(entry(&check.practice).is_some(), "{}", check.practice);
            assert!((1..=3).contains(&check.level), "{}", check.title);
            match &check.test {
                Test::Ledger { ledger, .. } => {
                    let kind = Kind::from_schema(&format!("seawall.evidence.{ledger}/v1"));
                    assert!(!matches!(kind, Kind::Unknown(_)), "{ledger}");
                }
                Test::Control { control: kind } => assert!(control(kind).is_some(), "{kind}"),
                Test::Declares { declares } => assert!(
                    [
                        "actors",
                        "appetite",
                        "asset-needs",
                        "boundaries",
                        "control-sites",
                        "flows",
                        "loss-basis",
                        "owner",
                        "personal-data",
                        "training-flows",
                        "workloads",
                    ]
                    .contains(&declares.as_str()),
                    "{declares}"
                ),
            }
        }
    }
}
