//! What a chat request looks like to a budget.

use seawall_budget::Shape;
use seawall_llm::ChatRequest;

/// Tool calls that are reserved for an answer; what an answer has beyond is an overrun.
pub(super) const TOOL_CALLS: u64 = 8;

/// The shape of a request whose answers are clamped to `answer_tokens_max`. The dialect accepts parts
/// of text alone, so nothing but text is counted.
pub(crate) fn shape(chat: &ChatRequest, body_bytes: usize, answer_tokens_max: u64) -> Shape {
    Shape::text(body_bytes, chat.choices(), answer_tokens_max)
}
