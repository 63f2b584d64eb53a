//! The signed statement of a human decision: what was decided, by whom, about exactly what.
//!
//! An in-toto statement (v1) whose subject is the held action's digest. Signing and the DSSE envelope
//! are `seawall_crypto`'s; this file only says what is signed.

use seawall_base::{Digest, Principal, Timestamp, canonical_json};
use serde_json::{Value, json};

use crate::approval::{Hold, Ruling};

/// The predicate type of a receipt.
pub const PREDICATE_TYPE: &str = "https://seawall.dev/receipt/v1";
/// The DSSE payload type of an in-toto statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// A decision as it is signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Receipt {
    /// Id of the hold.
    pub hold: String,
    /// Name of the tool.
    pub tool: String,
    /// Digest of tool and canonical arguments: the subject of the statement.
    pub action: Digest,
    /// Yes or no.
    pub ruling: Ruling,
    /// Who asked for the call.
    pub requester: Principal,
    /// Who decided.
    pub reviewer: Principal,
    /// The hold's nonce.
    pub nonce: [u8; 16],
    /// Digest of the policy that held the call.
    pub policy: Digest,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// Until when an approval can be used.
    pub not_after: Timestamp,
}

impl Receipt {
    /// The receipt of a decision that `hold` took.
    #[must_use]
    pub fn of(hold: &Hold, ruling: Ruling, reviewer: Principal, decided_at: Timestamp) -> Self {
        let request = hold.request();
        Self {
            hold: request.id.to_string(),
            tool: request.tool.clone(),
            action: request.action,
            ruling,
            requester: request.requester.clone(),
            reviewer,
            nonce: request.nonce,
            policy: request.policy,
            decided_at,
            not_after: request.expires_at,
        }
    }

    /// The in-toto statement in its canonical bytes: the payload to sign.
    #[must_use]
    pub fn statement(&self) -> Vec<u8> {
        canonical_json(&json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "name": self.tool, "digest": { "sha256": self.action.to_hex() } }],
            "predicateType": PREDICATE_TYPE,
            "predicate": self.predicate(),
        }))
    }

    fn predicate(&self) -> Value {
        json!({
            "hold": self.hold,
            "ruling": self.ruling.as_str(),
            "requester": self.requester.to_string(),
            "reviewer": self.reviewer.to_string(),
            "nonce": hex(&self.nonce),
            "policy": self.policy.to_string(),
            "decidedAt": self.decided_at.to_string(),
            "notAfter": self.not_after.to_string(),
        })
    }
}

/// Lower-case hexadecimal, as the API and the receipt write a nonce.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a nonce that [`hex`] wrote.
#[must_use]
pub fn nonce_from_hex(text: &str) -> Option<[u8; 16]> {
    let value = (text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| u128::from_str_radix(text, 16).ok())??;
    Some(value.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use seawall_base::{IdSource, PrincipalKind};

    use super::*;
    use crate::approval::{Action, HoldRequest};

    #[test]
    fn the_statement_names_the_action_by_digest_and_shows_no_argument() {
        let action = Action::new("refund", json!({ "iban": "CH-private" }));
        let now = Timestamp::from_second(1).unwrap();
        let hold = Hold::open(HoldRequest {
            id: IdSource::new([1; 32]).next("hold", now),
            action: action.digest(),
            tool: "refund".into(),
            requester: Principal::new(PrincipalKind::Key, "k"),
            policy: Digest::of(b"p"),
            nonce: [0xab; 16],
            opened_at: now,
            expires_at: now,
        });
        let reviewer = Principal::new(PrincipalKind::Person, "ada");
        let receipt = Receipt::of(&hold, Ruling::Approve, reviewer, now);
        let text = String::from_utf8(receipt.statement()).unwrap();
        assert!(text.contains(&action.digest().to_hex()));
        assert!(text.contains("\"ruling\":\"approve\"") && !text.contains("CH-private"));
        assert_eq!(nonce_from_hex(&hex(&[0xab; 16])), Some([0xab; 16]));
        assert_eq!(nonce_from_hex("+b"), None);
    }
}
