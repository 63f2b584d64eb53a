//! Requests may read local files of the server.
//!
//! ## What it detects
//!
//! `--allowed-local-media-path` set to the root or to a folder that holds credentials.
//!
//! ## Why it matters
//!
//! A request names a file and the model describes it: service account tokens, keys and other
//! tenants' data become answers.
//!
//! ## What it misses
//!
//! Folders below the root that hold secrets under other names.
//!
//! ## Example
//!
//! ```yaml
//! args: [--allowed-local-media-path, /]
//! ```
//!
//! ## Remediation
//!
//! Name one folder that holds nothing but public media, or leave the flag out.
//!
//! ## References
//!
//! - AIK-SV-007
//! - <https://docs.vllm.ai/en/latest/usage/security.html>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::object::printable;
use crate::workload::{Flag, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "local-media-path-wide",
    title: "Requests may read local files of the server",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0037", "AML.T0049", "LLM02:2025"],
};

const FIX: &str = "Name one folder that holds nothing but public media, or leave the flag out.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const WIDE: &[&str] = &[
        "/", "/etc", "/root", "/home", "/var", "/run", "/proc", "/mnt",
    ];
    for container in &workload.containers {
        if let Flag::Given(Some(path), word) = container.argv.flag(&["--allowed-local-media-path"])
            && (WIDE.contains(&path.trim_end_matches('/'))
                || path == "/"
                || path.contains("secret"))
        {
            let what = format!("lets requests read files below `{}`", printable(path));
            let location = word.location(workload.object);
            out.report(
                &META,
                Found::container(workload, container, location, &what, FIX),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{count, pod};

    #[test]
    fn only_wide_folders_count() {
        assert_eq!(
            count(META.id, &pod("args: ['--allowed-local-media-path=/']")),
            1
        );
        assert_eq!(
            count(
                META.id,
                &pod("args: ['--allowed-local-media-path', /var/run/secrets/x]")
            ),
            1
        );
        assert_eq!(
            count(
                META.id,
                &pod("args: ['--allowed-local-media-path', /srv/media]")
            ),
            0
        );
    }
}
