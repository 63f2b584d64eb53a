//! The objects that make up an installation, in the order in which they are applied, and the ones
//! that an installation leaves behind: the same, the other way round.
//!
//! The webhook configurations come last and go first: nothing is sent to a webhook that is not there.

use seawall_config::yaml::{self, YamlLimits};
use serde_json::{Value, json};

use crate::configuration::{self, Endpoint};

const CRDS: &str = include_str!("crds.yaml");
const CLUSTER: &str = include_str!("cluster.yaml");
const WORKLOAD: &str = include_str!("workload.yaml");

/// The label of everything that an installation puts into a cluster.
pub const LABEL: (&str, &str) = ("app.kubernetes.io/managed-by", "seawall");

/// What is installed.
#[derive(Debug)]
pub struct Installation {
    /// The namespace of the webhook.
    pub namespace: String,
    /// Where the API server reaches it.
    pub endpoint: Endpoint,
    /// The authority of its certificate, as `caBundle` holds it.
    pub ca_bundle: String,
    /// The image that runs in the cluster, by digest, with its certificate; none where the webhook
    /// runs outside.
    pub workload: Option<Workload>,
}

/// The webhook as a workload of the cluster.
#[derive(Debug)]
pub struct Workload {
    /// The image, by digest.
    pub image: String,
    /// The server's certificate chain, PEM.
    pub chain_pem: String,
    /// The server's key, PEM.
    pub key_pem: seawall_base::Secret<String>,
    /// The authority, PEM.
    pub ca_pem: String,
}

/// Everything but the webhook configurations.
///
/// # Errors
/// When an embedded manifest cannot be read, which a test rules out.
pub fn objects(installation: &Installation) -> Result<Vec<Value>, String> {
    let service = match &installation.endpoint {
        Endpoint::Service { name, .. } => name.as_str(),
        Endpoint::Url(_) => "seawall-admission",
    };
    let image = installation
        .workload
        .as_ref()
        .map(|workload| workload.image.as_str());
    let fill = |text: &str| {
        text.replace("${namespace}", &installation.namespace)
            .replace("${service}", service)
            .replace("${image}", image.unwrap_or_default())
    };
    let mut objects = read(CRDS)?;
    objects.extend(read(&fill(CLUSTER))?);
    if let Some(workload) = &installation.workload {
        objects.push(json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": {
                "name": "seawall-admission-certificate",
                "namespace": installation.namespace,
            },
            "stringData": {
                "tls.crt": workload.chain_pem,
                "tls.key": workload.key_pem.expose(),
                "ca.crt": workload.ca_pem,
            },
        }));
        objects.extend(read(&fill(WORKLOAD))?);
    }
    objects.iter_mut().for_each(label);
    Ok(objects)
}

/// The webhook configurations.
///
/// # Errors
/// When one cannot be read, which a test rules out.
pub fn webhooks(installation: &Installation) -> Result<Vec<Value>, String> {
    let text = configuration::render(&installation.endpoint, &installation.ca_bundle);
    let mut objects = read(&text)?;
    objects.iter_mut().for_each(label);
    Ok(objects)
}

/// The documents of a manifest.
///
/// # Errors
/// When it is not well-formed.
pub fn read(text: &str) -> Result<Vec<Value>, String> {
    let parsed = yaml::parse(text.as_bytes(), &YamlLimits::default());
    match parsed.flaws.first() {
        Some(flaw) => Err(flaw.message.clone()),
        None => Ok(parsed.documents.iter().map(yaml::Node::to_json).collect()),
    }
}

fn label(object: &mut Value) {
    let (key, value) = LABEL;
    let metadata = object.get_mut("metadata").and_then(Value::as_object_mut);
    let labels = metadata.map(|metadata| metadata.entry("labels").or_insert_with(|| json!({})));
    if let Some(labels) = labels.and_then(Value::as_object_mut) {
        labels.insert(key.to_owned(), value.into());
    }
}

#[cfg(test)]
mod tests;
