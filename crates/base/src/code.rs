//! The stable error codes that clients, logs and documentation share.
//!
//! A code is public API: it is never renamed, and its page in the reference is generated from here.

use std::fmt;

macro_rules! codes {
    ($($variant:ident = $text:literal, $status:literal, $meaning:literal;)*) => {
        /// A stable, listed reason for a refusal or a failure.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $(#[doc = $meaning] $variant,)*
        }

        impl ErrorCode {
            /// Every code, in the order of the reference page.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as clients see it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The HTTP status that goes with it.
            #[must_use]
            pub const fn http_status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// One sentence for the reference page.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

codes! {
    ApprovalDenied = "approval_denied", 403, "A reviewer denied the held tool call.";
    ApprovalTimeout = "approval_timeout", 403, "Nobody decided on the held tool call in time, which denies it.";
    BlockedByPolicy = "blocked_by_policy", 400, "The guard blocked the request or the answer.";
    BodyTooDeep = "body_too_deep", 400, "The JSON nests deeper than the limit.";
    BodyTooLarge = "body_too_large", 413, "The body is larger than the limit.";
    BudgetExceeded = "budget_exceeded", 429, "The reservation does not fit into what is left of the budget.";
    BudgetUnavailable = "budget_unavailable", 503, "The budgets cannot be read, and policy says deny.";
    DuplicateKey = "duplicate_key", 400, "A JSON object names the same key twice.";
    EvidenceUnavailable = "evidence_unavailable", 503, "The ledger cannot record the decision, and policy says deny.";
    Internal = "internal", 500, "A fault of ours; the request was not forwarded.";
    InvalidJson = "invalid_json", 400, "The body is not strict JSON.";
    InvalidKey = "invalid_api_key", 401, "The virtual key is missing, unknown or revoked.";
    InvalidRequest = "invalid_request", 400, "A field has a value that the dialect does not allow.";
    ModelNotFound = "model_not_found", 404, "No route serves the named model.";
    NotFound = "not_found", 404, "The path does not exist.";
    RateLimited = "rate_limit_exceeded", 429, "The key has used up a rate limit.";
    SessionStopped = "session_stopped", 403, "The session repeats itself without getting anywhere and was stopped.";
    UnknownRole = "unknown_role", 400, "A message has a role that the dialect does not define.";
    UnsupportedContent = "unsupported_content", 400, "A content part cannot be inspected, and policy refuses it.";
    UpstreamFailed = "upstream_failed", 502, "The upstream could not be reached or answered nonsense.";
    UpstreamTimeout = "upstream_timeout", 504, "The upstream did not answer in time.";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_snake_case_and_sorted_by_variant() {
        let texts: BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), ErrorCode::ALL.len());
        for code in ErrorCode::ALL {
            assert!(
                code.as_str()
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            );
            assert!((400..600).contains(&code.http_status()), "{code}");
        }
        assert!(ErrorCode::ALL.is_sorted_by_key(|code| format!("{code:?}")));
    }
}
