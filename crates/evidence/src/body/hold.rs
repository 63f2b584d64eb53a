//! A tool call that waits for a reviewer.

use seawall_base::{Digest, Timestamp};
use serde_json::{Value, json};

use super::{BodyError, Fields};

/// The opening of a hold. The arguments stay in the store; the entry carries their commitment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hold {
    /// Id of the hold.
    pub hold: String,
    /// Id of the request.
    pub request: String,
    /// Name of the tool.
    pub tool: String,
    /// Salted commitment to the canonical arguments that the reviewer is shown.
    pub arguments: Digest,
    /// When silence becomes a denial.
    pub expires_at: Timestamp,
}

impl Hold {
    /// The body on the wire.
    #[must_use]
    pub fn to_body(&self) -> Value {
        json!({
            "hold": self.hold,
            "request": self.request,
            "tool": self.tool,
            "arguments": self.arguments.to_string(),
            "expires_at": self.expires_at.to_string(),
        })
    }

    /// Reads a body.
    ///
    /// # Errors
    /// Names the first field that is missing or wrong.
    pub fn from_body(body: &Value) -> Result<Self, BodyError> {
        let fields = Fields::of(body)?;
        Ok(Self {
            hold: fields.owned("hold")?,
            request: fields.owned("request")?,
            tool: fields.owned("tool")?,
            arguments: fields.digest("arguments")?,
            expires_at: fields.timestamp("expires_at")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_reads_back() {
        let hold = Hold {
            hold: "hold_1".to_owned(),
            request: "req_1".to_owned(),
            tool: "pay".to_owned(),
            arguments: Digest::of(b"salted"),
            expires_at: "2026-11-23T10:00:00Z".parse().unwrap(),
        };
        assert_eq!(Hold::from_body(&hold.to_body()), Ok(hold));
    }
}
