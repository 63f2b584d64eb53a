//! From one dialect into another: requests on their way to an upstream that speaks another one than
//! the client, and answers on their way back.
//!
//! What has no place in the other dialect is refused with its path and never left out, but for these:
//! nulls, hints about caching and loading (`cache_control`, `keep_alive`), signatures of reasoning, and
//! in answers the upstream's own bookkeeping (ids, fingerprints, tiers, durations).

mod chat_answer;
mod chat_events;
mod chat_request;
mod members;
mod messages_answer;
mod messages_events;
mod messages_request;
pub mod ollama;

pub use self::chat_answer::chat_answer;
pub use self::chat_events::ChatEvents;
pub use self::chat_request::chat_request;
pub use self::messages_answer::messages_answer;
pub use self::messages_events::MessagesEvents;
pub use self::messages_request::messages_request;

use seawall_base::ErrorCode;

use crate::error::DialectError;

/// Refuses an answer that has no form in the client's dialect.
fn uncarried() -> DialectError {
    DialectError::whole(
        ErrorCode::UpstreamFailed,
        "The upstream's answer has parts that the client's dialect has no place for.",
    )
}

#[cfg(test)]
mod tests;
