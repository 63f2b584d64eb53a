//! What the network policies of a set of manifests leave open for a pod.
//!
//! Kubernetes lets everything through until a policy selects the pod for a direction; then the rules
//! of all policies that select it are added up.

use seawall_base::Location;
use seawall_config::yaml::Node;
use seawall_policy::Object;

use crate::observation::{Aspect, Standing};

/// Kinds that restrict traffic too, and that this reader does not understand.
const FOREIGN: &[&str] = &[
    "AdminNetworkPolicy",
    "AuthorizationPolicy",
    "BaselineAdminNetworkPolicy",
    "CiliumClusterwideNetworkPolicy",
    "CiliumNetworkPolicy",
    "GlobalNetworkPolicy",
];

/// A direction of traffic, seen from the pod.
#[derive(Clone, Copy)]
enum Direction {
    In,
    Out,
}

/// The network policies of a set of manifests.
pub(super) struct Policies<'a> {
    policies: Vec<&'a Object>,
    foreign: Option<&'a Object>,
}

/// A pod as a selector sees it.
pub(super) struct Pod<'a> {
    pub(super) namespace: &'a str,
    pub(super) labels: &'a [(&'a str, &'a str)],
    /// Whether an operator may add labels that the manifest does not show.
    pub(super) may_have_more: bool,
}

impl<'a> Policies<'a> {
    pub(super) fn new(objects: &'a [Object]) -> Self {
        let kind = |kind: &'static str| objects.iter().filter(move |object| object.kind == kind);
        Self {
            policies: kind("NetworkPolicy").collect(),
            foreign: objects
                .iter()
                .find(|object| FOREIGN.contains(&object.kind.as_str())),
        }
    }

    /// How far traffic to and from a pod is limited; nothing where it cannot be told.
    pub(super) fn standings(&self, pod: &Pod<'_>, out: &mut Vec<Standing>) {
        out.extend(self.standing(pod, Direction::In));
        out.extend(self.standing(pod, Direction::Out));
    }

    fn standing(&self, pod: &Pod<'_>, direction: Direction) -> Option<Standing> {
        let selecting: Vec<&Object> = self
            .policies
            .iter()
            .copied()
            .filter(|policy| policy.namespace_key() == pod.namespace)
            .filter(|policy| limits(policy, direction) && selects(policy, pod))
            .collect();
        let (aspect, way) = match direction {
            Direction::In => (Aspect::Ingress, "ingress"),
            Direction::Out => (Aspect::Egress, "egress"),
        };
        let standing = |share, reason: String, policy: &Object, place: Location| {
            let path = policy.path.to_string();
            Standing::new(aspect, share, reason).at(path, Some(place))
        };
        let open = selecting
            .iter()
            .find_map(|policy| Some((*policy, opening(policy, direction)?)));
        if let Some((policy, place)) = open {
            let whom = match direction {
                Direction::In => "from anywhere",
                Direction::Out => "to anywhere",
            };
            let reason = format!("{} allows {way} {whom}", policy.title());
            return Some(standing(0.0, reason, policy, place));
        }
        if let Some(policy) = selecting.first() {
            let reason = format!("{} limits its {way}", policy.title());
            return Some(standing(1.0, reason, policy, policy.node.location()));
        }
        let might = pod.may_have_more
            && self
                .policies
                .iter()
                .any(|policy| policy.namespace_key() == pod.namespace && limits(policy, direction));
        if might || self.foreign.is_some() {
            return None;
        }
        let reason = format!("no NetworkPolicy of the manifests selects its pods for {way}");
        Some(Standing::new(aspect, 0.0, reason))
    }
}

fn limits(policy: &Object, direction: Direction) -> bool {
    let spec = policy.node.get("spec");
    let types = spec
        .and_then(|spec| spec.get("policyTypes"))
        .map(Node::items)
        .unwrap_or_default();
    let names = |wanted: &str| types.iter().any(|item| item.text() == Some(wanted));
    match direction {
        Direction::In => types.is_empty() || names("Ingress"),
        Direction::Out if types.is_empty() => spec.is_some_and(|spec| spec.get("egress").is_some()),
        Direction::Out => names("Egress"),
    }
}

fn selects(policy: &Object, pod: &Pod<'_>) -> bool {
    let Some(selector) = policy.node.at(&["spec", "podSelector"]) else {
        return true;
    };
    let value = |key: &str| {
        let label = pod.labels.iter().find(|(name, _)| *name == key);
        label.map(|(_, value)| *value)
    };
    let exact = selector.get("matchLabels").map(Node::entries);
    let exact = exact.unwrap_or_default().iter();
    let mut exact = exact.map(|entry| value(&entry.key) == entry.value.text());
    let list = selector.get("matchExpressions").map(Node::items);
    let mut list = list.unwrap_or_default().iter().map(|item| {
        let key = item.text_at(&["key"]).unwrap_or_default();
        let values = item.get("values").map(Node::items).unwrap_or_default();
        let own = value(key);
        let is_in = values
            .iter()
            .any(|value| value.text() == own && own.is_some());
        match item.text_at(&["operator"]) {
            Some("In") => is_in,
            Some("NotIn") => !is_in,
            Some("Exists") => own.is_some(),
            Some("DoesNotExist") => own.is_none(),
            _ => false,
        }
    });
    exact.all(|fits| fits) && list.all(|fits| fits)
}

/// Where a policy lets everything through in a direction.
fn opening(policy: &Object, direction: Direction) -> Option<Location> {
    let (rules, peers) = match direction {
        Direction::In => ("ingress", "from"),
        Direction::Out => ("egress", "to"),
    };
    let rules = policy.node.at(&["spec", rules]).map(Node::items);
    rules.unwrap_or_default().iter().find_map(|rule| {
        let peers = rule.get(peers).map(Node::items).unwrap_or_default();
        if peers.is_empty() {
            let names_only = matches!(direction, Direction::Out) && only_names(rule);
            return (!names_only).then(|| rule.location());
        }
        let anywhere = peers.iter().find(|peer| is_anyone(peer, direction));
        anywhere.map(|peer| {
            let cidr = peer.at(&["ipBlock", "cidr"]).unwrap_or(peer);
            cidr.location()
        })
    })
}

/// Name resolution to any server: needed, and too narrow to count as open.
fn only_names(rule: &Node) -> bool {
    let ports = rule.get("ports").map(Node::items).unwrap_or_default();
    !ports.is_empty()
        && ports
            .iter()
            .all(|port| matches!(port.text_at(&["port"]), Some("53" | "dns" | "dns-tcp")))
}

fn is_anyone(peer: &Node, direction: Direction) -> bool {
    if let Some(cidr) = peer.text_at(&["ipBlock", "cidr"]) {
        return matches!(cidr, "0.0.0.0/0" | "::/0");
    }
    // Any pod of any namespace: nothing is kept out of the pod, though nothing leaves the cluster.
    let any = |key: &str| {
        peer.get(key)
            .is_some_and(|selector| selector.entries().is_empty())
    };
    matches!(direction, Direction::In)
        && any("namespaceSelector")
        && (peer.get("podSelector").is_none() || any("podSelector"))
}
