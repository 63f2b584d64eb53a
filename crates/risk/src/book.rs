//! The numbers of a model by label, and what had to be assumed for them.

use std::collections::{BTreeMap, BTreeSet};

use seawall_stats::dist::Beta;
use seawall_system::Estimate;

use crate::assumption::Assumption;
use crate::inputs::{Input, Knowledge, Provenance};

/// Inputs by label, so that one number is drawn once.
#[derive(Default)]
pub(crate) struct Book {
    pub(crate) inputs: Vec<Input>,
    by_label: BTreeMap<String, usize>,
    pub(crate) assumptions: Vec<Assumption>,
    /// Evidence that is already in the totals of its control.
    pub(crate) counted: BTreeSet<String>,
}

impl Book {
    pub(crate) fn add(
        &mut self,
        label: String,
        provenance: Provenance,
        knowledge: impl FnOnce() -> Knowledge,
    ) -> usize {
        if let Some(position) = self.by_label.get(&label) {
            return *position;
        }
        let position = self.inputs.len();
        self.by_label.insert(label.clone(), position);
        // Fitting a distribution to a range takes a while: only once for each number.
        self.inputs.push(Input {
            label,
            knowledge: knowledge(),
            provenance,
        });
        position
    }

    /// Enters an estimate that someone answers for, or that nobody does.
    pub(crate) fn register(&mut self, subject: &str, text: String, estimate: &Estimate) {
        let missing = if estimate.assumed {
            "a placeholder: nobody said so"
        } else {
            "no basis given"
        };
        let basis = estimate.basis.as_deref().unwrap_or(missing);
        self.assumptions.push(Assumption {
            owner: estimate.owner.clone(),
            until: estimate.until,
            ..Assumption::new(subject, text, basis)
        });
    }

    pub(crate) fn assume(&mut self, subject: &str, text: impl Into<String>, basis: &str) {
        self.assumptions.push(Assumption::new(subject, text, basis));
    }
}

pub(crate) fn probability(range: [f64; 2]) -> Knowledge {
    let [low, high] = range;
    match Beta::from_range90(low, high) {
        Ok(beta) => Knowledge::Probability(beta),
        // Equal ends are certain by the catalogue's convention.
        Err(_) => Knowledge::Exactly(f64::midpoint(low, high).clamp(0.0, 1.0)),
    }
}
