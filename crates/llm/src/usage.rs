//! The token counts that an upstream reports.

use serde_json::Value;

/// Tokens of one call as the upstream bills them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: u64,
    /// Tokens of the answer, reasoning included.
    pub completion_tokens: u64,
}

impl Usage {
    /// Reads a `usage` object. Half a report is no report: absent is not zero.
    #[must_use]
    pub fn parse(value: &Value) -> Option<Self> {
        Some(Self {
            prompt_tokens: value.get("prompt_tokens")?.as_u64()?,
            completion_tokens: value.get("completion_tokens")?.as_u64()?,
        })
    }

    /// Prompt and answer together.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.prompt_tokens.saturating_add(self.completion_tokens)
    }
}
