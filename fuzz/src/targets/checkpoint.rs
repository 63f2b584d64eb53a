//! No checkpoint opens that was not signed.

use std::sync::LazyLock;

use seawall_base::{Digest, Timestamp};
use seawall_crypto::SigningKey;
use seawall_crypto::note::NoteSigner;
use seawall_evidence::checkpoint::Checkpoint;

const ORIGIN: &str = "example.org/log";

static SIGNER: LazyLock<Option<NoteSigner>> =
    LazyLock::new(|| NoteSigner::new(ORIGIN, SigningKey::ed25519(&[5; 32])).ok());

fn signed() -> [Checkpoint; 2] {
    let checkpoint = |size, at| Checkpoint {
        origin: ORIGIN.to_owned(),
        size,
        root: Digest::of(b"root"),
        at,
    };
    let at = "2026-01-01T00:00:00Z".parse::<Timestamp>().ok();
    [checkpoint(7, at), checkpoint(0, None)]
}

/// Signed checkpoints, and the key that verifies them.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let Some(signer) = SIGNER.as_ref() else {
        return Vec::new();
    };
    let notes = signed().map(|checkpoint| checkpoint.sign(signer));
    let mut seeds: Vec<Vec<u8>> = notes
        .into_iter()
        .flatten()
        .map(|note| note.to_string().into_bytes())
        .collect();
    seeds.push(signer.verifier().to_string().into_bytes());
    seeds
}

pub(super) fn body(bytes: &[u8]) {
    let (Ok(text), Some(signer)) = (std::str::from_utf8(bytes), SIGNER.as_ref()) else {
        return;
    };
    if let Ok(checkpoint) = Checkpoint::open(text, signer.verifier()) {
        assert!(signed().contains(&checkpoint), "forged: {checkpoint:?}");
    }
}
