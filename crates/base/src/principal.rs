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
