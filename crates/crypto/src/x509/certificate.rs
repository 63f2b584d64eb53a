//! One certificate: its fields, as far as a chain is judged by them.

use seawall_base::{Digest, Timestamp};

use crate::der::{self, NotDer, Reader, Tlv};
use crate::pem;
use crate::verifying::{KeyError, VerifyingKey};

/// Largest certificate that is read.
const BYTES_MAX: usize = 64 << 10;
/// Extensions and names of one certificate.
const ITEMS_MAX: usize = 256;

pub(super) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
pub(super) const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
pub(super) const EXTENDED_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
pub(super) const ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 0x11];

/// Why bytes are not a certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// Not the structure of a certificate.
    #[error("it is not a certificate: {0}")]
    Der(#[from] NotDer),
    /// The text holds none.
    #[error("no PEM block with a certificate")]
    None,
    /// Larger than any certificate should be.
    #[error("the certificate is larger than {BYTES_MAX} bytes")]
    TooLarge,
}

/// A name that the certificate speaks for.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum AlternativeName {
    /// An address of mail.
    Email(String),
    /// A host name.
    Dns(String),
    /// A URI, such as a SPIFFE id or the workflow of a build.
    Uri(String),
}

impl AlternativeName {
    /// The name without its kind.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(text) | Self::Dns(text) | Self::Uri(text) => text,
        }
    }
}

/// An extension: what it is, whether it must be understood, and its content.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Extension {
    pub(super) id: Vec<u8>,
    pub(super) critical: bool,
    pub(super) value: Vec<u8>,
}

/// A certificate as read. Nothing of it is believed before its chain verifies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Certificate {
    der: Vec<u8>,
    /// The signed part, as it stands.
    pub(super) signed: Vec<u8>,
    pub(super) serial: Vec<u8>,
    pub(super) issuer: Vec<u8>,
    pub(super) subject: Vec<u8>,
    not_before: Timestamp,
    not_after: Timestamp,
    /// `SubjectPublicKeyInfo`.
    pub(super) key: Vec<u8>,
    pub(super) extensions: Vec<Extension>,
    /// OID of the signature's algorithm.
    pub(super) algorithm: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

impl Certificate {
    /// Reads one certificate.
    ///
    /// # Errors
    /// When it is not one.
    pub fn from_der(bytes: &[u8]) -> Result<Self, CertificateError> {
        if bytes.len() > BYTES_MAX {
            return Err(CertificateError::TooLarge);
        }
        Ok(parse(bytes)?)
    }

    /// Reads every certificate of a PEM text, of which there must be one.
    ///
    /// # Errors
    /// When there is none, or one is broken.
    pub fn from_pem(text: &str) -> Result<Vec<Self>, CertificateError> {
        let blocks = pem::decode_all(text, "CERTIFICATE").ok_or(CertificateError::None)?;
        if blocks.is_empty() {
            return Err(CertificateError::None);
        }
        blocks.iter().map(|der| Self::from_der(der)).collect()
    }

    /// The certificate itself.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 of the certificate.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.der)
    }

    /// When it begins to be valid.
    #[must_use]
    pub const fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The last second in which it is valid.
    #[must_use]
    pub const fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Its serial number in hexadecimal digits.
    #[must_use]
    pub fn serial(&self) -> String {
        hex(&self.serial)
    }

    /// The public key.
    ///
    /// # Errors
    /// When it is of an algorithm that signs nothing here.
    pub fn verifying_key(&self) -> Result<VerifyingKey, KeyError> {
        VerifyingKey::from_spki_der(&self.key)
    }

    /// The subject as people read it: `CN=…, O=…`.
    #[must_use]
    pub fn subject(&self) -> String {
        distinguished(&self.subject)
    }

    /// The issuer as people read it.
    #[must_use]
    pub fn issuer(&self) -> String {
        distinguished(&self.issuer)
    }

    /// The names that it speaks for: mail, hosts and URIs. Other kinds are left out, because nothing
    /// is allowed by them.
    #[must_use]
    pub fn names(&self) -> Vec<AlternativeName> {
        let extension = self.extension(ALTERNATIVE_NAME);
        extension
            .and_then(|extension| alternative_names(&extension.value).ok())
            .unwrap_or_default()
    }

    /// The content of an extension by its OID in DER.
    #[must_use]
    pub fn extension_value(&self, id: &[u8]) -> Option<&[u8]> {
        self.extension(id)
            .map(|extension| extension.value.as_slice())
    }

    pub(super) fn extension(&self, id: &[u8]) -> Option<&Extension> {
        self.extensions.iter().find(|extension| extension.id == id)
    }

    /// Whether it is an authority, and how many others may follow below it.
    pub(super) fn authority(&self) -> Result<(bool, Option<u32>), NotDer> {
        let Some(extension) = self.extension(BASIC_CONSTRAINTS) else {
            return Ok((false, None));
        };
        let mut outer = Reader::new(&extension.value);
        let mut fields = outer.inside(der::SEQUENCE)?;
        outer.end()?;
        let is = fields.optional(der::BOOLEAN)?;
        let length = fields.optional(der::INTEGER)?.map(der::small).transpose()?;
        fields.end()?;
        Ok((is.is_some_and(|flag| flag.value == [0xff]), length))
    }

    /// The bits of its key usage, the first one highest; `None` where it does not say.
    pub(super) fn key_usage(&self) -> Result<Option<u8>, NotDer> {
        let Some(extension) = self.extension(KEY_USAGE) else {
            return Ok(None);
        };
        let mut outer = Reader::new(&extension.value);
        match outer.take(der::BIT_STRING)?.value {
            [unused, bits, ..] if *unused < 8 => Ok(Some(*bits)),
            _ => Err(NotDer),
        }
    }

    /// The purposes that it is limited to; `None` where it does not say.
    pub(super) fn purposes(&self) -> Result<Option<Vec<Vec<u8>>>, NotDer> {
        let Some(extension) = self.extension(EXTENDED_USAGE) else {
            return Ok(None);
        };
        let mut list = Reader::new(&extension.value).inside(der::SEQUENCE)?;
        let mut purposes = Vec::new();
        while !list.is_empty() && purposes.len() < ITEMS_MAX {
            purposes.push(list.take(der::OID)?.value.to_vec());
        }
        Ok(Some(purposes))
    }

    /// Whether it was signed with its own name.
    pub(super) fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }
}

fn parse(bytes: &[u8]) -> Result<Certificate, NotDer> {
    let mut outer = Reader::new(bytes);
    let mut whole = outer.inside(der::SEQUENCE)?;
    outer.end()?;
    let signed = whole.take(der::SEQUENCE)?;
    let algorithm = algorithm(whole.take(der::SEQUENCE)?)?;
    let signature = der::bits(whole.take(der::BIT_STRING)?)?;
    whole.end()?;
    let mut fields = Reader::new(signed.value);
    fields.optional(der::context(0))?;
    let serial = fields.take(der::INTEGER)?;
    // Stated twice, and a difference would be two opinions about one signature.
    if self::algorithm(fields.take(der::SEQUENCE)?)? != algorithm {
        return Err(NotDer);
    }
    let issuer = fields.take(der::SEQUENCE)?.raw.to_vec();
    let mut validity = fields.inside(der::SEQUENCE)?;
    let (not_before, not_after) = (der::time(validity.any()?)?, der::time(validity.any()?)?);
    let subject = fields.take(der::SEQUENCE)?.raw.to_vec();
    let key = fields.take(der::SEQUENCE)?.raw.to_vec();
    fields.optional(0x81)?;
    fields.optional(0x82)?;
    let extensions = match fields.optional(der::context(3))? {
        Some(list) => extensions(list)?,
        None => Vec::new(),
    };
    fields.end()?;
    Ok(Certificate {
        der: bytes.to_vec(),
        signed: signed.raw.to_vec(),
        serial: serial.value.to_vec(),
        issuer,
        subject,
        not_before,
        not_after,
        key,
        extensions,
        algorithm,
        signature: signature.to_vec(),
    })
}

/// The OID of an algorithm. Parameters are none or NULL for all that are used here.
pub(super) fn algorithm(identifier: Tlv<'_>) -> Result<Vec<u8>, NotDer> {
    let mut fields = Reader::new(identifier.value);
    Ok(fields.take(der::OID)?.value.to_vec())
}

/// A list of extensions, none of them twice.
pub(super) fn extensions(list: Tlv<'_>) -> Result<Vec<Extension>, NotDer> {
    let mut list = Reader::new(list.value).inside(der::SEQUENCE)?;
    let mut extensions: Vec<Extension> = Vec::new();
    while !list.is_empty() {
        let mut fields = list.inside(der::SEQUENCE)?;
        let id = fields.take(der::OID)?.value.to_vec();
        let critical = fields.optional(der::BOOLEAN)?;
        let value = fields.take(der::OCTET_STRING)?.value.to_vec();
        fields.end()?;
        let again = extensions.iter().any(|other| other.id == id);
        if again || extensions.len() >= ITEMS_MAX {
            return Err(NotDer);
        }
        extensions.push(Extension {
            id,
            critical: critical.is_some_and(|flag| flag.value == [0xff]),
            value,
        });
    }
    Ok(extensions)
}

fn alternative_names(value: &[u8]) -> Result<Vec<AlternativeName>, NotDer> {
    let mut list = Reader::new(value).inside(der::SEQUENCE)?;
    let mut names = Vec::new();
    while !list.is_empty() && names.len() < ITEMS_MAX {
        let name = list.any()?;
        let text = || String::from_utf8(name.value.to_vec()).map_err(|_| NotDer);
        match name.tag {
            0x81 => names.push(AlternativeName::Email(text()?)),
            0x82 => names.push(AlternativeName::Dns(text()?)),
            0x86 => names.push(AlternativeName::Uri(text()?)),
            _ => {}
        }
    }
    Ok(names)
}

/// `CN=…, O=…` of a name; what it does not know is left out.
fn distinguished(name: &[u8]) -> String {
    let mut parts = Vec::new();
    let list = Reader::new(name).inside(der::SEQUENCE);
    let Ok(mut list) = list else {
        return String::new();
    };
    while let Ok(mut set) = list.inside(der::SET) {
        let Ok(mut fields) = set.inside(der::SEQUENCE) else {
            break;
        };
        let (Ok(id), Ok(value)) = (fields.take(der::OID), fields.any()) else {
            break;
        };
        let kind = match id.value {
            [0x55, 4, 3] => "CN",
            [0x55, 4, 6] => "C",
            [0x55, 4, 10] => "O",
            [0x55, 4, 11] => "OU",
            _ => continue,
        };
        let text = String::from_utf8_lossy(value.value);
        parts.push(format!("{kind}={}", seawall_base::printable(&text, 120)));
    }
    parts.reverse();
    parts.join(", ")
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
