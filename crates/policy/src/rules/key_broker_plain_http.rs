//! The keys of confidential workloads travel over plain HTTP.
//!
//! ## What it detects
//!
//! An address of a key broker that begins with `http://`, in a variable, an argument or an
//! annotation of a pod.
//!
//! ## Why it matters
//!
//! Whoever stands in between learns the keys or answers in the place of the broker.
//!
//! ## What it misses
//!
//! Addresses in the initial data of the guest.
//!
//! ## Example
//!
//! ```yaml
//! env: [{name: KBS_URL, value: "http://kbs.example:8080"}]
//! ```
//!
//! ## Remediation
//!
//! Use `https://` with the certificate of the broker.
//!
//! ## References
//!
//! - AIK-CC-003
//! - <https://confidentialcontainers.org/docs/>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "key-broker-plain-http",
    title: "The keys of confidential workloads travel over plain HTTP",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0055", "AIR-PREV-014"],
};

const FIX: &str = "Use `https://` with the certificate of the broker.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const WHAT: &str = "asks for its keys over plain HTTP";
    for container in &workload.containers {
        let plain = |name: &str, text: &str| {
            let name = name.to_ascii_lowercase();
            let names =
                name.starts_with("kbs") || name.contains("_kbs") || name.contains("kbc_params");
            (names && text.starts_with("http://")) || text.contains("cc_kbc::http://")
        };
        let mut vars = container.env.iter();
        let var = vars.find(|var| var.source.text().is_some_and(|text| plain(&var.name, text)));
        let word = || {
            container
                .argv
                .words()
                .find(|word| word.text.contains("cc_kbc::http://"))
        };
        let place = var.map(|var| var.node.location());
        if let Some(place) = place.or_else(|| Some(word()?.location(workload.object))) {
            out.report(
                &META,
                Found::container(workload, container, place, WHAT, FIX),
            );
        }
    }
    let annotations = workload
        .object
        .node
        .at(&["metadata", "annotations"])
        .map(Node::entries);
    for entry in annotations.unwrap_or_default() {
        if entry
            .value
            .text()
            .is_some_and(|text| text.contains("cc_kbc::http://"))
        {
            let message = format!("{} {WHAT}", workload.object.title());
            let found = Found::new(workload.object, entry.value.location(), message, FIX);
            out.report(&META, found);
        }
    }
}
