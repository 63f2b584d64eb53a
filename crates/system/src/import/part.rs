//! One mapping of a foreign model while it is read: what nobody asked for is reported as left out.

use seawall_config::yaml::{Node, Value};

use super::draft::Draft;
use super::remark::RemarkKind;

/// A mapping with the keys that were asked for.
pub(super) struct Part<'a> {
    pub(super) node: &'a Node,
    asked: Vec<&'static str>,
}

impl<'a> Part<'a> {
    pub(super) const fn new(node: &'a Node) -> Self {
        Self {
            node,
            asked: Vec::new(),
        }
    }

    /// The value of `key`, where it says anything.
    pub(super) fn get(&mut self, key: &'static str) -> Option<&'a Node> {
        self.asked.push(key);
        self.node.get(key).filter(|node| !node.is_null())
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        let text = self.get(key)?.text()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    pub(super) fn items(&mut self, key: &'static str) -> &'a [Node] {
        self.get(key).map(Node::items).unwrap_or_default()
    }

    /// The texts of a list.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<&'a Node> {
        let items = self.items(key).iter();
        items.filter(|item| item.text().is_some()).collect()
    }

    pub(super) fn is(&mut self, key: &'static str) -> bool {
        self.get(key).and_then(Node::as_bool) == Some(true)
    }

    pub(super) fn number(&mut self, key: &'static str) -> Option<f64> {
        self.get(key)?.as_f64().filter(|number| number.is_finite())
    }

    /// Reports what was not asked for. `subject` names the mapping, as in `a component`.
    pub(super) fn rest(self, subject: &str, draft: &mut Draft) {
        for entry in self.node.entries() {
            if self.asked.contains(&entry.key.as_str()) || is_silent(&entry.value) {
                continue;
            }
            let key: String = entry.key.chars().take(60).collect();
            let place = Some(entry.key_span.location());
            draft.remark(RemarkKind::Lost, format!("`{key}` of {subject}"), place);
        }
    }
}

/// Nothing, no, none and zero say no more than a missing key.
fn is_silent(node: &Node) -> bool {
    match &node.value {
        Value::Sequence(items) => items.iter().all(is_silent),
        Value::Mapping(entries) => entries.iter().all(|entry| is_silent(&entry.value)),
        Value::Scalar(_) => {
            let text = node.text().unwrap_or_default();
            matches!(text, "" | "0" | "-1" | "none") || node.as_bool() == Some(false)
        }
    }
}
