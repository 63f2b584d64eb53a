//! A Ray runtime environment fetches code by URL.
//!
//! ## What it detects
//!
//! `working_dir` or `py_modules` with an address in `runtimeEnvYAML` of `RayJob` and in
//! `serveConfigV2` of `RayService`.
//!
//! ## Why it matters
//!
//! The code is fetched when the job starts, by whoever controls the address then, and runs on every
//! node.
//!
//! ## What it misses
//!
//! Packages from `pip` without hashes; addresses inside the code.
//!
//! ## Example
//!
//! ```yaml
//! runtimeEnvYAML: |
//!   working_dir: "https://github.com/org/repo/archive/main.zip"
//! ```
//!
//! ## Remediation
//!
//! Build the code into the image, or name an archive whose address contains a digest or a full
//! commit.
//!
//! ## References
//!
//! - AIK-RY-006

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::object::Object;

pub(super) static META: RuleMeta = RuleMeta {
    id: "ray-remote-code",
    title: "A Ray runtime environment fetches code by URL",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.001", "AML.T0011.001", "LLM03:2025"],
};

const FIX: &str = "Build the code into the image, or name an archive whose address contains a digest or a full commit.";

pub(super) fn check(_ctx: &Context<'_>, object: &Object, out: &mut Out) {
    if object.group() != "ray.io" {
        return;
    }
    for key in ["runtimeEnvYAML", "serveConfigV2"] {
        let Some(node) = object.node.at(&["spec", key]) else {
            continue;
        };
        let lines = node.text().unwrap_or_default().lines();
        let remote = lines.map(str::trim).find(|line| {
            let key = line.trim_start_matches("- ");
            (key.starts_with("working_dir")
                || key.starts_with("py_modules")
                || key.starts_with('"'))
                && (line.contains("://") && !has_commit(line))
        });
        if let Some(line) = remote {
            let message = format!("{} fetches code by address when it starts", object.title());
            let location = object.locate(node, line);
            out.report(&META, Found::new(object, location, message, FIX));
        }
    }
}

/// A run of 40 hexadecimal digits: a full commit in the address.
fn has_commit(line: &str) -> bool {
    line.split(|letter: char| !letter.is_ascii_hexdigit())
        .any(|run| run.len() == 40 || run.len() == 64)
}
