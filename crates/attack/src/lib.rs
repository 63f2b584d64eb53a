#![doc = include_str!("../README.md")]

mod agents;
mod campaign;
mod canary;
mod draw;
mod mutator;
mod observation;
mod oracle;
mod probe;
mod probes;
mod rate;
mod request;
mod scope;
mod suite;
mod tally;
mod tasks;

pub use crate::agents::UNSEEN;
pub use crate::campaign::{Attempt, Campaign, CampaignConfig, Recorded, Step};
pub use crate::canary::Canary;
pub use crate::draw::Draw;
pub use crate::mutator::{Dress, Mutator};
pub use crate::observation::{Observation, Reply, Response, Stop};
pub use crate::oracle::{Oracle, Sink};
pub use crate::probe::{Payload, Probe, Task, continued};
pub use crate::scope::{Origin, Scope, ScopeError, permit};
pub use crate::suite::Suite;
pub use crate::tally::{FamilyTally, Share, Tally};
