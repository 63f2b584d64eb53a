//! What a model is signed with and checked against: keys, certificates, lists and stamps from files.
//!
//! A key comes from a file. [`Credentials::load`] is the one place that hands a private key to the
//! signer, so that a module or a key service takes its place here and nowhere else.

use std::path::{Path, PathBuf};

use seawall_base::Timestamp;
use seawall_crypto::x509::{Certificate, Crl};
use seawall_crypto::{SigningKey, VerifyingKey};
use seawall_sign::{Authorities, Trust};

use super::{SigningError, read, read_text};

/// The longest key file that is read.
const KEY_BYTES_MAX: u64 = 64 << 10;
/// The longest file of certificates or revocations that is read.
const LIST_BYTES_MAX: u64 = 16 << 20;
/// The longest time stamp that is read.
const STAMP_BYTES_MAX: u64 = 256 << 10;

/// The files that a model is signed with.
#[derive(Clone, Debug, Default)]
pub struct SignWith {
    /// The private key.
    pub key: PathBuf,
    /// Certificates, that of the key first; none for a plain key.
    pub certificates: Vec<PathBuf>,
    /// What an authority of time answered about this signature.
    pub stamp: Option<PathBuf>,
    /// Where to write what an authority of time is to be asked.
    pub query: Option<PathBuf>,
}

/// The files that a signature is checked against.
#[derive(Clone, Debug)]
pub enum VerifyWith {
    /// A public key.
    Key(PathBuf),
    /// Authorities.
    Authorities {
        /// Their certificates.
        roots: Vec<PathBuf>,
        /// Names of which the signer must have one; anyone where there are none.
        identities: Vec<String>,
        /// Revocation lists.
        crls: Vec<PathBuf>,
        /// Certificates of authorities of time.
        time_roots: Vec<PathBuf>,
        /// The present.
        now: Timestamp,
        /// Whether to judge as `model-signing` 1.1.1 does.
        compat: bool,
    },
}

/// What [`SignWith`] names, read.
pub(super) struct Credentials {
    pub(super) key: SigningKey,
    pub(super) certificates: Vec<Certificate>,
    pub(super) stamp: Option<Vec<u8>>,
}

impl Credentials {
    pub(super) fn load(with: &SignWith) -> Result<Self, SigningError> {
        let pem = read_text(&with.key, KEY_BYTES_MAX)?;
        let key = SigningKey::from_pem(&pem).map_err(|source| SigningError::Key {
            path: with.key.clone(),
            source,
        })?;
        let stamp = with.stamp.as_deref();
        Ok(Self {
            key,
            certificates: certificates(&with.certificates)?,
            stamp: stamp.map(|path| read(path, STAMP_BYTES_MAX)).transpose()?,
        })
    }
}

/// What [`VerifyWith`] names, read.
pub(super) enum Loaded {
    Key(VerifyingKey),
    Authorities {
        roots: Vec<Certificate>,
        identities: Vec<String>,
        crls: Vec<Crl>,
        time_roots: Vec<Certificate>,
        now: Timestamp,
        compat: bool,
    },
}

impl Loaded {
    pub(super) fn load(with: &VerifyWith) -> Result<Self, SigningError> {
        match with {
            VerifyWith::Key(path) => {
                let pem = read_text(path, KEY_BYTES_MAX)?;
                let key = VerifyingKey::from_pem(&pem).map_err(|source| SigningError::Key {
                    path: path.clone(),
                    source,
                })?;
                Ok(Self::Key(key))
            }
            VerifyWith::Authorities {
                roots,
                identities,
                crls,
                time_roots,
                now,
                compat,
            } => Ok(Self::Authorities {
                roots: certificates(roots)?,
                identities: identities.clone(),
                crls: lists(crls)?,
                time_roots: certificates(time_roots)?,
                now: *now,
                compat: *compat,
            }),
        }
    }

    pub(super) fn trust(&self) -> Trust<'_> {
        match self {
            Self::Key(key) => Trust::Key(key),
            Self::Authorities {
                roots,
                identities,
                crls,
                time_roots,
                now,
                compat,
            } => Trust::Authorities(Authorities {
                roots,
                identities,
                crls,
                time_roots,
                now: *now,
                compat: *compat,
            }),
        }
    }
}

fn certificates(paths: &[PathBuf]) -> Result<Vec<Certificate>, SigningError> {
    let mut all = Vec::new();
    for path in paths {
        let bytes = read(path, LIST_BYTES_MAX)?;
        let found = match std::str::from_utf8(&bytes) {
            Ok(text) if !bytes.starts_with(&[0x30]) => Certificate::from_pem(text),
            _ => Certificate::from_der(&bytes).map(|one| vec![one]),
        };
        all.extend(found.map_err(|source| unusable(path, source))?);
    }
    Ok(all)
}

fn lists(paths: &[PathBuf]) -> Result<Vec<Crl>, SigningError> {
    let mut all = Vec::new();
    for path in paths {
        let bytes = read(path, LIST_BYTES_MAX)?;
        all.extend(Crl::read(&bytes).map_err(|source| unusable(path, source))?);
    }
    Ok(all)
}

fn unusable(path: &Path, source: impl std::error::Error + Send + Sync + 'static) -> SigningError {
    SigningError::Unusable {
        path: path.to_owned(),
        source: Box::new(source),
    }
}
