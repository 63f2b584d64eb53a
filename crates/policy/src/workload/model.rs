//! References to models, adapters and datasets, and whether they name one content.

use seawall_config::yaml::Node;

use super::argv::Flag;
use super::container::Container;
use super::image::is_digest;
use super::server::ServerKind;
use crate::object::Object;

/// What a reference is used for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Use {
    /// The model that is served or trained.
    Model,
    /// A low-rank adapter loaded onto the model.
    Adapter,
    /// Training data.
    Dataset,
}

/// Whether a reference names one content.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pin {
    /// It carries a digest or a full commit.
    Pinned,
    /// It names whatever stands there at the time.
    Floating,
    /// Its scheme has no way to say (buckets, volumes): only verification by digest can tell.
    Unknown,
}

/// A reference to a model, an adapter or a dataset.
#[derive(Clone, Debug)]
pub struct ModelRef<'a> {
    /// The reference as written, after expansion.
    pub uri: String,
    /// What it is used for.
    pub purpose: Use,
    /// Whether it names one content.
    pub pin: Pin,
    /// Where it stands.
    pub node: &'a Node,
}

/// References in the fields of kinds that have them (KServe, trainers, Seldon and alike).
pub(super) fn declared(object: &Object) -> Vec<ModelRef<'_>> {
    let mut models = Vec::new();
    if let Some(spec) = object.node.get("spec")
        && !object.group().is_empty()
        && !matches!(object.group(), "apps" | "batch" | "networking.k8s.io")
    {
        walk("", spec, Use::Model, &mut models);
    }
    models
}

fn walk<'a>(key: &str, node: &'a Node, purpose: Use, models: &mut Vec<ModelRef<'a>>) {
    let purpose = match key {
        "dataset" | "datasets" => Use::Dataset,
        "adapters" | "lora" => Use::Adapter,
        _ => purpose,
    };
    for item in node.items() {
        walk(key, item, purpose, models);
    }
    for entry in node.entries() {
        let name = entry.key.as_str();
        let is_uri = matches!(name, "storageUri" | "modelUri" | "sourceModelUri")
            || (name == "uri" && matches!(key, "model" | "adapters" | "storageUris" | "dataset"));
        match entry.value.text().filter(|_| is_uri) {
            Some(uri) => models.push(reference(uri, purpose, &entry.value)),
            None if matches!(name, "env" | "args" | "command") => {}
            None => walk(name, &entry.value, purpose, models),
        }
    }
}

/// References in the arguments of model servers.
pub(super) fn of_containers<'a>(containers: &[Container<'a>]) -> Vec<ModelRef<'a>> {
    containers.iter().filter_map(served).collect()
}

fn served<'a>(container: &Container<'a>) -> Option<ModelRef<'a>> {
    let kind = container.server.as_ref()?.kind;
    let (uri, node) = match kind {
        ServerKind::Vllm => vllm_model(container)?,
        ServerKind::SgLang => flag_or_var(container, &["--model-path", "--model"], "")?,
        ServerKind::TextGenerationInference => flag_or_var(container, &["--model-id"], "MODEL_ID")?,
        ServerKind::HuggingFaceServer => flag_or_var(container, &["--model_id"], "MODEL_ID")?,
        _ => return None,
    };
    // A path is a volume's matter; a name is fetched from the Hugging Face hub.
    if uri.starts_with(['/', '.', '~']) || !uri.contains('/') {
        return None;
    }
    if uri.contains("://") {
        return Some(reference(&uri, Use::Model, node));
    }
    let revision = match container.argv.flag(&["--revision", "--model-revision"]) {
        Flag::Given(Some(revision), _) => Some(revision),
        Flag::Given(None, _) | Flag::Absent => container.value("REVISION"),
    };
    let pin = if revision.is_some_and(is_commit) {
        Pin::Pinned
    } else {
        Pin::Floating
    };
    Some(ModelRef {
        uri,
        purpose: Use::Model,
        pin,
        node,
    })
}

fn flag_or_var<'a>(
    container: &Container<'a>,
    flags: &[&str],
    variable: &str,
) -> Option<(String, &'a Node)> {
    match container.argv.flag(flags) {
        Flag::Given(Some(value), word) => Some((value.to_owned(), word.node)),
        Flag::Given(None, _) | Flag::Absent => {
            let var = container.var(variable)?;
            Some((container.value(variable)?.to_owned(), var.node))
        }
    }
}

/// vLLM takes the model as `--model NAME` or as the word after `serve`.
fn vllm_model<'a>(container: &Container<'a>) -> Option<(String, &'a Node)> {
    if let Some(found) = flag_or_var(container, &["--model"], "") {
        return Some(found);
    }
    container.argv.processes.iter().find_map(|process| {
        let arguments = process.arguments();
        let serve = arguments.iter().position(|word| word.text == "serve");
        let position = match serve {
            Some(position) => position + 1,
            None if process.entrypoint => 0,
            None => return None,
        };
        let word = arguments
            .get(position)
            .filter(|word| !word.text.starts_with('-'))?;
        Some((word.text.clone(), word.node))
    })
}

fn reference<'a>(uri: &str, purpose: Use, node: &'a Node) -> ModelRef<'a> {
    ModelRef {
        uri: uri.to_owned(),
        purpose,
        pin: pin(uri),
        node,
    }
}

/// Whether a URI of the schemes that KServe and Kubeflow accept names one content.
fn pin(uri: &str) -> Pin {
    let (scheme, rest) = uri.split_once("://").unwrap_or(("", uri));
    match scheme {
        "hf" | "modelscope" => {
            let revision = rest.rsplit_once([':', '@']).map(|(_, revision)| revision);
            if revision.is_some_and(is_commit) {
                Pin::Pinned
            } else {
                Pin::Floating
            }
        }
        "oci" | "oci+native" | "oci+modelcar" | "oci+fetch" => {
            let digest = rest.rsplit_once('@').map(|(_, digest)| digest);
            if digest.is_some_and(is_digest) {
                Pin::Pinned
            } else {
                Pin::Floating
            }
        }
        _ => Pin::Unknown,
    }
}

/// A full Git commit: what a hub resolves to one content.
fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digests_and_full_commits_pin() {
        let commit = "a".repeat(40);
        let digest = format!("sha256:{}", "b".repeat(64));
        assert_eq!(pin(&format!("hf://org/model:{commit}")), Pin::Pinned);
        assert_eq!(pin("hf://org/model:main"), Pin::Floating);
        assert_eq!(pin("hf://org/model"), Pin::Floating);
        assert_eq!(pin(&format!("oci://r:5000/m@{digest}")), Pin::Pinned);
        assert_eq!(pin("oci://r:5000/m:1"), Pin::Floating);
        assert_eq!(pin("s3://bucket/model"), Pin::Unknown);
    }
}
