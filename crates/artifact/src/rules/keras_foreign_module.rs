//! A Keras model names code outside of Keras.
//!
//! ## What it detects
//!
//! Layers and functions of a Keras configuration whose `module` lies outside of Keras, and functions of
//! Keras that fetch or run things, such as `get_file`.
//!
//! ## Why it matters
//!
//! Loading the model imports the module it names and calls what it finds there, in several releases even
//! in safe mode.
//!
//! ## What it misses
//!
//! Custom objects that are registered under the name of Keras itself.
//!
//! ## Example
//!
//! ```json
//! {"module": "os", "class_name": "function", "config": "system"}
//! ```
//!
//! ## Remediation
//!
//! Do not load the model; have it written again with layers of Keras alone.
//!
//! ## References
//!
//! - <https://keras.io/api/models/model_saving_apis>
//! - CVE-2024-3660, CVE-2025-1550
//! - MITRE ATLAS AML.T0011.000, OWASP LLM03:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use serde_json::Value;

use super::{Check, Rule};
use crate::report::{Notice, Sink, printable};

pub(super) static META: RuleMeta = RuleMeta {
    id: "keras-foreign-module",
    title: "A Keras model names code outside of Keras",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.003", "AML.T0011.000", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Reader,
};

const FIX: &str = "Have the model written again with layers of Keras alone.";

/// Packages that Keras models are made of.
const PACKAGES: &[&str] = &[
    "builtins",
    "keras",
    "keras_cv",
    "keras_hub",
    "keras_nlp",
    "tf_keras",
];

/// Functions of Keras that reach files, the network or its own safeguards.
const GADGETS: &[&str] = &[
    "audio_dataset_from_directory",
    "clone_model",
    "copy_file",
    "deserialize",
    "enable_unsafe_deserialization",
    "export_archive",
    "extract_archive",
    "get_custom_objects",
    "get_file",
    "get_registered_object",
    "image_dataset_from_directory",
    "img_to_array",
    "load_img",
    "load_model",
    "load_weights",
    "makedirs",
    "model_from_config",
    "model_from_json",
    "model_to_dot",
    "open",
    "path_to_string",
    "plot_model",
    "remove",
    "rmtree",
    "save_img",
    "save_model",
    "save_weights",
    "set_backend",
    "text_dataset_from_directory",
];

/// Functions of Python that no layer or loss is.
const PYTHON: &[&str] = &[
    "__import__",
    "breakpoint",
    "compile",
    "delattr",
    "eval",
    "exec",
    "getattr",
    "globals",
    "input",
    "locals",
    "open",
    "setattr",
    "vars",
];

/// Reports a layer or function that is not of Keras.
pub(crate) fn check(layer: &Value, sink: &mut Sink<'_>) {
    if let Some(module) = layer.get("module").and_then(Value::as_str) {
        let root = module.split('.').next().unwrap_or_default();
        let tensorflow =
            module.starts_with("tensorflow.keras") || module.starts_with("tensorflow.python.keras");
        if !PACKAGES.contains(&root) && !tensorflow {
            let message = format!("the configuration names module \"{}\"", printable(module));
            sink.finding(&META, Notice::whole(message, FIX));
        }
    }
    let function = layer.get("class_name").and_then(Value::as_str) == Some("function");
    let name = layer
        .get("config")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let last = name.rsplit('.').next().unwrap_or_default();
    let object = layer.get("class_name").and_then(Value::as_str);
    let reaches = function && (GADGETS.contains(&last) || PYTHON.contains(&last))
        || object.is_some_and(|name| PYTHON.contains(&name) || GADGETS.contains(&name));
    let name = if function {
        name
    } else {
        object.unwrap_or_default()
    };
    if reaches {
        let message = format!(
            "the configuration names function \"{}\", which reaches out",
            printable(name)
        );
        sink.finding(&META, Notice::whole(message, FIX));
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::ids;

    #[test]
    fn modules_and_functions_that_reach_out_are_told() {
        for layer in [
            r#"{"module":"os","class_name":"function","config":"system"}"#,
            r#"{"module":"keras.utils","class_name":"function","config":"get_file"}"#,
            r#"{"module":"builtins","class_name":"function","config":"eval"}"#,
            r#"{"module":"builtins","class_name":"exec","config":"1"}"#,
        ] {
            assert_eq!(
                ids("config.json", layer.as_bytes()),
                ["keras-foreign-module"],
                "{layer}"
            );
        }
    }

    #[test]
    fn layers_of_keras_pass() {
        let layer =
            br#"{"module":"keras.src.models.functional","class_name":"Functional","config":{}}"#;
        assert_eq!(ids("config.json", layer), Vec::<&str>::new());
    }
}
