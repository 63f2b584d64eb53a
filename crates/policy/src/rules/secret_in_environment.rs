//! A secret is written into the manifest.
//!
//! ## What it detects
//!
//! Values of environment variables and of arguments such as `--api-key` whose names say that they
//! are secret, or which have the form of a known token.
//!
//! ## Why it matters
//!
//! Manifests lie in Git, in the API server and in logs; whoever reads one of them has the secret.
//!
//! ## What it misses
//!
//! Secrets under names that do not say so and without a known form.
//!
//! ## Example
//!
//! ```yaml
//! env: [{name: HF_TOKEN, value: hf_…}]
//! ```
//!
//! ## Remediation
//!
//! Refer to a Secret with `secretKeyRef` or mount it, and replace the one that was written down.
//!
//! ## References
//!
//! - AIK-SV-020, AIK-RY-007

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::object::printable;
use crate::workload::{EnvSource, Flag, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "secret-in-environment",
    title: "A secret is written into the manifest",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9027", "AML.T0055", "AIR-PREV-023"],
};

const FIX: &str =
    "Refer to a Secret with `secretKeyRef` or mount it, and replace the one that was written down.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    for container in &workload.containers {
        for var in &container.env {
            let EnvSource::Literal(value) = var.source else {
                continue;
            };
            if (names_secret(&var.name) && is_secret_value(value)) || has_token_form(value) {
                let what = format!("has a secret written into `{}`", printable(&var.name));
                let found = Found::container(workload, container, var.node.location(), &what, FIX);
                out.report(&META, found);
            }
        }
        let flags = ["--api-key", "--hf-token", "--password", "--token"];
        if let Flag::Given(Some(value), word) = container.argv.flag(&flags)
            && word.known
            && is_secret_value(value)
        {
            let found = Found::container(
                workload,
                container,
                word.location(workload.object),
                "has a secret written into its arguments",
                FIX,
            );
            out.report(&META, found);
        }
    }
}

fn names_secret(name: &str) -> bool {
    const ENDS: &[&str] = &[
        "PASSWORD",
        "PASSWD",
        "SECRET",
        "TOKEN",
        "API_KEY",
        "APIKEY",
        "ACCESS_KEY",
        "SECRET_KEY",
        "PRIVATE_KEY",
    ];
    let upper = name.to_ascii_uppercase();
    ENDS.iter().any(|end| upper.ends_with(end))
}

/// A value that is one: not empty, not a path, a reference, a placeholder or a switch.
fn is_secret_value(value: &str) -> bool {
    // What people write where a secret belongs, and names of Secrets and of kinds of token.
    const NOT_SECRET: &[&str] = &[
        "your",
        "replace",
        "example",
        "placeholder",
        "****",
        "secret",
        "token",
        "jwt",
        "change-me",
        "todo",
        "redacted",
    ];
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    value.len() >= 6
        && !value.starts_with(['/', '$', '<', '{'])
        && !value.contains("://")
        && !NOT_SECRET.iter().any(|word| lower.contains(word))
        && !lower.trim_matches(['x', '-']).is_empty()
        && !value
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
        && !matches!(
            value.to_ascii_lowercase().as_str(),
            "disabled" | "enabled" | "default" | "changeit"
        )
        && value.bytes().any(|byte| byte.is_ascii_alphanumeric())
}

fn has_token_form(value: &str) -> bool {
    const PREFIXES: &[(&str, usize)] = &[
        ("hf_", 30),
        ("sk-", 32),
        ("ghp_", 40),
        ("github_pat_", 40),
        ("AKIA", 20),
        ("xoxb-", 30),
        ("glpat-", 24),
        ("nvapi-", 40),
    ];
    PREFIXES.iter().any(|(prefix, length)| {
        value.len() >= *length
            && value.starts_with(prefix)
            && value
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{count, of, pod};

    #[test]
    fn references_and_paths_are_fine_and_the_value_is_never_shown() {
        let secret = format!("s3cret{}", "x".repeat(6));
        let found = of(
            META.id,
            &pod(&format!("env: [{{name: DB_PASSWORD, value: {secret}}}]")),
        );
        assert_eq!(found.len(), 1);
        assert!(!found[0].message.contains(&secret));
        let token = format!("hf_{}", "a".repeat(34));
        assert_eq!(
            count(
                META.id,
                &pod(&format!("env: [{{name: X, value: {token}}}]"))
            ),
            1
        );
        assert_eq!(count(META.id, &pod("args: [--api-key, abcdef123456]")), 1);
        for container in [
            "env: [{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: a, key: b}}}]",
            "env: [{name: TOKEN, value: /var/run/token}]",
            "env: [{name: MAX_TOKENS, value: '1000000'}]",
            "args: [--api-key, $(KEY)], env: [{name: KEY, valueFrom: {secretKeyRef: {name: a, key: b}}}]",
        ] {
            assert_eq!(count(META.id, &pod(container)), 0, "{container}");
        }
    }
}
