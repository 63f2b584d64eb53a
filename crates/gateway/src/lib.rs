#![doc = include_str!("../README.md")]

mod answer;
mod approval;
mod auth;
mod call;
mod config;
mod dialect;
mod egress;
mod exchange;
mod gate;
mod held;
mod inspect;
mod interface;
pub mod mcp;
mod metering;
mod models;
mod predict;
mod record;
mod refusal;
mod server;
mod spend;
mod stream;
mod unwind;
mod watch;

pub use crate::config::{
    Config, GatewayLimits, LiveRoutes, Mode, OnDisconnect, Ports, Route, Speaks,
};
pub use crate::predict::{Input, PredictRoute, PredictRules};
pub use crate::server::Gateway;
pub use crate::spend::{PlaceLimits, Places, Runaways, SpendOptions, Spender};
