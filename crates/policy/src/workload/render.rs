//! What a controller makes of an object and of what it refers to: the parents that pod specs are
//! taken from are merged here as they are in the cluster, so that a setting of one and a script of the
//! other are seen together.
//!
//! What comes from a parent has the place of the reference to it: that is what the user wrote.

use seawall_config::yaml::{Entry, Node, Span, Value};

use crate::lookup::Lookup;
use crate::object::Object;

/// Deeper than any parent's settings stand.
const DEPTH_MAX: usize = 40;

/// The object as its controller would act on it, where it refers to parents that the set shows.
pub(crate) fn render(object: &Object, lookup: &Lookup<'_>) -> Option<Object> {
    let rendered = match object.kind.as_str() {
        "LLMInferenceService" => language_model(object, lookup),
        "TrainJob" => train_job(object, lookup),
        "InferenceService" => inference_service(object, lookup),
        _ => None,
    };
    let rendered = with_defaults(object, rendered, lookup)?;
    Some(Object {
        node: rendered,
        ..object.clone()
    })
}

/// `baseRefs` of an `LLMInferenceService`, the first at the bottom.
fn language_model(object: &Object, lookup: &Lookup<'_>) -> Option<Node> {
    let references = object.node.at(&["spec", "baseRefs"])?.items();
    let mut base: Option<Node> = None;
    for reference in references {
        let name = reference.text_at(&["name"])?;
        let kind = "LLMInferenceServiceConfig";
        let own = lookup.named(kind, object.namespace_key(), name);
        let shared = || lookup.named(kind, "kserve", name);
        let Some(spec) = own.or_else(shared).and_then(|found| found.node.get("spec")) else {
            continue;
        };
        let spec = placed(spec, reference.span, 0);
        base = Some(match base {
            Some(base) => merged(&base, &spec, 0),
            None => spec,
        });
    }
    with_spec(object, &base?)
}

/// The runtime of a `TrainJob`, what it says about the trainer, and its patches.
fn train_job(object: &Object, lookup: &Lookup<'_>) -> Option<Node> {
    let reference = object.node.at(&["spec", "runtimeRef"])?;
    let name = reference.text_at(&["name"])?;
    let found = match reference.text_at(&["kind"]) {
        Some("TrainingRuntime") => lookup.named("TrainingRuntime", object.namespace_key(), name),
        _ => lookup.named("ClusterTrainingRuntime", "", name),
    };
    let template = found?.node.at(&["spec", "template"])?;
    let mut template = placed(template, reference.span, 0);
    if let Some(trainer) = object.node.at(&["spec", "trainer"]) {
        let patch = |container: &Node| {
            let is_trainer = matches!(container.text_at(&["name"]), Some("node" | "trainer"));
            is_trainer.then(|| merged(container, trainer, 0))
        };
        template = containers_mapped(&template, &patch, 0);
    }
    let patches = object.node.at(&["spec", "runtimePatches"]).map(Node::items);
    for patch in patches.unwrap_or_default() {
        if let Some(over) = patch.at(&["trainingRuntimeSpec", "template"]) {
            template = merged(&template, over, 0);
        }
    }
    let base = mapping(vec![("template", template)], reference.span);
    with_spec(object, &base)
}

/// The runtime that an `InferenceService` names: its server runs with the arguments of both.
fn inference_service(object: &Object, lookup: &Lookup<'_>) -> Option<Node> {
    let model = object.node.at(&["spec", "predictor", "model"])?;
    let reference = model.get("runtime")?;
    let name = reference.text()?;
    let own = lookup.named("ServingRuntime", object.namespace_key(), name);
    let shared = || lookup.named("ClusterServingRuntime", "", name);
    let spec = own.or_else(shared)?.node.get("spec")?;
    let spec = placed(spec, reference.span, 0);
    let (server, beside): (Vec<_>, Vec<_>) = spec
        .get("containers")
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .cloned()
        .partition(|container| container.text_at(&["name"]) == Some("kserve-container"));
    let mut server = server.into_iter().next()?;
    // KServe appends the arguments of the service to those of the runtime.
    let more = model.get("args").map(Node::items).unwrap_or_default();
    if let Value::Mapping(entries) = &mut server.value
        && let Some(args) = entries.iter_mut().find(|entry| entry.key == "args")
        && let Value::Sequence(items) = &mut args.value.value
    {
        items.extend(more.iter().cloned());
    }
    let merged_model = merged(model, &without(&server, "name"), 0);
    let mut base = without(&spec, "containers");
    if let Value::Mapping(entries) = &mut base.value {
        entries.push(entry("model", merged_model));
        if !beside.is_empty() {
            entries.push(entry("containers", list(beside, reference.span)));
        }
    }
    let own = without(object.node.at(&["spec", "predictor"])?, "model");
    let predictor = merged(&base, &own, 0);
    let spec = replaced(object.node.get("spec")?, "predictor", predictor);
    Some(replaced(&object.node, "spec", spec))
}

/// What the `PodDefault`s of the namespace add to the pods that carry their label.
fn with_defaults(object: &Object, rendered: Option<Node>, lookup: &Lookup<'_>) -> Option<Node> {
    let mut node = rendered;
    let defaults = lookup.kind("PodDefault").iter();
    let near = defaults.filter(|own| own.namespace_key() == object.namespace_key());
    for default in near {
        let spec = default.node.get("spec")?;
        let labels = spec.at(&["selector", "matchLabels"]).map(Node::entries);
        let labels = labels.unwrap_or_default();
        let current = node.as_ref().unwrap_or(&object.node);
        if labels.is_empty() || !carries(current, labels, 0) {
            continue;
        }
        let place = object.node.get("metadata").unwrap_or(&object.node).span;
        let added = placed(spec, place, 0);
        node = Some(injected(current, &added, 0));
    }
    node
}

/// Whether some labels of the object, or of a template in it, have every pair.
fn carries(node: &Node, wanted: &[Entry], depth: usize) -> bool {
    if depth > DEPTH_MAX {
        return false;
    }
    let own = node.at(&["metadata", "labels"]);
    let all = own.is_some_and(|own| {
        let mut pairs = wanted.iter();
        pairs.all(|pair| own.text_at(&[&pair.key]) == pair.value.text())
    });
    let mut entries = node.entries().iter();
    all || entries.any(|entry| carries(&entry.value, wanted, depth + 1))
}

/// Adds what a default says to every pod spec below a node.
fn injected(node: &Node, added: &Node, depth: usize) -> Node {
    if depth > DEPTH_MAX {
        return node.clone();
    }
    let is_pod = node
        .get("containers")
        .is_some_and(|list| !list.items().is_empty());
    let Value::Mapping(entries) = &node.value else {
        return node.clone();
    };
    if !is_pod {
        let entries = entries.iter().map(|entry| Entry {
            value: injected(&entry.value, added, depth + 1),
            ..entry.clone()
        });
        return Node {
            value: Value::Mapping(entries.collect()),
            span: node.span,
        };
    }
    let of = |keys: &[&str]| {
        let kept = added.entries().iter();
        let kept = kept.filter(|entry| keys.contains(&entry.key.as_str()));
        Node {
            value: Value::Mapping(kept.cloned().collect()),
            span: added.span,
        }
    };
    let container = of(&["env", "envFrom", "volumeMounts", "command", "args"]);
    let pod = of(&[
        "volumes",
        "serviceAccountName",
        "initContainers",
        "sidecars",
    ]);
    let node = containers_mapped(node, &|own| Some(merged(own, &container, 0)), 0);
    merged(&node, &pod, 0)
}

/// Applies a change to every container below a node.
fn containers_mapped(node: &Node, change: &dyn Fn(&Node) -> Option<Node>, depth: usize) -> Node {
    if depth > DEPTH_MAX {
        return node.clone();
    }
    let value = match &node.value {
        Value::Scalar(_) => node.value.clone(),
        Value::Sequence(items) => {
            let items = items.iter();
            Value::Sequence(
                items
                    .map(|item| containers_mapped(item, change, depth + 1))
                    .collect(),
            )
        }
        Value::Mapping(entries) => {
            let changed = |entry: &Entry| {
                let value = match &entry.value.value {
                    Value::Sequence(items) if entry.key == "containers" => {
                        let items = items.iter();
                        let items = items.map(|item| change(item).unwrap_or_else(|| item.clone()));
                        list(items.collect(), entry.value.span)
                    }
                    _ => containers_mapped(&entry.value, change, depth + 1),
                };
                Entry {
                    value,
                    ..entry.clone()
                }
            };
            Value::Mapping(entries.iter().map(changed).collect())
        }
    };
    Node {
        value,
        span: node.span,
    }
}

/// The object with its own spec laid over `base`.
fn with_spec(object: &Object, base: &Node) -> Option<Node> {
    let spec = merged(base, object.node.get("spec")?, 0);
    Some(replaced(&object.node, "spec", spec))
}

/// `over` laid over `base` as Kubernetes merges: mappings by key, lists of named items by name,
/// anything else replaced.
fn merged(base: &Node, over: &Node, depth: usize) -> Node {
    let value = match (&base.value, &over.value) {
        (Value::Mapping(left), Value::Mapping(right)) if depth < DEPTH_MAX => {
            let mut entries = left.clone();
            for entry in right {
                match entries.iter_mut().find(|own| own.key == entry.key) {
                    Some(own) => own.value = merged(&own.value, &entry.value, depth + 1),
                    None => entries.push(entry.clone()),
                }
            }
            Value::Mapping(entries)
        }
        (Value::Sequence(left), Value::Sequence(right)) if named(left) && named(right) => {
            let mut items = left.clone();
            for item in right {
                let name = item.text_at(&["name"]);
                match items.iter_mut().find(|own| own.text_at(&["name"]) == name) {
                    Some(own) => *own = merged(own, item, depth + 1),
                    None => items.push(item.clone()),
                }
            }
            Value::Sequence(items)
        }
        _ => return over.clone(),
    };
    Node {
        value,
        span: over.span,
    }
}

fn named(items: &[Node]) -> bool {
    items.iter().all(|item| item.text_at(&["name"]).is_some())
}

/// The same tree, all of it at one place.
fn placed(node: &Node, span: Span, depth: usize) -> Node {
    let value = match &node.value {
        Value::Sequence(items) if depth < DEPTH_MAX => Value::Sequence(
            items
                .iter()
                .map(|item| placed(item, span, depth + 1))
                .collect(),
        ),
        Value::Mapping(entries) if depth < DEPTH_MAX => {
            let entries = entries.iter().map(|entry| Entry {
                key: entry.key.clone(),
                key_span: span,
                value: placed(&entry.value, span, depth + 1),
            });
            Value::Mapping(entries.collect())
        }
        other => other.clone(),
    };
    Node { value, span }
}

fn replaced(node: &Node, key: &str, value: Node) -> Node {
    let mut node = node.clone();
    if let Value::Mapping(entries) = &mut node.value
        && let Some(own) = entries.iter_mut().find(|entry| entry.key == key)
    {
        own.value = value;
    }
    node
}

fn without(node: &Node, key: &str) -> Node {
    let mut node = node.clone();
    if let Value::Mapping(entries) = &mut node.value {
        entries.retain(|entry| entry.key != key);
    }
    node
}

fn mapping(entries: Vec<(&str, Node)>, span: Span) -> Node {
    let entries = entries.into_iter().map(|(key, value)| entry(key, value));
    Node {
        value: Value::Mapping(entries.collect()),
        span,
    }
}

fn entry(key: &str, value: Node) -> Entry {
    Entry {
        key: key.to_owned(),
        key_span: value.span,
        value,
    }
}

const fn list(items: Vec<Node>, span: Span) -> Node {
    Node {
        value: Value::Sequence(items),
        span,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{count, of};

    const PRESET: &str = "apiVersion: serving.kserve.io/v1alpha2\nkind: LLMInferenceServiceConfig\nmetadata: {name: preset, namespace: kserve}\nspec:\n  template:\n    containers:\n    - name: main\n      image: vllm/vllm-openai:v0.14.0\n      command: [bash, -c, 'eval \"exec vllm serve /mnt/models ${VLLM_ADDITIONAL_ARGS}\"']\n---\n";

    #[test]
    fn a_variable_of_the_child_reaches_the_script_of_its_base() {
        let child = |refs: &str| {
            format!(
                "{PRESET}apiVersion: serving.kserve.io/v1alpha2\nkind: LLMInferenceService\nmetadata: {{name: llm, namespace: ml}}\nspec:\n  model: {{uri: 's3://b/m'}}\n{refs}  template: {{containers: [{{name: main, env: [{{name: VLLM_ADDITIONAL_ARGS, value: --trust-remote-code}}]}}]}}\n"
            )
        };
        let found = of(
            "trust-remote-code",
            &child("  baseRefs: [{name: preset}]\n"),
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].location.unwrap().line, 16, "the reference");
        assert_eq!(count("trust-remote-code", &child("")), 0);
    }

    #[test]
    fn a_training_job_runs_in_the_pods_of_its_runtime() {
        let runtime = "apiVersion: trainer.kubeflow.org/v1alpha1\nkind: ClusterTrainingRuntime\nmetadata: {name: torch}\nspec: {template: {spec: {replicatedJobs: [{name: node, template: {spec: {template: {spec: {containers: [{name: node, image: 'x:1', resources: {limits: {nvidia.com/gpu: 1}}}]}}}}}]}}}\n---\n";
        let job = |more: &str| {
            format!(
                "{runtime}apiVersion: trainer.kubeflow.org/v1alpha1\nkind: TrainJob\nmetadata: {{name: t, namespace: ml}}\nspec: {{runtimeRef: {{name: torch}}, {more}}}\n"
            )
        };
        let preload = "trainer: {env: [{name: LD_PRELOAD, value: /tmp/x.so}]}";
        assert_eq!(count("preload-in-accelerator-container", &job(preload)), 1);
        let patch = "runtimePatches: [{manager: a, trainingRuntimeSpec: {template: {spec: {replicatedJobs: [{name: node, template: {spec: {template: {spec: {hostIPC: true}}}}}]}}}}]";
        assert_eq!(count("host-namespaces", &job(patch)), 1);
        assert_eq!(count("host-namespaces", &job("trainer: {numNodes: 2}")), 0);
    }

    #[test]
    fn a_service_runs_the_server_of_its_runtime() {
        let runtime = "apiVersion: serving.kserve.io/v1alpha1\nkind: ServingRuntime\nmetadata: {name: r, namespace: ml}\nspec: {containers: [{name: kserve-container, image: 'nvcr.io/nvidia/tritonserver:25.08-py3', args: [tritonserver, --model-repository=/mnt/models]}]}\n---\n";
        let service = |args: &str| {
            format!(
                "{runtime}apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {{name: m, namespace: ml}}\nspec: {{predictor: {{model: {{modelFormat: {{name: triton}}, runtime: r, storageUri: 's3://b/m', args: [{args}]}}}}}}\n"
            )
        };
        let explicit = service("--model-control-mode=explicit");
        assert_eq!(count("triton-api-unrestricted", &explicit), 1);
        assert_eq!(
            count("triton-api-unrestricted", &service("--log-verbose=1")),
            0
        );
    }

    #[test]
    fn a_default_is_part_of_the_pods_that_carry_its_label() {
        let text = |label: &str| {
            format!(
                "apiVersion: kubeflow.org/v1alpha1\nkind: PodDefault\nmetadata: {{name: d, namespace: ml}}\nspec: {{selector: {{matchLabels: {{d: 'true'}}}}, env: [{{name: NVIDIA_VISIBLE_DEVICES, value: all}}]}}\n---\napiVersion: kubeflow.org/v1\nkind: Notebook\nmetadata: {{name: n, namespace: ml, labels: {{{label}}}}}\nspec: {{template: {{spec: {{containers: [{{name: n, image: x}}]}}}}}}\n"
            )
        };
        assert_eq!(count("gpu-isolation-bypass", &text("d: 'true'")), 1);
        assert_eq!(count("gpu-isolation-bypass", &text("d: 'false'")), 0);
    }
}
