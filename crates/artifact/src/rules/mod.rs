//! The rules, one file each, and the list of them.
//!
//! A rule either looks at the facts of a reader ([`Check::Pickle`], [`Check::Archive`],
//! [`Check::Dataset`]) or is spoken by the reader itself where the format is the check.

pub(crate) mod archive_ambiguous;
mod archive_bomb;
pub(crate) mod archive_unsafe_path;
pub(crate) mod could_not_analyse;
mod dataset_conflicting_labels;
mod dataset_duplicate_records;
mod dataset_injected_instruction;
mod dataset_invisible_text;
mod dataset_personal_data;
mod dataset_schema_break;
mod dataset_secret;
mod dataset_trigger_phrase;
pub(crate) mod extension_mismatch;
pub(crate) mod gguf_malformed;
pub(crate) mod hdf5_outside_file;
pub(crate) mod keras_foreign_module;
pub(crate) mod keras_lambda;
pub(crate) mod keras_outside_file;
pub(crate) mod keras_safe_mode;
pub(crate) mod model_folder_code;
pub(crate) mod model_remote_code;
pub(crate) mod notebook_active_content;
pub(crate) mod onnx_external_data;
pub(crate) mod onnx_foreign_operator;
mod pickle_ambiguous;
mod pickle_computed_import;
mod pickle_dangerous_import;
mod pickle_outside_reference;
pub(crate) mod pickle_trailing_bytes;
mod pickle_unexpected_call;
mod pickle_unlisted_import;
pub(crate) mod pmml_active_content;
pub(crate) mod safetensors_malformed;
pub(crate) mod savedmodel_foreign_operator;
pub(crate) mod savedmodel_host_access;
pub(crate) mod template_disagreement;
pub(crate) mod template_escape;
pub(crate) mod template_hidden_instruction;
pub(crate) mod tflite_foreign_operator;
pub(crate) mod torchscript_host_access;

use seawall_base::RuleMeta;

use crate::dataset::Screen;
use crate::pickle::Facts;
use crate::report::Sink;
use crate::zip::Archive;

/// A rule: what it says about itself, and its check.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Id, title, severity, mapping.
    pub meta: &'static RuleMeta,
    check: Check,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
enum Check {
    /// The events of a pickle.
    Pickle(fn(&Facts, &mut Sink<'_>)),
    /// The directory of a zip archive.
    Archive(fn(&Archive, &mut Sink<'_>)),
    /// The records of a dataset, one after the other.
    Dataset(fn() -> Box<dyn Screen>),
    /// The reader of the format calls it.
    Reader,
}

/// Every rule, by id.
pub static RULES: &[&Rule] = &[
    &archive_ambiguous::RULE,
    &archive_bomb::RULE,
    &archive_unsafe_path::RULE,
    &could_not_analyse::RULE,
    &dataset_conflicting_labels::RULE,
    &dataset_duplicate_records::RULE,
    &dataset_injected_instruction::RULE,
    &dataset_invisible_text::RULE,
    &dataset_personal_data::RULE,
    &dataset_schema_break::RULE,
    &dataset_secret::RULE,
    &dataset_trigger_phrase::RULE,
    &extension_mismatch::RULE,
    &gguf_malformed::RULE,
    &hdf5_outside_file::RULE,
    &keras_foreign_module::RULE,
    &keras_lambda::RULE,
    &keras_outside_file::RULE,
    &keras_safe_mode::RULE,
    &model_folder_code::RULE,
    &model_remote_code::RULE,
    &notebook_active_content::RULE,
    &onnx_external_data::RULE,
    &onnx_foreign_operator::RULE,
    &pickle_ambiguous::RULE,
    &pickle_computed_import::RULE,
    &pickle_dangerous_import::RULE,
    &pickle_outside_reference::RULE,
    &pickle_trailing_bytes::RULE,
    &pickle_unexpected_call::RULE,
    &pickle_unlisted_import::RULE,
    &pmml_active_content::RULE,
    &safetensors_malformed::RULE,
    &savedmodel_foreign_operator::RULE,
    &savedmodel_host_access::RULE,
    &template_disagreement::RULE,
    &template_escape::RULE,
    &template_hidden_instruction::RULE,
    &tflite_foreign_operator::RULE,
    &torchscript_host_access::RULE,
];

/// Lets the pickle rules speak.
pub(crate) fn check_pickle(facts: &Facts, sink: &mut Sink<'_>) {
    for rule in RULES {
        if let Check::Pickle(check) = rule.check {
            check(facts, sink);
        }
    }
}

/// Lets the archive rules speak.
pub(crate) fn check_archive(archive: &Archive, sink: &mut Sink<'_>) {
    for rule in RULES {
        if let Check::Archive(check) = rule.check {
            check(archive, sink);
        }
    }
}

/// A fresh state of every dataset rule.
pub(crate) fn screens() -> Vec<Box<dyn Screen>> {
    RULES
        .iter()
        .filter_map(|rule| match rule.check {
            Check::Dataset(screen) => Some(screen()),
            Check::Pickle(_) | Check::Archive(_) | Check::Reader => None,
        })
        .collect()
}

#[cfg(test)]
pub(crate) mod testing;
