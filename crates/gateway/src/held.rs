//! The tool calls of a stream once they are whole: inspected together, released or held.

use seawall_guard::{Action, Inspection};
use seawall_llm::{DialectError, TextRole, ToolCall, edit, visit_any};
use serde_json::{Value, json};

use crate::gate::Judged;
use crate::inspect::{Texts, response_channel};
use crate::watch::Watch;

/// Why a stream must end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The guard says so.
    Blocked(Inspection),
    /// The upstream sent what cannot be inspected.
    Failed(DialectError),
    /// The answer repeats itself: it was ended in good order and nothing follows.
    Cut,
}

/// A tool call whose choice has ended.
#[derive(Debug)]
pub(crate) struct Closed {
    pub(crate) choice: u64,
    /// Its index in the choice; none for the older `function_call`.
    pub(crate) index: Option<u64>,
    pub(crate) call: ToolCall,
}

/// Tool calls that wait for a person, and what follows once they are approved.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) inspection: Inspection,
    group: Vec<Closed>,
    /// Positions in the group that wait; the others go with them.
    held: Vec<usize>,
    /// What follows the calls.
    pub(crate) then: Vec<u8>,
}

impl Held {
    /// What a person has to decide on; nothing follows it yet.
    pub(crate) fn new(judged: Judged) -> Self {
        Self {
            inspection: judged.inspection,
            group: judged.group,
            held: judged.held,
            then: Vec::new(),
        }
    }

    /// The calls that wait.
    pub(crate) fn calls(&self) -> Vec<ToolCall> {
        let held = self.held.iter();
        held.filter_map(|position| self.group.get(*position))
            .map(|closed| closed.call.clone())
            .collect()
    }

    /// The calls with the arguments that were approved, and what follows them.
    pub(crate) fn approved(self, arguments: Vec<String>) -> (Vec<Closed>, Vec<u8>) {
        let mut group = self.group;
        for (position, arguments) in self.held.into_iter().zip(arguments) {
            if let Some(closed) = group.get_mut(position) {
                closed.call.arguments = arguments;
            }
        }
        (group, self.then)
    }
}

/// Inspects complete tool calls together; redacts in place; says which are to be held.
pub(crate) fn inspect_group(
    watch: &Watch,
    group: &mut [Closed],
) -> Result<(Inspection, Vec<usize>), Stop> {
    let calls = group.iter().map(|Closed { call, .. }| {
        let function = json!({ "name": call.name, "arguments": call.arguments });
        json!({ "id": call.id, "function": function })
    });
    // The same shape as in a whole answer, so that the guard sees the same paths.
    let mut document = json!({ "choices": [{ "message": {
        "tool_calls": calls.collect::<Vec<_>>()
    }}]});
    let mut texts = Texts::default();
    visit_any(&document, TextRole::ToolCall, &mut |leaf| {
        texts.add(response_channel(leaf.role), leaf);
    });
    let inspection = texts.inspect_answer(watch);
    if inspection.verdict == Action::Block {
        return Err(Stop::Blocked(inspection));
    }
    let position = |path: &str| {
        let rest = path.strip_prefix("/choices/0/message/tool_calls/")?;
        rest.split('/').next()?.parse::<usize>().ok()
    };
    let held: Option<Vec<usize>> = texts
        .paths(&inspection, Action::Hold)
        .map(position)
        .collect();
    let Some(mut held) = held else {
        return Err(Stop::Blocked(inspection));
    };
    held.sort_unstable();
    held.dedup();
    let edits = texts.edits(&inspection);
    for change in edits {
        if edit(&mut document, &change.path, change.place, change.text).is_err() {
            return Err(Stop::Blocked(inspection));
        }
    }
    for (position, closed) in group.iter_mut().enumerate() {
        let base = format!("/choices/0/message/tool_calls/{position}");
        let read = |tail: &str| {
            let value = document.pointer(&format!("{base}{tail}"));
            value.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        closed.call = ToolCall {
            id: read("/id"),
            name: read("/function/name"),
            arguments: read("/function/arguments"),
        };
    }
    Ok((inspection, held))
}
