//! The keys of a state folder: one signs the ledger's checkpoints, another the receipts of human
//! decisions. Their public halves lie beside them, for everyone else.

use std::path::{Path, PathBuf};

use seawall_crypto::note::{NoteSigner, NoteVerifier};
use seawall_crypto::{SigningKey, VerifyingKey};

use crate::error::StoreError;
use crate::file::{self, Durability};

const PRIVATE: &str = "keys/ledger.pem";
const PUBLIC: &str = "keys/ledger.vkey";
const RECEIPTS: &str = "keys/receipts.pem";
const RECEIPTS_PUBLIC: &str = "keys/receipts.pub";

/// Reads the verifier of a state folder's checkpoints.
pub(crate) fn load_verifier(dir: &Path) -> Result<NoteVerifier, StoreError> {
    let path = dir.join(PUBLIC);
    let text = file::read_optional(&path)?.ok_or_else(|| StoreError::NoLedger(dir.to_owned()))?;
    let text = String::from_utf8(text).map_err(|_| StoreError::KeyFile(path.clone()))?;
    NoteVerifier::parse(&text).map_err(|_| StoreError::KeyFile(path))
}

/// Reads the signer, or `None` where there is none yet.
pub(crate) fn load(dir: &Path) -> Result<Option<NoteSigner>, StoreError> {
    let path = dir.join(PRIVATE);
    let Some(pem) = file::read_optional(&path)? else {
        return Ok(None);
    };
    let key = String::from_utf8(pem)
        .ok()
        .and_then(|pem| SigningKey::from_pem(&pem).ok())
        .ok_or_else(|| StoreError::KeyFile(path.clone()))?;
    let verifier = load_verifier(dir)?;
    let signer = NoteSigner::new(verifier.name(), key).map_err(|_| StoreError::KeyFile(path))?;
    if *signer.verifier() == verifier {
        Ok(Some(signer))
    } else {
        Err(StoreError::KeyFile(dir.join(PUBLIC)))
    }
}

/// A new signer under `name`; nothing is written.
pub(crate) fn make(name: &str, random: &[u8; 32]) -> Result<NoteSigner, StoreError> {
    NoteSigner::new(name, SigningKey::ed25519(random))
        .map_err(|_| StoreError::KeyFile(PathBuf::from(PRIVATE)))
}

/// Writes both halves, the private one last: where it stands, the ledger stands.
pub(crate) fn save(
    dir: &Path,
    random: &[u8; 32],
    verifier: &NoteVerifier,
) -> Result<(), StoreError> {
    let public = format!("{verifier}\n");
    file::replace(&dir.join(PUBLIC), public.as_bytes(), Durability::Now)?;
    let pem = SigningKey::ed25519(random).to_pem();
    file::replace(&dir.join(PRIVATE), pem.expose().as_bytes(), Durability::Now)
}

/// The key that signs receipts; a folder without one gets it.
pub(crate) fn receipts(
    dir: &Path,
    random: impl FnOnce() -> std::io::Result<[u8; 32]>,
) -> Result<SigningKey, StoreError> {
    let path = dir.join(RECEIPTS);
    if let Some(pem) = file::read_optional(&path)? {
        return String::from_utf8(pem)
            .ok()
            .and_then(|pem| SigningKey::from_pem(&pem).ok())
            .ok_or(StoreError::KeyFile(path));
    }
    // Without the private half the old receipts still verify; a new key must not take their place.
    let public = dir.join(RECEIPTS_PUBLIC);
    if file::read_optional(&public)?.is_some() {
        return Err(StoreError::KeyFile(path));
    }
    let key = SigningKey::ed25519(&random().map_err(StoreError::Random)?);
    file::replace(&path, key.to_pem().expose().as_bytes(), Durability::Now)?;
    let pem = key.verifying_key().to_pem();
    file::replace(&public, pem.as_bytes(), Durability::Now)?;
    Ok(key)
}

/// The public half of the key that signs receipts; none before the first start that keeps holds.
pub(crate) fn receipts_verifier(dir: &Path) -> Result<Option<VerifyingKey>, StoreError> {
    let path = dir.join(RECEIPTS_PUBLIC);
    let Some(pem) = file::read_optional(&path)? else {
        return Ok(None);
    };
    let key = String::from_utf8(pem)
        .ok()
        .and_then(|pem| VerifyingKey::from_pem(&pem).ok());
    key.map(Some).ok_or(StoreError::KeyFile(path))
}
