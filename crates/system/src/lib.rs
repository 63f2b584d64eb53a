#![doc = include_str!("../README.md")]

mod discover;
mod facts;
mod model;
mod read;
pub mod vocabulary;

pub use crate::discover::discover;
pub use crate::facts::{Drift, Fact, Facts, Observation, Origin, Weakness, Workload, drift};
pub use crate::model::{
    Actor, Appetite, Asset, Boundary, Component, Control, Effect, Flow, Loss, Need, Range90,
    Severity, System, WorkloadRef,
};
pub use crate::read::read;
