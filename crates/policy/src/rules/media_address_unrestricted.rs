//! A multimodal server fetches whatever address a request names.
//!
//! ## What it detects
//!
//! vLLM that is set up for images, audio or video (`--limit-mm-per-prompt`,
//! `--mm-processor-kwargs`, `--allowed-local-media-path`) without `--allowed-media-domains`, or
//! with redirects on.
//!
//! ## Why it matters
//!
//! A request makes the server read addresses inside of the cluster, the metadata service of the
//! cloud among them.
//!
//! ## What it misses
//!
//! Multimodal models that are served with defaults; network policies that stop the server.
//!
//! ## Example
//!
//! ```yaml
//! args: [--limit-mm-per-prompt, '{"image": 4}']
//! ```
//!
//! ## Remediation
//!
//! Set `--allowed-media-domains` and leave `VLLM_MEDIA_URL_ALLOW_REDIRECTS=0`.
//!
//! ## References
//!
//! - AIK-SV-006
//! - <https://docs.vllm.ai/en/latest/usage/security.html>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::{Flag, ServerKind, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "media-address-unrestricted",
    title: "A multimodal server fetches whatever address a request names",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0049", "MS-TA9033"],
};

const FIX: &str = "Set `--allowed-media-domains` and leave `VLLM_MEDIA_URL_ALLOW_REDIRECTS=0`.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const MEDIA: &[&str] = &[
        "--limit-mm-per-prompt",
        "--mm-processor-kwargs",
        "--allowed-local-media-path",
    ];
    const WHAT: &str = "fetches whatever address a request names";
    for container in workload
        .containers
        .iter()
        .filter(|own| own.runs(ServerKind::Vllm))
    {
        let argv = &container.argv;
        let limited = !matches!(argv.flag(&["--allowed-media-domains"]), Flag::Absent);
        let redirected = container.var_on("VLLM_MEDIA_URL_ALLOW_REDIRECTS");
        let place = match argv.flag(MEDIA) {
            Flag::Given(_, word) if !limited => Some(word.location(workload.object)),
            Flag::Given(..) | Flag::Absent => redirected.map(|var| var.node.location()),
        };
        if let Some(place) = place {
            out.report(
                &META,
                Found::container(workload, container, place, WHAT, FIX),
            );
        }
    }
}
