#![doc = include_str!("../README.md")]

mod connect;
mod error;
mod kind;
mod objects;
mod watch;

pub use crate::connect::Cluster;
pub use crate::error::ClusterError;
pub use crate::kind::Kind;
pub use crate::objects::{Listing, Write};
pub use crate::watch::Change;
