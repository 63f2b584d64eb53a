#![doc = include_str!("../README.md")]

mod body;
mod client;
mod connector;
mod origin;
mod pool;
mod reach;
mod server;
mod shards;
mod tasks;
mod timed;
pub mod tls;
mod upstream;

pub use tokio_util::sync::CancellationToken;

pub use crate::body::{Body, BodySender, ReadError, read_capped};
pub use crate::client::{Answer, Client, ClientError, ClientOptions};
pub use crate::reach::Reach;
pub use crate::server::{Peer, ServeOptions, serve};
pub use crate::shards::sharded;
pub use crate::tasks::TaskSet;
pub use crate::upstream::{HttpUpstream, UpstreamOptions};
