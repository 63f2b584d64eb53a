//! A model server asks nobody who they are.
//!
//! ## What it detects
//!
//! vLLM, SGLang, llama.cpp and Text Generation Inference without an API key, where they listen
//! on more than the local address.
//!
//! ## Why it matters
//!
//! Every pod that reaches the port spends accelerators and reads the answers of the model.
//!
//! ## What it misses
//!
//! Proxies and meshes in front; keys in configuration files. A key of vLLM covers only some of
//! its paths.
//!
//! ## Example
//!
//! ```yaml
//! command: [vllm, serve, /models/m]
//! ```
//!
//! ## Remediation
//!
//! Let the gateway stand in front, and allow the port to nobody else with a network policy; set
//! a key from a Secret besides.
//!
//! ## References
//!
//! - AIK-SV-002
//! - <https://docs.vllm.ai/en/latest/usage/security.html>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::{Container, Flag, ServerKind, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "inference-without-key",
    title: "A model server asks nobody who they are",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0040", "AML.T0034", "AIR-PREV-012"],
};

const FIX: &str = "Let the gateway stand in front, and allow the port to nobody else with a network policy; set a key from a Secret besides.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const KEYS: &[&str] = &["--api-key", "--api-key-file", "--api-keys"];
    const NAMES: &[&str] = &["VLLM_API_KEY", "API_KEY", "LLAMA_API_KEY", "SGLANG_API_KEY"];
    const WHAT: &str = "serves a model to whoever reaches its port";
    for container in workload.containers.iter().filter(|own| asks_nobody(own)) {
        let keyed = !matches!(container.argv.flag(KEYS), Flag::Absent)
            || NAMES.iter().any(|name| container.var(name).is_some());
        let local = match container.argv.flag(&["--host", "--hostname"]) {
            Flag::Given(Some(host), _) => matches!(host, "127.0.0.1" | "localhost" | "::1"),
            Flag::Given(None, _) | Flag::Absent => false,
        };
        // Where a word is not known, it may be the key.
        if !keyed && !local && container.argv.unknown().is_none() {
            let found = Found::container(workload, container, container.node.location(), WHAT, FIX);
            out.report(&META, found);
        }
    }
}

fn asks_nobody(container: &Container<'_>) -> bool {
    container.server.as_ref().is_some_and(|server| {
        matches!(
            server.kind,
            ServerKind::Vllm
                | ServerKind::SgLang
                | ServerKind::LlamaCpp
                | ServerKind::TextGenerationInference
        )
    })
}
