//! The Model Context Protocol: JSON-RPC messages between an agent and the servers of its tools.
//!
//! A message is parsed strictly and visited by its method. A result names no method, so whoever
//! pairs it with its request says which one it answers. Pictures, sound and other bytes are refused.

mod content;
mod message;
mod method;

pub use self::message::{Kind, McpMessage, RequestId, error_body};
pub use self::method::{Method, Sender};
