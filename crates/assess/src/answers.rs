//! The answers file: what people claim, in a DSSE envelope that names who signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seawall_base::Timestamp;
use seawall_base::json::{self, JsonError, JsonLimits};
use seawall_crypto::dsse::Envelope;
use seawall_crypto::{BadSignature, VerifyingKey};
use serde::Deserialize;

/// Media type of the payload.
pub const PAYLOAD_TYPE: &str = "application/vnd.seawall.answers+json";

/// Verified claims.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    /// The system they are about.
    pub system: String,
    /// When they were given.
    pub at: Timestamp,
    /// The claims.
    pub answers: Vec<Answer>,
}

/// One claim.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Id of the practice.
    pub practice: String,
    /// The level that is claimed, 0 to 3.
    pub level: u8,
    /// Why, in the words of whoever answered.
    pub statement: String,
}

/// Why an answers file claims nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnswersError {
    /// Not strict JSON.
    #[error("the answers file is not strict JSON")]
    Json(#[source] JsonError),
    /// Not an envelope, or not with answers in it.
    #[error("the answers file is not a signed answers file: {0}")]
    Form(String),
    /// Signed by someone else, or changed after it was signed.
    #[error("the answers file is not signed by the given key")]
    Signature(#[source] BadSignature),
    /// About another system.
    #[error("the answers are about `{0}`")]
    System(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawEnvelope {
    payload_type: String,
    payload: String,
    signatures: Vec<RawSignature>,
}

#[derive(Deserialize)]
struct RawSignature {
    sig: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAnswers {
    schema: String,
    system: String,
    at: String,
    answers: Vec<Answer>,
}

impl Answers {
    /// Reads an envelope, verifies it and only then looks inside.
    ///
    /// # Errors
    /// When it is not sound, not signed by `key`, or about another system than `system`.
    pub fn read(bytes: &[u8], key: &VerifyingKey, system: &str) -> Result<Self, AnswersError> {
        let limits = JsonLimits::default();
        let value = json::parse(bytes, &limits).map_err(AnswersError::Json)?;
        let raw: RawEnvelope = serde_json::from_value(value).map_err(form)?;
        if raw.payload_type != PAYLOAD_TYPE {
            return Err(AnswersError::Form(format!("expected {PAYLOAD_TYPE}")));
        }
        let payload = STANDARD.decode(&raw.payload).map_err(form)?;
        let mut verdict = Err(AnswersError::Form("no signature".to_owned()));
        for signature in &raw.signatures {
            let envelope = Envelope {
                payload_type: raw.payload_type.clone(),
                payload: payload.clone(),
                signature: STANDARD.decode(&signature.sig).map_err(form)?,
            };
            verdict = envelope
                .verify(key)
                .map(drop)
                .map_err(AnswersError::Signature);
            if verdict.is_ok() {
                break;
            }
        }
        verdict?;
        Self::of_payload(&payload, system)
    }

    fn of_payload(payload: &[u8], system: &str) -> Result<Self, AnswersError> {
        let value = json::parse(payload, &JsonLimits::default()).map_err(AnswersError::Json)?;
        let raw: RawAnswers = serde_json::from_value(value).map_err(form)?;
        if raw.schema != "seawall.answers/v1" {
            return Err(AnswersError::Form(
                "expected schema seawall.answers/v1".to_owned(),
            ));
        }
        if raw.system != system {
            return Err(AnswersError::System(raw.system));
        }
        if let Some(answer) = raw.answers.iter().find(|answer| answer.level > 3) {
            let message = format!("{} claims a level above 3", answer.practice);
            return Err(AnswersError::Form(message));
        }
        if let Some(answer) = raw
            .answers
            .iter()
            .find(|answer| seawall_catalog::entry(&answer.practice).is_none())
        {
            return Err(AnswersError::Form(format!(
                "no practice `{}`",
                answer.practice
            )));
        }
        Ok(Self {
            system: raw.system,
            at: raw.at.parse().map_err(form)?,
            answers: raw.answers,
        })
    }
}

fn form(error: impl std::fmt::Display) -> AnswersError {
    AnswersError::Form(error.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use seawall_crypto::SigningKey;

    use super::*;

    pub(crate) fn signed(payload: &str, key: &SigningKey) -> String {
        let envelope = Envelope::sign(PAYLOAD_TYPE, payload.as_bytes().to_vec(), key);
        serde_json::json!({
            "payloadType": PAYLOAD_TYPE,
            "payload": STANDARD.encode(&envelope.payload),
            "signatures": [{"sig": STANDARD.encode(&envelope.signature)}],
        })
        .to_string()
    }

    const PAYLOAD: &str = r#"{"schema":"seawall.answers/v1","system":"desk","at":"2026-11-01T00:00:00Z","answers":[{"practice":"GOV-3","level":2,"statement":"yearly course"}]}"#;

    #[test]
    fn only_what_the_key_signed_claims_anything() {
        let key = SigningKey::ed25519(&[7; 32]);
        let other = SigningKey::ed25519(&[8; 32]);
        let file = signed(PAYLOAD, &key);
        let read = |file: &str, key: &SigningKey, system| {
            Answers::read(file.as_bytes(), &key.verifying_key(), system)
        };
        let answers = read(&file, &key, "desk").unwrap();
        assert_eq!(answers.answers[0].level, 2);
        assert!(matches!(
            read(&file, &other, "desk"),
            Err(AnswersError::Signature(_))
        ));
        assert!(matches!(
            read(&file, &key, "else"),
            Err(AnswersError::System(_))
        ));
        for (from, to) in [
            ("\"level\":2", "\"level\":4"),
            ("GOV-3", "GOV-9"),
            ("/v1", "/v2"),
        ] {
            let file = signed(&PAYLOAD.replace(from, to), &key);
            assert!(
                matches!(read(&file, &key, "desk"), Err(AnswersError::Form(_))),
                "{to}"
            );
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let key = SigningKey::ed25519(&[7; 32]).verifying_key();
            prop_assert!(Answers::read(&bytes, &key, "desk").is_err());
        }
    }
}
