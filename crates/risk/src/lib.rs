#![doc = include_str!("../README.md")]

mod analysis;
mod assumption;
mod attacks;
mod backtest;
pub mod bench;
mod book;
mod coalition;
mod coverage;
mod diagram;
mod diff;
mod document;
mod evidence;
#[cfg(test)]
mod exact;
mod graph;
mod ground;
mod imported;
mod inputs;
mod json;
mod lanes;
mod model;
mod parallel;
mod path;
pub mod persistence;
mod reach;
mod sampler;
mod simulate;
mod summary;
mod tree;
mod years;

pub use crate::analysis::{
    Analysis, ControlValue, EffectTail, ExceedancePoint, Family, Future, FutureYear, Interaction,
    LossValue, NextTrials, Options, Outcome, Path, PathStep, Shares, Sway, Tail, ThreatOutcome,
    analyse, futures, futures_json,
};
pub use crate::assumption::Assumption;
pub use crate::backtest::{Backtest, BacktestRow};
pub use crate::coverage::SiteCoverage;
pub use crate::diagram::diagram;
pub use crate::diff::{Diff, diff};
pub use crate::document::{document, exceedance_series, futures_document};
pub use crate::evidence::{TrialRecord, Trials};
pub use crate::inputs::Provenance;
pub use crate::json::json;
pub use crate::summary::Summary;
pub use crate::tree::{ControlShare, TreeOptions, TreeResult, solve as solve_tree, tree_json};
