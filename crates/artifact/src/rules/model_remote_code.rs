//! A model configuration asks for Python code to be run.
//!
//! ## What it detects
//!
//! The `auto_map` and `custom_pipelines` entries of a Hugging Face configuration. Code that lies in another
//! repository weighs more than code that lies beside the weights.
//!
//! ## Why it matters
//!
//! Loading the model with `trust_remote_code=True` imports that code. What it does can change after the
//! review, because it is fetched by name.
//!
//! ## What it misses
//!
//! The code itself is not judged, which leaves the verdict open.
//!
//! ## Example
//!
//! ```json
//! {"auto_map": {"AutoModel": "other/repo--modeling.Net"}}
//! ```
//!
//! ## Remediation
//!
//! Copy the code into your own repository, review it, pin it, and load without `trust_remote_code`.
//!
//! ## References
//!
//! - <https://huggingface.co/docs/transformers/custom_models>
//! - MITRE ATLAS AML.T0011.000, OWASP LLM03:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use serde_json::Value;

use super::{Check, Rule};
use crate::report::{Notice, Sink};

pub(super) static META: RuleMeta = RuleMeta {
    id: "model-remote-code",
    title: "A model configuration asks for Python code to be run",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.003", "AML.T0011.000", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Reader,
};

const FIX: &str =
    "Review and pin the code in your own repository, and load without trust_remote_code.";

/// Reports the entries that name code.
pub(crate) fn check(config: &Value, sink: &mut Sink<'_>) {
    for key in ["auto_map", "custom_pipelines"] {
        let Some(value) = config.get(key) else {
            continue;
        };
        let foreign = value.to_string().contains("--");
        let (message, severity) = if foreign {
            (
                "the configuration asks for Python code of another repository",
                Severity::High,
            )
        } else {
            (
                "the configuration asks for Python code that lies beside it",
                Severity::Medium,
            )
        };
        sink.problem(None, format!("{message}, which is not judged"));
        sink.finding(&META, Notice::whole(message, FIX).severity(severity));
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{ids, problems};

    #[test]
    fn code_by_name_is_told_and_leaves_the_verdict_open() {
        let local = br#"{"auto_map":{"AutoModel":"modeling.Net"}}"#;
        assert_eq!(ids("config.json", local), ["model-remote-code"]);
        assert_eq!(problems("config.json", local), 1);
        let foreign = br#"{"custom_pipelines":{"x":{"impl":"a/b--c.D"}}}"#;
        assert_eq!(ids("config.json", foreign), ["model-remote-code"]);
    }

    #[test]
    fn an_ordinary_configuration_passes() {
        let plain = br#"{"architectures":["LlamaForCausalLM"],"hidden_size":8}"#;
        assert_eq!(ids("config.json", plain), Vec::<&str>::new());
    }
}
