#![doc = include_str!("../README.md")]

mod chunk;
mod embeddings;
mod error;
mod fields;
pub mod interfaces;
mod leaf;
pub mod mcp;
pub mod messages;
mod names;
mod nested;
pub mod predict;
mod request;
mod response;
pub mod responses;
pub mod sse;
pub mod translate;
mod usage;
mod walk;

pub use crate::chunk::{Chunk, Delta, ToolCallDelta};
pub use crate::embeddings::{EmbeddingsRequest, EmbeddingsResponse};
pub use crate::error::{DialectError, error_body, error_status_type};
pub use crate::leaf::{Leaf, NotEditable, Place, TextRole, edit};
pub use crate::request::ChatRequest;
pub use crate::response::{ChatResponse, ToolCall};
pub use crate::usage::Usage;
pub use crate::walk::visit_any;
