//! Upper bounds of what a call can use, known before it is made and without a tokeniser.

/// Tokens that a chat template may add around the messages.
const TEMPLATE_TOKENS: u64 = 16;

/// The most tokens that a prompt of `body_bytes` can have.
///
/// Every token of a byte-level vocabulary covers at least one byte, and the JSON around each message
/// is longer than the tokens that a template adds for it, so the size of the body is a bound.
#[must_use]
pub fn prompt_tokens_max(body_bytes: usize) -> u64 {
    u64::try_from(body_bytes)
        .unwrap_or(u64::MAX)
        .saturating_add(TEMPLATE_TOKENS)
}

/// The most tokens that a call can use: its prompt, and `choices` answers of `answer_tokens_max`.
#[must_use]
pub fn call_tokens_max(body_bytes: usize, choices: u64, answer_tokens_max: u64) -> u64 {
    prompt_tokens_max(body_bytes).saturating_add(choices.saturating_mul(answer_tokens_max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_add_up_and_saturate() {
        assert_eq!(call_tokens_max(100, 2, 50), 216);
        assert_eq!(call_tokens_max(1, u64::MAX, 2), u64::MAX);
    }
}
