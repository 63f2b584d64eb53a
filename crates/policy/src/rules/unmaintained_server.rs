//! A model server that nobody maintains.
//!
//! ## What it detects
//!
//! TorchServe, by its program, its image or the model format of KServe that leads to it.
//!
//! ## Why it matters
//!
//! Its makers announce no security updates any more.
//!
//! ## What it misses
//!
//! Copies under other names.
//!
//! ## Example
//!
//! ```yaml
//! image: pytorch/torchserve:0.12.0-cpu
//! ```
//!
//! ## Remediation
//!
//! Move to a maintained server.
//!
//! ## References
//!
//! - AIK-SV-015
//! - <https://github.com/pytorch/serve>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::{ServerKind, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "unmaintained-server",
    title: "A model server that nobody maintains",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.001", "MS-TA9004"],
};

const FIX: &str = "Move to a maintained server.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const WHAT: &str = "runs TorchServe, which gets no security updates";
    let servers = workload.containers.iter();
    for container in servers.filter(|own| own.runs(ServerKind::TorchServe)) {
        let node = container.image.map_or(container.node, |image| image.node);
        let found = Found::container(workload, container, node.location(), WHAT, FIX);
        out.report(&META, found);
    }
}
