//! Upper bounds of what a call can use, known before it is made and without a tokeniser.

use crate::price::Price;

/// Tokens that a chat template may add around the messages.
const TEMPLATE_TOKENS: u64 = 16;

/// What a request looks like, as far as its cost depends on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shape {
    /// Bytes of the body, tool definitions and schemas among them.
    pub body_bytes: usize,
    /// Answers that are asked for.
    pub choices: u64,
    /// The most tokens of one answer, reasoning among them: clamped or injected, so that it is real.
    /// Zero for embeddings.
    pub answer_tokens_max: u64,
    /// Images.
    pub images: u64,
    /// Audio and file parts.
    pub media: u64,
    /// Uses of tools that the provider runs.
    pub tool_uses_max: u64,
    /// How often the call may be sent: retries and fallbacks are billed each.
    pub attempts: u64,
}

impl Shape {
    /// A request of text alone that is sent once.
    #[must_use]
    pub const fn text(body_bytes: usize, choices: u64, answer_tokens_max: u64) -> Self {
        Self {
            body_bytes,
            choices,
            answer_tokens_max,
            images: 0,
            media: 0,
            tool_uses_max: 0,
            attempts: 1,
        }
    }

    /// The most tokens of the prompt; `None` where a part has no bound.
    #[must_use]
    pub fn input_tokens_max(&self, price: &Price) -> Option<u64> {
        let part = |count: u64, each: Option<u64>| match count {
            0 => Some(0),
            _ => each.map(|each| count.saturating_mul(each)),
        };
        let images = part(self.images, price.image_tokens_max)?;
        let media = part(self.media, price.media_tokens_max)?;
        Some(
            prompt_tokens_max(self.body_bytes)
                .saturating_add(images)
                .saturating_add(media),
        )
    }

    /// The most tokens of all answers.
    #[must_use]
    pub const fn output_tokens_max(&self) -> u64 {
        self.choices.saturating_mul(self.answer_tokens_max)
    }

    /// The most tokens that all attempts can use; `None` where a part has no bound.
    #[must_use]
    pub fn tokens_max(&self, price: &Price) -> Option<u64> {
        let once = self
            .input_tokens_max(price)?
            .saturating_add(self.output_tokens_max());
        Some(once.saturating_mul(self.attempts.max(1)))
    }

    /// The most thousandths of a second of accelerators that the call can use, where an upstream is
    /// given up after `timeout_ms`.
    #[must_use]
    pub fn gpu_ms_max(&self, price: &Price, timeout_ms: u64) -> u64 {
        price
            .gpus
            .saturating_mul(timeout_ms)
            .saturating_mul(self.attempts.max(1))
    }
}

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

/// The `max_tokens` of the request that is forwarded, so that the bound is real.
///
/// It is what the client asks for, clamped, or the route's most where it asks for nothing. A request
/// that names both fields, old and new, is held to the smaller.
#[must_use]
pub fn answer_tokens(asked: [Option<u64>; 2], most: u64) -> u64 {
    asked.into_iter().flatten().fold(most, u64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_add_up_and_saturate() {
        assert_eq!(call_tokens_max(100, 2, 50), 216);
        assert_eq!(call_tokens_max(1, u64::MAX, 2), u64::MAX);
    }

    #[test]
    fn absent_huge_and_contradictory_answers_are_bounded() {
        assert_eq!(answer_tokens([None, None], 4_096), 4_096);
        assert_eq!(answer_tokens([Some(u64::MAX), None], 4_096), 4_096);
        assert_eq!(answer_tokens([Some(100), Some(50)], 4_096), 50);
        assert_eq!(answer_tokens([Some(0), None], 4_096), 0);
    }

    #[test]
    fn every_part_counts_and_unknown_parts_have_no_bound() {
        let price = Price {
            image_tokens_max: Some(1_000),
            gpus: 2,
            ..Price::default()
        };
        let mut shape = Shape::text(84, 2, 50);
        shape.images = 3;
        shape.attempts = 2;
        assert_eq!(shape.tokens_max(&price), Some(2 * (100 + 3_000 + 100)));
        assert_eq!(shape.gpu_ms_max(&price, 30_000), 120_000);
        shape.media = 1;
        assert_eq!(shape.tokens_max(&price), None);
        assert_eq!(price.cost_max(&shape), None);
        // An embedding has no answer.
        assert_eq!(Shape::text(84, 1, 0).tokens_max(&price), Some(100));
    }
}
