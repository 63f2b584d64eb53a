//! The few lines that a user sees first.

use seawall_report::format::{money_interval, percent};
use seawall_stats::Estimate;

use crate::analysis::{Analysis, ControlValue, Shares};

/// The answer in short.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// Currency of all amounts.
    pub currency: String,
    /// Whether the figures are for demonstration only.
    pub demonstration: bool,
    /// Expected annual loss without any control.
    pub without: Estimate,
    /// Expected annual loss with all controls.
    pub with: Estimate,
    /// The most and the least valuable control.
    pub extremes: Option<[ControlValue; 2]>,
    /// What the answer rests on.
    pub shares: Shares,
}

impl Summary {
    /// The summary of an analysis.
    #[must_use]
    pub fn of(analysis: &Analysis) -> Self {
        let first = analysis.controls.first();
        let last = analysis.controls.last();
        Self {
            currency: analysis.currency.clone(),
            demonstration: analysis.demonstration,
            without: analysis.without,
            with: analysis.with,
            extremes: first
                .zip(last)
                .map(|(first, last)| [first.clone(), last.clone()]),
            shares: analysis.shares,
        }
    }

    /// The lines, each as a label and a value.
    #[must_use]
    pub fn lines(&self) -> Vec<(String, String)> {
        let money =
            |value: Estimate| money_interval(&self.currency, value.mean, value.p5, value.p95);
        let mut lines = vec![
            (
                "annual loss without controls".to_owned(),
                money(self.without),
            ),
            ("annual loss with controls".to_owned(), money(self.with)),
        ];
        if let Some([most, least]) = &self.extremes {
            for (label, control) in [("most", most), ("least", least)] {
                lines.push((
                    format!("{label} valuable control"),
                    format!("{}, {} a year", control.id, money(control.value)),
                ));
            }
        }
        let Shares {
            measured,
            elicited,
            default,
        } = self.shares;
        lines.push((
            "this rests on numbers that are".to_owned(),
            format!(
                "measured {}, elicited {}, default {}",
                percent(measured),
                percent(elicited),
                percent(default)
            ),
        ));
        lines
    }
}
