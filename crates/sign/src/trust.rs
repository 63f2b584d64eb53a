//! Whom a verifier trusts, and what came of it.

use seawall_base::Timestamp;
use seawall_crypto::VerifyingKey;
use seawall_crypto::x509::{
    Certificate, Chain, Crl, Policy, Usage, timestamp, verify as verify_chain,
};

use crate::bundle::BundleError;

/// Whom a verifier trusts.
#[derive(Clone, Copy, Debug)]
pub enum Trust<'a> {
    /// One key.
    Key(&'a VerifyingKey),
    /// Whoever the authorities vouch for.
    Authorities(Authorities<'a>),
}

/// Authorities, and what else a certificate of theirs has to meet.
#[derive(Clone, Copy, Debug)]
pub struct Authorities<'a> {
    /// The certificates that are trusted.
    pub roots: &'a [Certificate],
    /// The names of which the signer must have one; any signer where it is empty.
    pub identities: &'a [String],
    /// Revocation lists. Where there are any, one of each issuer must be there.
    pub crls: &'a [Crl],
    /// Authorities of time. A stamp of theirs says when the signature was made.
    pub time_roots: &'a [Certificate],
    /// The present, for signatures without a stamp.
    pub now: Timestamp,
    /// Whether to judge as `model-signing` 1.1.1 does: at the instant at which the certificate begins,
    /// by either key usage or purpose.
    pub compat: bool,
}

/// Who signed, as far as it is proved.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Signer {
    /// The holder of the key with this hint.
    Key {
        /// SHA-256 of the key's PEM text.
        hint: String,
    },
    /// The holder of a certificate.
    Certificate {
        /// Its subject.
        subject: String,
        /// The names that it speaks for.
        names: Vec<String>,
        /// The instant at which it was judged.
        at: Timestamp,
        /// Where the instant comes from.
        basis: Basis,
    },
}

/// Where the instant of judgement comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Basis {
    /// An authority of time saw the signature then.
    Stamp,
    /// It is the present.
    Now,
    /// It is the beginning of the certificate, as the reference tool has it.
    Beginning,
}

impl Basis {
    /// The words that reports use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stamp => "when it was stamped",
            Self::Now => "now",
            Self::Beginning => "when the certificate begins, as model-signing 1.1.1 does",
        }
    }
}

impl Authorities<'_> {
    /// Judges the chain of a bundle whose signature bytes are `signature`.
    pub(crate) fn judge(
        &self,
        chain: &[Certificate],
        stamps: &[Vec<u8>],
        signature: &[u8],
    ) -> Result<Signer, BundleError> {
        let (leaf, between) = chain
            .split_first()
            .ok_or_else(|| crate::bundle::shape("its chain holds no certificates"))?;
        let (at, basis) = self.instant(leaf, between, stamps, signature)?;
        let policy = Policy {
            at,
            usage: match self.compat {
                true => Usage::CodeSigningLoose,
                false => Usage::CodeSigning,
            },
            crls: self.crls,
            roots_only: self.compat,
        };
        let chain = verify_chain(leaf, between, self.roots, &policy).map_err(BundleError::Chain)?;
        let names = names(&chain);
        if !self.identities.is_empty() && chain.identity(self.identities).is_none() {
            return Err(BundleError::Identity { found: names });
        }
        Ok(Signer::Certificate {
            subject: leaf.subject(),
            names,
            at,
            basis,
        })
    }

    fn instant(
        &self,
        leaf: &Certificate,
        between: &[Certificate],
        stamps: &[Vec<u8>],
        signature: &[u8],
    ) -> Result<(Timestamp, Basis), BundleError> {
        if self.compat {
            return Ok((leaf.not_before(), Basis::Beginning));
        }
        // Without an authority of time, a stamp proves nothing, and the present decides.
        let Some(stamp) = stamps.first().filter(|_| !self.time_roots.is_empty()) else {
            return Ok((self.now, Basis::Now));
        };
        timestamp::check(stamp, signature, between, self.time_roots)
            .map(|at| (at, Basis::Stamp))
            .map_err(BundleError::Timestamp)
    }
}

fn names(chain: &Chain) -> Vec<String> {
    let names = chain.leaf().map(Certificate::names).unwrap_or_default();
    names
        .iter()
        .map(|name| seawall_base::printable(name.as_str(), 300))
        .collect()
}
