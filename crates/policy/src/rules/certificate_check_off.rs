//! A program does not check whom it talks to.
//!
//! ## What it detects
//!
//! Variables that switch the check of certificates off (`PYTHONHTTPSVERIFY=0`,
//! `NODE_TLS_REJECT_UNAUTHORIZED=0`, `GIT_SSL_NO_VERIFY`, `MLFLOW_TRACKING_INSECURE_TLS`), and
//! downloads with `--insecure`, `--no-check-certificate` or `--trusted-host`.
//!
//! ## Why it matters
//!
//! Models, packages and credentials pass through the hands of whoever stands in between.
//!
//! ## What it misses
//!
//! Checks that are switched off in code. Calls to the pod itself are left out.
//!
//! ## Example
//!
//! ```yaml
//! env: [{name: PYTHONHTTPSVERIFY, value: "0"}]
//! ```
//!
//! ## Remediation
//!
//! Mount the certificate authority and name it (`SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE`).
//!
//! ## References
//!
//! - AIK-MS-004

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::{Process, Word, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "certificate-check-off",
    title: "A program does not check whom it talks to",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010", "AML.T0055", "LLM03:2025"],
};

const FIX: &str =
    "Mount the certificate authority and name it (`SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE`).";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const OFF: &[&str] = &["PYTHONHTTPSVERIFY", "NODE_TLS_REJECT_UNAUTHORIZED"];
    const ON: &[&str] = &["GIT_SSL_NO_VERIFY", "MLFLOW_TRACKING_INSECURE_TLS"];
    const WHAT: &str = "does not check whom it talks to";
    for container in &workload.containers {
        let off = |name: &&str| {
            container
                .value(name)
                .is_some_and(|value| value.trim() == "0")
        };
        let var = OFF
            .iter()
            .find(|name| off(name))
            .and_then(|name| container.var(name));
        let var = var.or_else(|| ON.iter().find_map(|name| container.var_on(name)));
        let word = container.argv.processes.iter().find_map(unchecked);
        let place = var.map(|var| var.node.location());
        let place = place.or_else(|| word.map(|word| word.location(workload.object)));
        if let Some(place) = place {
            out.report(
                &META,
                Found::container(workload, container, place, WHAT, FIX),
            );
        }
    }
}

/// The word that switches the check of a download off.
fn unchecked<'p, 'a>(process: &'p Process<'a>) -> Option<&'p Word<'a>> {
    let flags: &[&str] = match process.program()? {
        "curl" => &[
            "-k",
            "--insecure",
            "-sk",
            "-ks",
            "-kL",
            "-Lk",
            "-skL",
            "-sSk",
        ],
        "wget" => &["--no-check-certificate"],
        "pip" | "pip3" | "uv" => &["--trusted-host"],
        "aws" => &["--no-verify-ssl"],
        _ => return None,
    };
    let local = |text: &str| {
        [
            "//localhost",
            "//127.0.0.1",
            "//[::1]",
            "//kubernetes.default",
        ]
        .iter()
        .any(|host| text.contains(host))
    };
    let arguments = process.arguments();
    let found = arguments.iter().find(|word| {
        flags.contains(&word.text.as_str()) || word.text.starts_with("--trusted-host=")
    })?;
    (!arguments.iter().any(|word| local(&word.text))).then_some(found)
}
