//! TLS from one provider: rustls with ring, TLS 1.2 and 1.3.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
pub use tokio_rustls::TlsAcceptor;

/// Why a TLS configuration is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate text is not PEM, or holds no certificate.
    #[error("the certificate chain is not PEM")]
    Certificates,
    /// The key text is not PEM, or holds no private key.
    #[error("the private key is not PEM")]
    Key,
    /// Certificate and key do not go together, or the key is of a kind we do not support.
    #[error("certificate and key are not usable")]
    Unusable(#[source] rustls::Error),
}

/// The one crypto provider.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// An acceptor for a server that shows `chain_pem` and holds `key_pem`; speaks HTTP/1.1.
///
/// # Errors
/// When the texts are not PEM or do not go together.
pub fn acceptor(chain_pem: &[u8], key_pem: &[u8]) -> Result<TlsAcceptor, TlsError> {
    let identity = Identity::new(chain_pem, key_pem)?;
    identity.acceptor()
}

/// Who a server is. It can become another while connections stay open: those that are made after
/// that see the new certificate.
#[derive(Clone, Debug)]
pub struct Identity {
    current: Arc<Current>,
}

#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl Identity {
    /// A server that shows `chain_pem` and holds `key_pem`.
    ///
    /// # Errors
    /// When the texts are not PEM or do not go together.
    pub fn new(chain_pem: &[u8], key_pem: &[u8]) -> Result<Self, TlsError> {
        let current = RwLock::new(certified(chain_pem, key_pem)?);
        Ok(Self {
            current: Arc::new(Current(current)),
        })
    }

    /// Becomes another. What cannot be used changes nothing.
    ///
    /// # Errors
    /// When the texts are not PEM or do not go together.
    pub fn replace(&self, chain_pem: &[u8], key_pem: &[u8]) -> Result<(), TlsError> {
        let next = certified(chain_pem, key_pem)?;
        *self
            .current
            .0
            .write()
            .unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }

    /// An acceptor that shows whatever this is at the time; speaks HTTP/1.1.
    ///
    /// # Errors
    /// When the provider lacks the protocol versions, which it does not.
    pub fn acceptor(&self) -> Result<TlsAcceptor, TlsError> {
        let mut config = rustls::ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Unusable)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&self.current) as _);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

fn certified(chain_pem: &[u8], key_pem: &[u8]) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain = CertificateDer::pem_slice_iter(chain_pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| TlsError::Certificates)?;
    if chain.is_empty() {
        return Err(TlsError::Certificates);
    }
    let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|_| TlsError::Key)?;
    let certified = CertifiedKey::from_der(chain, key, &provider());
    certified.map(Arc::new).map_err(TlsError::Unusable)
}

/// The client side: the public web's roots, no client certificate.
pub(crate) fn client_config() -> Result<Arc<rustls::ClientConfig>, rustls::Error> {
    let roots = rustls::RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let config = rustls::ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_not_pem_are_refused_by_name() {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        assert!(acceptor(chain.as_bytes(), key.as_bytes()).is_ok());
        let error = |chain: &str, key: &str| acceptor(chain.as_bytes(), key.as_bytes()).err();
        assert!(matches!(error("no", &key), Some(TlsError::Certificates)));
        assert!(matches!(error(&chain, "no"), Some(TlsError::Key)));
    }

    #[test]
    fn what_cannot_be_used_replaces_nothing() {
        let make = || {
            let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
            (made.cert.pem(), made.signing_key.serialize_pem())
        };
        let shown = |identity: &Identity| {
            let current = identity.current.0.read().unwrap();
            current.cert.first().unwrap().to_vec()
        };
        let ((first, first_key), (second, second_key)) = (make(), make());
        let identity = Identity::new(first.as_bytes(), first_key.as_bytes()).unwrap();
        let before = shown(&identity);
        for (chain, key) in [(&second, &first_key), (&"no".to_owned(), &second_key)] {
            assert!(identity.replace(chain.as_bytes(), key.as_bytes()).is_err());
            assert_eq!(shown(&identity), before);
        }
        identity
            .replace(second.as_bytes(), second_key.as_bytes())
            .unwrap();
        assert_ne!(shown(&identity), before);
    }
}
