#![doc = include_str!("../README.md")]

mod discover;
mod facts;
mod model;
mod observation;
mod read;
mod support;
pub mod vocabulary;

pub use crate::discover::discover;
pub use crate::facts::{Drift, Fact, Facts, Origin, drift};
pub use crate::model::{
    Actor, Appetite, Asset, Boundary, Component, Control, Effect, Flow, Friction, Loss, Need,
    Range90, Severity, System, WorkloadRef,
};
pub use crate::observation::{Aspect, Observation, Power, Standing, Weakness, Workload};
pub use crate::read::read;
pub use crate::support::{Support, Way, support};
