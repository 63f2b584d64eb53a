//! A container with accelerators preloads a library.
//!
//! ## What it detects
//!
//! `LD_PRELOAD` in the environment of a container that requests accelerators, unless it names a
//! memory allocator of the image.
//!
//! ## Why it matters
//!
//! The hook of the container toolkit ran with this variable outside of the container: the known
//! escape to the node has this shape.
//!
//! ## What it misses
//!
//! Variables that the image itself sets.
//!
//! ## Example
//!
//! ```yaml
//! env: [{name: LD_PRELOAD, value: /proc/self/cwd/x.so}]
//! ```
//!
//! ## Remediation
//!
//! Remove the variable and link the library, and keep the container toolkit at 1.17.8 or later.
//!
//! ## References
//!
//! - AIK-GP-004
//! - CVE-2025-23266

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "preload-in-accelerator-container",
    title: "A container with accelerators preloads a library",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0105", "AML.T0010.001"],
};

const FIX: &str =
    "Remove the variable and link the library, and keep the container toolkit at 1.17.8 or later.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const WHAT: &str = "preloads a library beside its accelerators";
    for container in workload.containers.iter().filter(|own| own.gpus > 0) {
        let var = container.var("LD_PRELOAD");
        let foreign = |text: &str| text.split([':', ' ']).any(|library| !is_allocator(library));
        if let Some(var) = var.filter(|var| var.source.text().is_some_and(foreign)) {
            let location = var.node.location();
            out.report(
                &META,
                Found::container(workload, container, location, WHAT, FIX),
            );
        }
    }
}

/// Allocators that images for accelerators preload for speed, from where packages install them.
fn is_allocator(library: &str) -> bool {
    const NAMES: &[&str] = &[
        "libtcmalloc",
        "libjemalloc",
        "libmimalloc",
        "libiomp5",
        "libgomp",
    ];
    const FOLDERS: &[&str] = &["/usr/lib", "/usr/local/lib", "/opt/", "/lib"];
    let file = library.rsplit('/').next().unwrap_or_default();
    let placed = FOLDERS.iter().any(|folder| library.starts_with(folder));
    library.is_empty()
        || (placed && !library.contains("..") && NAMES.iter().any(|name| file.starts_with(name)))
}
