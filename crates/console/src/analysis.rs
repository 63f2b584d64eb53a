//! What the overview shows of an analysis: the figures, without the reasoning behind them.

use seawall_report::{Appetite, Tone};
use seawall_risk::{Analysis, ControlValue, Provenance, exceedance_series};

use crate::board::{ControlView, RiskView, Shares, Snapshot};

impl Snapshot {
    /// Shows `analysis` from now on, and what drifted; `rerun` is the command that repeats it.
    pub fn show(&mut self, analysis: &Analysis, rerun: impl Into<String>) {
        self.system.clone_from(&analysis.system);
        let drift = analysis.drift.iter();
        self.drift = drift
            .map(|drift| format!("{}: {}", drift.subject, drift.message))
            .collect();
        self.risk = Some(RiskView {
            currency: analysis.currency.clone(),
            with: analysis.with,
            without: analysis.without,
            exceedance: vec![
                exceedance_series(analysis, "without controls", Tone::Bad, |point| {
                    (point.without, point.band_without)
                }),
                exceedance_series(analysis, "with controls", Tone::Plain, |point| {
                    (point.probability, point.band)
                }),
            ],
            appetite: analysis.appetite.map(|(appetite, _, _)| Appetite {
                loss: appetite.loss,
                probability: Some(appetite.probability),
            }),
            controls: analysis.controls.iter().map(control).collect(),
            shares: Some(Shares {
                measured: analysis.shares.measured,
                elicited: analysis.shares.elicited,
                default: analysis.shares.default,
            }),
            rerun: rerun.into(),
        });
    }
}

fn control(control: &ControlValue) -> ControlView {
    let (pairs, blocked) = control.trials;
    ControlView {
        id: control.id.clone(),
        kind: control.kind.clone(),
        value: control.value,
        trials: (pairs > 0).then_some((blocked, pairs)),
        source: match control.provenance {
            Some(Provenance::Measured) => "measured",
            Some(Provenance::Elicited) => "elicited",
            Some(Provenance::Default) => "default",
            None => "guards nothing",
        }
        .to_owned(),
    }
}
