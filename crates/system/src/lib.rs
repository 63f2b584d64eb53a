#![doc = include_str!("../README.md")]

mod discover;
pub mod dot;
pub mod export;
mod facts;
pub mod import;
mod model;
mod observation;
mod read;
mod support;
pub mod vocabulary;

pub use crate::discover::discover;
pub use crate::facts::{Drift, Fact, Facts, Origin, drift};
pub use crate::model::{
    Actor, Appetite, Asset, Attack, Boundary, Component, Control, Effect, Estimate, Flow, Friction,
    ImportedTrials, Loss, Need, Range90, Scenario, Secondary, Severity, System, WorkloadRef,
};
pub use crate::observation::{Aspect, Attempts, Observation, Power, Standing, Weakness, Workload};
pub use crate::read::read;
pub use crate::support::{Support, Way, support};
