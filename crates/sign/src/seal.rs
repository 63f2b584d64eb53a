//! An in-toto statement about one file, in a DSSE envelope: results that others can check offline.

use seawall_base::{Digest, canonical_json};
use seawall_crypto::SigningKey;
use seawall_crypto::dsse::Envelope;
use serde_json::{Value, json};

const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
const STATEMENT: &str = "https://in-toto.io/Statement/v1";

/// Signs `predicate` of `predicate_type` about `name` with its digest: a DSSE envelope as JSON.
#[must_use]
pub fn seal(
    (name, digest): (&str, &Digest),
    predicate_type: &str,
    predicate: &Value,
    key: &SigningKey,
) -> Value {
    let statement = canonical_json(&json!({
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digest.to_hex()}}],
        "predicateType": predicate_type,
        "predicate": predicate,
    }));
    let envelope = Envelope::sign(PAYLOAD_TYPE, statement, key);
    let key_id = Digest::of(&key.verifying_key().to_spki_der()).to_string();
    envelope.to_json(&key_id)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn a_statement_verifies_and_names_its_subject() {
        let key = SigningKey::ed25519(&[7; 32]);
        let digest = Digest::of(b"file");
        let sealed = seal(("a.yaml", &digest), "t", &json!({"passes": true}), &key);
        let payload = STANDARD
            .decode(sealed["payload"].as_str().unwrap())
            .unwrap();
        let signature = STANDARD.decode(sealed["signatures"][0]["sig"].as_str().unwrap());
        let envelope = Envelope {
            payload_type: PAYLOAD_TYPE.to_owned(),
            payload: payload.clone(),
            signature: signature.unwrap(),
        };
        assert!(envelope.verify(&key.verifying_key()).is_ok());
        let other = SigningKey::ed25519(&[8; 32]);
        assert!(envelope.verify(&other.verifying_key()).is_err());
        let statement: Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(statement["subject"][0]["digest"]["sha256"], digest.to_hex());
        assert_eq!(statement["predicate"]["passes"], true);
    }
}
