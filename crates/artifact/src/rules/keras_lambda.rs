//! A Keras model carries Python code in a layer.
//!
//! ## What it detects
//!
//! `Lambda` layers and serialised functions (`__lambda__`) in the `config.json` of a `.keras` archive, in an
//! unpacked configuration, and in the model configuration of HDF5 files.
//!
//! ## Why it matters
//!
//! The layer holds byte code that runs when the model is called, and in HDF5 files no safe mode stops
//! it.
//!
//! ## What it misses
//!
//! Parts of HDF5 files that are not read are searched for what Keras writes, and reported as not analysed.
//!
//! ## Example
//!
//! ```json
//! {"class_name": "Lambda", "config": {"function": {"class_name": "__lambda__"}}}
//! ```
//!
//! ## Remediation
//!
//! Write the layer as a class of your own, and ship it as reviewed source.
//!
//! ## References
//!
//! - <https://keras.io/api/models/model_saving_apis>
//! - CVE-2024-3660, CVE-2025-1550
//! - MITRE ATLAS AML.T0011.000, OWASP LLM03:2025

use aho_corasick::AhoCorasick;
use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use serde_json::Value;

use super::{Check, Rule};
use crate::report::{Notice, Sink};
use crate::source::{ReadAt, ReadError, read_up_to};

pub(super) static META: RuleMeta = RuleMeta {
    id: "keras-lambda",
    title: "A Keras model carries Python code in a layer",
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

const FIX: &str = "Write the layer as a class of your own and ship it as reviewed source.";

/// Reports a layer of a configuration.
pub(crate) fn check(layer: &Value, sink: &mut Sink<'_>) {
    let class = layer
        .get("class_name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if matches!(class, "Lambda" | "__lambda__") {
        let message =
            format!("the configuration holds {class}, which runs Python code of the file");
        sink.finding(&META, Notice::whole(message, FIX));
    }
}

/// Reports what a search of raw bytes found.
pub(crate) fn report_bytes(sink: &mut Sink<'_>, byte: u64) {
    let message = "the file holds a Lambda layer, which runs Python code of the file";
    sink.finding(&META, Notice::at(byte, message, FIX));
}

/// Searches raw bytes for what Keras writes about such layers: the offset of the first sign.
pub(crate) fn search(source: &dyn ReadAt) -> Result<Option<u64>, ReadError> {
    const PATTERNS: [&str; 3] = [
        "\"class_name\": \"Lambda\"",
        "\"class_name\":\"Lambda\"",
        "__lambda__",
    ];
    const WINDOW: u64 = 1 << 20;
    const OVERLAP: u64 = 64;
    let Ok(patterns) = AhoCorasick::new(PATTERNS) else {
        return Ok(None);
    };
    let mut position = 0;
    while position < source.size() {
        let window = read_up_to(source, position, (WINDOW + OVERLAP) as usize)?;
        if let Some(hit) = patterns.find(&window) {
            return Ok(Some(position + hit.start() as u64));
        }
        position += WINDOW;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{Zip, ids, keras_hdf5};

    fn keras(config: &str) -> Vec<u8> {
        Zip::default()
            .deflated("config.json", config.as_bytes())
            .stored("metadata.json", b"{}")
            .build()
    }

    #[test]
    fn a_lambda_layer_is_found_in_archives_and_hdf5() {
        let layer = r#"{"module":"keras","class_name":"Functional","config":{"layers":[
            {"module":"keras.layers","class_name":"Lambda","config":{"function":{"class_name":"__lambda__"}}}]}}"#;
        assert_eq!(
            ids("m.keras", &keras(layer)),
            ["keras-lambda", "keras-lambda"]
        );
        assert_eq!(
            ids("m.h5", &keras_hdf5(layer)),
            ["keras-lambda", "keras-lambda"]
        );
    }

    #[test]
    fn what_cannot_be_read_is_searched() {
        let mut hdf5 = b"\x89HDF\r\n\x1a\n".to_vec();
        hdf5.extend_from_slice(&[0; 3000]);
        assert_eq!(ids("m.h5", &hdf5), ["could-not-analyse"]);
        hdf5.extend_from_slice(b"model_config {\"class_name\": \"Lambda\"");
        assert_eq!(ids("m.h5", &hdf5), ["could-not-analyse", "keras-lambda"]);
    }

    #[test]
    fn layers_of_keras_pass() {
        let layer = r#"{"module":"keras.layers","class_name":"Dense","config":{"name":"Lambda"}}"#;
        assert_eq!(ids("m.keras", &keras(layer)), Vec::<&str>::new());
    }
}
