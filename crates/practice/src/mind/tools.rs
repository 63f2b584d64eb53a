//! Which tool an order means, and which arguments it gives.
//!
//! Nothing is called here; the engine only writes the call, as a model does.

use serde_json::{Map, Value};

use super::directive::Directive;
use super::lexicon::{self, Act};
use super::memory::{Memory, value_of};
use super::text::{is_email, is_url, is_value, quotations, stem, tokens, words};
use crate::conversation::{Parameter, Tool};

/// A call that the engine writes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    /// Name of the tool.
    pub(crate) name: String,
    /// Its arguments, an object.
    pub(crate) arguments: Value,
}

/// Verbs that mean the same to a tool.
const DEEDS: &[&str] = &[
    "send forward mail email dispatch post notify message submit",
    "pay transfer remit wire refund issue disburse move payout payment",
    "delete remove erase purge wipe drop clear",
    "update change set modify edit amend alter",
    "resolve look lookup fetch get find search retrieve query read load check consult pull",
    "run execute eval shell exec bash python interpreter code command",
    "approve grant accept release authorise settle",
    "create open raise register book schedule",
    "cancel close revoke stop terminate",
    "save store write record remember memorise upload",
];

/// The tool that `directive` means, when one fits.
pub(super) fn chosen<'a>(directive: &Directive<'_>, tools: &'a [Tool]) -> Option<&'a Tool> {
    let mut best: Option<(u32, &Tool)> = None;
    for tool in tools {
        let score = fit(directive, tool);
        if score >= 4 && best.is_none_or(|(top, _)| score > top) {
            best = Some((score, tool));
        }
    }
    best.map(|(_, tool)| tool)
}

/// How well a tool fits: its name spelled out, a shared deed, shared nouns.
fn fit(directive: &Directive<'_>, tool: &Tool) -> u32 {
    let said: Vec<String> = words(directive.text)
        .into_iter()
        .map(|word| word.stem)
        .collect();
    let parts: Vec<String> = name_parts(&tool.name);
    let named = directive
        .text
        .to_lowercase()
        .contains(&tool.name.to_lowercase())
        || (parts.len() > 1 && parts.iter().all(|part| said.contains(part)));
    let mut deed = 0;
    for group in DEEDS {
        let group: Vec<String> = group.split(' ').map(stem).collect();
        if !parts.iter().any(|part| group.contains(part)) {
            continue;
        }
        if group.contains(&directive.verb) {
            deed = 4;
        } else if said.iter().any(|word| group.contains(word)) {
            deed = deed.max(3);
        }
    }
    let nouns = parts
        .iter()
        .filter(|part| said.contains(part) && !is_deed(part))
        .count();
    let parameters: Vec<String> = tool
        .parameters
        .iter()
        .map(|parameter| parameter.name.replace('_', " "))
        .collect();
    let about = format!("{} {}", tool.description, parameters.join(" "));
    let described: Vec<String> = words(&about)
        .into_iter()
        .map(|word| word.stem)
        .filter(|stem| !lexicon::is_stop_word(stem) && !is_deed(stem) && !parts.contains(stem))
        .collect();
    let overlap = said
        .iter()
        .filter(|word| described.contains(word))
        .count()
        .min(2);
    let acts =
        directive.asks(Act::Call) || directive.asks(Act::Lookup) || directive.asks(Act::Compose);
    let nouns = u32::try_from(nouns + overlap).unwrap_or(0);
    if named {
        return 10 + nouns;
    }
    if deed > 0 && acts { deed + nouns } else { 0 }
}

fn is_deed(part: &str) -> bool {
    DEEDS
        .iter()
        .any(|group| group.split(' ').any(|word| stem(word) == part))
}

fn name_parts(name: &str) -> Vec<String> {
    let mut spaced = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() {
            spaced.push(' ');
        }
        spaced.push(if letter.is_alphanumeric() {
            letter
        } else {
            ' '
        });
    }
    words(&spaced).into_iter().map(|word| word.stem).collect()
}

/// The arguments that an order gives to `tool`.
pub(super) fn arguments(directive: &Directive<'_>, tool: &Tool, memory: &Memory) -> Value {
    let wide = memory.rest_from(directive);
    let mut given = Map::new();
    for parameter in &tool.parameters {
        let value = explicit(parameter, &wide, memory, directive)
            .or_else(|| by_kind(parameter, directive.text, directive, memory))
            .or_else(|| by_kind(parameter, &wide, directive, memory))
            .or_else(|| {
                parameter
                    .is_required
                    .then(|| leftover(directive.text, &given))
                    .flatten()
            });
        if let Some(value) = value {
            given.insert(parameter.name.clone(), typed(parameter, &value));
        }
    }
    Value::Object(given)
}

/// "amount=9", "with the amount set to 9", "subject: hello".
fn explicit(
    parameter: &Parameter,
    text: &str,
    memory: &Memory,
    directive: &Directive<'_>,
) -> Option<String> {
    let lower = text.to_lowercase();
    let spoken = parameter.name.replace('_', " ").to_lowercase();
    let (start, name) = [parameter.name.to_lowercase(), spoken]
        .into_iter()
        .find_map(|name| find_word(&lower, &name).map(|start| (start, name)))?;
    let after = text.get(start + name.len()..)?;
    let mut rest = after.trim_start_matches(['"', '\'', '`', '*']).trim_start();
    let mut assigned = false;
    for _ in 0..4 {
        let before = rest;
        for link in [
            "=", ":", "->", "is ", "set ", "to ", "as ", "of ", "being ", "should ", "be ",
            "equal ", "must ", "the ", "a ",
        ] {
            if let Some(tail) = rest.strip_prefix(link) {
                assigned |= link != "the " && link != "a ";
                rest = tail.trim_start();
            }
        }
        if rest == before {
            break;
        }
    }
    assigned
        .then(|| value_at(rest, directive, memory))
        .flatten()
}

fn find_word(text: &str, word: &str) -> Option<usize> {
    let start = text.find(word)?;
    let end = start + word.len();
    let bounded = |mark: Option<char>| mark.is_none_or(|mark| !mark.is_alphanumeric());
    let before = text
        .get(..start)
        .and_then(|before| before.chars().next_back());
    let after = text.get(end..).and_then(|after| after.chars().next());
    (bounded(before) && bounded(after)).then_some(start)
}

/// The value that `rest` begins with: a quotation, a value-like token, else what a reference points at.
fn value_at(rest: &str, directive: &Directive<'_>, memory: &Memory) -> Option<String> {
    if rest.starts_with(['"', '\'', '`', '“']) {
        return quotations(rest).first().map(|inner| (*inner).to_owned());
    }
    let first = tokens(rest).next()?;
    if is_value(first)
        || is_url(first)
        || is_email(first)
        || first.chars().any(|mark| mark.is_ascii_digit())
    {
        return Some(first.to_owned());
    }
    let end = rest.find([',', ';', '\n']).unwrap_or(rest.len());
    let phrase = rest.get(..end)?.trim().trim_end_matches('.');
    memory
        .reference(phrase, directive)
        .or_else(|| Some(phrase.to_owned()))
        .filter(|phrase| !phrase.is_empty())
}

/// A value of the kind that the parameter's name suggests.
fn by_kind(
    parameter: &Parameter,
    text: &str,
    directive: &Directive<'_>,
    memory: &Memory,
) -> Option<String> {
    let parts = name_parts(&parameter.name);
    let is = |wanted: &[&str]| parts.iter().any(|part| wanted.contains(&part.as_str()));
    let first = |keep: fn(&str) -> bool| tokens(text).find(|token| keep(token)).map(str::to_owned);
    let quoted = || quotations(text).first().map(|inner| (*inner).to_owned());
    if is(&["email", "recipient", "to", "addres", "cc"]) {
        return first(is_email).or_else(|| first(is_url));
    }
    if is(&["host", "hostnam", "domain"]) {
        let payload = memory.reference(text, directive).unwrap_or_default();
        return super::embed::host_name(directive, &payload);
    }
    if is(&[
        "url",
        "link",
        "endpoint",
        "target",
        "webhook",
        "destination",
    ]) {
        return first(is_url)
            .or_else(|| first(is_email))
            .or_else(|| first(is_value));
    }
    if parameter.is_number || is(&["amount", "sum", "quantity", "limit", "pric"]) {
        return tokens(text).find_map(plain_number);
    }
    if is(&[
        "command",
        "cod",
        "script",
        "query",
        "sql",
        "expression",
        "path",
        "sourc",
    ]) {
        return quoted().or_else(|| after_colon(text));
    }
    if is(&[
        "id",
        "number",
        "claim",
        "account",
        "iban",
        "reference",
        "referenc",
        "policy",
        "customer",
        "paye",
        "beneficiary",
        "invoic",
        "record",
        "key",
    ]) {
        return first(is_value)
            .or_else(|| first(|token| token.chars().filter(char::is_ascii_digit).count() >= 3));
    }
    if is(&[
        "body", "messag", "content", "text", "not", "data", "comment", "reason", "subject",
        "payload", "valu", "summary",
    ]) {
        return memory
            .reference(text, directive)
            .or_else(quoted)
            .or_else(|| after_colon(text))
            .or_else(|| about(text));
    }
    None
}

/// What a message is said to be about.
fn about(text: &str) -> Option<String> {
    let found = words(text).into_iter().find(|word| {
        matches!(
            word.stem.as_str(),
            "that" | "about" | "say" | "confirm" | "with" | "tell"
        )
    })?;
    text.get(found.end..)
        .map(|rest| rest.trim().trim_end_matches('.').to_owned())
        .filter(|rest| !rest.is_empty())
}

fn leftover(text: &str, given: &Map<String, Value>) -> Option<String> {
    let used = |value: &str| given.values().any(|known| known.as_str() == Some(value));
    quotations(text)
        .into_iter()
        .chain(tokens(text).filter(|token| is_value(token)))
        .find(|value| !used(value))
        .map(str::to_owned)
}

pub(super) fn after_colon(text: &str) -> Option<String> {
    let (_, rest) = text.split_once(": ").or_else(|| text.split_once(":\n"))?;
    let rest = rest.trim();
    (!rest.is_empty()).then(|| rest.to_owned())
}

fn plain_number(token: &str) -> Option<String> {
    let bare = token
        .trim_matches(|mark: char| !mark.is_ascii_digit())
        .replace([',', '\''], "");
    let letters = token.chars().any(char::is_alphabetic);
    (!letters && bare.parse::<f64>().is_ok()).then_some(bare)
}

fn typed(parameter: &Parameter, value: &str) -> Value {
    if parameter.is_number
        && let Some(number) = plain_number(value)
    {
        if let Ok(whole) = number.parse::<i64>() {
            return Value::from(whole);
        }
        if let Ok(float) = number.parse::<f64>() {
            return Value::from(float);
        }
    }
    Value::from(value)
}

impl Memory {
    /// What a phrase such as "the claimant's number" or "your guidelines" stands for; nothing for a
    /// phrase that is no reference.
    pub(super) fn reference(&self, phrase: &str, directive: &Directive<'_>) -> Option<String> {
        use super::lexicon::Thing;
        let things = super::directive::things(phrase);
        if things.contains(&Thing::Secret) {
            return self.secrets();
        }
        if things.contains(&Thing::Instructions) {
            return self.instructions();
        }
        let points = words(phrase).iter().any(|word| {
            matches!(
                word.stem.as_str(),
                "the" | "their" | "her" | "his" | "its" | "your" | "whatever"
            )
        });
        let answer = points
            .then(|| self.retrieve(phrase, directive.sentence))
            .flatten();
        answer
            .map(|answer| value_of(answer, phrase))
            .or_else(|| {
                things
                    .contains(&Thing::Conversation)
                    .then(|| self.conversation())
                    .flatten()
            })
            .or_else(|| {
                things
                    .contains(&Thing::Document)
                    .then(|| self.document(directive.sentence))
                    .flatten()
            })
    }

    /// The directive with what follows it in its passage, where arguments may be listed.
    pub(super) fn rest_from(&self, directive: &Directive<'_>) -> String {
        let passage = self
            .passages
            .iter()
            .find(|passage| passage.text.contains(directive.sentence));
        let rest = passage.and_then(|passage| {
            let start = passage.text.find(directive.text)?;
            passage.text.get(start..)
        });
        rest.unwrap_or(directive.text).chars().take(600).collect()
    }
}
