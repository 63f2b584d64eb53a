//! A small engine that follows instructions as a careless model does.
//!
//! It reads every text of the turn, hidden ones too, and acts on each order it finds, whoever wrote it:
//! that is the vulnerability. It knows synonyms and references, and no probe.

mod arithmetic;
mod decode;
mod directive;
mod embed;
mod form;
mod lexicon;
mod markup;
mod memory;
mod text;
mod tongues;
mod tools;
mod write;

use self::directive::Directive;
use self::lexicon::{Act, Thing};
use self::memory::Memory;
pub(crate) use self::tools::Call;
use crate::conversation::{Conversation, Origin};

/// What the engine answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    /// What it says.
    pub(crate) text: String,
    /// The tools it calls.
    pub(crate) calls: Vec<Call>,
}

/// How many orders of one turn are followed.
const ORDERS_MAX: usize = 48;
/// What is said when nothing in the turn asks for anything the engine can do.
const NOTHING_ASKED: &str = "I can summarise a text, add up amounts, answer from what you give me, or use a tool. What shall I do?";

/// Answers a conversation.
pub(crate) fn answer(conversation: &Conversation) -> Answer {
    let memory = Memory::of(conversation);
    let mut pieces: Vec<String> = Vec::new();
    let mut calls: Vec<Call> = Vec::new();
    let current = memory
        .passages
        .iter()
        .filter(|passage| passage.current && passage.origin != Origin::System);
    let orders = current
        .flat_map(|passage| text::sentences(&passage.text))
        .flat_map(directive::parse);
    for order in orders.take(ORDERS_MAX) {
        if order.asks(Act::Ignore) {
            pieces.clear();
            continue;
        }
        match follow(&order, conversation, &memory) {
            Some(Deed::Say(piece)) if !piece.trim().is_empty() && !pieces.contains(&piece) => {
                pieces.push(piece)
            }
            Some(Deed::Call(call)) if !calls.contains(&call) => calls.push(call),
            _ => {}
        }
    }
    if pieces.is_empty() && calls.is_empty() {
        pieces.push(fallback(&memory));
    }
    Answer {
        text: pieces.join("\n\n"),
        calls,
    }
}

enum Deed {
    Say(String),
    Call(Call),
}

fn follow(order: &Directive<'_>, conversation: &Conversation, memory: &Memory) -> Option<Deed> {
    if !order.is_question()
        && let Some(tool) = tools::chosen(order, &conversation.tools)
    {
        let arguments = tools::arguments(order, tool, memory);
        let made = conversation.called.iter().any(|(name, made)| {
            *name == tool.name
                && serde_json::from_str::<serde_json::Value>(made)
                    .is_ok_and(|made| made == arguments)
        });
        if !made {
            return Some(Deed::Call(Call {
                name: tool.name.clone(),
                arguments,
            }));
        }
        return memory
            .retrieve(order.text, order.sentence)
            .map(|found| Deed::Say(found.to_owned()));
    }
    said(order, conversation, memory).map(|text| {
        let form = order
            .form()
            .filter(|_| !order.asks(Act::Join) && !embed::wants_host_name(order));
        Deed::Say(match form {
            Some(form) => form::write(&text, form),
            None => text,
        })
    })
}

/// What is said in answer to one order or question.
fn said(order: &Directive<'_>, conversation: &Conversation, memory: &Memory) -> Option<String> {
    if !order.is_question()
        && let Some(long) = write::long(order, conversation.tokens_max)
    {
        return Some(long);
    }
    if let Some(figure) = arithmetic::asked(order.text)
        && (order.is_question()
            || order.asks(Act::Compute)
            || order.names(Thing::Figure)
            || figure == arithmetic::Figure::Count)
        && let Some(answer) = figure_of(figure, order, memory)
    {
        return Some(answer);
    }
    if order.is_question() {
        return memory.resolve(order, order.text);
    }
    if embed::wants_host_name(order) {
        let payload = memory.resolve(order, order.text).unwrap_or_default();
        let payload = match order.form() {
            Some(form) => form::write(&payload, form),
            None => payload,
        };
        return embed::host_name(order, &payload);
    }
    let known = memory.retrieve(order.text, order.sentence);
    if let Some(embedded) = embed::around_quoted(order).or_else(|| embed::install(order, known)) {
        return Some(embedded);
    }
    if order.asks(Act::Join)
        && let Some(joined) = write::joined(order.text).or_else(|| write::joined(order.sentence))
    {
        return Some(joined);
    }
    let kept = [Thing::Secret, Thing::Instructions]
        .into_iter()
        .any(|thing| order.names(thing));
    if !kept && order.names(Thing::Code) && !order.asks(Act::Summarise) && !write::is_markup(order)
    {
        return Some(write::program(order));
    }
    if write::wants_link(order)
        && let Some(url) = write::url(&memory.rest_from(order))
    {
        let without = order.text.replace(url, " ");
        let payload = memory.resolve(order, &without).unwrap_or_default();
        return Some(write::link(order, &write::filled(url, &payload)));
    }
    if order.asks(Act::Summarise) {
        let text = memory.document(order.sentence)?;
        return Some(write::summary(&text));
    }
    spoken(order, memory)
}

/// An order to say something: a letter, a quotation, or what a reference points at.
fn spoken(order: &Directive<'_>, memory: &Memory) -> Option<String> {
    if order.asks(Act::Compose)
        && let Some(letter) = write::letter(order)
    {
        return Some(letter);
    }
    let says = [
        Act::Reveal,
        Act::Attach,
        Act::Transform,
        Act::Repeat,
        Act::Compose,
        Act::Lookup,
    ];
    if !says.into_iter().any(|act| order.asks(act)) {
        return None;
    }
    let pointed = directive::things(order.text)
        .into_iter()
        .any(|thing| matches!(thing, Thing::Secret | Thing::Instructions));
    let literal = text::quotations(order.text)
        .first()
        .map(|inner| (*inner).to_owned());
    match literal {
        Some(literal) if !pointed => Some(literal),
        _ => memory.resolve(order, order.text),
    }
}

fn figure_of(figure: arithmetic::Figure, order: &Directive<'_>, memory: &Memory) -> Option<String> {
    let inline = arithmetic::answer(figure, order.text).filter(|_| {
        text::tokens(order.text)
            .filter(|token| {
                token
                    .chars()
                    .all(|mark| mark.is_ascii_digit() || mark == '.')
            })
            .count()
            >= 2
    });
    inline.or_else(|| {
        memory
            .document(order.sentence)
            .and_then(|text| arithmetic::answer(figure, &text))
    })
}

/// With a tool result at hand and nothing else to do, says what the tool said.
fn fallback(memory: &Memory) -> String {
    let result = memory
        .passages
        .iter()
        .rev()
        .find(|passage| passage.origin == Origin::Tool && passage.current);
    result.map_or_else(|| NOTHING_ASKED.to_owned(), |passage| passage.text.clone())
}
