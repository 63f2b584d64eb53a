#![doc = include_str!("../README.md")]

mod analysis;
mod assumption;
pub mod bench;
mod diagram;
mod document;
mod evidence;
#[cfg(test)]
mod exact;
mod graph;
mod ground;
mod inputs;
mod json;
mod model;
mod parallel;
mod path;
pub mod persistence;
mod sampler;
mod simulate;
mod summary;
mod years;

pub use crate::analysis::{
    Analysis, ControlValue, ExceedancePoint, LossValue, Options, Path, PathStep, Shares, analyse,
};
pub use crate::assumption::Assumption;
pub use crate::diagram::diagram;
pub use crate::document::document;
pub use crate::evidence::{TrialRecord, Trials};
pub use crate::inputs::Provenance;
pub use crate::json::json;
pub use crate::summary::Summary;
