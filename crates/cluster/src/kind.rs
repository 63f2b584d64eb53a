//! Kinds of objects: what the server serves, and how an object names its own.

use kube::core::discovery::{ApiResource, Scope, verbs};
use kube::discovery::Discovery;
use serde_json::Value;

use crate::connect::Cluster;
use crate::error::ClusterError;

/// A kind of object in one version, as the server names it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Kind {
    /// The API group; empty for the core.
    pub group: String,
    /// The version within the group.
    pub version: String,
    /// The kind, such as `Deployment`.
    pub kind: String,
    /// The resource, such as `deployments`.
    pub plural: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

impl Kind {
    /// `v1` or `apps/v1`.
    #[must_use]
    pub fn api_version(&self) -> String {
        match self.group.as_str() {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        }
    }

    pub(crate) fn resource(&self) -> ApiResource {
        ApiResource {
            group: self.group.clone(),
            version: self.version.clone(),
            api_version: self.api_version(),
            kind: self.kind.clone(),
            plural: self.plural.clone(),
        }
    }
}

impl Cluster {
    /// Every kind that can be listed, in the version that the server prefers, sorted.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn kinds(&self) -> Result<Vec<Kind>, ClusterError> {
        let discovery = Discovery::new(self.client.clone()).run().await;
        let discovery = discovery.map_err(ClusterError::of)?;
        let mut kinds: Vec<Kind> = discovery
            .groups()
            .flat_map(|group| group.recommended_resources())
            .filter(|(_, capabilities)| capabilities.supports_operation(verbs::LIST))
            .map(|(resource, capabilities)| Kind {
                group: resource.group,
                version: resource.version,
                kind: resource.kind,
                plural: resource.plural,
                namespaced: capabilities.scope == Scope::Namespaced,
            })
            .collect();
        kinds.sort();
        Ok(kinds)
    }

    /// The kind of `object`, as the server serves it.
    ///
    /// # Errors
    /// When the object names none, or the server does not serve it or cannot be asked.
    pub async fn kind_of(&self, object: &Value) -> Result<Kind, ClusterError> {
        let text = |key: &'static str| {
            let text = object.get(key).and_then(Value::as_str);
            text.ok_or(ClusterError::Incomplete(key))
        };
        let (api_version, kind) = (text("apiVersion")?, text("kind")?);
        let listed = match api_version.contains('/') {
            true => self.client.list_api_group_resources(api_version).await,
            false => self.client.list_core_api_resources(api_version).await,
        };
        let unknown = || ClusterError::UnknownKind(format!("{kind} of {api_version}"));
        let listed = listed.map_err(|error| match ClusterError::of(error) {
            error if error.is_missing() => unknown(),
            error => error,
        })?;
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let mut resources = listed.resources.into_iter();
        // Subresources have the kind of what they carry.
        let found =
            resources.find(|resource| resource.kind == kind && !resource.name.contains('/'));
        let found = found.ok_or_else(unknown)?;
        Ok(Kind {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: found.kind,
            plural: found.name,
            namespaced: found.namespaced,
        })
    }
}
