//! Certificate revocation lists (RFC 5280, section 5): whole lists of one issuer.

use seawall_base::Timestamp;

use super::certificate::{Certificate, algorithm, extensions, hex};
use super::signature;
use crate::der::{self, NotDer, Reader};
use crate::pem;

/// Largest list that is read.
const BYTES_MAX: usize = 16 << 20;
const SIGNS_LISTS: u8 = 0x02;

/// Why a certificate cannot be relied on, or a list not be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CrlError {
    /// Not a list.
    #[error("it is not a revocation list: {0}")]
    Der(#[from] NotDer),
    /// The text holds none.
    #[error("no PEM block with a revocation list")]
    None,
    /// The certificate was revoked.
    #[error("its serial number {serial} was revoked at {at}")]
    Revoked {
        /// Of the certificate.
        serial: String,
        /// When.
        at: Timestamp,
    },
    /// There are lists, none of this issuer.
    #[error("no revocation list of \"{0}\" was given")]
    Missing(String),
    /// The list is too old.
    #[error("the revocation list of \"{issuer}\" had to be renewed by {due}")]
    Stale {
        /// Who issued it.
        issuer: String,
        /// When the next one was due.
        due: Timestamp,
    },
    /// The signature of the list is not its issuer's.
    #[error("the revocation list of \"{0}\" is not signed by it")]
    Signature(String),
    /// A list of a kind that is not supported, such as one of changes only.
    #[error("the revocation list of \"{0}\" is of a kind that is not supported")]
    Unsupported(String),
}

/// A revocation list as read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Crl {
    signed: Vec<u8>,
    issuer: Vec<u8>,
    due: Option<Timestamp>,
    /// Serial numbers with the instants of their revocation.
    revoked: Vec<(Vec<u8>, Timestamp)>,
    critical: bool,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
}

impl Crl {
    /// Reads the lists of a PEM text, or one in DER.
    ///
    /// # Errors
    /// When there is none, or one is broken.
    pub fn read(bytes: &[u8]) -> Result<Vec<Self>, CrlError> {
        if bytes.len() > BYTES_MAX {
            return Err(NotDer.into());
        }
        if bytes.first() == Some(&der::SEQUENCE) {
            return Ok(vec![parse(bytes)?]);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| CrlError::None)?;
        let blocks = pem::decode_all(text, "X509 CRL").ok_or(CrlError::None)?;
        if blocks.is_empty() {
            return Err(CrlError::None);
        }
        Ok(blocks
            .iter()
            .map(|block| parse(block))
            .collect::<Result<_, _>>()?)
    }

    /// Whether `certificate` of `issuer` may be relied on.
    pub(super) fn check(
        lists: &[Self],
        certificate: &Certificate,
        issuer: &Certificate,
        at: Timestamp,
    ) -> Result<(), CrlError> {
        if lists.is_empty() {
            return Ok(());
        }
        let mut of_issuer = lists
            .iter()
            .filter(|list| list.issuer == issuer.subject)
            .peekable();
        if of_issuer.peek().is_none() {
            return Err(CrlError::Missing(issuer.subject()));
        }
        of_issuer.try_for_each(|list| list.allows(certificate, issuer, at))
    }

    fn allows(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        at: Timestamp,
    ) -> Result<(), CrlError> {
        let name = || issuer.subject();
        let may_sign = match issuer.key_usage() {
            Ok(bits) => bits.is_none_or(|bits| bits & SIGNS_LISTS != 0),
            Err(_) => false,
        };
        let signed = signature::verify(
            &issuer.key,
            (&self.algorithm, None),
            &self.signed,
            &self.signature,
        );
        if !may_sign || signed.is_err() {
            return Err(CrlError::Signature(name()));
        }
        if self.critical {
            return Err(CrlError::Unsupported(name()));
        }
        if let Some((_, when)) = self
            .revoked
            .iter()
            .find(|(serial, _)| *serial == certificate.serial)
        {
            // Even before that instant: whoever took the key can have set back a clock of their own.
            return Err(CrlError::Revoked {
                serial: hex(&certificate.serial),
                at: *when,
            });
        }
        match self.due {
            Some(due) if due < at => Err(CrlError::Stale {
                issuer: name(),
                due,
            }),
            _ => Ok(()),
        }
    }
}

fn parse(bytes: &[u8]) -> Result<Crl, NotDer> {
    let mut outer = Reader::new(bytes);
    let mut whole = outer.inside(der::SEQUENCE)?;
    outer.end()?;
    let signed = whole.take(der::SEQUENCE)?;
    let algorithm = algorithm(whole.take(der::SEQUENCE)?)?;
    let signature = der::bits(whole.take(der::BIT_STRING)?)?.to_vec();
    whole.end()?;
    let mut fields = Reader::new(signed.value);
    fields.optional(der::INTEGER)?;
    fields.take(der::SEQUENCE)?;
    let issuer = fields.take(der::SEQUENCE)?.raw.to_vec();
    der::time(fields.any()?)?;
    let mut due = None;
    for tag in [der::UTC_TIME, der::GENERALIZED_TIME] {
        if let Some(time) = fields.optional(tag)? {
            due = Some(der::time(time)?);
        }
    }
    let mut revoked = Vec::new();
    if let Some(list) = fields.optional(der::SEQUENCE)? {
        let mut list = Reader::new(list.value);
        while !list.is_empty() {
            let mut entry = list.inside(der::SEQUENCE)?;
            let serial = entry.take(der::INTEGER)?.value.to_vec();
            revoked.push((serial, der::time(entry.any()?)?));
        }
    }
    let more = fields.optional(der::context(0))?;
    let more = more.map(extensions).transpose()?.unwrap_or_default();
    fields.end()?;
    Ok(Crl {
        signed: signed.raw.to_vec(),
        issuer,
        due,
        revoked,
        critical: more.iter().any(|extension| extension.critical),
        algorithm,
        signature,
    })
}
