//! The RPC backend of llama.cpp listens on the network.
//!
//! ## What it detects
//!
//! `rpc-server` of llama.cpp bound to an address other than loopback.
//!
//! ## Why it matters
//!
//! The backend takes raw memory operations without authentication; the project itself says not to
//! use it on open networks.
//!
//! ## What it misses
//!
//! The client side (`--rpc host:port`) in other pods.
//!
//! ## Example
//!
//! ```yaml
//! command: [rpc-server, -H, 0.0.0.0, -p, "50052"]
//! ```
//!
//! ## Remediation
//!
//! Bind it to 127.0.0.1 in one pod with its client, or do without the RPC backend.
//!
//! ## References
//!
//! - AIK-SV-018
//! - CVE-2026-34159

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::{Flag, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "llama-rpc-server",
    title: "The RPC backend of llama.cpp listens on the network",
    severity: Severity::Critical,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0049", "MS-TA9009"],
};

const FIX: &str = "Bind it to 127.0.0.1 in one pod with its client, or do without the RPC backend.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const WHAT: &str = "offers the RPC backend of llama.cpp to the network without authentication";
    for container in &workload.containers {
        let runs = container
            .argv
            .processes
            .iter()
            .any(|process| process.program() == Some("rpc-server"));
        if let Flag::Given(Some(host), word) = container.argv.flag(&["-H", "--host"])
            && runs
            && !matches!(host, "127.0.0.1" | "localhost" | "::1")
        {
            let location = word.location(workload.object);
            out.report(
                &META,
                Found::container(workload, container, location, WHAT, FIX),
            );
        }
    }
}
