//! OpenAI's responses dialect: request, answer and stream event. Errors have the form of chat.
//!
//! What the provider keeps or does out of sight is refused: earlier responses and conversations by
//! id, stored prompts, its own tools, work in the background.

mod event;
mod item;
mod request;
mod response;

pub use self::event::{ResponsesEvent, TextKey};
pub use self::request::ResponsesRequest;
pub use self::response::ResponsesResponse;
