//! A notebook without token or password.
//!
//! ## What it detects
//!
//! Jupyter started with an empty token or password, or with its cross-site check switched off.
//!
//! ## Why it matters
//!
//! A notebook is a shell. Without authentication every pod, and through a browser every web page,
//! runs code with its data and its service account.
//!
//! ## What it misses
//!
//! Settings in configuration files of the image or of a volume.
//!
//! ## Example
//!
//! ```yaml
//! command: [jupyter, lab, --ServerApp.token=]
//! ```
//!
//! ## Remediation
//!
//! Leave the token at its default, or set a password hash from a secret, and let an authenticating
//! proxy stand in front.
//!
//! ## References
//!
//! - AIK-NB-001
//! - <https://jupyter-server.readthedocs.io/en/latest/operators/security.html>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "notebook-without-authentication",
    title: "A notebook without token or password",
    severity: Severity::Critical,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0049", "MS-TA9005", "AML.T0008.000"],
};

const FIX: &str = "Leave the token at its default, or set a password hash from a secret, and let an authenticating proxy stand in front.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const WHAT: &str = "opens a notebook to whoever reaches it";
    for container in &workload.containers {
        if let Some(word) = container.argv.words().find(|word| opens(&word.text)) {
            let location = word.location(workload.object);
            out.report(
                &META,
                Found::container(workload, container, location, WHAT, FIX),
            );
        }
    }
}

/// `--ServerApp.token=''` and alike. An empty password alone leaves the token, so both spellings of
/// the token count, and the password only where nothing but it protects.
fn opens(word: &str) -> bool {
    let Some((name, value)) = word.split_once('=') else {
        return false;
    };
    let value = value.trim_matches(['\'', '"']);
    let Some((app, option)) = name.trim_start_matches('-').split_once('.') else {
        return false;
    };
    let is_jupyter = matches!(
        app,
        "ServerApp" | "NotebookApp" | "IdentityProvider" | "LabApp" | "PasswordIdentityProvider"
    );
    match option {
        "token" => is_jupyter && value.is_empty(),
        "disable_check_xsrf" => is_jupyter && value.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{count, pod};

    #[test]
    fn empty_tokens_count_in_every_spelling() {
        for word in [
            "--ServerApp.token=",
            "\"--NotebookApp.token=''\"",
            "--IdentityProvider.token=",
        ] {
            assert_eq!(
                count(META.id, &pod(&format!("command: [jupyter, lab, {word}]"))),
                1,
                "{word}"
            );
        }
        let script = "command: [sh, -c, \"jupyter lab --ServerApp.token='' --ip=0.0.0.0\"]";
        assert_eq!(count(META.id, &pod(script)), 1);
        assert_eq!(
            count(
                META.id,
                &pod("command: [jupyter, lab, --ServerApp.token=abc]")
            ),
            0
        );
        assert_eq!(
            count(
                META.id,
                &pod("command: [jupyter, lab, --ServerApp.password=]")
            ),
            0
        );
    }
}
