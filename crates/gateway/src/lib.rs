#![doc = include_str!("../README.md")]

mod config;
mod server;

pub use crate::config::{Config, GatewayLimits, Ports, Route};
pub use crate::server::Gateway;
