//! What was decided about a hold: the receipt that a held tool call may or may not go on.

use seawall_base::Digest;
use serde_json::{Value, json};

use super::{BodyError, Fields, words};

/// A decision about a hold. The entry's principal is who decided; Seawall itself on a time-out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Decision {
    /// Id of the hold.
    pub hold: String,
    /// What was decided.
    pub ruling: Ruling,
    /// The same commitment as in the hold: the decision binds to exactly what was shown.
    pub arguments: Digest,
    /// Why, in the reviewer's words.
    pub reason: String,
}

words! {
    /// What was decided about a hold.
    Ruling {
        /// The call may go on, once.
        Approved = "approved",
        /// The call must not go on.
        Denied = "denied",
        /// Nobody decided in time, which denies.
        Expired = "expired",
    }
}

impl Decision {
    /// The body on the wire.
    #[must_use]
    pub fn to_body(&self) -> Value {
        json!({
            "hold": self.hold,
            "ruling": self.ruling.as_str(),
            "arguments": self.arguments.to_string(),
            "reason": self.reason,
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
            ruling: fields.word("ruling", Ruling::from_word)?,
            arguments: fields.digest("arguments")?,
            reason: fields.owned("reason")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_reads_back() {
        for ruling in Ruling::ALL {
            let decision = Decision {
                hold: "hold_1".to_owned(),
                ruling: *ruling,
                arguments: Digest::of(b"salted"),
                reason: "known supplier".to_owned(),
            };
            assert_eq!(Decision::from_body(&decision.to_body()), Ok(decision));
        }
    }
}
