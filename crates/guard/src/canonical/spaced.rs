//! Letters with something between them, and words with nothing between them.

use std::ops::Range;

use super::span_map::Derived;
use super::{Origin, scramble};
use crate::language::{Class, Token, known_word};

/// Adds a view for every run of single letters and every word that is really several.
pub(super) fn join(text: &str, tokens: &[Token], out: &mut Vec<(Derived, Origin)>) {
    let mut start = 0;
    while let Some(token) = tokens.get(start) {
        if token.end - token.start > 2 {
            if token.end - token.start >= LUMP_MIN && !token.class.has(Class::KNOWN) {
                lump(text, token.span(), out);
            }
            start += 1;
            continue;
        }
        let run = letters(text, tokens.get(start..).unwrap_or_default());
        if run >= LETTERS_MIN {
            spaced(
                text,
                tokens.get(start..start + run).unwrap_or_default(),
                out,
            );
        }
        start += run.max(1);
    }
}

/// Fewer single letters in a row are initials, columns or variables.
const LETTERS_MIN: usize = 6;
/// Wider gaps part texts, not letters or words.
const GAP_MAX: usize = 12;
/// English words are shorter than this, nearly always.
const LUMP_MIN: u32 = 14;
/// Longer lumps are data.
const LUMP_MAX: usize = 600;

/// How many single letters follow each other closely.
fn letters(text: &str, tokens: &[Token]) -> usize {
    let mut end = None;
    let mut count = 0;
    for token in tokens {
        let span = token.span();
        let single = text
            .get(span.clone())
            .is_some_and(|word| word.chars().count() == 1);
        if !single || end.is_some_and(|end: usize| span.start - end > GAP_MAX) {
            break;
        }
        end = Some(span.end);
        count += 1;
    }
    count
}

fn spaced(text: &str, tokens: &[Token], out: &mut Vec<(Derived, Origin)>) {
    // What stands between most letters joins them; anything longer or different parts words.
    let gaps: Vec<&str> = tokens
        .windows(2)
        .map(|pair| match pair {
            [left, right] => text
                .get(left.span().end..right.span().start)
                .unwrap_or_default(),
            _ => "",
        })
        .collect();
    let Some(joint) = gaps.iter().max_by_key(|gap| {
        (
            gaps.iter().filter(|other| other == gap).count(),
            std::cmp::Reverse(gap.len()),
        )
    }) else {
        return;
    };
    let mut derived = Derived::default();
    for (position, token) in tokens.iter().enumerate() {
        let span = token.span();
        if position > 0 && gaps.get(position - 1).is_some_and(|gap| gap != joint) {
            derived.put(" ", span.start..span.start);
        }
        derived.keep(text.get(span.clone()).unwrap_or_default(), span.start);
    }
    out.push((derived, Origin::Unscrambled));
}

/// Parts a lump of letters into words; also when the lump is reversed or rotated.
fn lump(text: &str, span: Range<usize>, out: &mut Vec<(Derived, Origin)>) {
    let word = text.get(span.clone()).unwrap_or_default();
    if word.len() > LUMP_MAX || !word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return;
    }
    let reversed: String = word.chars().rev().collect();
    let rotated: String = word.chars().map(scramble::rot13).collect();
    for candidate in [word, &reversed, &rotated] {
        if let Some(words) = part(&candidate.to_ascii_lowercase()) {
            let mut derived = Derived::default();
            derived.put(&words, span);
            out.push((derived, Origin::Unscrambled));
            return;
        }
    }
}

/// The fewest letters outside known words, then the fewest words; none if that is too many.
fn part(lump: &str) -> Option<String> {
    let length = lump.len();
    let mut best: Vec<(usize, usize)> = vec![(usize::MAX, 0); length + 1];
    *best.first_mut()? = (0, 0);
    for start in 0..length {
        let (cost, _) = *best.get(start)?;
        relax(&mut best, start + 1, cost + UNKNOWN_COST, start);
        for size in 1..=16.min(length - start) {
            let word = lump.get(start..start + size)?;
            if known_word(word) && (size > 2 || is_small_word(word)) {
                relax(&mut best, start + size, cost + WORD_COST, start);
            }
        }
    }
    let mut cuts = Vec::new();
    let mut at = length;
    let mut unknown = 0;
    while at > 0 {
        let (_, from) = *best.get(at)?;
        let word = lump.get(from..at)?;
        unknown += usize::from(at - from == 1 && !is_small_word(word));
        cuts.push(word);
        at = from;
    }
    cuts.reverse();
    (unknown * 5 <= length && cuts.len() >= 3).then(|| cuts.join(" "))
}

const UNKNOWN_COST: usize = 4;
const WORD_COST: usize = 3;

fn relax(best: &mut [(usize, usize)], at: usize, cost: usize, from: usize) {
    if let Some(entry) = best.get_mut(at)
        && cost < entry.0
    {
        *entry = (cost, from);
    }
}

fn is_small_word(word: &str) -> bool {
    matches!(
        word,
        "a" | "i"
            | "an"
            | "as"
            | "at"
            | "be"
            | "by"
            | "do"
            | "go"
            | "if"
            | "in"
            | "is"
            | "it"
            | "me"
            | "my"
            | "no"
            | "of"
            | "on"
            | "or"
            | "so"
            | "to"
            | "up"
            | "us"
            | "we"
    )
}
