//! A key that reads writes a block that reads as the same key; a private key signs what its public
//! key verifies.

use seawall_crypto::{SigningKey, VerifyingKey};

/// A key of each algorithm that signs, and its public key.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let keys = [
        Some(SigningKey::ed25519(&[7; 32])),
        SigningKey::p256(&[7; 32]),
    ];
    keys.into_iter()
        .flatten()
        .flat_map(|key| [key.to_pem().expose().clone(), key.verifying_key().to_pem()])
        .map(String::into_bytes)
        .collect()
}

pub(super) fn body(bytes: &[u8]) {
    drop(VerifyingKey::from_ed25519(bytes));
    if let Ok(key) = VerifyingKey::from_spki_der(bytes) {
        let again = VerifyingKey::from_spki_der(&key.to_spki_der());
        assert_eq!(again.ok().map(|again| again.to_pem()), Some(key.to_pem()));
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(key) = VerifyingKey::from_pem(text) {
        let again = VerifyingKey::from_pem(&key.to_pem());
        assert_eq!(again.ok().map(|again| again.hint()), Some(key.hint()));
        assert!(key.verify(b"message", bytes).is_err());
    }
    if let Ok(key) = SigningKey::from_pem(text) {
        let again = SigningKey::from_pem(key.to_pem().expose());
        let public = key.verifying_key();
        assert_eq!(
            again.ok().map(|again| again.verifying_key().to_pem()),
            Some(public.to_pem())
        );
        let signature = key.sign(b"message");
        assert!(public.verify(b"message", &signature).is_ok());
        assert!(public.verify(b"massage", &signature).is_err());
    }
}
