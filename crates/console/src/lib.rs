#![doc = include_str!("../README.md")]

mod access;
mod analysis;
mod answer;
mod api;
mod board;
mod events;
mod form;
mod pages;
mod server;

pub use crate::api::{Api, ApiError};
pub use crate::board::{Board, ControlView, Progress, RiskView, Shares, Snapshot};
pub use crate::server::{Config, Ports, serve};
