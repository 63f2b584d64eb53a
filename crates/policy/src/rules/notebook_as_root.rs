//! A notebook runs as root or lets its user become root.
//!
//! ## What it detects
//!
//! `--allow-root`, `GRANT_SUDO` and `NB_UID=0` of the images of Jupyter.
//!
//! ## Why it matters
//!
//! Whatever a person or a model writes into a cell owns the container, and is one flaw of the
//! kernel away from the node.
//!
//! ## What it misses
//!
//! Images whose user is root.
//!
//! ## Example
//!
//! ```yaml
//! env: [{name: GRANT_SUDO, value: "yes"}]
//! ```
//!
//! ## Remediation
//!
//! Remove the setting, and build what needs root into the image.
//!
//! ## References
//!
//! - AIK-NB-003
//! - <https://jupyter-docker-stacks.readthedocs.io/en/latest/using/common.html>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::{ServerKind, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "notebook-as-root",
    title: "A notebook runs as root or lets its user become root",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9018", "AML.T0105"],
};

const FIX: &str = "Remove the setting, and build what needs root into the image.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const WHAT: &str = "runs a notebook as root or lets its user become root";
    for container in &workload.containers {
        let is_root = container
            .value("NB_UID")
            .is_some_and(|user| user.trim() == "0");
        let var = container.var_on("GRANT_SUDO");
        let var = var.or_else(|| container.var("NB_UID").filter(|_| is_root));
        let word = container.argv.switched_on(&["--allow-root"]);
        let word = word.filter(|_| container.runs(ServerKind::Jupyter));
        let place = word.map(|word| word.location(workload.object));
        if let Some(place) = place.or_else(|| var.map(|var| var.node.location())) {
            out.report(
                &META,
                Found::container(workload, container, place, WHAT, FIX),
            );
        }
    }
}
