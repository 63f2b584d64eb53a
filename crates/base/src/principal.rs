//! Who acts: one identity type for keys, people, workloads and Seawall itself.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What kind of actor a [`Principal`] is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PrincipalKind {
    /// A virtual key of the gateway.
    Key,
    /// A person.
    Person,
    /// A workload, such as a Kubernetes service account.
    Workload,
    /// A model or an agent.
    Agent,
    /// A part of Seawall.
    Seawall,
}

/// An actor within a tenant.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Principal {
    /// The tenant, `default` where there is only one.
    pub tenant: String,
    /// What kind of actor.
    pub kind: PrincipalKind,
    /// The id within tenant and kind.
    pub id: String,
}

impl PrincipalKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Key,
        Self::Person,
        Self::Workload,
        Self::Agent,
        Self::Seawall,
    ];

    /// The kind that a word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == word)
    }

    /// The word that ledger and reports use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Person => "person",
            Self::Workload => "workload",
            Self::Agent => "agent",
            Self::Seawall => "seawall",
        }
    }
}

impl Principal {
    /// An actor of the tenant `default`.
    #[must_use]
    pub fn new(kind: PrincipalKind, id: impl Into<String>) -> Self {
        Self {
            tenant: "default".to_owned(),
            kind,
            id: id.into(),
        }
    }
}

/// The text names no actor.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected a name such as `ada`, or a kind and an id such as `agent/claims`")]
pub struct NoPrincipal;

/// Reads what a person types: `ada` is a person, `agent/claims` says its kind. Ids are short and of
/// letters, digits and `._@+-/`, so that no two of them look alike.
impl std::str::FromStr for Principal {
    type Err = NoPrincipal;

    fn from_str(text: &str) -> Result<Self, NoPrincipal> {
        let (kind, id) = match text.split_once('/') {
            Some((word, id)) => (PrincipalKind::from_word(word).ok_or(NoPrincipal)?, id),
            None => (PrincipalKind::Person, text),
        };
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._@+-/".contains(&byte);
        // What Seawall does itself, nobody can be named for.
        let sound = !id.is_empty()
            && id.len() <= 120
            && id.bytes().all(allowed)
            && kind != PrincipalKind::Seawall;
        sound.then(|| Self::new(kind, id)).ok_or(NoPrincipal)
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}/{}/{}",
            self.tenant,
            self.kind.as_str(),
            self.id
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_is_a_person_and_other_kinds_are_said() {
        let read = |text: &str| text.parse::<Principal>().map(|read| read.to_string());
        assert_eq!(read("ada"), Ok("default/person/ada".to_owned()));
        assert_eq!(read("agent/claims"), Ok("default/agent/claims".to_owned()));
        for text in [
            "",
            "agent/",
            "boss/ada",
            "seawall/up",
            "a b",
            "a\u{202e}",
            &"x".repeat(121),
        ] {
            assert_eq!(read(text), Err(NoPrincipal), "{text}");
        }
    }
}
