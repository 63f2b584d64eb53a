//! A Keras model steps around safe mode.
//!
//! ## What it detects
//!
//! A setting `safe_mode` that is false inside of a configuration, and a file named `.keras` that is the
//! older HDF5 form with a model in it.
//!
//! ## Why it matters
//!
//! Safe mode is what keeps Keras from running the code of a file. Releases before 3.11 do not apply it to
//! HDF5 at all, so a file in the older form under the newer name loads without it.
//!
//! ## What it misses
//!
//! What a program says itself when it loads the model.
//!
//! ## Example
//!
//! ```json
//! {"class_name": "Functional", "config": {"safe_mode": false}}
//! ```
//!
//! ## Remediation
//!
//! Have the model written again in the form of Keras 3, without settings of safe mode.
//!
//! ## References
//!
//! - CVE-2024-3660, CVE-2025-9905, CVE-2025-9906
//! - MITRE ATLAS AML.T0011.000, OWASP LLM03:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use serde_json::Value;

use super::{Check, Rule};
use crate::report::{Notice, Sink};

pub(super) static META: RuleMeta = RuleMeta {
    id: "keras-safe-mode",
    title: "A Keras model steps around safe mode",
    severity: Severity::High,
    confidence: Confidence::Medium,
    since: "0.2.0",
    status: RuleStatus::Preview,
    maps: &["AML.T0010.003", "AML.T0011.000", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Reader,
};

const FIX: &str = "Have the model written again in the form of Keras 3.";

/// Reports a setting that turns safe mode off.
pub(crate) fn check(fields: &Value, sink: &mut Sink<'_>) {
    if fields.get("safe_mode") == Some(&Value::Bool(false)) {
        let message = "the configuration turns safe mode off";
        sink.finding(&META, Notice::whole(message, FIX));
    }
}

/// Reports a model in HDF5 under the name of the newer form.
pub(crate) fn check_name(sink: &mut Sink<'_>) {
    if sink.path().to_ascii_lowercase().ends_with(".keras") {
        let message = "the name ends in .keras, and the content is the older HDF5 form";
        sink.finding(&META, Notice::whole(message, FIX));
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{ids, keras_hdf5};

    #[test]
    fn a_setting_that_turns_it_off_is_told() {
        let off = br#"{"class_name":"Functional","config":{"safe_mode":false}}"#;
        assert_eq!(ids("config.json", off), ["keras-safe-mode"]);
        let on = br#"{"class_name":"Functional","config":{"safe_mode":true}}"#;
        assert_eq!(ids("config.json", on), Vec::<&str>::new());
    }

    #[test]
    fn the_older_form_under_the_newer_name_is_told() {
        let model = keras_hdf5(r#"{"class_name":"Sequential","config":{}}"#);
        assert_eq!(ids("m.keras", &model), ["keras-safe-mode"]);
        assert_eq!(ids("m.h5", &model), Vec::<&str>::new());
    }
}
