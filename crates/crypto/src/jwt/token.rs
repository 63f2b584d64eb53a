//! One token: its form, its signature, its claims.

use seawall_base::Timestamp;
use seawall_base::json::{JsonLimits, parse};
use serde_json::Value;

use super::jwks::Jwks;
use super::{JwtAlgorithm, decode};

/// What a token must say to be believed.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The issuer, to the letter.
    pub issuer: String,
    /// The audiences that this service answers to; the token must name one.
    pub audiences: Vec<String>,
    /// The algorithms that the issuer signs with.
    pub algorithms: Vec<JwtAlgorithm>,
    /// By how many seconds clocks may differ.
    pub leeway_s: u32,
    /// The longest life of a token in seconds, where issuers are held to one.
    pub lifetime_max_s: Option<u32>,
}

/// What a verified token says.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    /// Whom it speaks of.
    pub subject: String,
    /// Its own id, where it has one.
    pub id: Option<String>,
    /// When it ends, in seconds since 1970.
    pub expires: i64,
    /// All that it says.
    pub body: Value,
}

/// Why a token is not believed. The token itself is never repeated.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JwtError {
    /// Not three parts of base64url with JSON in them, or too large.
    #[error("the token is malformed")]
    Malformed,
    /// An algorithm that is not expected of this issuer.
    #[error("the token's algorithm is not accepted")]
    Algorithm,
    /// Extensions that must be understood.
    #[error("the token asks for extensions that are not understood")]
    Critical,
    /// No key of the issuer fits.
    #[error("no key of the issuer fits the token")]
    UnknownKey,
    /// The signature does not verify.
    #[error("the token's signature does not verify")]
    Signature,
    /// From another issuer.
    #[error("the token is from another issuer")]
    Issuer,
    /// For somebody else.
    #[error("the token is for another audience")]
    Audience,
    /// No subject, or one that is too long.
    #[error("the token names no subject")]
    Subject,
    /// Without an end, or past it.
    #[error("the token has expired or never does")]
    Expired,
    /// Not valid yet.
    #[error("the token is not valid yet")]
    NotYet,
    /// Valid for longer than its issuer may make it.
    #[error("the token lives longer than is accepted")]
    TooLong,
}

/// No sound token is larger.
const TOKEN_MAX: usize = 16 << 10;
const SUBJECT_MAX: usize = 256;

/// Verifies a token at the time `now` and returns what it says.
///
/// # Errors
/// The first reason not to believe it.
pub fn verify(
    token: &str,
    keys: &Jwks,
    expected: &Expectation,
    now: Timestamp,
) -> Result<Claims, JwtError> {
    if token.len() > TOKEN_MAX {
        return Err(JwtError::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(JwtError::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(JwtError::Malformed)?;
    check_signature(signed, &object(header)?, signature, keys, expected)?;
    claims(object(payload)?, expected, now)
}

/// Checks the signature over `signed`, whose header was read. A dot more than a token has is not
/// base64url, so that it is malformed where its part is decoded.
fn check_signature(
    signed: &str,
    header: &Value,
    signature: &str,
    keys: &Jwks,
    expected: &Expectation,
) -> Result<(), JwtError> {
    let name = header.get("alg").and_then(Value::as_str);
    let algorithm = name.and_then(JwtAlgorithm::parse);
    let algorithm = algorithm.filter(|algorithm| expected.algorithms.contains(algorithm));
    let algorithm = algorithm.ok_or(JwtError::Algorithm)?;
    if header.get("crit").is_some() {
        return Err(JwtError::Critical);
    }
    let id = match header.get("kid") {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) => Some(id.as_str()),
        Some(_) => return Err(JwtError::Malformed),
    };
    let signature = decode(signature).ok_or(JwtError::Malformed)?;
    let mut outcome = JwtError::UnknownKey;
    for key in keys.candidates(id, algorithm) {
        match key.verify(algorithm, signed.as_bytes(), &signature) {
            Ok(()) => return Ok(()),
            Err(_) => outcome = JwtError::Signature,
        }
    }
    Err(outcome)
}

fn claims(body: Value, expected: &Expectation, now: Timestamp) -> Result<Claims, JwtError> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer.as_str()) {
        return Err(JwtError::Issuer);
    }
    let named = |audience: &str| expected.audiences.iter().any(|known| known == audience);
    let for_us = match body.get("aud") {
        Some(Value::String(audience)) => named(audience),
        Some(Value::Array(audiences)) => audiences.iter().filter_map(Value::as_str).any(named),
        _ => false,
    };
    if !for_us {
        return Err(JwtError::Audience);
    }
    let subject = text("sub").filter(|subject| (1..=SUBJECT_MAX).contains(&subject.len()));
    let subject = subject.ok_or(JwtError::Subject)?.to_owned();
    let (now, leeway) = (now.as_second(), i64::from(expected.leeway_s));
    let expires = seconds(&body, "exp")?.ok_or(JwtError::Expired)?;
    if now >= expires.saturating_add(leeway) {
        return Err(JwtError::Expired);
    }
    let issued = seconds(&body, "iat")?;
    let begins = [seconds(&body, "nbf")?, issued];
    if begins
        .into_iter()
        .flatten()
        .any(|begin| begin.saturating_sub(leeway) > now)
    {
        return Err(JwtError::NotYet);
    }
    if let Some(most) = expected.lifetime_max_s {
        let issued = issued.ok_or(JwtError::TooLong)?;
        if expires.saturating_sub(issued) > i64::from(most) {
            return Err(JwtError::TooLong);
        }
    }
    Ok(Claims {
        id: text("jti").map(str::to_owned),
        subject,
        expires,
        body,
    })
}

/// A time of RFC 7519, section 2: seconds since 1970, fractions allowed and dropped.
fn seconds(body: &Value, name: &str) -> Result<Option<i64>, JwtError> {
    let Some(value) = body.get(name) else {
        return Ok(None);
    };
    if let Some(whole) = value.as_i64() {
        return Ok(Some(whole));
    }
    let number = value.as_f64().filter(|number| number.abs() < 9e15);
    let number = number.ok_or(JwtError::Malformed)?;
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "bounded above"
    )]
    Ok(Some(number as i64))
}

fn object(part: &str) -> Result<Value, JwtError> {
    let limits = JsonLimits {
        bytes_max: TOKEN_MAX,
        depth_max: 16,
        nodes_max: 2048,
    };
    let bytes = decode(part).ok_or(JwtError::Malformed)?;
    let value = parse(&bytes, &limits).map_err(|_| JwtError::Malformed)?;
    value
        .is_object()
        .then_some(value)
        .ok_or(JwtError::Malformed)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
