//! Shared memory without a size limit.
//!
//! ## What it detects
//!
//! An `emptyDir` with `medium: Memory` and no `sizeLimit`.
//!
//! ## Why it matters
//!
//! Data loaders fill it until the node runs out of memory and other pods die with them.
//!
//! ## What it misses
//!
//! Memory file systems that the image mounts.
//!
//! ## Example
//!
//! ```yaml
//! volumes: [{name: shm, emptyDir: {medium: Memory}}]
//! ```
//!
//! ## Remediation
//!
//! Set `sizeLimit`.
//!
//! ## References
//!
//! - AIK-TR-005

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::expression::{Covers, Each, Expression};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "shared-memory-unbounded",
    title: "Shared memory without a size limit",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0029", "MS-TA9040"],
};

const FIX: &str = "Set `sizeLimit`.";

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Volume,
    anchors: &["emptyDir"],
    holds: "!has(volume.emptyDir) || !has(volume.emptyDir.medium) || volume.emptyDir.medium != 'Memory' || \
            has(volume.emptyDir.sizeLimit)",
    what: "has memory-backed scratch without a size limit",
    place: &[],
    fix: FIX,
    covers: Covers::All,
};

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    for volume in workload.volumes() {
        let Some(scratch) = volume.get("emptyDir") else {
            continue;
        };
        if scratch.text_at(&["medium"]) == Some("Memory") && scratch.get("sizeLimit").is_none() {
            let message = format!(
                "{} has memory-backed scratch without a size limit",
                workload.object.title()
            );
            out.report(
                &META,
                Found::new(workload.object, scratch.location(), message, FIX),
            );
        }
    }
}
