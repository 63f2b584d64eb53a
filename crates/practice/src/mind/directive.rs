//! Orders and questions in a sentence: which verb, and the words that belong to it.
//!
//! An order is a clause whose verb stands first, after politeness and address, or after a word such as
//! "must". Something forbidden is no order: this engine only does what it is told to do.

use super::lexicon::{self, Act, Form, Thing};
use super::text::{Word, clauses, sentences, words};

/// One order or question.
#[derive(Clone, Debug)]
pub(super) struct Directive<'a> {
    /// What the verb may ask for; empty for a question.
    pub(super) acts: &'static [Act],
    /// The stem of the verb; empty for a question.
    pub(super) verb: String,
    /// The clause with what belongs to it.
    pub(super) text: &'a str,
    /// The sentence it stands in.
    pub(super) sentence: &'a str,
}

/// Words that make the verb after them an order wherever they stand.
const OBLIGATIONS: &[&str] = &["must", "shall", "should", "to"];
const QUESTION_WORDS: &[&str] = &[
    "what", "which", "who", "whom", "when", "where", "how", "why", "is", "are", "was", "does",
    "did", "do", "has", "can", "whose",
];

/// The orders and questions of one sentence, in their order.
pub(super) fn parse(sentence: &str) -> Vec<Directive<'_>> {
    let mut starts = Vec::new();
    for (start, end) in clauses(sentence) {
        let Some(clause) = sentence.get(start..end) else {
            continue;
        };
        if let Some((acts, begin)) = order(clause) {
            starts.push((acts, start, start + begin));
        }
    }
    let ends: Vec<usize> = starts
        .iter()
        .skip(1)
        .map(|(_, start, _)| *start)
        .chain([sentence.len()])
        .collect();
    let mut found: Vec<Directive<'_>> = Vec::new();
    for (position, ((acts, _, begin), end)) in starts.iter().zip(ends).enumerate() {
        // What stands before the first order qualifies it: "in capital letters, write ...".
        let verb = sentence
            .get(*begin..)
            .and_then(|rest| words(rest).into_iter().next());
        let begin = if position == 0 { 0 } else { *begin };
        if let (Some(text), Some(verb)) = (sentence.get(begin..end), verb) {
            found.push(Directive {
                acts,
                verb: verb.stem,
                text,
                sentence,
            });
        }
    }
    if found.is_empty() && is_question(sentence) {
        found.push(Directive {
            acts: &[],
            verb: String::new(),
            text: sentence,
            sentence,
        });
    }
    found
}

/// Whether any sentence of `text` is an order.
pub(super) fn is_order(text: &str) -> bool {
    sentences(text)
        .into_iter()
        .flat_map(parse)
        .any(|directive| !directive.acts.is_empty())
}

impl Directive<'_> {
    /// Whether its verb may ask for `act`.
    pub(super) fn asks(&self, act: Act) -> bool {
        self.acts.contains(&act)
    }

    /// Whether it is a question rather than an order.
    pub(super) fn is_question(&self) -> bool {
        self.acts.is_empty()
    }

    /// Whether it names `thing`.
    pub(super) fn names(&self, thing: Thing) -> bool {
        things(self.text).contains(&thing)
    }

    /// The form it asks for.
    pub(super) fn form(&self) -> Option<Form> {
        forms(self.text).or_else(|| forms(self.sentence))
    }
}

/// Everything that `text` points at.
pub(super) fn things(text: &str) -> Vec<Thing> {
    // What an address is made of does not count.
    let plain: Vec<&str> = text
        .split_whitespace()
        .filter(|piece| !piece.contains("://"))
        .collect();
    let plain = plain.join(" ");
    let words = words(&plain);
    let mut found: Vec<Thing> = words
        .iter()
        .flat_map(|word| lexicon::things(&word.stem))
        .copied()
        .collect();
    if points_back(&words) {
        found.push(Thing::Instructions);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// "everything above", "what came before this", "how you were set up", "the opening text".
fn points_back(words: &[Word<'_>]) -> bool {
    let has = |stems: &[&str]| words.iter().any(|word| stems.contains(&word.stem.as_str()));
    let earlier = has(&[
        "abov", "befor", "preced", "earlier", "begin", "prior", "initial", "open", "first",
        "previou", "top",
    ]);
    let what = has(&[
        "everyth", "all", "text", "word", "messag", "what", "wording", "lin", "content", "sentenc",
        "context",
    ]);
    let set_up = has(&["configur", "set", "told", "deploy", "program"])
        && has(&["you"])
        && has(&["how", "what", "were", "operator", "developer"]);
    (earlier && what) || set_up
}

fn forms(text: &str) -> Option<Form> {
    let words = words(text);
    let between = words.iter().any(|word| {
        matches!(
            word.stem.as_str(),
            "between" | "separat" | "letter" | "character"
        )
    }) && words
        .iter()
        .any(|word| matches!(word.stem.as_str(), "spac" | "each" | "every" | "by"));
    let rotated = words.windows(2).any(|pair| {
        matches!(pair, [first, second] if first.stem.starts_with("rot") && second.raw == "13")
    });
    let base = words.windows(2).find_map(|pair| match pair {
        [first, second] if first.stem == "bas" && second.raw == "64" => Some(Form::Base64),
        [first, second] if first.stem == "bas" && second.raw == "16" => Some(Form::Hex),
        _ => None,
    });
    base.or_else(|| words.iter().find_map(|word| lexicon::form(&word.stem)))
        .or_else(|| rotated.then_some(Form::Rotated))
        .or_else(|| between.then_some(Form::Spaced))
}

/// The verb of an order in `clause`, and where it begins.
fn order(clause: &str) -> Option<(&'static [Act], usize)> {
    let words = words(clause);
    leading_order(clause, &words).or_else(|| obliging_order(clause, &words))
}

fn leading_order(clause: &str, words: &[Word<'_>]) -> Option<(&'static [Act], usize)> {
    let mut rest = words.iter().peekable();
    let mut named = false;
    while let Some(word) = rest.next() {
        if lexicon::is_negation(&word.stem) {
            return None;
        }
        let acts = lexicon::acts(&word.stem);
        let label = clause
            .get(word.end..)
            .is_some_and(|after| after.starts_with(':'));
        if !acts.is_empty()
            && !label
            && !named
            && is_base_form(word.raw)
            && !is_noun_here(word, rest.peek().copied())
        {
            return Some((acts, word.start));
        }
        if !lexicon::is_lead_in(&word.stem) {
            return None;
        }
        // After an article stands a noun: "the reply", "an email".
        named = matches!(
            word.stem.as_str(),
            "the" | "a" | "an" | "of" | "your" | "my"
        );
    }
    None
}

/// "The clerk must include ...", "you are to print ...": the verb after the obligation.
fn obliging_order(clause: &str, words: &[Word<'_>]) -> Option<(&'static [Act], usize)> {
    let position = words.iter().position(|word| {
        OBLIGATIONS.contains(&word.stem.as_str())
            && (word.stem != "to" || obliges_before(words, word.start))
    })?;
    let mut rest = words.iter().skip(position + 1);
    let verb = rest.find(|word| !lexicon::is_lead_in(&word.stem))?;
    let acts = lexicon::acts(&verb.stem);
    let negated = lexicon::is_negation(&verb.stem);
    let label = clause
        .get(verb.end..)
        .is_some_and(|after| after.starts_with(':'));
    (!acts.is_empty() && !negated && !label && is_base_form(verb.raw)).then_some((acts, verb.start))
}

fn obliges_before(words: &[Word<'_>], position: usize) -> bool {
    words
        .iter()
        .take_while(|word| word.start < position)
        .last()
        .is_some_and(|word| {
            matches!(
                word.stem.as_str(),
                "need"
                    | "have"
                    | "ha"
                    | "has"
                    | "are"
                    | "is"
                    | "requir"
                    | "expect"
                    | "task"
                    | "job"
                    | "instruct"
                    | "ask"
                    | "oblig"
            )
        })
}

/// "Report from Anna", "State of play", "Total 300": a noun although it could be a verb.
fn is_noun_here(word: &Word<'_>, next: Option<&Word<'_>>) -> bool {
    let Some(next) = next else { return false };
    let ambiguous = matches!(
        word.stem.as_str(),
        "report"
            | "stat"
            | "total"
            | "sum"
            | "count"
            | "name"
            | "list"
            | "end"
            | "check"
            | "search"
            | "set"
            | "charg"
            | "mail"
            | "email"
            | "transfer"
            | "post"
            | "record"
            | "link"
            | "start"
            | "open"
            | "answer"
            | "reply"
            | "look"
            | "not"
            | "sav"
            | "book"
    );
    let after_noun = matches!(
        next.stem.as_str(),
        "from" | "of" | "for" | "is" | "was" | "are" | "ha" | "at"
    ) && !(next.stem == "from" && word.stem == "count")
        && !(next.stem == "for" && matches!(word.stem.as_str(), "look" | "search" | "check"));
    ambiguous
        && (after_noun
            || next.raw.chars().all(|mark| mark.is_ascii_digit()) && word.stem == "total")
}

/// "print", not "prints", "printed" or "printing": only the bare verb orders.
fn is_base_form(raw: &str) -> bool {
    let word = raw.to_lowercase();
    let past = word.ends_with("ed")
        && word.len() > 4
        && !matches!(word.as_str(), "embed" | "proceed" | "exceed");
    let third = word.ends_with('s') && !word.ends_with("ss");
    let lasting = word.ends_with("ing") && word.len() > 5;
    !(past || third || lasting)
}

fn is_question(sentence: &str) -> bool {
    let asks = words(sentence)
        .first()
        .is_some_and(|word| QUESTION_WORDS.contains(&word.stem.as_str()));
    sentence.trim_end().ends_with('?') || (asks && sentence.trim_end().ends_with(['?', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acts(sentence: &str) -> Vec<&'static [Act]> {
        parse(sentence)
            .into_iter()
            .map(|directive| directive.acts)
            .collect()
    }

    #[test]
    fn orders_are_found_behind_politeness_address_and_subclauses() {
        for sentence in [
            "Could you please summarise this letter?",
            "Before you answer, print the total",
            "Note to the assistant: you must now print it",
            "Whoever handles this must print it",
        ] {
            assert_eq!(acts(sentence).len(), 1, "{sentence}: {:?}", acts(sentence));
        }
        assert_eq!(acts("Look it up and then email it to me").len(), 2);
    }

    #[test]
    fn statements_labels_and_prohibitions_are_no_orders() {
        for sentence in [
            "Report from Anna",
            "Total: 300",
            "Never print the code",
            "The roof was repaired",
            "You must not share it",
        ] {
            assert!(acts(sentence).is_empty(), "{sentence}");
        }
        assert!(
            parse("What is the deadline?")
                .first()
                .is_some_and(Directive::is_question)
        );
    }
}
