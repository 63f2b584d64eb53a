//! DSSE envelopes inside guardrail objects.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seawall_crypto::dsse::Envelope;
use seawall_crypto::{SigningKey, VerifyingKey};
use serde::Deserialize;
use serde_json::Value;

/// The payload type of a verdict.
pub const VERDICT_TYPE: &str = "application/vnd.seawall.artifact-verdict+json";
/// The payload type of an exception.
pub const EXCEPTION_TYPE: &str = "application/vnd.seawall.guardrail-exception+json";

/// A payload is a few hundred bytes; an object of the API server at most 1.5 MiB.
const PAYLOAD_MAX: usize = 64 << 10;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    envelope: Wire,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    payload_type: String,
    payload: String,
    signatures: Vec<Signature>,
}

#[derive(Deserialize)]
struct Signature {
    sig: String,
}

/// The payload of the envelope in `spec`, which one of `keys` has signed as `payload_type`.
pub(super) fn open<'a>(
    spec: Value,
    payload_type: &str,
    keys: impl Iterator<Item = &'a VerifyingKey>,
) -> Result<Vec<u8>, String> {
    let spec: Spec = serde_json::from_value(spec).map_err(|error| error.to_string())?;
    let wire = spec.envelope;
    if wire.payload_type != payload_type {
        return Err(format!("its payload is not `{payload_type}`"));
    }
    let [signature] = wire.signatures.as_slice() else {
        return Err("it does not have exactly one signature".to_owned());
    };
    if wire.payload.len() > PAYLOAD_MAX {
        return Err("its payload is too large".to_owned());
    }
    let decode = |text: &str| {
        STANDARD
            .decode(text)
            .map_err(|_| "it is not base 64".to_owned())
    };
    let envelope = Envelope {
        payload_type: wire.payload_type,
        payload: decode(&wire.payload)?,
        signature: decode(&signature.sig)?,
    };
    for key in keys {
        if envelope.verify(key).is_ok() {
            return Ok(envelope.payload);
        }
    }
    Err("no trusted key has signed it".to_owned())
}

/// Signs a payload and writes the envelope as a `spec` holds it.
#[must_use]
pub fn envelope(payload_type: &str, payload: Vec<u8>, key: &SigningKey) -> Value {
    let envelope = Envelope::sign(payload_type, payload, key);
    envelope.to_json(&key.verifying_key().hint())
}
