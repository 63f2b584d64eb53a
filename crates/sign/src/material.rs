//! What a bundle brings to be verified with: a hint of a key, a chain of certificates, time stamps.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seawall_crypto::x509::Certificate;
use serde_json::{Value, json};

use crate::bundle::{BundleError, shape};

/// Certificates and stamps of one bundle.
const ITEMS_MAX: usize = 16;

/// How the signer is to be found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Material {
    /// By a key that the verifier has; the hint may be empty.
    Key {
        /// How the bundle names the key.
        hint: String,
    },
    /// By certificates, the signer's own first.
    Chain(Vec<Certificate>),
}

/// Reads the material; kinds that are not supported are named and refused.
pub(crate) fn parse(material: &Value) -> Result<(Material, Vec<Vec<u8>>), BundleError> {
    let given = |field: &str| material.get(field).filter(|value| !value.is_null());
    if given("certificate").is_some() {
        return Err(BundleError::Unsupported("a keyless certificate"));
    }
    let stamps = given("timestampVerificationData")
        .and_then(|data| data.get("rfc3161Timestamps"))
        .and_then(Value::as_array);
    let stamps: Vec<&Value> = stamps.into_iter().flatten().collect();
    if stamps.len() > ITEMS_MAX {
        return Err(shape("it has more time stamps than the limit"));
    }
    let stamps = stamps
        .into_iter()
        .map(|stamp| bytes(stamp.get("signedTimestamp")))
        .collect::<Result<_, _>>()?;
    match (given("x509CertificateChain"), given("publicKey")) {
        (Some(_), Some(_)) => Err(shape("it names both a key and certificates")),
        (Some(chain), None) => Ok((Material::Chain(certificates(chain)?), stamps)),
        (None, Some(key)) => Ok((Material::Key { hint: hint(key)? }, stamps)),
        (None, None) => Err(shape("it names no public key")),
    }
}

/// The material as a bundle writes it.
pub(crate) fn write(material: &Material, stamps: &[Vec<u8>]) -> Value {
    let mut value = match material {
        Material::Key { hint } => json!({ "publicKey": { "hint": hint } }),
        Material::Chain(chain) => {
            let certificates = chain
                .iter()
                .map(|certificate| json!({ "rawBytes": STANDARD.encode(certificate.der()) }));
            let certificates: Vec<Value> = certificates.collect();
            json!({ "x509CertificateChain": { "certificates": certificates } })
        }
    };
    if let Some(fields) = value.as_object_mut() {
        fields.insert("tlogEntries".to_owned(), json!([]));
        let stamps = stamps
            .iter()
            .map(|stamp| json!({ "signedTimestamp": STANDARD.encode(stamp) }));
        let stamps: Vec<Value> = stamps.collect();
        if !stamps.is_empty() {
            let data = json!({ "rfc3161Timestamps": stamps });
            fields.insert("timestampVerificationData".to_owned(), data);
        }
    }
    value
}

fn hint(key: &Value) -> Result<String, BundleError> {
    match key.get("hint") {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(hint)) => Ok(hint.clone()),
        Some(_) => Err(shape("its key hint is not text")),
    }
}

fn certificates(chain: &Value) -> Result<Vec<Certificate>, BundleError> {
    let list = chain.get("certificates").and_then(Value::as_array);
    let list = list.filter(|list| !list.is_empty() && list.len() <= ITEMS_MAX);
    let list = list.ok_or_else(|| shape("its chain holds no certificates, or too many"))?;
    list.iter()
        .map(|item| {
            let der = bytes(item.get("rawBytes"))?;
            Certificate::from_der(&der).map_err(BundleError::Certificate)
        })
        .collect()
}

fn bytes(value: Option<&Value>) -> Result<Vec<u8>, BundleError> {
    let text = value.and_then(Value::as_str);
    text.and_then(|text| STANDARD.decode(text).ok())
        .ok_or_else(|| shape("a certificate or time stamp is not base64"))
}
