//! Salted commitments: what the ledger carries instead of content.
//!
//! The salt is kept beside the content, outside the ledger. Without it the commitment says nothing
//! about the content, however short that is; with it, anyone can check that the content is the one
//! that was committed to. Erasing salt and content leaves every proof over the ledger valid.

use seawall_base::{Digest, Hasher};

/// Separates commitments from every other hash that Seawall makes.
const DOMAIN: &[u8] = b"seawall.commitment/v1\n";

/// Commits to `content` under 256 random bits of `salt`.
#[must_use]
pub fn commitment(salt: &[u8; 32], content: &[u8]) -> Digest {
    let mut hasher = Hasher::new();
    hasher.update(DOMAIN);
    hasher.update(salt);
    hasher.update(content);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_content_under_another_salt_is_another_commitment() {
        let first = commitment(&[1; 32], b"yes");
        assert_eq!(first, commitment(&[1; 32], b"yes"));
        assert_ne!(first, commitment(&[2; 32], b"yes"));
        assert_ne!(first, commitment(&[1; 32], b"no"));
    }
}
