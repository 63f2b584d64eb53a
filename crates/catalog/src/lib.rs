#![doc = include_str!("../README.md")]

mod catalogue;
mod control;
mod threat;

pub use crate::catalogue::{Catalogue, Entry, catalogues, entry};
pub use crate::control::{ControlFunction, ControlGroup, ControlKind, control, controls};
pub use crate::threat::{Argument, Atom, AtomError, Relation, Threat, threats};
