//! The list of tools on its way to a client: pinned, filtered, and without what the guard refuses.

use std::collections::BTreeSet;

use seawall_guard::{Action, Inspection};
use seawall_llm::mcp::{McpMessage, Method};
use serde_json::Value;

use super::book::{Book, News, Standing};
use super::session::Rules;
use super::texts::{inspect, texts_of};

/// What became of a list.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) inspection: Inspection,
    pub(super) news: Vec<News>,
    /// Names that are not on the list any more.
    pub(super) left_out: BTreeSet<String>,
}

/// Settles what the list says against the pins, inspects the rest, and leaves out what may not be seen.
pub(super) fn list(rules: &Rules, book: &mut Book, message: &mut McpMessage) -> Listed {
    let mut listed = Listed::default();
    let mut news: Vec<(String, Value)> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    for tool in message.tools().to_vec() {
        let Some(name) = tool.get("name").and_then(Value::as_str).map(str::to_owned) else {
            continue;
        };
        // Two tools of one name: nobody knows which one a call reaches.
        if !rules.allows(&name) || !seen.insert(name.clone()) {
            listed.left_out.insert(name);
            continue;
        }
        match book.standing(&name, &tool) {
            Standing::Pinned => kept.push(tool),
            Standing::New => {
                news.push((name, tool.clone()));
                kept.push(tool);
            }
            Standing::Changed(pinned) => {
                news.push((name, tool));
                kept.push(pinned);
            }
            Standing::Shadows => {
                listed.left_out.insert(name);
            }
        }
    }
    message.set_tools(kept);
    listed.inspection = inspect(rules, None, message, Some(Method::ListTools));
    if listed.inspection.verdict >= Action::Hold {
        drop_refused(rules, message, &mut listed);
    }
    for (name, tool) in news {
        if !listed.left_out.contains(&name) {
            listed.news.extend(book.keep(&name, &tool));
        }
    }
    listed
}

/// Leaves out the tools that the guard refuses each on its own; what it refuses besides blocks the list.
fn drop_refused(rules: &Rules, message: &mut McpMessage, listed: &mut Listed) {
    let all = message.tools().to_vec();
    let mut kept = Vec::new();
    for tool in all {
        message.set_tools(vec![tool.clone()]);
        if verdict(rules, message) < Action::Hold {
            kept.push(tool);
        } else if let Some(name) = tool.get("name").and_then(Value::as_str) {
            listed.left_out.insert(name.to_owned());
        }
    }
    message.set_tools(kept);
    if verdict(rules, message) >= Action::Hold {
        return;
    }
    // The decision stands in evidence as a block; what is left of the list goes on.
    listed.inspection.verdict = Action::Redact;
}

fn verdict(rules: &Rules, message: &McpMessage) -> Action {
    let texts = texts_of(message, Some(Method::ListTools));
    rules
        .guard()
        .map_or(Action::Allow, |guard| texts.inspect(guard).verdict)
}
