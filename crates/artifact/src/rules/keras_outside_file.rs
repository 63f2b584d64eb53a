//! A Keras model loads another file or program.
//!
//! ## What it detects
//!
//! Layers that hold or name something else to load: `TFSMLayer` (a SavedModel by its path),
//! `TorchModuleWrapper` (a pickled module of PyTorch), `FlaxLayer` and `JaxLayer` (functions), and
//! look-up layers whose vocabulary is a path instead of a list.
//!
//! ## Why it matters
//!
//! What such a layer loads is no part of the file that was scanned and signed. A SavedModel runs its
//! operations, a pickle runs what it likes, and a vocabulary reads any file of the server into the model.
//!
//! ## What it misses
//!
//! Layers that are registered under other names.
//!
//! ## Example
//!
//! ```json
//! {"module": "keras.layers", "class_name": "TFSMLayer", "config": {"filepath": "/srv/shared/model"}}
//! ```
//!
//! ## Remediation
//!
//! Have the model written again with its vocabulary inside and with layers of Keras alone.
//!
//! ## References
//!
//! - CVE-2025-12058, CVE-2025-49655
//! - <https://keras.io/api/layers/backend_specific_layers>
//! - MITRE ATLAS AML.T0010.003, OWASP LLM03:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use serde_json::Value;

use super::{Check, Rule};
use crate::report::{Notice, Sink, printable};

pub(super) static META: RuleMeta = RuleMeta {
    id: "keras-outside-file",
    title: "A Keras model loads another file or program",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.2.0",
    status: RuleStatus::Preview,
    maps: &["AML.T0010.003", "AML.T0011.000", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Reader,
};

const FIX: &str =
    "Have the model written again with its vocabulary inside and layers of Keras alone.";

/// Layers that load something, and what.
const LAYERS: &[(&str, &str)] = &[
    ("FlaxLayer", "functions of another framework"),
    ("JaxLayer", "functions of another framework"),
    ("TFSMLayer", "a SavedModel of another folder"),
    ("TorchModuleWrapper", "a pickled module"),
];

/// Settings of look-up layers that hold a list, or a path.
const VOCABULARIES: &[&str] = &["idf_weights", "vocabulary"];

/// Reports a layer that loads something else.
pub(crate) fn check(layer: &Value, sink: &mut Sink<'_>) {
    let class = layer.get("class_name").and_then(Value::as_str);
    let known = LAYERS.iter().find(|(name, _)| Some(*name) == class);
    if let Some((name, what)) = known {
        let message = format!("the configuration holds {name}, which loads {what}");
        sink.finding(&META, Notice::whole(message, FIX));
    }
    let Some(config) = layer.get("config") else {
        return;
    };
    for key in VOCABULARIES {
        if let Some(path) = config.get(key).and_then(Value::as_str) {
            let message = format!(
                "the {key} of {} is the file \"{}\"",
                printable(class.unwrap_or_default()),
                printable(path)
            );
            sink.finding(&META, Notice::whole(message, FIX));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::ids;

    #[test]
    fn layers_that_load_something_else_are_told() {
        for layer in [
            r#"{"module":"keras.layers","class_name":"TFSMLayer","config":{"filepath":"/m"}}"#,
            r#"{"class_name":"TorchModuleWrapper","config":{"module":"gAKVLg=="}}"#,
            r#"{"module":"keras.layers","class_name":"StringLookup","config":{"vocabulary":"/etc/passwd"}}"#,
        ] {
            let found = ids("config.json", layer.as_bytes());
            assert_eq!(found, ["keras-outside-file"], "{layer}");
        }
    }

    #[test]
    fn a_vocabulary_inside_passes() {
        let layer = br#"{"module":"keras.layers","class_name":"StringLookup","config":{"vocabulary":["a","b"]}}"#;
        assert_eq!(ids("config.json", layer), Vec::<&str>::new());
    }
}
