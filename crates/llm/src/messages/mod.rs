//! Anthropic's messages dialect: request, answer, stream event and error body.
//!
//! Content that is not text is refused, and so is what the provider would do out of sight: its own
//! tools, its connections to MCP servers, its code containers.

mod block;
mod error;
mod event;
mod request;
mod response;

pub use self::error::{error_body, error_status_type};
pub use self::event::MessagesEvent;
pub use self::request::MessagesRequest;
pub use self::response::MessagesResponse;
