//! What changes between two descriptions of a system: the loss, with an interval of the difference
//! itself, and what lies behind it.

use std::collections::{BTreeMap, BTreeSet};

use seawall_report::format::{money, money_interval, percent};
use seawall_report::{Block, Column, Document, Table, Tone};
use seawall_stats::Estimate;
use serde_json::{Value, json};

use crate::analysis::{Analysis, Outcome};

/// The difference of two analyses made with the same seed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Diff {
    /// Currency of all amounts.
    pub currency: String,
    /// Expected annual loss before and after.
    pub losses: [Estimate; 2],
    /// After less before, draw by draw.
    pub change: Estimate,
    /// The chance that the loss rises.
    pub rises: f64,
    /// Controls whose value differs by more than a rounding, with the value before and after;
    /// nothing where there is no such control.
    pub controls: Vec<(String, Option<f64>, Option<f64>)>,
    /// Threats whose outcome differs, with the outcome before and after and the proof after.
    pub threats: Vec<(String, Outcome, Outcome, String)>,
    /// Differences between declaration and manifests that are new.
    pub drift: Vec<String>,
}

/// Compares two analyses.
#[must_use]
pub fn diff(before: &Analysis, after: &Analysis) -> Diff {
    let pairs = before.draws.iter().zip(&after.draws);
    let change: Vec<f64> = pairs.map(|(before, after)| after - before).collect();
    let rises = change.iter().filter(|change| **change > 0.0).count();
    Diff {
        currency: after.currency.clone(),
        losses: [before.with, after.with],
        change: Estimate::of(&change),
        rises: rises as f64 / change.len().max(1) as f64,
        controls: controls(before, after),
        threats: threats(before, after),
        drift: drift(before, after),
    }
}

fn controls(before: &Analysis, after: &Analysis) -> Vec<(String, Option<f64>, Option<f64>)> {
    let values = |analysis: &Analysis| -> BTreeMap<String, f64> {
        let controls = analysis.controls.iter();
        controls
            .map(|control| (control.id.clone(), control.shapley.mean))
            .collect()
    };
    let (old, new) = (values(before), values(after));
    let ids: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    ids.into_iter()
        .map(|id| (id.clone(), old.get(id).copied(), new.get(id).copied()))
        .filter(|(_, old, new)| match (old, new) {
            (Some(old), Some(new)) => (old - new).abs() > 0.005,
            _ => true,
        })
        .collect()
}

fn threats(before: &Analysis, after: &Analysis) -> Vec<(String, Outcome, Outcome, String)> {
    let old: BTreeMap<&str, Outcome> = before
        .threats
        .iter()
        .map(|threat| (threat.id.as_str(), threat.outcome))
        .collect();
    after
        .threats
        .iter()
        .filter_map(|threat| {
            let old = *old.get(threat.id.as_str())?;
            let changed = old != threat.outcome;
            changed.then(|| (threat.id.clone(), old, threat.outcome, threat.proof.clone()))
        })
        .collect()
}

fn drift(before: &Analysis, after: &Analysis) -> Vec<String> {
    let texts = |analysis: &Analysis| -> BTreeSet<String> {
        let drift = analysis.drift.iter();
        drift
            .map(|drift| format!("{} {}", drift.subject, drift.message))
            .collect()
    };
    texts(after).difference(&texts(before)).cloned().collect()
}

impl Diff {
    /// The difference as `seawall.risk-diff/v1`.
    #[must_use]
    pub fn json(&self) -> Value {
        let estimate =
            |value: Estimate| json!({"mean": value.mean, "p5": value.p5, "p95": value.p95});
        let [before, after] = self.losses;
        json!({
            "schema": "seawall.risk-diff/v1",
            "currency": self.currency,
            "ale_before": estimate(before),
            "ale_after": estimate(after),
            "change": estimate(self.change),
            "probability_of_rise": self.rises,
            "controls": self.controls.iter().map(|(id, before, after)| json!({
                "id": id, "shapley_before": before, "shapley_after": after,
            })).collect::<Vec<_>>(),
            "threats": self.threats.iter().map(|(id, before, after, proof)| json!({
                "id": id, "before": before.as_str(), "after": after.as_str(), "proof": proof,
            })).collect::<Vec<_>>(),
            "new_drift": self.drift,
        })
    }

    /// The difference for people.
    #[must_use]
    pub fn document(&self) -> Document {
        let mut document = Document::new("What the change does to the risk");
        let unit = &self.currency;
        let shown = |value: Estimate| money_interval(unit, value.mean, value.p5, value.p95);
        let [before, after] = self.losses;
        document.push(Block::KeyValues(vec![
            ("annual loss before".to_owned(), shown(before)),
            ("annual loss after".to_owned(), shown(after)),
            ("change".to_owned(), shown(self.change)),
            ("rises with probability".to_owned(), percent(self.rises)),
        ]));
        let amount =
            |value: &Option<f64>| value.map_or_else(|| "-".to_owned(), |value| money(unit, value));
        if !self.controls.is_empty() {
            document.heading("Fair shares of controls");
            let columns = [
                Column::left("control"),
                Column::right("before"),
                Column::right("after"),
            ];
            let mut table = Table::new(columns.into());
            for (id, before, after) in &self.controls {
                table.row([
                    id.as_str().into(),
                    amount(before).into(),
                    amount(after).into(),
                ]);
            }
            document.table(table);
        }
        if !self.threats.is_empty() {
            document.heading("Threats");
            let columns = ["threat", "before", "after", "why"].map(Column::left);
            let mut table = Table::new(columns.into());
            for (id, before, after, proof) in &self.threats {
                let cells = [id.as_str(), before.as_str(), after.as_str(), proof.as_str()];
                table.row(cells.map(Into::into));
            }
            document.table(table);
        }
        for drift in &self.drift {
            document.note(Tone::Warn, format!("new drift: {drift}"));
        }
        document
    }
}
