//! A tracking server without protection.
//!
//! ## What it detects
//!
//! MLflow with its security middleware switched off, or with any host or origin allowed.
//!
//! ## Why it matters
//!
//! A tracking server holds the model registry: who writes there chooses what is deployed next.
//!
//! ## What it misses
//!
//! Default passwords of the basic-auth application; servers that the wrong people reach.
//!
//! ## Example
//!
//! ```yaml
//! command: [mlflow, server, --host, 0.0.0.0, --disable-security-middleware]
//! ```
//!
//! ## Remediation
//!
//! Keep the middleware on, name the allowed hosts, and put an authenticating proxy in front.
//!
//! ## References
//!
//! - B.2 MLflow
//! - <https://mlflow.org/docs/latest/self-hosting/security/network/>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::{Flag, ServerKind, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "tracking-server-open",
    title: "A tracking server without protection",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0049", "AML.T0018", "LLM03:2025"],
};

const FIX: &str =
    "Keep the middleware on, name the allowed hosts, and put an authenticating proxy in front.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const WHAT: &str = "runs MLflow with its protection switched off";
    for container in &workload.containers {
        let any = |flag: &str| match container.argv.flag(&[flag]) {
            Flag::Given(Some("*"), word) => Some(word),
            Flag::Given(..) | Flag::Absent => None,
        };
        let word = container
            .argv
            .switched_on(&["--disable-security-middleware"])
            .or_else(|| any("--allowed-hosts"))
            .or_else(|| any("--cors-allowed-origins"));
        let is_mlflow = container
            .server
            .as_ref()
            .is_some_and(|server| server.kind == ServerKind::MlFlow);
        let var = container.var_on("MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE");
        let location = word
            .filter(|_| is_mlflow)
            .map(|word| word.location(workload.object))
            .or_else(|| var.map(|var| var.node.location()));
        if let Some(location) = location {
            out.report(
                &META,
                Found::container(workload, container, location, WHAT, FIX),
            );
        }
    }
}
