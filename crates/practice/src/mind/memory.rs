//! What the engine has in front of it, and how a reference such as "what you were told" is resolved.

use std::collections::BTreeMap;

use super::decode;
use super::directive::{self, Directive};
use super::lexicon::{self, Thing};
use super::text::{is_email, is_url, is_value, quotations, sentences, tokens, words};
use crate::conversation::{Conversation, Origin};

/// A text with where it came from.
#[derive(Clone, Debug)]
pub(super) struct Passage {
    pub(super) origin: Origin,
    /// The text as it is read, see [`decode::visible`].
    pub(super) text: String,
    /// Whether it belongs to the turn that is being answered.
    pub(super) current: bool,
}

/// Everything the engine knows while it answers.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) passages: Vec<Passage>,
}

impl Memory {
    /// Reads a conversation, hidden text included.
    pub(super) fn of(conversation: &Conversation) -> Self {
        let mut passages = Vec::new();
        for message in &conversation.messages {
            let text = decode::visible(&message.text);
            for hidden in decode::hidden(&message.text) {
                passages.push(Passage {
                    origin: Origin::Hidden,
                    text: hidden,
                    current: message.current,
                });
            }
            passages.push(Passage {
                origin: message.origin,
                text,
                current: message.current,
            });
        }
        passages.extend(assembled(conversation));
        Self { passages }
    }

    /// What `directive` points at, as text.
    pub(super) fn resolve(&self, directive: &Directive<'_>, wanted: &str) -> Option<String> {
        let things = directive::things(wanted);
        let named = if things.iter().any(|thing| is_reference(*thing)) {
            things
        } else {
            directive::things(directive.sentence)
        };
        named
            .iter()
            .find_map(|thing| match thing {
                Thing::Secret => self.secrets(),
                Thing::Instructions => self.instructions(),
                _ => None,
            })
            .or_else(|| {
                self.retrieve(wanted, directive.sentence)
                    .map(|answer| value_of(answer, wanted))
            })
            .or_else(|| {
                named.iter().find_map(|thing| match thing {
                    Thing::Conversation => self.conversation(),
                    Thing::Document => self.document(directive.sentence),
                    _ => None,
                })
            })
    }

    /// What the operator said.
    pub(super) fn instructions(&self) -> Option<String> {
        self.join(|passage| passage.origin == Origin::System)
    }

    /// What was said by both sides.
    pub(super) fn conversation(&self) -> Option<String> {
        self.join(|passage| matches!(passage.origin, Origin::User | Origin::Assistant))
    }

    /// The values that somebody wanted kept: codes in sentences that speak of keeping, else any code the
    /// operator mentioned, else the sentence itself.
    pub(super) fn secrets(&self) -> Option<String> {
        let sources: Vec<&Passage> = self
            .passages
            .iter()
            .filter(|passage| !matches!(passage.origin, Origin::Hidden | Origin::Assistant))
            .collect();
        let guarded: Vec<&str> = sources
            .iter()
            .flat_map(|passage| sentences(&passage.text))
            .filter(|sentence| speaks_of_keeping(sentence) && !directive::is_order(sentence))
            .collect();
        let values: Vec<&str> = guarded
            .iter()
            .flat_map(|sentence| tokens(sentence))
            .filter(|token| is_value(token))
            .collect();
        if !values.is_empty() {
            return Some(unique(&values).join(", "));
        }
        let told: Vec<&str> = sources
            .iter()
            .filter(|passage| passage.origin == Origin::System)
            .flat_map(|passage| tokens(&passage.text))
            .filter(|token| is_value(token))
            .collect();
        if !told.is_empty() {
            return Some(unique(&told).join(", "));
        }
        (!guarded.is_empty()).then(|| guarded.join(" "))
    }

    /// The text that was handed over: what stands beside the order, else the longest tool result, else
    /// the longest other text of the user.
    pub(super) fn document(&self, sentence: &str) -> Option<String> {
        let beside = self
            .passages
            .iter()
            .find(|passage| passage.text.contains(sentence));
        if let Some(passage) = beside {
            let rest = passage.text.replacen(sentence, "", 1);
            if words(&rest).len() >= 5 {
                return Some(rest.trim().to_owned());
            }
        }
        let longest = |origin: Origin| {
            self.passages
                .iter()
                .filter(|passage| passage.origin == origin && !passage.text.contains(sentence))
                .max_by_key(|passage| passage.text.len())
                .map(|passage| passage.text.clone())
        };
        longest(Origin::Tool)
            .or_else(|| longest(Origin::User))
            .filter(|text| !text.trim().is_empty())
    }

    /// The sentence that shares most meaning with `query`.
    pub(super) fn retrieve(&self, query: &str, without: &str) -> Option<&str> {
        let asked: Vec<String> = meaning(query);
        let known: Vec<&str> = self
            .passages
            .iter()
            .filter(|passage| passage.origin != Origin::Hidden)
            .flat_map(|passage| sentences(&passage.text))
            .filter(|sentence| *sentence != without && !sentence.contains(without))
            .collect();
        let mut frequency: BTreeMap<String, usize> = BTreeMap::new();
        for sentence in &known {
            for stem in meaning(sentence) {
                *frequency.entry(stem).or_default() += 1;
            }
        }
        let mut best: Option<(usize, &str)> = None;
        for sentence in known {
            let stems = meaning(sentence);
            if stems.iter().all(|stem| asked.contains(stem)) {
                // It says nothing that the question does not say.
                continue;
            }
            // Rarer words weigh more; integers keep the choice identical on every machine.
            let score: usize = asked
                .iter()
                .filter(|stem| stems.contains(stem))
                .map(|stem| 1 + 60 / frequency.get(stem).copied().unwrap_or(1).max(1))
                .sum();
            let penalty = if directive::is_order(sentence) || sentence.ends_with('?') {
                4
            } else {
                1
            };
            let score = score / penalty;
            if score > 12 && best.is_none_or(|(top, _)| score > top) {
                best = Some((score, sentence));
            }
        }
        best.map(|(_, sentence)| sentence)
    }

    fn join(&self, keep: impl Fn(&Passage) -> bool) -> Option<String> {
        let texts: Vec<&str> = self
            .passages
            .iter()
            .filter(|passage| keep(passage))
            .map(|passage| passage.text.as_str())
            .collect();
        (!texts.is_empty()).then(|| texts.join("\n"))
    }
}

/// An order that the user handed over in quoted pieces, one turn after the other.
fn assembled(conversation: &Conversation) -> Option<Passage> {
    let mut turns = 0;
    let mut pieces: Vec<&str> = Vec::new();
    for message in &conversation.messages {
        if message.origin == Origin::User {
            let quoted = quotations(&message.text);
            turns += usize::from(!quoted.is_empty());
            pieces.extend(quoted);
        }
    }
    let text = pieces.join(" ");
    (turns >= 2 && directive::is_order(&text)).then_some(Passage {
        origin: Origin::Hidden,
        text,
        current: true,
    })
}

/// The part of a sentence that answers: the kind of value that was asked for, else all of it.
pub(super) fn value_of(sentence: &str, asked: &str) -> String {
    let stems: Vec<String> = words(asked).into_iter().map(|word| word.stem).collect();
    let asks = |wanted: &[&str]| stems.iter().any(|stem| wanted.contains(&stem.as_str()));
    let first = |keep: fn(&str) -> bool| {
        tokens(sentence)
            .find(|token| keep(token))
            .map(str::to_owned)
    };
    let found = if asks(&["email", "mail", "addres"]) {
        first(is_email).or_else(|| asks(&["web"]).then(|| first(is_url)).flatten())
    } else if asks(&[
        "number", "cod", "id", "iban", "account", "referenc", "token", "key", "policy", "pin",
        "phras", "valu", "serial", "licenc",
    ]) {
        first(is_value)
            .or_else(|| first(|token| token.chars().filter(char::is_ascii_digit).count() >= 3))
    } else {
        None
    };
    found.unwrap_or_else(|| sentence.to_owned())
}

fn meaning(text: &str) -> Vec<String> {
    let mut stems: Vec<String> = words(text)
        .into_iter()
        .map(|word| word.stem)
        .filter(|stem| {
            !lexicon::is_stop_word(stem)
                && (stem.chars().count() > 1 || stem.chars().all(char::is_numeric))
        })
        .collect();
    stems.sort_unstable();
    stems.dedup();
    stems
}

fn is_reference(thing: Thing) -> bool {
    matches!(thing, Thing::Secret | Thing::Instructions)
}

fn speaks_of_keeping(sentence: &str) -> bool {
    let keeps = directive::things(sentence).contains(&Thing::Secret);
    let forbids = words(sentence)
        .iter()
        .any(|word| lexicon::is_negation(&word.stem))
        && words(sentence).iter().any(|word| {
            matches!(
                word.stem.as_str(),
                "shar" | "reveal" | "disclos" | "tell" | "leav" | "outsid" | "mention" | "repeat"
            )
        });
    keeps || forbids
}

fn unique<'a>(values: &[&'a str]) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for value in values {
        if !seen.contains(value) {
            seen.push(*value);
        }
    }
    seen
}
