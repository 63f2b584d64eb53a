//! What runs: pod specs found by their shape in any kind, and what their containers execute.
//!
//! Rules ask this view rather than the raw object, so that a flag is found whether it stands in
//! `args`, in a shell script, behind an environment variable or in a configuration map.

mod argv;
mod container;
mod find;
mod image;
mod model;
mod mounted;
mod render;
mod server;
mod shell;

use seawall_base::Location;
use seawall_config::yaml::Node;

use crate::lookup::Lookup;
use crate::object::Object;

pub use self::argv::{Argv, Assigned, Flag, Process, Word};
pub use self::container::{Container, EnvSource, EnvVar, Role};
pub use self::image::Image;
pub use self::model::{ModelRef, Pin, Use};
pub(crate) use self::render::render;
pub use self::server::{Server, ServerKind};

/// A pod spec inside an object, with its containers resolved.
#[derive(Debug)]
pub struct Workload<'a> {
    /// The object it stands in.
    pub object: &'a Object,
    /// Where in the object the pod spec stands, such as `spec.template.spec`.
    pub field: String,
    /// The pod spec, or what plays its part in kinds that inline it.
    pub pod: &'a Node,
    /// The labels of its pods, as far as they are written down.
    pub labels: Vec<(&'a str, &'a str)>,
    /// Its containers, init and ephemeral ones included.
    pub containers: Vec<Container<'a>>,
    /// The models, adapters and datasets it names.
    pub models: Vec<ModelRef<'a>>,
}

/// Every workload of a set of objects.
#[must_use]
pub fn workloads(objects: &[Object]) -> Vec<Workload<'_>> {
    let lookup = Lookup::new(objects);
    objects
        .iter()
        .flat_map(|object| of_object(object, &lookup))
        .collect()
}

pub(crate) fn of_object<'a>(object: &'a Object, lookup: &Lookup<'a>) -> Vec<Workload<'a>> {
    let mut workloads: Vec<Workload<'a>> = find::pods(object)
        .into_iter()
        .map(|found| {
            let containers = container::containers(object, &found, lookup);
            let models = model::of_containers(&containers);
            Workload {
                object,
                field: found.field,
                pod: found.node,
                labels: found.labels,
                containers,
                models,
            }
        })
        .collect();
    let declared = model::declared(object);
    if !declared.is_empty() {
        if workloads.is_empty() {
            workloads.push(Workload {
                object,
                field: "spec".to_owned(),
                pod: object.node.get("spec").unwrap_or(&object.node),
                labels: Vec::new(),
                containers: Vec::new(),
                models: Vec::new(),
            });
        }
        if let Some(first) = workloads.first_mut() {
            first.models.extend(declared);
        }
    }
    workloads
}

/// A pod spec as it is written, before anything is resolved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PodTemplate<'a> {
    /// The pod spec, or what plays its part.
    pub(crate) spec: &'a Node,
    /// The metadata of its pods.
    pub(crate) metadata: Option<&'a Node>,
    /// A single container that stands for the pod, where the kind has no list of them.
    pub(crate) single: Option<&'a Node>,
}

/// Every pod spec of an object.
pub(crate) fn pod_templates(object: &Object) -> Vec<PodTemplate<'_>> {
    let found = find::pods(object).into_iter();
    found
        .map(|found| PodTemplate {
            spec: found.node,
            metadata: found.metadata,
            single: found.single,
        })
        .collect()
}

/// API groups whose kinds exist to train or serve models.
const AI_GROUPS: &[&str] = &[
    "serving.kserve.io",
    "trainer.kubeflow.org",
    "kubeflow.org",
    "ray.io",
    "machinelearning.seldon.io",
    "mlops.seldon.io",
    "agents.x-k8s.io",
    "extensions.agents.x-k8s.io",
];

impl<'a> Workload<'a> {
    /// The model server or AI tool it runs, the first if several.
    #[must_use]
    pub fn server(&self) -> Option<&Server> {
        self.containers
            .iter()
            .find_map(|container| container.server.as_ref())
    }

    /// Whether it trains, serves or works with models.
    #[must_use]
    pub fn is_ai(&self) -> bool {
        AI_GROUPS.contains(&self.object.group())
            || !self.models.is_empty()
            || self
                .containers
                .iter()
                .any(|container| container.server.is_some() || container.gpus > 0)
    }

    /// The service account its pods run as; `default` where none is named.
    #[must_use]
    pub fn service_account(&self) -> &'a str {
        ["serviceAccountName", "serviceAccount"]
            .iter()
            .find_map(|key| self.pod.text_at(&[key]))
            .unwrap_or("default")
    }

    /// A boolean of the pod spec, such as `hostNetwork`.
    #[must_use]
    pub fn pod_flag(&self, key: &str) -> Option<(bool, Location)> {
        let node = self.pod.get(key)?;
        Some((node.as_bool()?, node.location()))
    }

    /// The volumes of the pod spec.
    #[must_use]
    pub fn volumes(&self) -> &'a [Node] {
        self.pod.get("volumes").map(Node::items).unwrap_or_default()
    }

    /// How messages name one of its containers.
    #[must_use]
    pub fn title(&self, container: &Container<'_>) -> String {
        format!(
            "container `{}` of {}",
            crate::object::printable(container.name),
            self.object.title()
        )
    }
}
