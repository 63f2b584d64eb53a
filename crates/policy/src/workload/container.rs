//! A container: its image, what it executes, its environment, and what it may do.

use std::borrow::Cow;
use std::sync::Arc;

use seawall_config::yaml::Node;

use super::argv::Argv;
use super::find::{CONTAINER_LISTS, Found};
use super::image::Image;
use super::mounted::Mounts;
use super::server::{self, Server, ServerKind};
use crate::lookup::Lookup;
use crate::object::Object;

/// When a container runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    /// Beside the others.
    Main,
    /// Before the others.
    Init,
    /// Added to a running pod.
    Ephemeral,
}

/// Where the value of a variable comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum EnvSource<'a> {
    /// Written in the manifest.
    Literal(&'a str),
    /// From a configuration map of the set.
    Config(&'a str),
    /// Set by the script or the program that starts the server.
    Script(Arc<str>),
    /// From a secret.
    Secret,
    /// From what is not in the set.
    Unknown,
}

/// A variable of a container's environment.
#[derive(Clone, Debug)]
pub struct EnvVar<'a> {
    /// The name.
    pub name: Cow<'a, str>,
    /// Where its value comes from.
    pub source: EnvSource<'a>,
    /// The node to point at.
    pub node: &'a Node,
}

/// A container of a workload.
#[derive(Debug)]
pub struct Container<'a> {
    /// Its name, or the field it stands in.
    pub name: &'a str,
    /// When it runs.
    pub role: Role,
    /// The mapping that describes it.
    pub node: &'a Node,
    /// Its image, if the manifest names one.
    pub image: Option<Image<'a>>,
    /// What it executes.
    pub argv: Argv<'a>,
    /// Its environment.
    pub env: Vec<EnvVar<'a>>,
    /// Whether some of the environment is not in the set.
    pub env_incomplete: bool,
    /// The server or tool it runs, where it is recognised.
    pub server: Option<Server>,
    /// Accelerators it asks for.
    pub gpus: u64,
}

/// Every container of a pod spec.
pub(super) fn containers<'a>(
    object: &'a Object,
    found: &Found<'a>,
    lookup: &Lookup<'a>,
) -> Vec<Container<'a>> {
    let mut containers = Vec::new();
    let mounts = Mounts {
        volumes: found
            .node
            .get("volumes")
            .map(Node::items)
            .unwrap_or_default(),
        namespace: object.namespace_key(),
        lookup,
    };
    if let Some(single) = found.single {
        containers.push(container(single, Role::Main, &mounts));
    }
    for list in CONTAINER_LISTS {
        let role = match *list {
            "initContainers" => Role::Init,
            "ephemeralContainers" => Role::Ephemeral,
            _ => Role::Main,
        };
        for item in found.node.get(list).map(Node::items).unwrap_or_default() {
            if !item.entries().is_empty() {
                containers.push(container(item, role, &mounts));
            }
        }
    }
    containers
}

fn container<'a>(node: &'a Node, role: Role, mounts: &Mounts<'a, '_>) -> Container<'a> {
    let (mut env, env_incomplete) = environment(node, mounts.namespace, mounts.lookup);
    let value = |name: &str| {
        let last = env.iter().rev().find(|var| var.name == name);
        last.and_then(|var| Some(var.source.text()?.to_owned()))
    };
    let argv = Argv::resolve(node, &value, mounts);
    // What a script sets counts last: it is what the server starts with.
    env.extend(argv.assigned.iter().map(|set| EnvVar {
        name: Cow::Owned(set.name.clone()),
        source: EnvSource::Script(set.value.as_str().into()),
        node: set.node,
    }));
    let image = node.get("image").and_then(Image::parse);
    let server = server::recognise(image.as_ref(), &argv, node);
    Container {
        name: node.text_at(&["name"]).unwrap_or("(unnamed)"),
        role,
        node,
        image,
        argv,
        env,
        env_incomplete,
        server,
        gpus: gpus(node),
    }
}

fn environment<'a>(
    node: &'a Node,
    namespace: &str,
    lookup: &Lookup<'a>,
) -> (Vec<EnvVar<'a>>, bool) {
    let mut env = Vec::new();
    let mut incomplete = false;
    for item in node.get("envFrom").map(Node::items).unwrap_or_default() {
        let Some(name) = item.text_at(&["configMapRef", "name"]) else {
            // A secret's keys are not in the manifests, and should not be.
            continue;
        };
        let Some(map) = lookup.config_map(namespace, name) else {
            incomplete = true;
            continue;
        };
        for entry in map.node.get("data").map(Node::entries).unwrap_or_default() {
            env.push(EnvVar {
                name: Cow::Borrowed(entry.key.as_str()),
                source: entry
                    .value
                    .text()
                    .map_or(EnvSource::Unknown, EnvSource::Config),
                node: item,
            });
        }
    }
    for item in node.get("env").map(Node::items).unwrap_or_default() {
        let Some(name) = item.text_at(&["name"]) else {
            continue;
        };
        let source = match (item.get("value"), item.get("valueFrom")) {
            (_, Some(from)) => reference(from, namespace, lookup),
            (Some(value), None) => EnvSource::Literal(value.text().unwrap_or_default()),
            (None, None) => EnvSource::Literal(""),
        };
        env.push(EnvVar {
            name: Cow::Borrowed(name),
            source,
            node: item.get("value").unwrap_or(item),
        });
    }
    (env, incomplete)
}

fn reference<'a>(from: &'a Node, namespace: &str, lookup: &Lookup<'a>) -> EnvSource<'a> {
    if from.get("secretKeyRef").is_some() {
        return EnvSource::Secret;
    }
    let name = from.text_at(&["configMapKeyRef", "name"]);
    let key = from.text_at(&["configMapKeyRef", "key"]);
    name.zip(key)
        .and_then(|(name, key)| lookup.config_value(namespace, name, key))
        .map_or(EnvSource::Unknown, EnvSource::Config)
}

fn gpus(node: &Node) -> u64 {
    const RESOURCES: &[&str] = &["nvidia.com/", "amd.com/gpu", "gpu.intel.com/", "habana.ai/"];
    ["limits", "requests"]
        .iter()
        .filter_map(|key| node.at(&["resources", key]))
        .flat_map(Node::entries)
        .filter(|entry| RESOURCES.iter().any(|name| entry.key.starts_with(name)))
        .filter_map(|entry| entry.value.text()?.parse().ok())
        .max()
        .unwrap_or_default()
}

impl EnvSource<'_> {
    /// The value, where the set shows it.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Literal(text) | Self::Config(text) => Some(text),
            Self::Script(text) => Some(text),
            Self::Secret | Self::Unknown => None,
        }
    }
}

impl<'a> Container<'a> {
    /// The last variable of a name, which is the one that counts.
    #[must_use]
    pub fn var(&self, name: &str) -> Option<&EnvVar<'a>> {
        self.env.iter().rev().find(|var| var.name == name)
    }

    /// The value of a variable, where the set shows it.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.var(name)?.source.text()
    }

    /// The variable of a name, if its value switches something on.
    #[must_use]
    pub fn var_on(&self, name: &str) -> Option<&EnvVar<'a>> {
        self.var(name).filter(|_| {
            self.value(name)
                .is_some_and(|value| !super::argv::is_off(value))
        })
    }

    /// Whether it runs this server.
    #[must_use]
    pub fn runs(&self, kind: ServerKind) -> bool {
        self.server
            .as_ref()
            .is_some_and(|server| server.kind == kind)
    }

    /// A field of the container's security context.
    #[must_use]
    pub fn security(&self, key: &str) -> Option<&'a Node> {
        self.node
            .at(&["securityContext", key])
            .filter(|node| !node.is_null())
    }
}
