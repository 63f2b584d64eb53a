//! The keys and certificates of a test's API server: an authority, the server, one client with every
//! right, and the key that service account tokens are signed with.
#![expect(
    clippy::disallowed_methods,
    reason = "the server reads its certificates from files"
)]
#![expect(clippy::panic, reason = "a fixture that cannot be made fails its test")]

use std::path::{Path, PathBuf};

use base64::Engine as _;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

/// Where the files lie, and what the client's configuration holds.
#[derive(Debug)]
pub(super) struct Certificates {
    pub(super) authority: PathBuf,
    pub(super) server: PathBuf,
    pub(super) server_key: PathBuf,
    pub(super) account: PathBuf,
    pub(super) account_key: PathBuf,
    authority_pem: String,
    client_pem: String,
    client_key_pem: String,
}

impl Certificates {
    /// Makes all of them in `folder`.
    pub(super) fn make(folder: &Path) -> Self {
        make(folder).unwrap_or_else(|error| panic!("the certificates of the API server: {error}"))
    }

    /// The client's configuration, in JSON, which is YAML too.
    pub(super) fn kubeconfig(&self, port: u16) -> String {
        let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        serde_json::json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": {
                "server": format!("https://127.0.0.1:{port}"),
                "certificate-authority-data": encode(&self.authority_pem),
            }}],
            "users": [{"name": "admin", "user": {
                "client-certificate-data": encode(&self.client_pem),
                "client-key-data": encode(&self.client_key_pem),
            }}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
            "current-context": "test",
        })
        .to_string()
    }
}

fn make(folder: &Path) -> Result<Certificates, Box<dyn std::error::Error>> {
    let authority_key = KeyPair::generate()?;
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
        .distinguished_name
        .push(DnType::CommonName, "seawall test authority");
    let authority_pem = params.self_signed(&authority_key)?.pem();
    let issuer = Issuer::new(params, authority_key);

    let server_key = KeyPair::generate()?;
    let mut server = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let server_pem = server.signed_by(&server_key, &issuer)?.pem();

    let client_key = KeyPair::generate()?;
    let mut client = CertificateParams::new(Vec::new())?;
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    client
        .distinguished_name
        .push(DnType::CommonName, "seawall-test");
    // The group that the API server gives every right.
    client
        .distinguished_name
        .push(DnType::OrganizationName, "system:masters");
    let client_pem = client.signed_by(&client_key, &issuer)?.pem();

    let account_key = KeyPair::generate()?;
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).map(|()| path)
    };
    Ok(Certificates {
        authority: write("authority.pem", &authority_pem)?,
        server: write("server.pem", &server_pem)?,
        server_key: write("server.key", &server_key.serialize_pem())?,
        account: write("account.pem", &account_key.public_key_pem())?,
        account_key: write("account.key", &account_key.serialize_pem())?,
        authority_pem,
        client_pem,
        client_key_pem: client_key.serialize_pem(),
    })
}
