//! Chains: from a certificate over its authorities to one that the caller trusts.

use seawall_base::Timestamp;

use super::certificate::{
    ALTERNATIVE_NAME, AlternativeName, BASIC_CONSTRAINTS, Certificate, EXTENDED_USAGE, KEY_USAGE,
};
use super::crl::{Crl, CrlError};
use super::signature;
use crate::der::NotDer;

/// Authorities between the certificate and the one that is trusted.
const DEPTH_MAX: usize = 8;
/// Signatures that are tried before a path is given up.
const TRIES_MAX: u32 = 64;

const CODE_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 3];
const TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];
const ANY_PURPOSE: &[u8] = &[0x55, 0x1d, 0x25, 0];

const DIGITAL_SIGNATURE: u8 = 0x80;
const SIGNS_CERTIFICATES: u8 = 0x04;

/// Critical extensions that are understood: those above, and certificate policies, which only inform.
const UNDERSTOOD: &[&[u8]] = &[
    ALTERNATIVE_NAME,
    BASIC_CONSTRAINTS,
    EXTENDED_USAGE,
    KEY_USAGE,
    &[0x55, 0x1d, 0x20],
];

/// What the certificate at the end of a chain must be for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Usage {
    /// Signing code and models: key usage `digitalSignature` and purpose `codeSigning`.
    CodeSigning,
    /// What `model-signing` 1.1.1 accepts: either of the two.
    CodeSigningLoose,
    /// Time stamps: the purpose `timeStamping` alone, marked critical (RFC 3161, section 2.3).
    TimeStamping,
}

/// What a chain is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    /// The instant at which all of it must be valid.
    pub at: Timestamp,
    /// What the certificate must be for.
    pub usage: Usage,
    /// Revocation lists. Where there are any, one of each issuer must be there.
    pub crls: &'a [Crl],
    /// Whether only a self-signed certificate counts as trusted.
    pub roots_only: bool,
}

/// A chain that holds, the certificate first.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chain {
    /// Its certificates up to the trusted one.
    pub certificates: Vec<Certificate>,
}

/// Why no chain holds. Where several were tried, the one that came furthest.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// Nobody known issued it.
    #[error(
        "the certificate \"{subject}\" was issued by \"{issuer}\", which no given authority is"
    )]
    NoIssuer {
        /// Of the certificate.
        subject: String,
        /// Who is missing.
        issuer: String,
    },
    /// The issuer's name is known, its signature does not verify.
    #[error("the signature on the certificate \"{0}\" is not its issuer's")]
    Signature(String),
    /// Not valid any more.
    #[error("the certificate \"{subject}\" expired at {until}, and is judged at {at}")]
    Expired {
        /// Of the certificate.
        subject: String,
        /// Its end.
        until: Timestamp,
        /// The instant of the policy.
        at: Timestamp,
    },
    /// Not valid yet.
    #[error("the certificate \"{subject}\" is valid from {from} on, and is judged at {at}")]
    NotYet {
        /// Of the certificate.
        subject: String,
        /// Its beginning.
        from: Timestamp,
        /// The instant of the policy.
        at: Timestamp,
    },
    /// It may not be used for this.
    #[error("the certificate \"{subject}\" is not for this use: {what}")]
    Usage {
        /// Of the certificate.
        subject: String,
        /// What is missing.
        what: &'static str,
    },
    /// It issued another certificate and may not.
    #[error("the certificate \"{subject}\" may not issue this one: {what}")]
    NotAnAuthority {
        /// Of the certificate.
        subject: String,
        /// Why.
        what: &'static str,
    },
    /// It holds something critical that is not understood here.
    #[error("the certificate \"{0}\" sets a condition that is not supported")]
    Unknown(String),
    /// An extension cannot be read.
    #[error("the certificate \"{0}\" is broken")]
    Broken(String),
    /// A revocation list says no, or cannot be used.
    #[error("the certificate \"{subject}\" cannot be relied on")]
    Revocation {
        /// Of the certificate.
        subject: String,
        /// Why.
        #[source]
        why: CrlError,
    },
    /// More certificates than any chain needs.
    #[error("the chain is longer, or has more branches, than the limit")]
    Limit,
}

/// What the search works with.
struct Search<'s> {
    between: &'s [Certificate],
    trusted: &'s [Certificate],
    policy: &'s Policy<'s>,
    tries: u32,
}

/// Finds a chain from `leaf` over some of `between` to one of `trusted` that holds under `policy`.
///
/// # Errors
/// Says why none does.
pub fn verify(
    leaf: &Certificate,
    between: &[Certificate],
    trusted: &[Certificate],
    policy: &Policy<'_>,
) -> Result<Chain, ChainError> {
    check_validity(leaf, policy.at)?;
    check_critical(leaf)?;
    check_usage(leaf, policy.usage)?;
    let mut search = Search {
        between,
        trusted,
        policy,
        tries: 0,
    };
    let mut path = vec![leaf];
    // A certificate that the caller trusts itself, and that signed itself, needs no other.
    if leaf.is_self_issued() && trusted.contains(leaf) {
        check_signature(leaf, leaf)?;
        return Ok(Chain {
            certificates: vec![leaf.clone()],
        });
    }
    search.extend(&mut path)?;
    Ok(Chain {
        certificates: path.into_iter().cloned().collect(),
    })
}

impl<'s> Search<'s> {
    fn extend(&mut self, path: &mut Vec<&'s Certificate>) -> Result<(), ChainError>
    where
        's: 's,
    {
        let Some(current) = path.last().copied() else {
            return Err(ChainError::Limit);
        };
        if path.len() > DEPTH_MAX {
            return Err(ChainError::Limit);
        }
        let mut failure = ChainError::NoIssuer {
            subject: current.subject(),
            issuer: current.issuer(),
        };
        let roots_only = self.policy.roots_only;
        let trusted = self.trusted.iter();
        let trusted = trusted.filter(|root| !roots_only || root.is_self_issued());
        let candidates = trusted
            .map(|issuer| (issuer, true))
            .chain(self.between.iter().map(|issuer| (issuer, false)));
        for (issuer, is_trusted) in
            candidates.filter(|(issuer, _)| issuer.subject == current.issuer)
        {
            if path.contains(&issuer) {
                continue;
            }
            self.tries += 1;
            if self.tries > TRIES_MAX {
                return Err(ChainError::Limit);
            }
            if let Err(error) = self.issued(current, issuer, path.len()) {
                failure = error;
                continue;
            }
            path.push(issuer);
            let rest = if is_trusted {
                Ok(())
            } else {
                self.extend(path)
            };
            match rest {
                Ok(()) => return Ok(()),
                Err(error) => failure = error,
            }
            path.pop();
        }
        Err(failure)
    }

    /// Whether `issuer` issued `current`, with `below` certificates below it.
    fn issued(
        &self,
        current: &Certificate,
        issuer: &Certificate,
        below: usize,
    ) -> Result<(), ChainError> {
        check_signature(current, issuer)?;
        check_validity(issuer, self.policy.at)?;
        check_critical(issuer)?;
        check_authority(issuer, below.saturating_sub(1), self.policy.usage)?;
        let subject = || current.subject();
        Crl::check(self.policy.crls, current, issuer, self.policy.at).map_err(|why| {
            ChainError::Revocation {
                subject: subject(),
                why,
            }
        })
    }
}

fn check_signature(current: &Certificate, issuer: &Certificate) -> Result<(), ChainError> {
    signature::verify(
        &issuer.key,
        (&current.algorithm, None),
        &current.signed,
        &current.signature,
    )
    .map_err(|_| ChainError::Signature(current.subject()))
}

fn check_validity(certificate: &Certificate, at: Timestamp) -> Result<(), ChainError> {
    let subject = certificate.subject();
    let (from, until) = (certificate.not_before(), certificate.not_after());
    if at < from {
        return Err(ChainError::NotYet { subject, from, at });
    }
    // The end is inclusive.
    if at.as_second() > until.as_second() {
        return Err(ChainError::Expired { subject, until, at });
    }
    Ok(())
}

fn check_critical(certificate: &Certificate) -> Result<(), ChainError> {
    let unknown = certificate
        .extensions
        .iter()
        .any(|extension| extension.critical && !UNDERSTOOD.contains(&extension.id.as_slice()));
    match unknown {
        true => Err(ChainError::Unknown(certificate.subject())),
        false => Ok(()),
    }
}

fn check_usage(leaf: &Certificate, usage: Usage) -> Result<(), ChainError> {
    let broken = |_: NotDer| ChainError::Broken(leaf.subject());
    let bits = leaf.key_usage().map_err(broken)?;
    let purposes = leaf.purposes().map_err(broken)?;
    let signs = bits.is_some_and(|bits| bits & DIGITAL_SIGNATURE != 0);
    let is_for = |wanted: &[u8]| {
        let mut purposes = purposes.iter().flatten();
        purposes.any(|purpose| purpose == wanted)
    };
    let missing = match usage {
        Usage::CodeSigning if !signs => Some("its key usage lacks digitalSignature"),
        Usage::CodeSigning if !is_for(CODE_SIGNING) => Some("its purposes lack codeSigning"),
        Usage::CodeSigningLoose if !signs && !is_for(CODE_SIGNING) => {
            Some("it has neither digitalSignature nor codeSigning")
        }
        Usage::TimeStamping if !is_for(TIME_STAMPING) => Some("its purposes lack timeStamping"),
        Usage::TimeStamping if purposes.as_ref().is_some_and(|list| list.len() != 1) => {
            Some("it has other purposes beside timeStamping")
        }
        Usage::CodeSigning | Usage::CodeSigningLoose | Usage::TimeStamping => None,
    };
    match missing {
        Some(what) => Err(ChainError::Usage {
            subject: leaf.subject(),
            what,
        }),
        None => Ok(()),
    }
}

fn check_authority(issuer: &Certificate, below: usize, usage: Usage) -> Result<(), ChainError> {
    let broken = |_: NotDer| ChainError::Broken(issuer.subject());
    let (is, length) = issuer.authority().map_err(broken)?;
    let bits = issuer.key_usage().map_err(broken)?;
    let purposes = issuer.purposes().map_err(broken)?;
    let wanted = match usage {
        Usage::CodeSigning | Usage::CodeSigningLoose => CODE_SIGNING,
        Usage::TimeStamping => TIME_STAMPING,
    };
    let what = if !is {
        Some("it is no authority")
    } else if bits.is_some_and(|bits| bits & SIGNS_CERTIFICATES == 0) {
        Some("its key usage lacks keyCertSign")
    } else if length.is_some_and(|length| (length as usize) < below) {
        Some("more authorities stand below it than it allows")
    } else if purposes.is_some_and(|list| {
        !list
            .iter()
            .any(|purpose| purpose == wanted || purpose == ANY_PURPOSE)
    }) {
        Some("it is limited to other purposes")
    } else {
        None
    };
    match what {
        Some(what) => Err(ChainError::NotAnAuthority {
            subject: issuer.subject(),
            what,
        }),
        None => Ok(()),
    }
}

impl Chain {
    /// The certificate that signed.
    #[must_use]
    pub fn leaf(&self) -> Option<&Certificate> {
        self.certificates.first()
    }

    /// The first of `allowed` that the certificate speaks for.
    #[must_use]
    pub fn identity<'a>(&self, allowed: &'a [String]) -> Option<&'a str> {
        let names: Vec<AlternativeName> = self.leaf().map(Certificate::names).unwrap_or_default();
        let mut allowed = allowed.iter().map(String::as_str);
        allowed.find(|wanted| names.iter().any(|name| name.as_str() == *wanted))
    }
}
