//! DSSE envelopes (secure-systems-lab/dsse v1): a payload with its type, signed over both.
//!
//! Readers of the JSON form belong to the callers, because bundles nest it in their own ways.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::key::SigningKey;
use crate::verifying::{BadSignature, VerifyingKey};

/// A signed payload.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Envelope {
    /// Media type of the payload; signed with it, so that one type cannot pass for another.
    pub payload_type: String,
    /// The payload.
    pub payload: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
}

impl Envelope {
    /// Signs a payload.
    #[must_use]
    pub fn sign(payload_type: &str, payload: Vec<u8>, key: &SigningKey) -> Self {
        let signature = key.sign(&pae(payload_type, &payload));
        Self {
            payload_type: payload_type.to_owned(),
            payload,
            signature,
        }
    }

    /// The envelope in its JSON form, with one signature by the key that `key_id` names.
    #[must_use]
    pub fn to_json(&self, key_id: &str) -> Value {
        json!({
            "payloadType": self.payload_type,
            "payload": STANDARD.encode(&self.payload),
            "signatures": [{ "keyid": key_id, "sig": STANDARD.encode(&self.signature) }],
        })
    }

    /// Verifies the signature and hands out the payload, which is not to be read before.
    ///
    /// # Errors
    /// When the signature does not verify.
    pub fn verify(&self, key: &VerifyingKey) -> Result<&[u8], BadSignature> {
        key.verify(&pae(&self.payload_type, &self.payload), &self.signature)?;
        Ok(&self.payload)
    }
}

/// The pre-authentication encoding: what is signed. Lengths make it unambiguous.
#[must_use]
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    )
    .into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_that_of_the_specification() {
        assert_eq!(
            pae("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }

    #[test]
    fn type_payload_and_signature_are_bound() {
        let key = SigningKey::p256(&[9; 32]).unwrap();
        let public = key.verifying_key();
        let envelope = Envelope::sign("a/b", b"payload".to_vec(), &key);
        assert_eq!(envelope.verify(&public), Ok(b"payload".as_slice()));
        let mut other_type = envelope.clone();
        other_type.payload_type = "a/c".to_owned();
        assert_eq!(other_type.verify(&public), Err(BadSignature));
        let mut other_payload = envelope;
        other_payload.payload.push(b'!');
        assert_eq!(other_payload.verify(&public), Err(BadSignature));
    }
}
