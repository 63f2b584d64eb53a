//! No answers are read that were not signed.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seawall_assess::Answers;
use seawall_crypto::SigningKey;
use seawall_crypto::dsse::Envelope;
use serde_json::json;

const TYPE: &str = "application/vnd.seawall.answers+json";

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::ed25519(&[6; 32]));

/// A signed envelope without and with an answer.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let answer = json!({ "practice": "GOV-3", "level": 1, "statement": "because" });
    [json!([]), json!([answer])]
        .map(|answers| {
            let payload = json!({
                "schema": "seawall.answers/v1", "system": "s", "at": "2026-01-01T00:00:00Z", "answers": answers,
            });
            let envelope = Envelope::sign(TYPE, payload.to_string().into_bytes(), &KEY);
            json!({
                "payloadType": TYPE,
                "payload": STANDARD.encode(&envelope.payload),
                "signatures": [{ "sig": STANDARD.encode(&envelope.signature) }],
            })
            .to_string()
            .into_bytes()
        })
        .into()
}

pub(super) fn body(bytes: &[u8]) {
    if let Ok(answers) = Answers::read(bytes, &KEY.verifying_key(), "s") {
        let payloads = seeds();
        let signed = payloads
            .iter()
            .filter_map(|seed| Answers::read(seed, &KEY.verifying_key(), "s").ok());
        assert!(
            signed.into_iter().any(|seed| seed == answers),
            "forged answers"
        );
    }
}
