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
    /// The same commitment as in the hold: the call that was shown.
    pub call: Digest,
    /// The same digest as in the hold: all that the decision binds to.
    pub binding: Digest,
    /// Why, in the reviewer's words.
    pub reason: String,
    /// The signed statement of a person's decision, a DSSE envelope; none where nobody decided.
    pub receipt: Option<Value>,
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
        /// Nobody waits for the call any more: the client left, or Seawall was stopped.
        Withdrawn = "withdrawn",
    }
}

impl Decision {
    /// The body on the wire.
    #[must_use]
    pub fn to_body(&self) -> Value {
        json!({
            "hold": self.hold,
            "ruling": self.ruling.as_str(),
            "call": self.call.to_string(),
            "binding": self.binding.to_string(),
            "reason": self.reason,
            "receipt": self.receipt,
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
            call: fields.digest("call")?,
            binding: fields.digest("binding")?,
            reason: fields.owned("reason")?,
            receipt: fields.optional("receipt", |fields, name| fields.value(name).cloned())?,
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
                call: Digest::of(b"salted"),
                binding: Digest::of(b"all"),
                reason: "known supplier".to_owned(),
                receipt: (*ruling == Ruling::Denied).then(|| json!({ "payload": "" })),
            };
            assert_eq!(Decision::from_body(&decision.to_body()), Ok(decision));
        }
    }
}
