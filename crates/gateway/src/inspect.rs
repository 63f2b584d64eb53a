//! Between dialect and guard: texts become segments, redactions become edits.

use std::borrow::Cow;

use seawall_guard::{Action, Channel, Guard, Inspection, Segment};
use seawall_llm::{Leaf, NotEditable, Place, TextRole};

use crate::dialect::{Answer, Prompt};
use crate::watch::Watch;

/// The texts of one message, gathered for one inspection.
#[derive(Debug, Default)]
pub(crate) struct Texts<'a> {
    items: Vec<Text<'a>>,
}

#[derive(Debug)]
struct Text<'a> {
    channel: Channel,
    path: String,
    text: Cow<'a, str>,
    place: Place,
}

/// A text to put in place of another.
#[derive(Debug)]
pub(crate) struct Edit {
    pub(crate) path: String,
    pub(crate) place: Place,
    pub(crate) text: String,
}

impl<'a> Texts<'a> {
    pub(crate) fn of_request(prompt: &'a dyn Prompt) -> Self {
        let mut texts = Self::default();
        prompt.visit(&mut |leaf| texts.add(request_channel(leaf.role), leaf));
        texts
    }

    pub(crate) fn of_response(watch: &Watch, answer: &'a dyn Answer) -> Self {
        let mut texts = Self::default();
        answer.visit(&mut |leaf| texts.add(watch.channel(&leaf), leaf));
        texts
    }

    /// Adds a text unless it is a constant of the dialect or empty.
    pub(crate) fn add(&mut self, channel: Option<Channel>, leaf: Leaf<'_, 'a>) {
        let Some(channel) = channel.filter(|_| !leaf.text.is_empty()) else {
            return;
        };
        self.items.push(Text {
            channel,
            path: leaf.path.to_owned(),
            text: leaf.text,
            place: leaf.place,
        });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(crate) fn inspect(&self, guard: &Guard) -> Inspection {
        guard.inspect(&self.segments())
    }

    /// Inspects texts of an answer.
    pub(crate) fn inspect_answer(&self, watch: &Watch) -> Inspection {
        watch.inspect(&self.segments())
    }

    pub(crate) fn segments(&self) -> Vec<Segment<'_>> {
        self.items
            .iter()
            .map(|item| Segment {
                channel: item.channel,
                path: &item.path,
                text: &item.text,
            })
            .collect()
    }

    /// The paths of the texts in which a detection asks for `action`.
    pub(crate) fn paths(
        &self,
        inspection: &Inspection,
        action: Action,
    ) -> impl Iterator<Item = &str> {
        let segments: Vec<usize> = inspection
            .detections
            .iter()
            .filter(|detection| detection.action == action)
            .map(|detection| detection.segment)
            .collect();
        segments.into_iter().map(|segment| {
            self.items
                .get(segment)
                .map_or("", |item| item.path.as_str())
        })
    }

    /// The edits that an inspection asks for. Nested texts come first and replace the edit of the
    /// string that they stand in.
    pub(crate) fn edits(&self, inspection: &Inspection) -> Vec<Edit> {
        let mut edits: Vec<Edit> = Vec::new();
        let mut last = None;
        for redaction in &inspection.redactions {
            if last.replace(redaction.segment) == Some(redaction.segment) {
                continue;
            }
            if let Some(item) = self.items.get(redaction.segment) {
                edits.push(Edit {
                    path: item.path.clone(),
                    place: item.place,
                    text: inspection.redacted(redaction.segment, &item.text),
                });
            }
        }
        let outer: Vec<String> = edits
            .iter()
            .filter_map(|edit| match edit.place {
                Place::Nested { outer } => edit.path.get(..outer).map(str::to_owned),
                _ => None,
            })
            .collect();
        edits.retain(|edit| edit.place != Place::Value || !outer.contains(&edit.path));
        edits
    }
}

impl Texts<'_> {
    /// The paths of the texts of an answer that were cut.
    fn cut(&self, inspection: &Inspection) -> Vec<String> {
        let cut = inspection.detections.iter().filter(|detection| {
            detection.detector == "repetition" && detection.action == Action::Redact
        });
        cut.filter_map(|detection| Some(self.items.get(detection.segment)?.path.clone()))
            .collect()
    }
}

/// Inspects a request and applies what is to be redacted. A message that still asks for redaction
/// afterwards, or cannot be edited, is blocked.
pub(crate) fn request(guard: &Guard, prompt: &mut dyn Prompt) -> Inspection {
    let texts = Texts::of_request(prompt);
    let mut inspection = texts.inspect(guard);
    if inspection.verdict == Action::Redact {
        let edits = texts.edits(&inspection);
        let edited = apply(edits, |edit| prompt.edit(&edit.path, edit.place, edit.text));
        let clean = || Texts::of_request(prompt).inspect(guard).verdict < Action::Redact;
        if edited.is_err() || !clean() {
            inspection.verdict = Action::Block;
        }
    }
    inspection
}

/// What the guard says about an answer, and where it asks for a person.
#[derive(Debug)]
pub(crate) struct Inspected {
    pub(crate) inspection: Inspection,
    /// Paths of the texts that are to be held.
    pub(crate) held: Vec<String>,
    /// Whether the answer is another one now.
    pub(crate) changed: bool,
}

/// The same for an answer. What spells the answer a second time, such as token probabilities, goes.
pub(crate) fn response(watch: &Watch, answer: &mut dyn Answer) -> Inspected {
    let texts = Texts::of_response(watch, answer);
    let mut inspection = texts.inspect_answer(watch);
    let held = texts.paths(&inspection, Action::Hold);
    let held = held.map(str::to_owned).collect();
    let changed = inspection.verdict >= Action::Redact && !inspection.redactions.is_empty();
    if changed {
        let mut edits = texts.edits(&inspection);
        let cut = texts.cut(&inspection);
        edits.retain(|edit| edit.place != Place::Derived || !answer.is_echo(&edit.path));
        let edited = apply(edits, |edit| answer.edit(&edit.path, edit.place, edit.text));
        let ended = cut.iter().try_for_each(|path| answer.end_early(path));
        answer.drop_echoes();
        let clean = || {
            let again = Texts::of_response(watch, answer).inspect_answer(watch);
            again.redactions.is_empty() && again.verdict <= inspection.verdict
        };
        if edited.is_err() || ended.is_err() || !clean() {
            inspection.verdict = Action::Block;
        }
    }
    Inspected {
        inspection,
        held,
        changed,
    }
}

fn apply(
    edits: Vec<Edit>,
    mut step: impl FnMut(Edit) -> Result<(), NotEditable>,
) -> Result<(), NotEditable> {
    edits.into_iter().try_for_each(&mut step)
}

/// What a text of a request is to the guard. Calls of earlier turns are history, not actions.
const fn request_channel(role: TextRole) -> Option<Channel> {
    match role {
        TextRole::Protocol => None,
        TextRole::System => Some(Channel::System),
        TextRole::User | TextRole::Parameter => Some(Channel::User),
        TextRole::Tool => Some(Channel::Tool),
        TextRole::Document => Some(Channel::Document),
        TextRole::ToolDefinition => Some(Channel::ToolDefinition),
        TextRole::Assistant | TextRole::ToolCall | TextRole::Output | TextRole::Reasoning => {
            Some(Channel::Assistant)
        }
    }
}

/// What a text of an answer is to the guard.
pub(crate) const fn response_channel(role: TextRole) -> Option<Channel> {
    match role {
        TextRole::Protocol => None,
        TextRole::ToolCall => Some(Channel::ToolCall),
        _ => Some(Channel::Output),
    }
}
