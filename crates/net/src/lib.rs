#![doc = include_str!("../README.md")]

mod body;
mod client;
mod connector;
mod server;
mod tasks;
mod timed;
pub mod tls;
mod upstream;

pub use tokio_util::sync::CancellationToken;

pub use crate::body::{Body, BodySender, ReadError, read_capped};
pub use crate::client::{Client, ClientError, ClientOptions};
pub use crate::server::{Peer, ServeOptions, serve};
pub use crate::tasks::TaskSet;
pub use crate::upstream::{HttpUpstream, UpstreamOptions};
