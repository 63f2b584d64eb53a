//! A container installs code when it starts.
//!
//! ## What it detects
//!
//! Package managers, `git clone` and scripts from the network that run in the command of a
//! container.
//!
//! ## Why it matters
//!
//! What runs is not what was scanned and signed: it is whatever the index or the repository
//! holds at that moment.
//!
//! ## What it misses
//!
//! Programs of the image that install by themselves.
//!
//! ## Example
//!
//! ```yaml
//! command: [sh, -c, 'pip install vllm && vllm serve /m']
//! ```
//!
//! ## Remediation
//!
//! Build the packages into the image and pin the image by digest.
//!
//! ## References
//!
//! - <https://kubernetes.io/docs/concepts/containers/images/>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::{Process, Word, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "code-fetched-at-start",
    title: "A container installs code when it starts",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.001", "AML.T0011.001", "LLM03:2025"],
};

const FIX: &str = "Build the packages into the image and pin the image by digest.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const WHAT: &str = "installs code when it starts";
    for container in &workload.containers {
        let processes = &container.argv.processes;
        let piped = processes.windows(2).find_map(|pair| match pair {
            [fetch, shell] if is_piped(fetch, shell) => fetch.words.first(),
            _ => None,
        });
        let installs = || processes.iter().find(|own| installs(own))?.words.first();
        if let Some(word) = piped.or_else(installs) {
            let location = word.location(workload.object);
            out.report(
                &META,
                Found::container(workload, container, location, WHAT, FIX),
            );
        }
    }
}

/// `curl … | sh`: a shell that is given nothing to run but what it reads.
fn is_piped(fetch: &Process<'_>, shell: &Process<'_>) -> bool {
    let options = |word: &Word<'_>| word.text.starts_with('-') && word.text != "-c";
    matches!(fetch.program(), Some("curl" | "wget"))
        && matches!(shell.program(), Some("sh" | "bash" | "python" | "python3"))
        && shell.arguments().iter().all(options)
}

fn installs(process: &Process<'_>) -> bool {
    let words: Vec<&str> = process
        .arguments()
        .iter()
        .map(|word| word.text.as_str())
        .collect();
    let offline = words
        .iter()
        .any(|word| matches!(*word, "--no-index" | "--no-deps"));
    let verb = |verbs: &[&str]| words.iter().take(3).any(|word| verbs.contains(word));
    match process.program() {
        Some("pip" | "pip3" | "conda" | "mamba" | "npm" | "uv" | "gem" | "cargo") => {
            !offline && verb(&["install", "add", "i"])
        }
        Some("python" | "python3") => {
            !offline && words.starts_with(&["-m", "pip"]) && verb(&["install"])
        }
        Some("apt-get" | "apt" | "apk" | "yum" | "dnf") => verb(&["install", "add"]),
        Some("git") => verb(&["clone"]),
        _ => false,
    }
}
