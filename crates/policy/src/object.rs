//! Reads manifests into objects: several documents, `List`s and admission reviews alike.
//!
//! A text that is not about Kubernetes (a configuration, a CI file) gives no objects and no
//! findings; one that cannot be read at all gives a finding, so that it cannot pass silently.

use std::sync::Arc;

use seawall_base::{
    Confidence, Finding, Limits, Location, Problem, RuleMeta, RuleStatus, Severity,
};
use seawall_config::yaml::{self, FlawKind, Node, Value, YamlLimits};

/// One Kubernetes object and where it was read.
#[derive(Clone, Debug)]
pub struct Object {
    /// Group and version, such as `apps/v1`.
    pub api_version: String,
    /// The kind, such as `Deployment`.
    pub kind: String,
    /// The namespace it names; `default` is not filled in.
    pub namespace: Option<String>,
    /// The name, or what the name is generated from.
    pub name: String,
    /// The path of the text, as the user knows it.
    pub path: Arc<str>,
    /// The object itself.
    pub node: Node,
    /// The text it was read from, to place what stands inside a scalar.
    pub source: Arc<str>,
}

/// What a text holds.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The objects, in the order of the text.
    pub objects: Vec<Object>,
    /// What is wrong with the text itself: broken documents, duplicate keys, words of two readings.
    pub findings: Vec<Finding>,
    /// What could not be read, and which limits were reached.
    pub problems: Vec<Problem>,
}

/// What is said about a text that could not be read as a whole.
pub static COULD_NOT_ANALYSE: RuleMeta = RuleMeta {
    id: "could-not-analyse",
    title: "Content that could not be fully analysed",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &[],
};

/// Reads the objects of the text that the user knows as `path`.
#[must_use]
pub fn read(path: &str, bytes: &[u8], limits: &Limits) -> Reading {
    let limits = yaml_limits(limits);
    let parsed = yaml::parse(bytes, &limits);
    let source: Arc<str> = String::from_utf8_lossy(bytes).into();
    let mut reader = ObjectReader {
        path: path.into(),
        source,
        reading: Reading::default(),
    };
    for flaw in &parsed.flaws {
        match flaw.kind {
            FlawKind::Syntax | FlawKind::Encoding | FlawKind::Limit => {
                let mut message = flaw.message.clone();
                if reader.source.contains("{{") {
                    message.push_str("; render the template first");
                }
                reader.broken(Some(flaw.at), message);
            }
            FlawKind::DuplicateKey | FlawKind::Ambiguous => {}
        }
    }
    for document in parsed.documents {
        let before = reader.reading.objects.len();
        let (start, end) = (document.span.start, document.span.end);
        reader.document(document, 0);
        if reader.reading.objects.len() == before {
            continue;
        }
        let inside = parsed
            .flaws
            .iter()
            .filter(|flaw| (u64::from(start)..=u64::from(end)).contains(&flaw.at.byte));
        for flaw in inside {
            crate::rules::textual(flaw, path, &mut reader.reading);
        }
    }
    reader.reading
}

/// Makes objects of a tree that was already read, such as the object of an admission request.
#[must_use]
pub fn read_node(path: &str, node: Node, source: &str) -> Reading {
    let mut reader = ObjectReader {
        path: path.into(),
        source: source.into(),
        reading: Reading::default(),
    };
    reader.document(node, 0);
    reader.reading
}

fn yaml_limits(limits: &Limits) -> YamlLimits {
    let default = YamlLimits::default();
    let clamp = |value: u64, most: usize| usize::try_from(value).unwrap_or(most).min(most);
    YamlLimits {
        bytes_max: clamp(limits.bytes_max, default.bytes_max),
        nodes_max: clamp(limits.steps_max, default.nodes_max),
        documents_max: clamp(limits.entries_max, default.documents_max),
        ..default
    }
}

struct ObjectReader {
    path: Arc<str>,
    source: Arc<str>,
    reading: Reading,
}

impl ObjectReader {
    fn document(&mut self, node: Node, depth: usize) {
        // A `List` of `List`s has no use; one level more than any tool writes is enough.
        const LIST_DEPTH_MAX: usize = 3;
        let (Some(api_version), Some(kind)) =
            (node.text_at(&["apiVersion"]), node.text_at(&["kind"]))
        else {
            if is_workflow(&node) {
                self.push("", "GitHubWorkflow", node);
            } else if node.get("apiVersion").is_some() && node.get("metadata").is_some() {
                self.broken(Some(node.location()), "the object has no kind".to_owned());
            }
            return;
        };
        if depth > LIST_DEPTH_MAX {
            self.broken(Some(node.location()), "lists inside lists".to_owned());
            return;
        }
        if kind.ends_with("List") && node.get("items").is_some() {
            for item in take_items(node, "items") {
                self.document(item, depth + 1);
            }
            return;
        }
        if kind == "AdmissionReview" {
            if let Some(object) = node
                .at(&["request", "object"])
                .filter(|node| !node.is_null())
            {
                self.document(object.clone(), depth + 1);
            }
            return;
        }
        let (api_version, kind) = (api_version.to_owned(), kind.to_owned());
        self.push(&api_version, &kind, node);
    }

    fn push(&mut self, api_version: &str, kind: &str, node: Node) {
        let name = ["name", "generateName"]
            .iter()
            .find_map(|key| node.text_at(&["metadata", key]))
            .or_else(|| node.text_at(&["name"]).filter(|_| kind == "GitHubWorkflow"));
        self.reading.objects.push(Object {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: node.text_at(&["metadata", "namespace"]).map(str::to_owned),
            name: name.unwrap_or_default().to_owned(),
            path: Arc::clone(&self.path),
            source: Arc::clone(&self.source),
            node,
        });
    }

    fn broken(&mut self, location: Option<Location>, message: String) {
        self.reading.findings.push(Finding {
            path: self.path.to_string(),
            location,
            rule: COULD_NOT_ANALYSE.id,
            severity: COULD_NOT_ANALYSE.severity,
            confidence: COULD_NOT_ANALYSE.confidence,
            message: format!("the manifest could not be fully analysed: {message}"),
            remediation: "Correct the text so that every reader sees the same objects.".to_owned(),
            maps: COULD_NOT_ANALYSE.maps,
        });
        self.reading.problems.push(Problem {
            path: self.path.to_string(),
            location,
            message,
        });
    }
}

/// A GitHub workflow: the pipeline that builds what the manifests run. It has no kind of its own.
fn is_workflow(node: &Node) -> bool {
    let jobs = node.get("jobs").map(Node::entries).unwrap_or_default();
    node.get("on").is_some()
        && jobs
            .iter()
            .any(|job| job.value.get("steps").is_some() || job.value.get("uses").is_some())
}

fn take_items(node: Node, key: &str) -> Vec<Node> {
    let Value::Mapping(entries) = node.value else {
        return Vec::new();
    };
    let value = entries.into_iter().find(|entry| entry.key == key);
    match value.map(|entry| entry.value.value) {
        Some(Value::Sequence(items)) => items,
        _ => Vec::new(),
    }
}

impl Object {
    /// The API group, empty for the core group.
    #[must_use]
    pub fn group(&self) -> &str {
        self.api_version
            .split_once('/')
            .map_or("", |(group, _)| group)
    }

    /// The namespace as a key: objects without one stand together.
    #[must_use]
    pub fn namespace_key(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }

    /// A label or annotation of the object itself.
    #[must_use]
    pub fn metadata(&self, map: &str, key: &str) -> Option<&str> {
        self.node.text_at(&["metadata", map, key])
    }

    /// The field that stands at a byte of the text, such as `spec.containers[0].image`.
    #[must_use]
    pub fn field_at(&self, byte: u64) -> String {
        let mut field = String::new();
        let mut node = &self.node;
        let inside = |node: &Node| {
            (u64::from(node.span.start)
                ..u64::from(node.span.end).max(u64::from(node.span.start) + 1))
                .contains(&byte)
        };
        loop {
            let items = node.items().iter().enumerate();
            if let Some((position, item)) = items.into_iter().find(|(_, item)| inside(item)) {
                field.push_str(&format!("[{position}]"));
                node = item;
                continue;
            }
            let Some(entry) = node.entries().iter().find(|entry| inside(&entry.value)) else {
                return field;
            };
            if !field.is_empty() {
                field.push('.');
            }
            field.push_str(&printable(&entry.key));
            node = &entry.value;
        }
    }

    /// How messages name it.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} `{}`", self.kind, printable(&self.name))
    }

    /// The place of `needle` inside the text of a scalar, or of the scalar where it is not found
    /// as written (because it was expanded or escaped).
    #[must_use]
    pub fn locate(&self, node: &Node, needle: &str) -> Location {
        let whole = node.location();
        let range = usize::try_from(node.span.start)
            .ok()
            .zip(usize::try_from(node.span.end).ok());
        let Some((start, end)) = range else {
            return whole;
        };
        let Some(offset) = self
            .source
            .get(start..end.max(start))
            .filter(|_| !needle.is_empty())
            .and_then(|text| text.find(needle))
        else {
            return whole;
        };
        let before = self.source.get(start..start + offset).unwrap_or_default();
        let lines = before.matches('\n').count();
        let in_line = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count();
        let in_line = u32::try_from(in_line).unwrap_or(u32::MAX);
        Location {
            line: whole
                .line
                .saturating_add(u32::try_from(lines).unwrap_or(u32::MAX)),
            column: if lines == 0 {
                whole.column.saturating_add(in_line)
            } else {
                in_line.saturating_add(1)
            },
            byte: whole.byte.saturating_add(offset as u64),
        }
    }
}

/// Names come from outside: messages carry a bounded part of them without control characters.
pub(crate) fn printable(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    seawall_base::printable(text, CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(text: &str) -> Reading {
        read("m.yaml", text.as_bytes(), &Limits::default())
    }

    #[test]
    fn documents_lists_and_reviews_give_objects() {
        let text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n---\n\
            kind: AdmissionReview\napiVersion: admission.k8s.io/v1\nrequest: {object: {apiVersion: v1, kind: Pod, metadata: {generateName: b-}}}\n---\n\
            name: not Kubernetes\n";
        let names: Vec<_> = reading(text)
            .objects
            .into_iter()
            .map(|object| object.name)
            .collect();
        assert_eq!(names, ["a", "b-"]);
    }

    #[test]
    fn a_broken_manifest_is_a_finding_and_a_problem() {
        let reading = reading(
            "apiVersion: v1\nkind: Pod\nspec: [\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: x}\n",
        );
        assert_eq!(reading.objects.len(), 1);
        assert_eq!(reading.findings[0].rule, "could-not-analyse");
        assert_eq!(reading.problems.len(), 1);
    }

    #[test]
    fn words_inside_a_block_scalar_have_their_own_place() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n  a: |\n    one\n    two --flag\n";
        let object = &reading(text).objects[0];
        let place = object.locate(object.node.at(&["spec", "a"]).unwrap(), "--flag");
        assert_eq!((place.line, place.column), (7, 9));
    }
}
