//! Where controls really stand, as far as manifests show it.

use seawall_base::{Finding, Location, Severity};
use seawall_config::ProcessConfig;
use seawall_config::yaml::Node;
use seawall_policy::workload::Pin;
use seawall_policy::{Object, Workload};

use crate::observation::{Aspect, Standing};

/// Findings that no pod of the restricted profile has.
const PROFILE: &[&str] = &[
    "privileged-container",
    "host-namespaces",
    "host-path-volume",
    "capabilities-added",
    "gpu-isolation-bypass",
    "privilege-escalation-allowed",
    "runs-as-root",
];
/// Kinds and groups whose objects decide at admission.
const ADMITTING: &[&str] = &[
    "ClusterImagePolicy",
    "ClusterPolicy",
    "ImageValidatingPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingPolicy",
    "ValidatingWebhookConfiguration",
];
/// Words of a command that checks a model before it is loaded.
const VERIFIERS: &[&str] = &["seawall verify", "model_signing", "cosign verify"];
const SCANNERS: &[&str] = &["seawall scan", "modelscan", "picklescan", "modelaudit"];

impl Standing {
    pub(super) fn new(aspect: Aspect, share: f64, reason: impl Into<String>) -> Self {
        Self {
            aspect,
            share,
            reason: reason.into(),
            path: String::new(),
            location: None,
        }
    }

    pub(super) fn at(mut self, path: String, location: Option<Location>) -> Self {
        self.path = path;
        self.location = location;
        self
    }
}

/// What stands guard at admission among the manifests.
pub(super) fn admitting(objects: &[Object]) -> Option<&Object> {
    objects.iter().find(|object| {
        ADMITTING.contains(&object.kind.as_str()) || object.group() == "constraints.gatekeeper.sh"
    })
}

/// What a workload's own manifest shows of the controls that concern it.
pub(super) fn standings(
    workload: &Workload<'_>,
    findings: &[&Finding],
    admitting: Option<&Object>,
    out: &mut Vec<Standing>,
) {
    let path = workload.object.path.to_string();
    out.push(profile(workload, findings));
    out.extend(admission(findings, admitting));
    let images = workload
        .containers
        .iter()
        .filter_map(|item| item.image.as_ref());
    let images: Vec<_> = images.collect();
    if let Some(first) = images
        .iter()
        .find(|image| !image.is_pinned())
        .or_else(|| images.first())
    {
        let pinned = images.iter().filter(|image| image.is_pinned()).count();
        let reason = format!("{pinned} of {} images are pinned by digest", images.len());
        let share = pinned as f64 / images.len() as f64;
        let standing = Standing::new(Aspect::Images, share, reason);
        out.push(standing.at(path.clone(), Some(first.node.location())));
    }
    let models = workload
        .models
        .iter()
        .filter(|model| model.pin != Pin::Unknown);
    let models: Vec<_> = models.collect();
    let floating = models.iter().find(|model| model.pin == Pin::Floating);
    if let Some(first) = floating.or_else(|| models.first()) {
        let pinned = models
            .iter()
            .filter(|model| model.pin == Pin::Pinned)
            .count();
        let reason = format!(
            "{pinned} of {} models are pinned by digest or commit",
            models.len()
        );
        let share = pinned as f64 / models.len() as f64;
        let standing = Standing::new(Aspect::Models, share, reason);
        out.push(standing.at(path.clone(), Some(first.node.location())));
    }
    for (aspect, commands, what) in [
        (
            Aspect::Verified,
            VERIFIERS,
            "verifies signatures before it starts",
        ),
        (Aspect::Scanned, SCANNERS, "scans models before it starts"),
    ] {
        let runs = workload.containers.iter().find_map(|container| {
            let lines = ["command", "args"].map(|key| container.node.get(key));
            let text: Vec<&str> = lines.into_iter().flatten().flat_map(texts).collect();
            let text = text.join(" ");
            let known = commands.iter().any(|command| text.contains(command));
            known.then(|| container.node.location())
        });
        if let Some(place) = runs {
            out.push(Standing::new(aspect, 1.0, what).at(path.clone(), Some(place)));
        }
    }
}

fn texts(node: &Node) -> Vec<&str> {
    match node.text() {
        Some(text) => vec![text],
        None => node.items().iter().filter_map(Node::text).collect(),
    }
}

fn profile(workload: &Workload<'_>, findings: &[&Finding]) -> Standing {
    let worst = findings
        .iter()
        .filter(|finding| PROFILE.contains(&finding.rule))
        .max_by_key(|finding| finding.severity);
    let path = workload.object.path.to_string();
    match worst {
        Some(finding) => Standing::new(Aspect::PodProfile, 0.0, finding.message.clone())
            .at(path, finding.location),
        None => Standing::new(
            Aspect::PodProfile,
            1.0,
            "its manifest keeps to the restricted profile",
        )
        .at(path, Some(workload.object.node.location())),
    }
}

/// A policy in force would have refused what is plainly wrong; without anything wrong and without
/// a policy among the manifests nothing is known.
fn admission(findings: &[&Finding], admitting: Option<&Object>) -> Option<Standing> {
    if let Some(object) = admitting {
        let reason = format!("{} is among the manifests", object.title());
        let standing = Standing::new(Aspect::Admission, 1.0, reason);
        return Some(standing.at(object.path.to_string(), Some(object.node.location())));
    }
    let wrong = findings
        .iter()
        .filter(|finding| finding.severity >= Severity::High)
        .max_by_key(|finding| finding.severity)?;
    let reason = format!(
        "no admission policy is among the manifests, and none refused this: {}",
        wrong.message
    );
    Some(Standing::new(Aspect::Admission, 0.0, reason).at(wrong.path.clone(), wrong.location))
}

/// What the gateway's configuration maps say about the guard.
pub(super) fn guards(objects: &[Object]) -> Vec<Standing> {
    let maps = objects.iter().filter(|object| object.kind == "ConfigMap");
    let texts = maps.flat_map(|object| {
        let data = object
            .node
            .get("data")
            .map(Node::entries)
            .unwrap_or_default();
        let own = data
            .iter()
            .filter(|entry| entry.key.ends_with("seawall-config.yaml"));
        own.filter_map(move |entry| Some((object, &entry.value, entry.value.text()?)))
    });
    texts
        .filter_map(|(object, node, text)| {
            let config = ProcessConfig::read("seawall-config.yaml", text.as_bytes()).ok()?;
            let open = config
                .routes
                .iter()
                .filter(|route| route.private_listen.is_none());
            let open: Vec<_> = open.collect();
            let on = open
                .iter()
                .filter(|route| route.guard == seawall_config::GuardMode::Enforce)
                .count();
            let reason = format!(
                "{on} of {} routes of the gateway enforce the guard",
                open.len()
            );
            let share = on as f64 / open.len().max(1) as f64;
            let standing = Standing::new(Aspect::Guarded, share, reason);
            Some(standing.at(object.path.to_string(), Some(node.location())))
        })
        .collect()
}
