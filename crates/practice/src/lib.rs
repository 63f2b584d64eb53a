#![doc = include_str!("../README.md")]

mod conversation;
mod embeddings;
mod mind;
mod responses;
mod server;
mod wire;

use serde_json::Value;

pub use crate::server::serve;

/// The one model that the practice upstream has.
pub const MODEL: &str = "practice";
/// The fingerprint that every completion carries.
pub const FINGERPRINT: &str = "seawall-practice-1";
/// What the `x-seawall-practice` header of every answer says.
pub const LABEL: &str = "practice upstream, vulnerable on purpose";

/// Answers one chat-completions request without a network: what [`serve`] would send, unstreamed.
///
/// # Errors
/// Names the field of the request that is missing or wrong.
pub fn respond(request: &Value) -> Result<Value, &'static str> {
    let conversation = conversation::Conversation::parse(request)?;
    let answer = mind::answer(&conversation);
    Ok(wire::Reply::new(request, answer, conversation.tokens_max).completion())
}
