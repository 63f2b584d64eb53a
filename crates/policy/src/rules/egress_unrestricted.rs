//! A network policy allows egress to anywhere.
//!
//! ## What it detects
//!
//! `NetworkPolicies` whose egress rule has no destination, or names `0.0.0.0/0` or `::/0` without
//! exceptions and without ports.
//!
//! ## Why it matters
//!
//! Data, weights and credentials leave through it, and the metadata service of the cloud is inside
//! the range.
//!
//! ## What it misses
//!
//! Policies of the network plug-in's own kinds; wide ranges below everything.
//!
//! ## Example
//!
//! ```yaml
//! egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]
//! ```
//!
//! ## Remediation
//!
//! Name the destinations: the gateway, the registry, DNS; if the internet is needed, go through an
//! egress proxy and except 169.254.169.254/32.
//!
//! ## References
//!
//! - AIK-NW-002, AIK-NB-005

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::object::Object;

pub(super) static META: RuleMeta = RuleMeta {
    id: "egress-unrestricted",
    title: "A network policy allows egress to anywhere",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0025", "MS-TA9033", "AIR-DET-001"],
};

const FIX: &str = "Name the destinations: the gateway, the registry, DNS; if the internet is needed, go through an egress proxy and except 169.254.169.254/32.";

pub(super) fn check(_ctx: &Context<'_>, object: &Object, out: &mut Out) {
    if object.kind != "NetworkPolicy" {
        return;
    }
    let rules = object
        .node
        .at(&["spec", "egress"])
        .map(Node::items)
        .unwrap_or_default();
    for rule in rules {
        let ports = rule
            .get("ports")
            .is_some_and(|ports| !ports.items().is_empty());
        let to = rule.get("to").map(Node::items).unwrap_or_default();
        let nowhere = to.is_empty().then(|| rule.location());
        let anywhere = to.iter().find_map(|peer| {
            let block = peer.get("ipBlock")?;
            let cidr = block.get("cidr")?;
            let excepted = block
                .get("except")
                .is_some_and(|list| !list.items().is_empty());
            (!excepted && matches!(cidr.text(), Some("0.0.0.0/0" | "::/0")))
                .then(|| cidr.location())
        });
        if let Some(location) = nowhere.filter(|_| !ports).or(anywhere) {
            let message = format!("{} allows egress to anywhere", object.title());
            out.report(&META, Found::new(object, location, message, FIX));
        }
    }
}
