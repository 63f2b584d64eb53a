//! The arguments of a model server depend on what the manifests do not show.
//!
//! ## What it detects
//!
//! A recognised model server whose command line contains a variable that no object of the set
//! defines, or a command substitution.
//!
//! ## Why it matters
//!
//! Dangerous flags can hide there. What was not seen did not pass; this says so once per container.
//!
//! ## What it misses
//!
//! Entrypoints of images.
//!
//! ## Example
//!
//! ```yaml
//! args: [$(EXTRA_ARGS)]
//! ```
//!
//! ## Remediation
//!
//! Write the arguments out, or scan the objects that define the variable together with this one.
//!
//! ## References
//!
//! - AIK-MS-007 and the other rules about arguments

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out, Scope};
use crate::workload::{EnvSource, Word, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "arguments-not-resolved",
    title: "The arguments of a model server depend on what the manifests do not show",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0074"],
};

const FIX: &str =
    "Write the arguments out, or scan the objects that define the variable together with this one.";

pub(super) fn check(ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    // A single object at admission never shows its configuration maps.
    if ctx.scope == Scope::Single {
        return;
    }
    const WHAT: &str = "takes arguments that the manifests do not show";
    for container in workload
        .containers
        .iter()
        .filter(|container| container.server.is_some())
    {
        // Secrets as values of flags are how it should be; a whole argument from one is not.
        let word = container
            .argv
            .words()
            .find(|word| !word.known && !word.text.starts_with('-'));
        let secret = |word: &Word<'_>| {
            container.env.iter().any(|var| {
                var.source == EnvSource::Secret
                    && word
                        .node
                        .text()
                        .is_some_and(|text| text.contains(&*var.name))
            })
        };
        if let Some(word) = word.filter(|word| !secret(word)) {
            let location = word.node.location();
            out.report(
                &META,
                Found::container(workload, container, location, WHAT, FIX),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{count, pod};

    #[test]
    fn defined_variables_and_secrets_are_fine() {
        assert_eq!(
            count(META.id, &pod("image: vllm/vllm-openai, args: [$(MORE)]")),
            1
        );
        assert_eq!(
            count(
                META.id,
                &pod("image: vllm/vllm-openai, args: [$(MORE)], env: [{name: MORE, value: --x}]")
            ),
            0
        );
        assert_eq!(
            count(
                META.id,
                &pod(
                    "image: vllm/vllm-openai, args: [--api-key, $(K)], env: [{name: K, valueFrom: {secretKeyRef: {name: s, key: k}}}]"
                )
            ),
            0
        );
    }
}
