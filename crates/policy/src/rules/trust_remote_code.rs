//! Code from a model repository is executed.
//!
//! ## What it detects
//!
//! `--trust-remote-code` in any spelling, `TRUST_REMOTE_CODE` and alike in the environment, and
//! `trust_remote_code=True` in inline Python, wherever the command line is put together: `args`,
//! scripts, `eval`, variables, configuration maps.
//!
//! ## Why it matters
//!
//! The flag runs Python files from the model repository in the server, with its network, its
//! service account and its accelerators. Whoever can write to the repository owns the pod.
//!
//! ## What it misses
//!
//! Programs that set the option inside their own code.
//!
//! ## Example
//!
//! ```yaml
//! command: [sh, -c, "exec vllm serve /models/m ${EXTRA_ARGS}"]
//! env: [{name: EXTRA_ARGS, value: --trust-remote-code}]
//! ```
//!
//! ## Remediation
//!
//! Remove the flag and use a model whose architecture the server supports, or review the code and
//! build it into the image.
//!
//! ## References
//!
//! - AIK-MS-007
//! - <https://docs.vllm.ai/en/latest/usage/security.html>
//! - CVE-2026-114053

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::expression::{Covers, Each, Expression};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "trust-remote-code",
    title: "Code from a model repository is executed",
    severity: Severity::Critical,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &[
        "AML.T0010.003",
        "AML.T0011.000",
        "LLM03:2025",
        "AIR-SEC-008",
    ],
};

const FIX: &str = "Remove the flag and use a model whose architecture the server supports, or review the code and build it into the image.";

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Container,
    anchors: &["args", "command", "env"],
    holds: "(!has(container.args) || !container.args.exists(a, a.matches('^--trust[-_]remote[-_]code(=(true|True|1|yes|on))?$'))) && \
            (!has(container.command) || !container.command.exists(a, a.matches('^--trust[-_]remote[-_]code(=(true|True|1|yes|on))?$'))) && \
            (!has(container.env) || !container.env.exists(e, e.name in ['TRUST_REMOTE_CODE', 'VLLM_TRUST_REMOTE_CODE', \
            'HF_HUB_TRUST_REMOTE_CODE'] && has(e.value) && !(e.value.lowerAscii() in ['', '0', 'false', 'no', 'off', 'none'])))",
    what: "executes code from the model repository",
    place: &[],
    fix: FIX,
    covers: Covers::Part,
};

/// Looks at flags first, then at the environment, then at inline Python.
pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const VARIABLES: &[&str] = &[
        "TRUST_REMOTE_CODE",
        "VLLM_TRUST_REMOTE_CODE",
        "HF_HUB_TRUST_REMOTE_CODE",
    ];
    const WHAT: &str = "executes code from the model repository (trust remote code)";
    for container in &workload.containers {
        let inline = || {
            let mut words = container.argv.words();
            words.find(|word| {
                word.text
                    .replace(' ', "")
                    .contains("trust_remote_code=True")
            })
        };
        let flag = container.argv.switched_on(&["--trust-remote-code"]);
        let location = if let Some(word) = flag {
            Some(word.location(workload.object))
        } else if let Some(var) = VARIABLES.iter().find_map(|name| container.var_on(name)) {
            Some(var.node.location())
        } else {
            inline().map(|word| workload.object.locate(word.node, "trust_remote_code"))
        };
        if let Some(location) = location {
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
    use crate::rules::testing::{count, of, pod};

    #[test]
    fn every_form_of_the_flag_is_found() {
        for container in [
            "args: [--trust-remote-code]",
            "args: [--trust_remote_code=true]",
            "args: [--trust-remote-code, --port, '1']",
            "command: [bash, -c, 'exec vllm serve m --trust-remote-code']",
            "command: [bash, -ec, 'eval \"exec vllm serve m ${MORE}\"'], env: [{name: MORE, value: --trust-remote-code}]",
            "args: [$(MORE)], env: [{name: MORE, value: --trust-remote-code}]",
            "env: [{name: TRUST_REMOTE_CODE, value: 'true'}]",
            "command: [python, -c, 'load(m, trust_remote_code = True)']",
        ] {
            assert_eq!(count(META.id, &pod(container)), 1, "{container}");
        }
        for container in [
            "args: [--no-trust-remote-code]",
            "args: [--trust-remote-code=false]",
            "command: [sh, -c, 'vllm serve m # --trust-remote-code']",
            "env: [{name: TRUST_REMOTE_CODE, value: 'false'}]",
        ] {
            assert_eq!(count(META.id, &pod(container)), 0, "{container}");
        }
    }

    #[test]
    fn the_place_is_the_word_inside_the_script() {
        let text = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: c\n    command: [sh, -c]\n    args:\n    - |\n      vllm serve m \\\n        --trust-remote-code\n";
        let place = of(META.id, text)[0].location.unwrap();
        assert_eq!((place.line, place.column), (10, 9));
    }
}
