//! The receipt: the signed statement of a human decision, what was decided, by whom, about exactly
//! what.
//!
//! An in-toto statement (v1) in a DSSE envelope. Its subject is the salted commitment to the call, so
//! that the receipt can be handed on without the arguments, and checked by whoever holds them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seawall_base::json::{self, JsonLimits};
use seawall_base::{Digest, PrincipalKind, Timestamp, canonical_json};
use seawall_crypto::dsse::Envelope;
use seawall_crypto::{SigningKey, VerifyingKey};
use seawall_evidence::decision::Ruling;
use serde_json::{Value, json};

use crate::approval::Hold;

/// The predicate type of a receipt.
pub const PREDICATE_TYPE: &str = "https://seawall.dev/receipt/v1";
/// The DSSE payload type of an in-toto statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// A decision as it is signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Receipt {
    /// Id of the hold.
    pub hold: String,
    /// Name of the tool.
    pub tool: String,
    /// Salted commitment to tool and arguments: the subject of the statement.
    pub call: Digest,
    /// Digest of all that the decision binds to.
    pub binding: Digest,
    /// Approved or denied.
    pub ruling: Ruling,
    /// Who asked for the call.
    pub requester: String,
    /// Who decided.
    pub reviewer: String,
    /// Digest of the policy that held the call.
    pub policy: Digest,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// Until when an approval can be used.
    pub not_after: Timestamp,
}

/// Why an envelope is not a receipt that holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReceiptError {
    /// Not a DSSE envelope with one signature.
    #[error("it is not an envelope with one signature")]
    Envelope,
    /// Another key signed, or what was signed was changed.
    #[error("its signature is not by this ledger's key for receipts")]
    Signature,
    /// Signed, and not a receipt.
    #[error("what was signed is not a receipt")]
    Statement,
}

impl Receipt {
    /// The receipt of what a person ruled about `hold`; `None` where no person did.
    #[must_use]
    pub fn of(hold: &Hold) -> Option<Self> {
        let (request, ruled) = (hold.request(), hold.ruled()?);
        (ruled.by.kind == PrincipalKind::Person).then(|| Self {
            hold: request.id.clone(),
            tool: request.action.tool().to_owned(),
            call: request.commitment(),
            binding: request.binding(),
            ruling: ruled.ruling,
            requester: request.requester.to_string(),
            reviewer: ruled.by.to_string(),
            policy: request.policy,
            decided_at: ruled.at,
            not_after: request.expires_at,
        })
    }

    /// Signs it: a DSSE envelope as JSON.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Value {
        let envelope = Envelope::sign(PAYLOAD_TYPE, self.statement(), key);
        json!({
            "payloadType": envelope.payload_type,
            "payload": STANDARD.encode(&envelope.payload),
            "signatures": [{
                "keyid": key_id(&key.verifying_key()),
                "sig": STANDARD.encode(&envelope.signature),
            }],
        })
    }

    /// Verifies an envelope and reads the receipt in it.
    ///
    /// # Errors
    /// When it is no envelope, `key` did not sign it, or it holds something else.
    pub fn open(envelope: &Value, key: &VerifyingKey) -> Result<Self, ReceiptError> {
        let envelope = envelope_of(envelope).ok_or(ReceiptError::Envelope)?;
        let payload = envelope.verify(key).map_err(|_| ReceiptError::Signature)?;
        let value = json::parse(payload, &JsonLimits::default());
        value
            .ok()
            .filter(|_| envelope.payload_type == PAYLOAD_TYPE)
            .and_then(|value| read(&value))
            .ok_or(ReceiptError::Statement)
    }

    /// The in-toto statement in its canonical bytes: the payload that is signed.
    fn statement(&self) -> Vec<u8> {
        canonical_json(&json!({
            "_type": STATEMENT_TYPE,
            "subject": [{ "name": self.tool, "digest": { "sha256": self.call.to_hex() } }],
            "predicateType": PREDICATE_TYPE,
            "predicate": {
                "hold": self.hold,
                "binding": self.binding.to_string(),
                "ruling": self.ruling.as_str(),
                "requester": self.requester,
                "reviewer": self.reviewer,
                "policy": self.policy.to_string(),
                "decidedAt": self.decided_at.to_string(),
                "notAfter": self.not_after.to_string(),
            },
        }))
    }
}

/// The id by which envelopes name a key: the digest of its public half.
#[must_use]
pub fn key_id(key: &VerifyingKey) -> String {
    Digest::of(&key.to_spki_der()).to_string()
}

fn envelope_of(value: &Value) -> Option<Envelope> {
    let [signature] = value.get("signatures")?.as_array()?.as_slice() else {
        return None;
    };
    let bytes = |value: &Value, name: &str| STANDARD.decode(value.get(name)?.as_str()?).ok();
    Some(Envelope {
        payload_type: value.get("payloadType")?.as_str()?.to_owned(),
        payload: bytes(value, "payload")?,
        signature: bytes(signature, "sig")?,
    })
}

fn read(statement: &Value) -> Option<Receipt> {
    let text = |pointer: &str| statement.pointer(pointer).and_then(Value::as_str);
    let owned = |pointer: &str| text(pointer).map(str::to_owned);
    if text("/_type")? != STATEMENT_TYPE || text("/predicateType")? != PREDICATE_TYPE {
        return None;
    }
    Some(Receipt {
        hold: owned("/predicate/hold")?,
        tool: owned("/subject/0/name")?,
        call: format!("sha256:{}", text("/subject/0/digest/sha256")?)
            .parse()
            .ok()?,
        binding: text("/predicate/binding")?.parse().ok()?,
        ruling: Ruling::from_word(text("/predicate/ruling")?)?,
        requester: owned("/predicate/requester")?,
        reviewer: owned("/predicate/reviewer")?,
        policy: text("/predicate/policy")?.parse().ok()?,
        decided_at: text("/predicate/decidedAt")?.parse().ok()?,
        not_after: text("/predicate/notAfter")?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::approval::{Decision, Lapse};
    use crate::fixture::{at, decision, hold};

    fn key(byte: u8) -> SigningKey {
        SigningKey::ed25519(&[byte; 32])
    }

    #[test]
    fn a_receipt_reads_back_and_shows_no_argument() {
        let mut hold = hold();
        assert_eq!(Receipt::of(&hold), None);
        hold.decide(&decision(true), at(1)).unwrap();
        let receipt = Receipt::of(&hold).unwrap();
        let envelope = receipt.sign(&key(1));
        assert_eq!(
            Receipt::open(&envelope, &key(1).verifying_key()),
            Ok(receipt)
        );
        let payload = envelope["payload"].as_str().unwrap();
        let payload = String::from_utf8(STANDARD.decode(payload).unwrap()).unwrap();
        assert!(payload.contains("\"ruling\":\"approved\"") && !payload.contains("C-1"));
        // Without the nonce the call cannot be guessed, so the receipt must not carry it.
        assert!(!payload.contains(&Digest::from_bytes([9; 32]).to_hex()));
    }

    #[test]
    fn other_keys_changed_payloads_and_other_statements_are_told_apart() {
        let mut hold = hold();
        let no = Decision {
            approve: false,
            ..decision(true)
        };
        hold.decide(&no, at(1)).unwrap();
        let envelope = Receipt::of(&hold).unwrap().sign(&key(1));
        let public = key(1).verifying_key();
        let refused = |value: &Value| Receipt::open(value, &public).unwrap_err();
        assert_eq!(
            Receipt::open(&envelope, &key(2).verifying_key()),
            Err(ReceiptError::Signature)
        );
        let mut changed = envelope.clone();
        let payload = STANDARD
            .decode(envelope["payload"].as_str().unwrap())
            .unwrap();
        let text = String::from_utf8(payload)
            .unwrap()
            .replace("denied", "approved");
        changed["payload"] = STANDARD.encode(text).into();
        assert_eq!(refused(&changed), ReceiptError::Signature);
        let mut two = envelope.clone();
        two["signatures"].as_array_mut().unwrap().push(json!({}));
        assert_eq!(refused(&two), ReceiptError::Envelope);
        let other = Envelope::sign(PAYLOAD_TYPE, b"{}".to_vec(), &key(1));
        let mut nothing = envelope;
        nothing["payload"] = STANDARD.encode(&other.payload).into();
        nothing["signatures"][0]["sig"] = STANDARD.encode(&other.signature).into();
        assert_eq!(refused(&nothing), ReceiptError::Statement);
    }

    #[test]
    fn nobody_signs_for_silence() {
        let mut hold = hold();
        hold.lapse(Lapse::Expired, at(60)).unwrap();
        assert_eq!(Receipt::of(&hold), None);
    }

    proptest! {
        #[test]
        fn a_damaged_envelope_does_not_panic(payload in ".{0,40}", sig in ".{0,40}") {
            let envelope = json!({
                "payloadType": PAYLOAD_TYPE, "payload": payload, "signatures": [{ "sig": sig }],
            });
            prop_assert!(Receipt::open(&envelope, &key(1).verifying_key()).is_err());
        }
    }
}
