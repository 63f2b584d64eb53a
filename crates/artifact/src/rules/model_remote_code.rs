//! A model configuration asks for Python code to be run.
//!
//! ## What it detects
//!
//! The `auto_map`, `custom_pipelines` and `trust_remote_code` entries of a Hugging Face configuration,
//! components of a pipeline and modules of sentence-transformers that are not of a library, and a base
//! model of an adapter that is a path. Code that lies in another repository weighs more than code that
//! lies beside the weights.
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

/// Libraries whose classes a pipeline or a list of modules may name.
const LIBRARIES: &[&str] = &[
    "diffusers",
    "onnxruntime",
    "peft",
    "sentence_transformers",
    "transformers",
];

/// Reports the entries that name code.
pub(crate) fn check(config: &Value, sink: &mut Sink<'_>) {
    check_components(config, sink);
    if config.get("trust_remote_code").and_then(Value::as_bool) == Some(true) {
        let message = "the configuration asks to be trusted with remote code";
        sink.finding(&META, Notice::whole(message, FIX));
    }
    let base = config
        .get("base_model_name_or_path")
        .and_then(Value::as_str);
    if base.is_some_and(|base| base.starts_with(['/', '\\', '~']) || base.contains("..")) {
        let message = "the adapter takes its base model from a path of the machine it was made on";
        sink.finding(&META, Notice::whole(message, FIX).severity(Severity::Low));
    }
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

/// Components of a diffusers pipeline (`"unet": ["diffusers", "Net"]`) and modules of
/// sentence-transformers (`"type": "sentence_transformers.models.Pooling"`).
fn check_components(config: &Value, sink: &mut Sink<'_>) {
    let library = |name: &str| {
        let root = name.split('.').next().unwrap_or_default();
        !name.contains("--") && LIBRARIES.contains(&root)
    };
    let pipeline = config.get("_diffusers_version").is_some();
    let components = config.as_object().filter(|_| pipeline);
    let named = components.into_iter().flatten().filter_map(|(_, value)| {
        let [first, _] = value.as_array()?.as_slice() else {
            return None;
        };
        first.as_str()
    });
    let modules = config.as_array().into_iter().flatten();
    let typed = modules.filter_map(|module| module.get("type")?.as_str());
    for name in named.chain(typed).filter(|name| !library(name)) {
        let message = format!(
            "the configuration names a component of \"{}\", which is no library known",
            crate::report::printable(name)
        );
        sink.problem(None, message.clone());
        sink.finding(&META, Notice::whole(message, FIX));
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
    fn components_of_unknown_libraries_are_told() {
        let pipeline =
            br#"{"_diffusers_version":"0.3","unet":["my_unet","Net"],"vae":["diffusers","Vae"]}"#;
        assert_eq!(ids("model_index.json", pipeline), ["model-remote-code"]);
        let modules = br#"[{"type":"sentence_transformers.models.Pooling"},{"type":"own.Net"}]"#;
        assert_eq!(ids("modules.json", modules), ["model-remote-code"]);
        let adapter = br#"{"base_model_name_or_path":"/srv/base"}"#;
        assert_eq!(ids("adapter_config.json", adapter), ["model-remote-code"]);
    }

    #[test]
    fn an_ordinary_configuration_passes() {
        let plain = br#"{"architectures":["LlamaForCausalLM"],"hidden_size":8}"#;
        assert_eq!(ids("config.json", plain), Vec::<&str>::new());
    }
}
