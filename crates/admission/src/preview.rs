//! The preview: what the webhook would say about the objects that a cluster has already.

use std::collections::BTreeMap;

use seawall_cluster::{Cluster, ClusterError, Kind};
use serde_json::{Value, json};

use crate::configuration;
use crate::decide::{Ground, decide};
use crate::review;

/// What would happen if everything were created anew.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Preview {
    /// Objects that were looked at.
    pub objects: usize,
    /// Objects that would be denied, in the order of kinds, namespaces and names.
    pub blocked: Vec<Blocked>,
    /// How many of them, by rule.
    pub by_rule: BTreeMap<String, usize>,
    /// Objects that would pass with a warning.
    pub warned: usize,
    /// Kinds that could not be read, with the reason: nothing is known about their objects.
    pub unread: Vec<(String, String)>,
    /// Kinds of which there are more objects than were read.
    pub cut: Vec<String>,
}

/// An object that would be denied.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Blocked {
    /// Its kind.
    pub kind: String,
    /// Its namespace, empty for cluster-wide objects.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The rules that deny it.
    pub rules: Vec<String>,
    /// What its owner would be told.
    pub message: String,
}

/// Reads the objects of every kind that the webhook is asked about, at most `most` of each, and
/// decides about each. `progress` is told each kind before it is read.
///
/// # Errors
/// When the cluster cannot be asked at all.
pub async fn preview(
    cluster: &Cluster,
    (namespace, most): (Option<&str>, usize),
    ground: &Ground<'_>,
    mut progress: impl FnMut(&Kind),
) -> Result<Preview, ClusterError> {
    let mut preview = Preview::default();
    let kinds = cluster.kinds().await?;
    for kind in kinds
        .iter()
        .filter(|kind| configuration::asks(&kind.group, &kind.plural))
    {
        progress(kind);
        match cluster.list(kind, namespace, most).await {
            Ok(listing) => {
                if listing.cut {
                    preview.cut.push(kind.kind.clone());
                }
                for object in &listing.objects {
                    preview.look(kind, object, ground);
                }
            }
            Err(ClusterError::Refused { message, .. }) => {
                preview.unread.push((kind.kind.clone(), message));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(preview)
}

impl Preview {
    fn look(&mut self, kind: &Kind, object: &Value, ground: &Ground<'_>) {
        let text = |pointer: &str| {
            let text = object.pointer(pointer).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        // What a controller made follows from what made it, which is looked at itself.
        let owners = object
            .pointer("/metadata/ownerReferences")
            .and_then(Value::as_array);
        let mut owners = owners.into_iter().flatten();
        if owners.any(|owner| owner.get("controller") == Some(&Value::Bool(true))) {
            return;
        }
        self.objects += 1;
        let namespace = text("/metadata/namespace");
        let review = json!({
            "apiVersion": "admission.k8s.io/v1",
            "kind": "AdmissionReview",
            "request": {
                "uid": "preview",
                "operation": "CREATE",
                "namespace": namespace,
                "dryRun": true,
                "userInfo": { "username": "seawall-preview" },
                "object": object,
            },
        });
        let (name, kind) = (text("/metadata/name"), kind.kind.clone());
        match review::parse(review.to_string().as_bytes()) {
            Ok(request) => {
                let decision = decide(&request, ground);
                if decision.allowed {
                    self.warned += usize::from(!decision.warnings.is_empty());
                    return;
                }
                for rule in &decision.rules {
                    *self.by_rule.entry(rule.clone()).or_default() += 1;
                }
                self.blocked.push(Blocked {
                    kind,
                    namespace,
                    name,
                    rules: decision.rules,
                    message: decision.message,
                });
            }
            Err(error) => self
                .unread
                .push((format!("{kind} {namespace}/{name}"), error.message)),
        }
    }
}
