//! What `seawall-config.yaml` says about the guard beside its mode, and how large a request's parts may
//! be. Names of detectors and channels are checked by the guard that compiles them.

use crate::reader::{Fields, Reader};
use crate::yaml::Node;

/// One change to the guard's table of actions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OverrideConfig {
    /// Id of the detector.
    pub detector: String,
    /// The channel, or every channel.
    pub channel: Option<String>,
    /// What to do there.
    pub action: &'static str,
}

/// The guard's settings.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct GuardConfig {
    /// Bytes of an answer that may repeat themselves before it is cut, where the file says so.
    pub repeated_bytes_max: Option<u64>,
    /// Actions that differ from the defaults.
    pub overrides: Vec<OverrideConfig>,
}

/// How large the parts of a request may be that its bytes do not bound.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RequestLimits {
    /// Answers that one request may ask for.
    pub choices_max: u64,
    /// Messages, or items of a conversation.
    pub messages_max: u64,
    /// Tools that one request may describe.
    pub tools_max: u64,
    /// Bytes of all its texts together.
    pub text_bytes_max: u64,
}

const ACTIONS: [(&str, &str); 5] = [
    ("allow", "allow"),
    ("flag", "flag"),
    ("redact", "redact"),
    ("hold", "hold"),
    ("block", "block"),
];

impl GuardConfig {
    /// Reads the section `guard`.
    pub(crate) fn read(reader: &Reader, node: &Node) -> Self {
        let Some(mut fields) = reader.fields(node, "`guard`") else {
            return Self::default();
        };
        let repeated_bytes_max = fields.count("repeated-bytes");
        let overrides = fields
            .items("overrides")
            .iter()
            .filter_map(|item| changed(reader, item))
            .collect();
        fields.finish();
        Self {
            repeated_bytes_max,
            overrides,
        }
    }
}

fn changed(reader: &Reader, node: &Node) -> Option<OverrideConfig> {
    let mut fields = reader.fields(node, "an override")?;
    let detector = fields.required_text("detector");
    let channel = fields.text("channel");
    let action = fields.one_of("action", &ACTIONS);
    if action.is_none() && node.get("action").is_none() {
        reader.problem(node, "an override needs an `action`");
    }
    fields.finish();
    Some(OverrideConfig {
        detector: detector?,
        channel,
        action: action?,
    })
}

impl RequestLimits {
    /// The keys under `limits`, each with the value that it sets.
    pub(crate) fn keys(&mut self) -> [(&'static str, &mut u64); 4] {
        [
            ("choices", &mut self.choices_max),
            ("messages", &mut self.messages_max),
            ("tools", &mut self.tools_max),
            ("text-bytes", &mut self.text_bytes_max),
        ]
    }
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            choices_max: 16,
            messages_max: 10_000,
            tools_max: 1_000,
            text_bytes_max: 16 << 20,
        }
    }
}

/// Names of tools under a key, none of them empty.
pub(crate) fn tools(fields: &mut Fields<'_>, key: &'static str) -> Vec<String> {
    let mut names = fields.texts(key);
    names.retain(|name| !name.is_empty());
    names
}
