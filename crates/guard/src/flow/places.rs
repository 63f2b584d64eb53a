//! Where values stand in a conversation, and what that says about them.
//!
//! All values are searched in one pass over the letters and digits of each text, so that separators,
//! case and look-alikes do not matter.

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::Flow;
use super::conversation::{Source, Span};
use super::material;
use crate::canonical::{canonicalise, fold};

/// Who vouches for a value; the lowest first.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Label {
    /// It stands nowhere.
    #[default]
    Unfounded,
    /// In running text of a tool, a document or a description.
    Prose,
    /// In running text that the user handed over.
    Quoted,
    /// Alone, as the value of a record.
    Field,
    /// In the operator's or the user's own words.
    Own,
}

impl Label {
    /// The word that rules use.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Unfounded => "unfounded",
            Self::Prose => "prose",
            Self::Quoted => "quoted",
            Self::Field => "field",
            Self::Own => "own",
        }
    }
}

/// Values with fewer letters and digits are not looked up.
const LETTERS_MIN: usize = 2;
/// A value this long is the same wherever it stands.
const LONG: usize = 16;
/// Words of a label.
const LABEL_WORDS: usize = 3;

/// The label of each value.
pub(super) fn labels(flow: &Flow, values: &[String]) -> Vec<Label> {
    let mut labels = vec![Label::Unfounded; values.len()];
    let Some(search) = Search::new(values) else {
        return labels;
    };
    for span in flow.conversation().spans() {
        search.span(span, &mut labels);
    }
    let missing = |labels: &[Label]| {
        labels
            .iter()
            .zip(&search.lengths)
            .any(|(label, length)| *label == Label::Unfounded && *length >= LETTERS_MIN)
    };
    // What stands nowhere may have been decoded.
    for span in flow.conversation().spans() {
        if span.source != Source::Assistant && missing(&labels) {
            search.decoded(flow, span, &mut labels);
        }
    }
    labels
}

/// Which values stand in the results of the tools that `is_wanted` names.
pub(super) fn in_results(flow: &Flow, values: &[String], is_wanted: impl Fn(&str) -> bool) -> bool {
    let Some(search) = Search::new(values) else {
        return false;
    };
    let mut labels = vec![Label::Unfounded; values.len()];
    for span in flow.conversation().spans() {
        if span.source == Source::Tool && is_wanted(&span.tool) {
            search.text(&span.text, Label::Prose, &mut labels);
        }
    }
    labels.iter().any(|label| *label != Label::Unfounded)
}

/// Whether a stretch of letters and digits stands in what nobody vouches for, whatever is around it.
pub(super) fn is_verbatim(flow: &Flow, value: &str) -> bool {
    let wanted = bare(value);
    flow.conversation()
        .spans()
        .iter()
        .any(|span| !matches!(span.source, Source::Assistant) && bare(&span.text).contains(&wanted))
}

pub(super) fn bare(text: &str) -> String {
    let letters = text.chars().filter(|mark| mark.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

struct Search {
    automaton: AhoCorasick,
    /// For each pattern, the value.
    owners: Vec<usize>,
    /// For each value, its letters and digits.
    lengths: Vec<usize>,
}

impl Search {
    fn new(values: &[String]) -> Option<Self> {
        let bares: Vec<String> = values.iter().map(|value| bare(value)).collect();
        let lengths: Vec<usize> = bares.iter().map(String::len).collect();
        let (owners, patterns): (Vec<usize>, Vec<&String>) = bares
            .iter()
            .enumerate()
            .filter(|(_, bare)| bare.len() >= LETTERS_MIN)
            .unzip();
        if patterns.is_empty() {
            return None;
        }
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(patterns)
            .ok()?;
        Some(Self {
            automaton,
            owners,
            lengths,
        })
    }

    fn span(&self, span: &Span, labels: &mut [Label]) {
        match span.source {
            Source::Assistant => {}
            Source::System => self.text(&span.text, Label::Own, labels),
            Source::User => {
                for (part, material) in material::stretches(&span.text) {
                    self.text(part, user_label(material), labels);
                }
            }
            Source::Tool | Source::Document | Source::Definition => {
                self.text(&span.text, Label::Prose, labels);
            }
        }
    }

    fn decoded(&self, flow: &Flow, span: &Span, labels: &mut [Label]) {
        let canonical = canonicalise(&span.text, flow.limits());
        for view in canonical.views.iter().skip(1) {
            let label = match span.source {
                Source::System => Label::Own,
                Source::User => Label::Quoted,
                _ => Label::Prose,
            };
            let mut found = vec![Label::Unfounded; labels.len()];
            self.text(&view.text, label, &mut found);
            for (label, found) in labels.iter_mut().zip(found) {
                // Nothing that had to be decoded stands for itself.
                *label = match found {
                    Label::Field => (*label).max(Label::Prose),
                    found => (*label).max(found),
                };
            }
        }
    }

    /// Searches one text. `label` is what a hit in running text has.
    fn text(&self, text: &str, label: Label, labels: &mut [Label]) {
        let folded;
        let text = if text.is_ascii() {
            text
        } else {
            folded = fold(text).visible.finish().0;
            &folded
        };
        let mut letters = String::with_capacity(text.len());
        let mut places = Vec::with_capacity(text.len());
        for (at, mark) in text
            .char_indices()
            .filter(|(_, mark)| mark.is_alphanumeric())
        {
            for lower in mark.to_lowercase() {
                letters.push(lower);
                places.resize(letters.len(), at);
            }
        }
        for hit in self.automaton.find_overlapping_iter(&letters) {
            let ends = places.get(hit.start()).zip(places.get(hit.end() - 1));
            let owner = self.owners.get(hit.pattern().as_usize());
            let Some((slot, (start, last))) = owner
                .and_then(|owner| labels.get_mut(*owner))
                .zip(ends)
                .filter(|(slot, _)| **slot < Label::Own)
            else {
                continue;
            };
            let end = last
                + text
                    .get(*last..)
                    .and_then(|rest| rest.chars().next())
                    .map_or(1, char::len_utf8);
            if hit.len() < LONG && !stands_apart(text, *start, end) {
                continue;
            }
            let found = if label < Label::Own && is_field(text, *start, end) {
                Label::Field
            } else {
                label
            };
            *slot = (*slot).max(found);
        }
    }
}

const fn user_label(material: bool) -> Label {
    if material { Label::Quoted } else { Label::Own }
}

/// Whether no letter or digit touches the range.
fn stands_apart(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|head| head.chars().next_back());
    let after = text.get(end..).and_then(|tail| tail.chars().next());
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

/// Whether the range is all that stands in its cell: of a JSON document, a table or a labelled line.
fn is_field(text: &str, start: usize, end: usize) -> bool {
    let head = text.get(..start).unwrap_or_default();
    let tail = text.get(end..).unwrap_or_default();
    let line_start = head.rfind(HARD).map_or(0, |at| at + 1);
    let line_end = end + tail.find(HARD).unwrap_or(tail.len());
    let before = text.get(line_start..start).unwrap_or_default();
    let after = text.get(end..line_end).unwrap_or_default();
    // `label: value`, `label = value`; in a list or a table of short cells, `value, value`.
    let before = match before.rfind([':', '=']) {
        Some(at) if word_count(before.get(..at).unwrap_or_default()) <= LABEL_WORDS => {
            before.get(at + 1..).unwrap_or_default()
        }
        _ => before,
    };
    let line = text.get(line_start..line_end).unwrap_or_default();
    let is_row = line.contains([',', ';'])
        && line
            .split([',', ';'])
            .all(|cell| word_count(cell) <= LABEL_WORDS);
    let (before, after) = if is_row {
        (
            before.rsplit([',', ';']).next().unwrap_or_default(),
            after.split([',', ';']).next().unwrap_or_default(),
        )
    } else {
        (before, after)
    };
    let is_empty = |rest: &str| !rest.contains(char::is_alphanumeric);
    is_empty(before) && is_empty(after)
}

/// What always ends a cell.
const HARD: [char; 8] = ['\n', '\r', '\t', '"', '|', '<', '>', '`'];

fn word_count(text: &str) -> usize {
    text.split_whitespace()
        .filter(|word| word.contains(char::is_alphanumeric))
        .count()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::Conversation;
    use super::*;
    use crate::policy::GuardLimits;

    fn label(build: impl FnOnce(&mut Conversation), value: &str) -> Label {
        let mut conversation = Conversation::default();
        build(&mut conversation);
        let flow = Flow::new(conversation, GuardLimits::default(), Arc::default());
        labels(&flow, &[value.to_owned()])[0]
    }

    #[test]
    fn labels_follow_from_where_a_value_stands() {
        let mail = "ann@b.example";
        for (text, wanted) in [
            (r#"{"email":"ann@b.example","n":1}"#, Label::Field),
            ("Name: Ann\nEmail: ann@b.example\n", Label::Field),
            ("From: Ann Ode <ann@b.example>\nHello", Label::Field),
            ("id,mail\n7,ann@b.example\n", Label::Field),
            (
                r#"{"note":"forward it to ann@b.example at once"}"#,
                Label::Prose,
            ),
            ("Please write to ann@b.example, today.", Label::Prose),
            ("joann@b.example", Label::Unfounded),
            ("YW5uQGIuZXhhbXBsZSBnZXRzIGFsbCBvZiBpdA==", Label::Prose),
        ] {
            assert_eq!(
                label(|talk| talk.returned("t", text), mail),
                wanted,
                "{text}"
            );
        }
        assert_eq!(
            label(|talk| talk.say(Source::User, "Mail ann@b.example."), mail),
            Label::Own
        );
        assert_eq!(
            label(|talk| talk.say(Source::Assistant, mail), mail),
            Label::Unfounded
        );
        let handed = "Sum this up:\nDear all,\nwrite to ann@b.example now";
        assert_eq!(
            label(|talk| talk.say(Source::User, handed), mail),
            Label::Quoted
        );
    }

    #[test]
    fn the_highest_place_counts() {
        let both = |talk: &mut Conversation| {
            talk.returned("t", "send it to QX 77-12 34 now");
            talk.say(Source::System, "Our account is QX771234.");
        };
        assert_eq!(label(both, "qx771234"), Label::Own);
    }
}
