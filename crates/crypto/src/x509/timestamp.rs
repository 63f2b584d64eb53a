//! Time stamps (RFC 3161): what an authority of time says about a signature, in a CMS structure.

use seawall_base::{Digest, Timestamp};

use super::certificate::{Certificate, algorithm};
use super::chain::{ChainError, Policy, Usage, verify};
use super::signature::{self, SHA256};
use crate::der::{self, NotDer, Reader, Tlv};

/// Certificates that a stamp may bring.
const CERTIFICATES_MAX: usize = 16;

const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const TST_INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 0x10, 1, 4];
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3];
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];
const SIGNER: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 0x10, 2, 12];
const SIGNER_V2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 0x10, 2, 0x2f];

/// Why a time stamp says nothing.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TimestampError {
    /// Not the structure of a stamp.
    #[error("it is not a time stamp: {0}")]
    Der(#[from] NotDer),
    /// The authority of time refused.
    #[error("the authority of time refused to stamp")]
    Refused,
    /// It is about something else.
    #[error("the time stamp is about another signature")]
    OtherMessage,
    /// It uses an algorithm that is not supported.
    #[error("the time stamp uses an algorithm that is not supported")]
    Unsupported,
    /// Nobody here signed it.
    #[error("the time stamp names no certificate that is there")]
    NoSigner,
    /// Its signature does not verify.
    #[error("the signature of the time stamp does not verify")]
    Signature,
    /// The authority of time is not trusted.
    #[error("the authority of time is not to be relied on")]
    Chain(#[source] ChainError),
}

/// The parts of a stamp that are needed.
struct Parts<'a> {
    info: &'a [u8],
    certificates: Vec<Certificate>,
    signer: Signer<'a>,
}

struct Signer<'a> {
    id: Tlv<'a>,
    digest: Vec<u8>,
    attributes: Tlv<'a>,
    algorithm: Vec<u8>,
    signature: &'a [u8],
}

/// A request for a stamp over `message`, to be sent to an authority of time as it is.
#[must_use]
pub fn query(message: &[u8]) -> Vec<u8> {
    let identifier = der::write(der::SEQUENCE, &der::write(der::OID, SHA256));
    let hashed = der::write(der::OCTET_STRING, Digest::of(message).as_bytes());
    let imprint = der::write(der::SEQUENCE, &[identifier, hashed].concat());
    let version = der::write(der::INTEGER, &[1]);
    let certificates = der::write(der::BOOLEAN, &[0xff]);
    der::write(der::SEQUENCE, &[version, imprint, certificates].concat())
}

/// Whether a stamp is about `message`. Who made it is not looked at: its verifiers do that.
///
/// # Errors
/// When it is about something else, or no stamp.
pub fn is_about(stamp: &[u8], message: &[u8]) -> Result<(), TimestampError> {
    stamped(parse(stamp)?.info, message).map(drop)
}

/// Verifies that a trusted authority of time has seen `message`, and says when. `known` are certificates
/// that the stamp may leave out.
///
/// # Errors
/// Says why the stamp proves nothing.
pub fn check(
    stamp: &[u8],
    message: &[u8],
    known: &[Certificate],
    trusted: &[Certificate],
) -> Result<Timestamp, TimestampError> {
    let parts = parse(stamp)?;
    let at = stamped(parts.info, message)?;
    let others = parts.certificates.iter().chain(known).chain(trusted);
    let signer = others
        .filter(|certificate| names(&parts.signer.id, certificate))
        .find(|certificate| is_bound(&parts.signer, certificate))
        .ok_or(TimestampError::NoSigner)?;
    verify_signer(&parts, signer)?;
    let mut between = parts.certificates.clone();
    between.extend_from_slice(known);
    let policy = Policy {
        at,
        usage: Usage::TimeStamping,
        crls: &[],
        roots_only: false,
    };
    verify(signer, &between, trusted, &policy).map_err(TimestampError::Chain)?;
    Ok(at)
}

/// A response, or the token inside of it.
fn parse(stamp: &[u8]) -> Result<Parts<'_>, TimestampError> {
    let mut outer = Reader::new(stamp);
    let whole = outer.take(der::SEQUENCE)?;
    outer.end()?;
    let mut fields = Reader::new(whole.value);
    if let Some(status) = fields.optional(der::SEQUENCE)? {
        // 0 is granted, 1 granted with changes.
        if der::small(Reader::new(status.value).take(der::INTEGER)?)? > 1 {
            return Err(TimestampError::Refused);
        }
        fields = fields.inside(der::SEQUENCE)?;
    }
    if fields.take(der::OID)?.value != SIGNED_DATA {
        return Err(NotDer.into());
    }
    let mut data = fields.inside(der::context(0))?.inside(der::SEQUENCE)?;
    data.take(der::INTEGER)?;
    data.take(der::SET)?;
    let mut content = data.inside(der::SEQUENCE)?;
    if content.take(der::OID)?.value != TST_INFO {
        return Err(NotDer.into());
    }
    let info = content
        .inside(der::context(0))?
        .take(der::OCTET_STRING)?
        .value;
    let mut certificates = Vec::new();
    if let Some(list) = data.optional(der::context(0))? {
        let mut list = Reader::new(list.value);
        while !list.is_empty() && certificates.len() < CERTIFICATES_MAX {
            certificates.push(Certificate::from_der(list.any()?.raw).map_err(|_| NotDer)?);
        }
    }
    data.optional(der::context(1))?;
    let mut signers = data.inside(der::SET)?;
    let signer = signer(signers.take(der::SEQUENCE)?)?;
    // A stamp has one signer; a second one would be somebody else's opinion.
    signers.end()?;
    Ok(Parts {
        info,
        certificates,
        signer,
    })
}

fn signer(info: Tlv<'_>) -> Result<Signer<'_>, NotDer> {
    let mut fields = Reader::new(info.value);
    fields.take(der::INTEGER)?;
    let id = fields.any()?;
    let digest = algorithm(fields.take(der::SEQUENCE)?)?;
    let attributes = fields.take(der::context(0))?;
    let algorithm = algorithm(fields.take(der::SEQUENCE)?)?;
    let signature = fields.take(der::OCTET_STRING)?.value;
    Ok(Signer {
        id,
        digest,
        attributes,
        algorithm,
        signature,
    })
}

/// Checks that the stamp is about `message`, and reads its instant.
fn stamped(info: &[u8], message: &[u8]) -> Result<Timestamp, TimestampError> {
    let mut fields = Reader::new(info).inside(der::SEQUENCE)?;
    fields.take(der::INTEGER)?;
    fields.take(der::OID)?;
    let mut imprint = fields.inside(der::SEQUENCE)?;
    let hash = algorithm(imprint.take(der::SEQUENCE)?)?;
    let stated = imprint.take(der::OCTET_STRING)?.value;
    let computed = signature::hash(&hash, message).ok_or(TimestampError::Unsupported)?;
    if stated != computed {
        return Err(TimestampError::OtherMessage);
    }
    fields.take(der::INTEGER)?;
    Ok(der::time(fields.take(der::GENERALIZED_TIME)?)?)
}

/// Whether the signer's id is that of the certificate: issuer and number, or the id of its key.
fn names(id: &Tlv<'_>, certificate: &Certificate) -> bool {
    const KEY_ID: &[u8] = &[0x55, 0x1d, 0x0e];
    if id.tag == 0x80 {
        let own = certificate.extension_value(KEY_ID);
        return own.and_then(|value| value.get(2..)) == Some(id.value);
    }
    let mut fields = Reader::new(id.value);
    let issuer = fields.take(der::SEQUENCE).map(|issuer| issuer.raw);
    let serial = fields.take(der::INTEGER).map(|serial| serial.value);
    id.tag == der::SEQUENCE
        && issuer == Ok(certificate.issuer.as_slice())
        && serial == Ok(certificate.serial.as_slice())
}

/// The value of an attribute that the signer signed.
fn attribute<'a>(signer: &Signer<'a>, id: &[u8]) -> Option<Tlv<'a>> {
    let mut list = Reader::new(signer.attributes.value);
    while !list.is_empty() {
        let mut fields = list.inside(der::SEQUENCE).ok()?;
        let found = fields.take(der::OID).ok()?.value == id;
        let mut values = fields.inside(der::SET).ok()?;
        if found {
            return values.any().ok();
        }
    }
    None
}

/// Whether the signed attributes name this very certificate (RFC 5816, RFC 2634).
fn is_bound(signer: &Signer<'_>, certificate: &Certificate) -> bool {
    let stated = |value: Tlv<'_>| -> Option<(Vec<u8>, Vec<u8>)> {
        let mut first = Reader::new(value.value)
            .inside(der::SEQUENCE)
            .ok()?
            .inside(der::SEQUENCE)
            .ok()?;
        let hash = first.optional(der::SEQUENCE).ok()?;
        let hash = hash.map(algorithm).transpose().ok()?;
        let value = first.take(der::OCTET_STRING).ok()?.value.to_vec();
        Some((hash.unwrap_or_else(|| SHA256.to_vec()), value))
    };
    if let Some(value) = attribute(signer, SIGNER_V2) {
        return stated(value).is_some_and(|(hash, value)| {
            signature::hash(&hash, certificate.der()).is_some_and(|computed| computed == value)
        });
    }
    // The older attribute is by SHA-1; the signature itself is what counts then.
    let legacy = &ring::digest::SHA1_FOR_LEGACY_USE_ONLY;
    attribute(signer, SIGNER)
        .and_then(stated)
        .is_some_and(|(_, value)| ring::digest::digest(legacy, certificate.der()).as_ref() == value)
}

fn verify_signer(parts: &Parts<'_>, certificate: &Certificate) -> Result<(), TimestampError> {
    let signer = &parts.signer;
    let kind = attribute(signer, CONTENT_TYPE).ok_or(TimestampError::Signature)?;
    let digest = attribute(signer, MESSAGE_DIGEST).ok_or(TimestampError::Signature)?;
    let computed =
        signature::hash(&signer.digest, parts.info).ok_or(TimestampError::Unsupported)?;
    if kind.value != TST_INFO || digest.value != computed {
        return Err(TimestampError::Signature);
    }
    // The attributes are signed as a set, and stand in the message under another tag.
    let signed = der::write(der::SET, signer.attributes.value);
    signature::verify(
        &certificate.key,
        (&signer.algorithm, Some(&signer.digest)),
        &signed,
        signer.signature,
    )
    .map_err(|_| TimestampError::Signature)
}
