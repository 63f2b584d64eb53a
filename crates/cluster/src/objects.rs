//! Objects: listed in pages, written by server-side apply, offered without being kept, removed.

use kube::Api;
use kube::api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use serde_json::Value;

use crate::connect::Cluster;
use crate::error::ClusterError;
use crate::kind::Kind;

/// Who owns the fields that we write.
const MANAGER: &str = "seawall";

/// Objects of one page.
const PAGE: u32 = 500;

/// Objects of one kind.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The objects, each with its `apiVersion` and `kind`.
    pub objects: Vec<Value>,
    /// Whether there are more than were asked for.
    pub cut: bool,
}

/// Whether a write takes effect.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Write {
    /// The server keeps it.
    Keep,
    /// The server goes through all the motions and keeps nothing.
    DryRun,
}

impl Write {
    const fn is_dry(self) -> bool {
        matches!(self, Self::DryRun)
    }
}

impl Cluster {
    /// At most `most` objects of a kind, of one namespace or of all.
    ///
    /// # Errors
    /// When the server refuses or cannot be asked.
    pub async fn list(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        most: usize,
    ) -> Result<Listing, ClusterError> {
        let api = self.api(kind, namespace);
        let mut listing = Listing::default();
        let mut params = ListParams::default().limit(PAGE);
        loop {
            let page = api.list(&params).await.map_err(ClusterError::of)?;
            let token = page.metadata.continue_.filter(|token| !token.is_empty());
            let room = most.saturating_sub(listing.objects.len());
            listing.cut = page.items.len() > room;
            let wholes = page
                .items
                .into_iter()
                .take(room)
                .map(|object| whole(kind, object));
            let mut wholes = wholes.collect::<Result<Vec<_>, _>>()?;
            listing.objects.append(&mut wholes);
            match token {
                Some(token) if !listing.cut => params = params.continue_token(&token),
                _ => return Ok(listing),
            }
        }
    }

    /// One object, if there is one.
    ///
    /// # Errors
    /// When the server refuses or cannot be asked.
    pub async fn get(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Value>, ClusterError> {
        let api = self.api(kind, namespace);
        let found = api.get_opt(name).await.map_err(ClusterError::of)?;
        found.map(|object| whole(kind, object)).transpose()
    }

    /// Makes `object` so, whatever it was before; returns it as the server has it then.
    ///
    /// # Errors
    /// When the object has no kind or name, or the server refuses or cannot be asked.
    pub async fn apply(&self, object: &Value, write: Write) -> Result<Value, ClusterError> {
        let kind = self.kind_of(object).await?;
        let name = object.pointer("/metadata/name").and_then(Value::as_str);
        let name = name.ok_or(ClusterError::Incomplete("metadata.name"))?;
        let namespace = object
            .pointer("/metadata/namespace")
            .and_then(Value::as_str);
        let mut params = PatchParams::apply(MANAGER).force();
        params.dry_run = write.is_dry();
        let api = self.api(&kind, namespace);
        let applied = api.patch(name, &params, &Patch::Apply(object)).await;
        whole(&kind, applied.map_err(ClusterError::of)?)
    }

    /// Offers a new object. What the server would say is the answer.
    ///
    /// # Errors
    /// When the server refuses or cannot be asked.
    pub async fn create(
        &self,
        kind: &Kind,
        object: &Value,
        write: Write,
    ) -> Result<Value, ClusterError> {
        let namespace = object
            .pointer("/metadata/namespace")
            .and_then(Value::as_str);
        let object: DynamicObject = serde_json::from_value(object.clone())
            .map_err(|error| ClusterError::Unreachable(error.to_string()))?;
        let params = PostParams {
            dry_run: write.is_dry(),
            field_manager: Some(MANAGER.to_owned()),
        };
        let created = self.api(kind, namespace).create(&params, &object).await;
        whole(kind, created.map_err(ClusterError::of)?)
    }

    /// Changes one object by a JSON Patch, whose `test` operations make it a comparison too.
    ///
    /// # Errors
    /// When the patch is none, or the server refuses or cannot be asked.
    pub async fn patch(
        &self,
        kind: &Kind,
        (namespace, name): (Option<&str>, &str),
        patch: &Value,
    ) -> Result<(), ClusterError> {
        let patch = serde_json::from_value(patch.clone())
            .map_err(|error| ClusterError::Unreachable(error.to_string()))?;
        let params = PatchParams {
            field_manager: Some(MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let api = self.api(kind, namespace);
        let patched = api.patch(name, &params, &Patch::Json::<()>(patch)).await;
        patched.map(drop).map_err(ClusterError::of)
    }

    /// Removes one object; false where there was none.
    ///
    /// # Errors
    /// When the server refuses or cannot be asked.
    pub async fn remove(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<bool, ClusterError> {
        let api = self.api(kind, namespace);
        match api.delete(name, &DeleteParams::background()).await {
            Ok(_) => Ok(true),
            Err(error) => match ClusterError::of(error) {
                error if error.is_missing() => Ok(false),
                error => Err(error),
            },
        }
    }

    pub(crate) fn api(&self, kind: &Kind, namespace: Option<&str>) -> Api<DynamicObject> {
        let (client, resource) = (self.client.clone(), kind.resource());
        match namespace.filter(|_| kind.namespaced) {
            Some(namespace) => Api::namespaced_with(client, namespace, &resource),
            None => Api::all_with(client, &resource),
        }
    }
}

/// The object with its kind: the items of a list do not carry it.
pub(crate) fn whole(kind: &Kind, object: DynamicObject) -> Result<Value, ClusterError> {
    let mut value = serde_json::to_value(object)
        .map_err(|error| ClusterError::Unreachable(error.to_string()))?;
    if let Some(fields) = value.as_object_mut() {
        fields.insert("apiVersion".to_owned(), kind.api_version().into());
        fields.insert("kind".to_owned(), kind.kind.clone().into());
    }
    Ok(value)
}
