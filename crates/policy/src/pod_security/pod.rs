//! A pod as the checks see it: typed reads that refuse a field of the wrong type.

use seawall_base::Location;
use seawall_config::yaml::{Node, Plain, Value};

use super::{Forbidden, Outcome};
use crate::object::printable;
use crate::workload::PodTemplate;

/// A field that the API server could not decode.
#[derive(Debug)]
pub(super) struct Malformed {
    pub(super) message: String,
    pub(super) location: Location,
}

/// A pod spec, its annotations and its containers of all three lists.
#[derive(Debug)]
pub(super) struct Pod<'a> {
    /// The pod spec.
    pub(super) spec: &'a Node,
    /// The security context of the pod.
    pub(super) security: Option<&'a Node>,
    /// The annotations of the pod and where they stand.
    pub(super) annotations: Vec<(&'a str, &'a str, Location)>,
    /// Init containers, containers, then ephemeral ones.
    pub(super) containers: Vec<Container<'a>>,
}

/// A container and its security context.
#[derive(Debug)]
pub(super) struct Container<'a> {
    pub(super) name: &'a str,
    pub(super) node: &'a Node,
    pub(super) security: Option<&'a Node>,
}

impl<'a> Pod<'a> {
    /// Reads what the checks need.
    pub(super) fn read(template: &PodTemplate<'a>) -> Result<Self, Malformed> {
        let PodTemplate {
            spec,
            metadata,
            single,
        } = *template;
        if !matches!(spec.value, Value::Mapping(_)) {
            return Err(wrong(Some(spec), "spec", "an object"));
        }
        let mut containers = Vec::new();
        for key in ["initContainers", "containers", "ephemeralContainers"] {
            for node in list(spec, key)? {
                containers.push(Container::read(node)?);
            }
        }
        // Pods of kinds that spell their containers in another way.
        for key in ["steps", "sidecars"] {
            for node in list(spec, key).unwrap_or_default() {
                containers.push(Container::read(node)?);
            }
        }
        if let Some(node) = single {
            containers.push(Container::read(node)?);
        }
        let mut annotations = Vec::new();
        let found = metadata.map(|metadata| object(metadata, "annotations"));
        for entry in found.transpose()?.flatten().map_or(&[][..], Node::entries) {
            let value = string(&entry.value, &entry.key)?.unwrap_or_default();
            annotations.push((entry.key.as_str(), value, entry.value.location()));
        }
        Ok(Self {
            spec,
            security: object(spec, "securityContext")?,
            annotations,
            containers,
        })
    }

    /// Whether the pod declares that it runs on Windows.
    pub(super) fn is_windows(&self) -> Result<bool, Malformed> {
        let system = object(self.spec, "os")?;
        let name = system.map(|system| text(system, "name")).transpose()?;
        Ok(name.flatten() == Some("windows"))
    }

    /// Whether the pod runs in a user namespace of its own.
    pub(super) fn has_user_namespace(&self) -> Result<bool, Malformed> {
        Ok(flag(self.spec, "hostUsers")? == Some(false))
    }

    /// The containers for which a predicate holds.
    pub(super) fn containers_where(
        &self,
        mut holds: impl FnMut(&Container<'a>) -> Result<bool, Malformed>,
    ) -> Result<Vec<&Container<'a>>, Malformed> {
        let mut found = Vec::new();
        for container in &self.containers {
            if holds(container)? {
                found.push(container);
            }
        }
        Ok(found)
    }

    /// The security contexts that set an object, of the pod first: who, which, where.
    pub(super) fn settings(&self, key: &str) -> Result<Vec<Setting<'a>>, Malformed> {
        let mut found = Vec::new();
        let contexts = std::iter::once((None, self.security)).chain(
            self.containers
                .iter()
                .map(|container| (Some(container.name), container.security)),
        );
        for (container, security) in contexts {
            if let Some(node) = security
                .map(|security| object(security, key))
                .transpose()?
                .flatten()
            {
                found.push(Setting { container, node });
            }
        }
        Ok(found)
    }
}

/// An object that the pod or one of its containers sets in its security context.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    /// The container, or the pod itself.
    pub(super) container: Option<&'a str>,
    pub(super) node: &'a Node,
}

impl Setting<'_> {
    /// Who sets it, for a message.
    pub(super) fn who(&self) -> String {
        self.container
            .map_or_else(|| "pod".to_owned(), |name| quoted("container", name))
    }
}

impl<'a> Container<'a> {
    fn read(node: &'a Node) -> Result<Self, Malformed> {
        Ok(Self {
            name: text(node, "name")?.unwrap_or_default(),
            node,
            security: object(node, "securityContext")?,
        })
    }

    /// A boolean of the security context.
    pub(super) fn security_flag(&self, key: &str) -> Result<Option<bool>, Malformed> {
        let security = self.security.map(|security| flag(security, key));
        Ok(security.transpose()?.flatten())
    }

    /// A text of the security context.
    pub(super) fn security_text(&self, key: &str) -> Result<Option<&'a str>, Malformed> {
        let security = self.security.map(|security| text(security, key));
        Ok(security.transpose()?.flatten())
    }
}

/// Forbids the pod because of some containers, or says nothing where there are none.
pub(super) fn because_of(
    reason: &'static str,
    containers: &[&Container<'_>],
    wish: &str,
) -> Outcome {
    let Some(first) = containers.first() else {
        return Ok(None);
    };
    let names: Vec<String> = containers
        .iter()
        .map(|container| quoted("container", container.name))
        .collect();
    Ok(Some(Forbidden {
        reason,
        detail: format!("{} {wish}", names.join(", ")),
        location: first.security.unwrap_or(first.node).location(),
    }))
}

/// A name from outside, for a message.
pub(super) fn quoted(what: &str, name: &str) -> String {
    format!("{what} `{}`", printable(name))
}

/// A value from outside, for a message.
pub(super) fn shown(value: &str) -> String {
    format!("`{}`", printable(value))
}

/// A mapping under a key; null is absent.
pub(super) fn object<'a>(node: &'a Node, key: &str) -> Result<Option<&'a Node>, Malformed> {
    let found = present(node, key);
    match found.map(|value| &value.value) {
        None => Ok(None),
        Some(Value::Mapping(_)) => Ok(found),
        Some(_) => Err(wrong(found, key, "an object")),
    }
}

/// The mappings of a list under a key; null and absent are empty.
pub(super) fn list<'a>(node: &'a Node, key: &str) -> Result<&'a [Node], Malformed> {
    let found = present(node, key);
    match found.map(|value| &value.value) {
        None => Ok(&[]),
        Some(Value::Sequence(items)) => {
            let odd = items
                .iter()
                .find(|item| !matches!(item.value, Value::Mapping(_)));
            match odd {
                None => Ok(items),
                Some(odd) => Err(wrong(Some(odd), key, "a list of objects")),
            }
        }
        Some(_) => Err(wrong(found, key, "a list")),
    }
}

/// The texts of a list under a key.
pub(super) fn texts<'a>(node: &'a Node, key: &str) -> Result<Vec<&'a str>, Malformed> {
    let found = present(node, key);
    match found.map(|value| &value.value) {
        None => Ok(Vec::new()),
        Some(Value::Sequence(items)) => items
            .iter()
            .map(|item| Ok(string(item, key)?.unwrap_or_default()))
            .collect(),
        Some(_) => Err(wrong(found, key, "a list")),
    }
}

/// A text under a key.
pub(super) fn text<'a>(node: &'a Node, key: &str) -> Result<Option<&'a str>, Malformed> {
    present(node, key).map_or(Ok(None), |value| string(value, key))
}

/// A boolean under a key.
pub(super) fn flag(node: &Node, key: &str) -> Result<Option<bool>, Malformed> {
    let found = present(node, key);
    found.map_or(Ok(None), |value| {
        let read = value.as_bool().map(Some);
        read.ok_or_else(|| wrong(found, key, "true or false"))
    })
}

/// An integer under a key.
pub(super) fn integer(node: &Node, key: &str) -> Result<Option<i64>, Malformed> {
    let found = present(node, key);
    found.map_or(Ok(None), |value| {
        let read = value.as_i64().map(Some);
        read.ok_or_else(|| wrong(found, key, "an integer"))
    })
}

/// Whether a key holds anything but null.
pub(super) fn present<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    let value = node.get(key)?;
    (!value.is_null()).then_some(value)
}

fn string<'a>(node: &'a Node, key: &str) -> Result<Option<&'a str>, Malformed> {
    match node.scalar().map(|scalar| (scalar, scalar.plain())) {
        Some((_, Plain::Null)) => Ok(None),
        Some((scalar, Plain::Text)) => Ok(Some(&scalar.text)),
        _ => Err(wrong(Some(node), key, "text")),
    }
}

fn wrong(node: Option<&Node>, key: &str, wanted: &str) -> Malformed {
    Malformed {
        message: format!("{} must be {wanted}", shown(key)),
        location: node.map_or(
            Location {
                line: 1,
                column: 1,
                byte: 0,
            },
            Node::location,
        ),
    }
}
