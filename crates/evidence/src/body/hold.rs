//! A tool call that waits for a reviewer.

use seawall_base::{Digest, Timestamp};
use serde_json::{Value, json};

use super::{BodyError, Fields};

/// The opening of a hold; the entry's principal asked for the call. The arguments stay in the store,
/// the entry carries their commitment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hold {
    /// Id of the hold.
    pub hold: String,
    /// Id of the request.
    pub request: String,
    /// Name of the tool.
    pub tool: String,
    /// Salted commitment to the tool and the canonical arguments that the reviewer is shown.
    pub call: Digest,
    /// Digest of the policy that held the call.
    pub policy: Digest,
    /// Digest of all that a decision binds to: call, requester, policy, expiry.
    pub binding: Digest,
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
            "call": self.call.to_string(),
            "policy": self.policy.to_string(),
            "binding": self.binding.to_string(),
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
            call: fields.digest("call")?,
            policy: fields.digest("policy")?,
            binding: fields.digest("binding")?,
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
            call: Digest::of(b"salted"),
            policy: Digest::of(b"policy"),
            binding: Digest::of(b"all"),
            expires_at: "2026-11-23T10:00:00Z".parse().unwrap(),
        };
        assert_eq!(Hold::from_body(&hold.to_body()), Ok(hold));
    }
}
