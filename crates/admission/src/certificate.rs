//! The webhook's own authority and serving certificate, kept in the state folder.
//!
//! The authority lives ten years and stays, so that the `caBundle` of the configuration stays valid;
//! the serving certificate lives a year and is renewed from the same authority when the webhook
//! starts within its last thirty days.
#![expect(
    clippy::disallowed_methods,
    reason = "this module is the only one that reads and writes the certificate files"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use jiff::tz::TimeZone;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use seawall_base::{SignedDuration, Timestamp};

/// The files of the authority and of the server.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// Where the authority's certificate lies, for `caBundle`.
    pub ca_path: PathBuf,
    /// The authority's certificate.
    pub ca_pem: String,
    /// The server's certificate, followed by the authority's.
    pub chain_pem: String,
    /// The server's private key.
    pub key_pem: String,
}

/// Why there is no usable certificate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// A file could not be read or written.
    #[error("cannot use {}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A key or certificate could not be made, or what is stored is not one.
    #[error("cannot make a certificate")]
    Make(#[source] rcgen::Error),
}

const CA_DAYS: i64 = 3_650;
const SERVER_DAYS: i64 = 365;
const RENEW_DAYS: i64 = 30;

/// Loads the certificate of `folder`, or makes one for `names` (host names and addresses).
///
/// # Errors
/// When files cannot be read or written, or hold something else than keys.
pub fn load_or_make(
    folder: &Path,
    names: &[String],
    now: Timestamp,
) -> Result<Certificate, CertificateError> {
    let file = |name: &str| folder.join(name);
    create_folder(folder)?;
    let ca_key = match read(&file("ca.key"))? {
        Some(pem) => KeyPair::from_pem(&pem).map_err(CertificateError::Make)?,
        None => KeyPair::generate().map_err(CertificateError::Make)?,
    };
    let ca_pem = match read(&file("ca.pem"))? {
        Some(pem) => pem,
        None => {
            let ca = authority(now)?;
            let pem = ca
                .self_signed(&ca_key)
                .map_err(CertificateError::Make)?
                .pem();
            write(&file("ca.key"), &ca_key.serialize_pem())?;
            write(&file("ca.pem"), &pem)?;
            pem
        }
    };
    // What the certificate is for and until when, so that it is renewed without parsing X.509.
    let purpose = read(&file("server.txt"))?.unwrap_or_default();
    let mut lines = purpose.lines();
    let renew_at: Option<Timestamp> = lines.next().and_then(|line| line.parse().ok());
    let stored_names: Vec<&str> = lines.collect();
    let usable = renew_at.is_some_and(|at| now < at) && stored_names == *names;
    if let (true, Some(server), Some(key_pem)) = (
        usable,
        read(&file("server.pem"))?,
        read(&file("server.key"))?,
    ) {
        return Ok(certificate(file("ca.pem"), ca_pem, &server, key_pem));
    }
    let key = KeyPair::generate().map_err(CertificateError::Make)?;
    let issuer = Issuer::new(authority(now)?, ca_key);
    let server = server_params(names, now)?
        .signed_by(&key, &issuer)
        .map_err(CertificateError::Make)?
        .pem();
    let renew_at = after(now, SERVER_DAYS - RENEW_DAYS);
    write(&file("server.key"), &key.serialize_pem())?;
    write(&file("server.pem"), &server)?;
    write(
        &file("server.txt"),
        &format!("{renew_at}\n{}\n", names.join("\n")),
    )?;
    Ok(certificate(
        file("ca.pem"),
        ca_pem,
        &server,
        key.serialize_pem(),
    ))
}

impl Certificate {
    /// The server's side of it.
    ///
    /// # Errors
    /// When certificate and key do not go together.
    pub fn identity(&self) -> Result<seawall_net::tls::Identity, seawall_net::tls::TlsError> {
        seawall_net::tls::Identity::new(self.chain_pem.as_bytes(), self.key_pem.as_bytes())
    }

    /// The authority's certificate in the form of a `caBundle` field.
    #[must_use]
    pub fn ca_bundle(&self) -> String {
        base64::engine::general_purpose::STANDARD.encode(&self.ca_pem)
    }
}

fn certificate(ca_path: PathBuf, ca_pem: String, server: &str, key_pem: String) -> Certificate {
    Certificate {
        chain_pem: format!("{server}{ca_pem}"),
        ca_path,
        ca_pem,
        key_pem,
    }
}

fn authority(now: Timestamp) -> Result<CertificateParams, CertificateError> {
    let mut params = CertificateParams::new(Vec::new()).map_err(CertificateError::Make)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
        .distinguished_name
        .push(DnType::CommonName, "Seawall admission authority");
    validity(&mut params, now, CA_DAYS);
    Ok(params)
}

fn server_params(names: &[String], now: Timestamp) -> Result<CertificateParams, CertificateError> {
    let mut params = CertificateParams::new(names).map_err(CertificateError::Make)?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
        .distinguished_name
        .push(DnType::CommonName, "seawall admission");
    params.use_authority_key_identifier_extension = true;
    validity(&mut params, now, SERVER_DAYS);
    Ok(params)
}

/// Valid from yesterday, because clocks of a cluster differ.
fn validity(params: &mut CertificateParams, now: Timestamp, days: i64) {
    let date = |at: Timestamp| {
        let date = at.to_zoned(TimeZone::UTC).date();
        let part = |value: i8| u8::try_from(value).unwrap_or(1);
        rcgen::date_time_ymd(i32::from(date.year()), part(date.month()), part(date.day()))
    };
    params.not_before = date(after(now, -1));
    params.not_after = date(after(now, days));
}

fn after(now: Timestamp, days: i64) -> Timestamp {
    let step = SignedDuration::from_hours(days.saturating_mul(24));
    now.saturating_add(step).unwrap_or(now)
}

fn create_folder(folder: &Path) -> Result<(), CertificateError> {
    use std::os::unix::fs::DirBuilderExt as _;

    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder
        .create(folder)
        .map_err(|source| failed(folder, source))
}

fn read(path: &Path) -> Result<Option<String>, CertificateError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, error)),
    }
}

/// Writes beside the file and renames, readable by the owner only from its first byte on.
fn write(path: &Path, text: &str) -> Result<(), CertificateError> {
    use std::os::unix::fs::OpenOptionsExt as _;

    let beside = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    let file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside);
    file.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    })
    .and_then(|()| std::fs::rename(&beside, path))
    .map_err(|source| failed(path, source))
}

fn failed(path: &Path, source: std::io::Error) -> CertificateError {
    CertificateError::File {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_authority_stays_and_the_server_is_renewed() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("admission");
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let first = load_or_make(&folder, &names, at("2026-11-23T00:00:00Z")).unwrap();
        let again = load_or_make(&folder, &names, at("2026-12-01T00:00:00Z")).unwrap();
        assert_eq!(
            (&first.ca_pem, &first.chain_pem),
            (&again.ca_pem, &again.chain_pem)
        );
        let later = load_or_make(&folder, &names, at("2027-11-01T00:00:00Z")).unwrap();
        assert_eq!(first.ca_pem, later.ca_pem);
        assert_ne!(first.chain_pem, later.chain_pem);
        let other =
            load_or_make(&folder, &["x.svc".to_owned()], at("2027-11-01T00:00:00Z")).unwrap();
        assert_ne!(other.chain_pem, later.chain_pem);
        for name in ["ca.key", "server.key", "ca.pem"] {
            let mode = std::fs::metadata(folder.join(name))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        assert!(
            seawall_net::tls::acceptor(other.chain_pem.as_bytes(), other.key_pem.as_bytes())
                .is_ok()
        );
    }

    #[test]
    fn a_damaged_key_is_said_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.key"), "nonsense").unwrap();
        let error = load_or_make(folder.path(), &[], at("2026-11-23T00:00:00Z")).unwrap_err();
        assert!(matches!(error, CertificateError::Make(_)));
        assert_eq!(
            std::fs::read(folder.path().join("ca.key")).unwrap(),
            b"nonsense"
        );
    }
}
