//! What came back from a target, read just far enough to judge it.

use std::collections::BTreeMap;

use serde_json::Value;

/// What the driver saw of one attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// What came back.
    pub response: Response,
    /// From request to last byte, in microseconds.
    pub latency_us: u64,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    /// An HTTP answer.
    Answer {
        /// Its status.
        status: u16,
        /// Its body, where it is JSON.
        body: Option<Value>,
        /// What a control says about an answer that it changed: value of the `seawall-verdict` header.
        verdict: Option<String>,
    },
    /// No answer that can be judged; the reason in a few words.
    Failed(String),
}

/// What an answer holds that an attacker could use.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Reply {
    /// Everything said: content and refusals of all choices.
    pub texts: Vec<String>,
    /// Tools called: names and argument texts.
    pub calls: Vec<(String, String)>,
    /// Model and fingerprint, to notice that the target changed.
    pub identity: Option<String>,
    /// Tokens that the answer cost, as the target states them.
    pub tokens: u64,
}

/// A control's own statement that it stopped something.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stop {
    /// Control kind.
    pub control: String,
    /// Detector id.
    pub detector: String,
}

impl Reply {
    /// Reads a chat completion; nothing where `body` is none.
    #[must_use]
    pub fn of(body: &Value) -> Option<Self> {
        let choices = body.get("choices")?.as_array()?;
        let mut reply = Self::default();
        for message in choices.iter().filter_map(|choice| choice.get("message")) {
            let said = ["content", "refusal", "reasoning_content"]
                .iter()
                .filter_map(|field| message.get(*field).and_then(Value::as_str));
            reply.texts.extend(said.map(str::to_owned));
            let calls = message.get("tool_calls").and_then(Value::as_array);
            reply.calls.extend(calls.into_iter().flatten().map(call));
        }
        let identity: Vec<&str> = ["model", "system_fingerprint"]
            .iter()
            .filter_map(|name| body.get(*name).and_then(Value::as_str))
            .collect();
        reply.identity = (!identity.is_empty()).then(|| identity.join(" "));
        reply.tokens = body
            .pointer("/usage/completion_tokens")
            .and_then(Value::as_u64)
            .unwrap_or(0);
        Some(reply)
    }

    /// Takes over what an earlier turn of the same attempt gave.
    pub fn after(&mut self, earlier: &Self) {
        self.texts.extend(earlier.texts.iter().cloned());
        self.calls.extend(earlier.calls.iter().cloned());
        self.tokens = self.tokens.saturating_add(earlier.tokens);
    }
}

fn call(call: &Value) -> (String, String) {
    let part = |name: &str| {
        call.pointer(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    (part("/function/name"), part("/function/arguments"))
}

impl Stop {
    /// Reads a refusal: an error of the guard (`blocked_by_policy`), of a reviewer or of a time-out.
    #[must_use]
    pub fn of_error(body: &Value) -> Option<Self> {
        let error = body.get("error")?;
        let code = error.get("code").and_then(Value::as_str)?;
        let part = |name: &str| {
            error
                .pointer(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let named = |name: &str, other: &str| {
            part(&format!("/{name}"))
                .or_else(|| part(&format!("/seawall/{name}")))
                .unwrap_or_else(|| other.to_owned())
        };
        match code {
            "blocked_by_policy" => Some(Self {
                control: named("control", "unattributed"),
                detector: named("detector", "unattributed"),
            }),
            "approval_denied" | "approval_timeout" => Some(Self {
                control: named("control", "tool-approval"),
                detector: named("detector", "approval"),
            }),
            "budget_exceeded" => Some(Self {
                control: "spend-limit".to_owned(),
                detector: "budget".to_owned(),
            }),
            _ => None,
        }
    }

    /// Reads the header of an answer that a control changed: `redact; control=…; detector=…`.
    #[must_use]
    pub fn of_header(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let verdict = parts.next()?;
        let fields: BTreeMap<&str, &str> = parts.filter_map(|part| part.split_once('=')).collect();
        matches!(verdict, "redact" | "hold" | "block").then(|| {
            Some(Self {
                control: (*fields.get("control")?).to_owned(),
                detector: (*fields.get("detector")?).to_owned(),
            })
        })?
    }
}

impl Response {
    /// Whether the target asks to come back later.
    #[must_use]
    pub const fn is_pause(&self) -> bool {
        matches!(
            self,
            Self::Answer {
                status: 429 | 503,
                ..
            }
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_names_control_and_detector() {
        let body = json!({ "error": { "code": "blocked_by_policy", "control": "prompt-inspection", "detector": "d" } });
        let stop = Stop {
            control: "prompt-inspection".into(),
            detector: "d".into(),
        };
        assert_eq!(Stop::of_error(&body), Some(stop.clone()));
        assert_eq!(
            Stop::of_header("redact; control=prompt-inspection; detector=d"),
            Some(stop)
        );
        assert_eq!(
            Stop::of_error(&json!({ "error": { "code": "invalid_request" } })),
            None
        );
        assert_eq!(Stop::of_header("allow"), None);
    }
}
