//! The token counts that an upstream reports.

use serde_json::Value;

/// Tokens of one call as the upstream bills them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Usage {
    /// Tokens of the prompt, those from and into caches among them.
    pub prompt_tokens: u64,
    /// Tokens of the answer, reasoning included.
    pub completion_tokens: u64,
    /// Tokens of the prompt that came out of a cache.
    pub cache_read_tokens: u64,
    /// Tokens of the prompt that went into a cache.
    pub cache_write_tokens: u64,
}

impl Usage {
    /// So many tokens of prompt and answer, and no cache.
    #[must_use]
    pub const fn new(prompt_tokens: u64, completion_tokens: u64) -> Self {
        Self {
            prompt_tokens,
            completion_tokens,
            cache_read_tokens: 0,
            cache_write_tokens: 0,
        }
    }

    /// Reads a `usage` object. Half a report is no report: absent is not zero.
    #[must_use]
    pub fn parse(value: &Value) -> Option<Self> {
        let cached = value.pointer("/prompt_tokens_details/cached_tokens");
        Some(Self {
            completion_tokens: value.get("completion_tokens")?.as_u64()?,
            ..Self::of_prompt(value.get("prompt_tokens")?.as_u64()?, cached)
        })
    }

    /// A prompt of which the part `cached` came out of a cache.
    pub(crate) fn of_prompt(prompt_tokens: u64, cached: Option<&Value>) -> Self {
        let cached = cached.and_then(Value::as_u64).unwrap_or_default();
        Self {
            // Nothing that is cheaper can be more than there is.
            cache_read_tokens: cached.min(prompt_tokens),
            ..Self::new(prompt_tokens, 0)
        }
    }

    /// Prompt and answer together.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.prompt_tokens.saturating_add(self.completion_tokens)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cached_tokens_are_part_of_the_prompt_and_never_more_than_it() {
        let parse = |cached: u64| {
            let usage = json!({"prompt_tokens": 10, "completion_tokens": 2,
                "prompt_tokens_details": {"cached_tokens": cached}});
            Usage::parse(&usage).unwrap()
        };
        assert_eq!((parse(4).cache_read_tokens, parse(4).total()), (4, 12));
        assert_eq!(parse(99).cache_read_tokens, 10);
        assert_eq!(Usage::parse(&json!({"prompt_tokens": 10})), None);
    }
}
