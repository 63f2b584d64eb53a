//! An image is not pinned by digest.
//!
//! ## What it detects
//!
//! Images without a digest of full length; `latest` and images without a tag are named as such.
//!
//! ## Why it matters
//!
//! A tag can be moved to another image after it was scanned and signed.
//!
//! ## What it misses
//!
//! Images that a controller fills in, such as KServe's runtimes.
//!
//! ## Example
//!
//! ```yaml
//! image: vllm/vllm-openai:latest
//! ```
//!
//! ## Remediation
//!
//! Name the digest: `repository:tag@sha256:…`.
//!
//! ## References
//!
//! - AIK-MS-003 for models
//! - <https://kubernetes.io/docs/concepts/containers/images/>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::expression::{Covers, Each, Expression};
use crate::object::printable;
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "image-not-pinned",
    title: "An image is not pinned by digest",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9002", "AML.T0010.004", "LLM03:2025"],
};

const FIX: &str = "Name the digest: `repository:tag@sha256:…`.";

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Container,
    anchors: &["image"],
    holds: "!has(container.image) || container.image.matches('@sha256:[0-9a-f]{64}$') || \
            container.image.matches('@sha512:[0-9a-f]{128}$')",
    what: "runs an image that is not pinned by digest",
    place: &[],
    fix: FIX,
    covers: Covers::All,
};

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    for container in &workload.containers {
        let Some(image) = container.image.filter(|image| !image.is_pinned()) else {
            continue;
        };
        let how = match image.tag {
            None => "without a tag",
            Some("latest") => "by the tag `latest`",
            Some(_) => "by a tag that can move",
        };
        let what = format!("runs the image `{}` {how}", printable(image.text));
        let found = Found::container(workload, container, image.node.location(), &what, FIX);
        out.report(&META, found);
    }
}
