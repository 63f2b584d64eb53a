//! What in a user's message is the user's own wish, and what is material that the user hands over.
//!
//! People mark material: with a fence or a rule, a tag, quotation signs at line starts, a colon and a
//! new line, a question and what it is about. What is not marked counts as the user's own words, and
//! so do lists that follow a colon: they are as often steps to take as things to look at.

use std::ops::Range;

/// Shorter inline material is a value, and a value the user types is the user's.
const INLINE_MIN: usize = 160;
/// A lead is a line; longer ones are text themselves.
const LEAD_MAX: usize = 240;

/// The parts of a message, in its order: ranges and whether they are material.
fn parts(text: &str) -> Vec<(Range<usize>, bool)> {
    let lines = lines(text);
    let full = lines
        .iter()
        .filter(|line| !line.text.trim().is_empty())
        .count();
    let mut out = Vec::new();
    if full < 2 {
        inline(text, &mut out);
        return out;
    }
    let mut state = State::Own;
    for (position, line) in lines.iter().enumerate() {
        let rest = lines.get(position + 1..).unwrap_or_default();
        let material = state.take(line, rest);
        out.push((line.at..line.at + line.text.len(), material));
    }
    out
}

/// The longest stretches of one kind, in their order.
pub(super) fn stretches(text: &str) -> Vec<(&str, bool)> {
    let mut out: Vec<(Range<usize>, bool)> = Vec::new();
    for (range, material) in parts(text) {
        match out.last_mut() {
            Some((last, same)) if *same == material => last.end = range.end,
            _ => out.push((range, material)),
        }
    }
    out.into_iter()
        .filter_map(|(range, material)| Some((text.get(range)?, material)))
        .collect()
}

struct Line<'a> {
    at: usize,
    text: &'a str,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut at = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let start = at;
            at += line.len();
            Line {
                at: start,
                text: line,
            }
        })
        .collect()
}

enum State {
    /// The user speaks.
    Own,
    /// Until the same fence comes again.
    Fenced(char),
    /// Until the end, or a question of the user after an empty line.
    Follows { empty: bool },
}

impl State {
    /// Takes a line; tells whether it is material.
    fn take(&mut self, line: &Line<'_>, rest: &[Line<'_>]) -> bool {
        let text = line.text.trim();
        match self {
            Self::Fenced(sign) => {
                if fence(text) == Some(*sign) {
                    *self = Self::Own;
                }
                true
            }
            Self::Follows { empty } => {
                let is_last = rest.iter().all(|line| line.text.trim().is_empty());
                if *empty && is_last && text.ends_with('?') {
                    *self = Self::Own;
                    return false;
                }
                *empty = text.is_empty();
                true
            }
            Self::Own => self.own(text, rest),
        }
    }

    fn own(&mut self, text: &str, rest: &[Line<'_>]) -> bool {
        if let Some(sign) = fence(text) {
            let closes = rest
                .iter()
                .any(|line| fence(line.text.trim()) == Some(sign));
            *self = if closes {
                Self::Fenced(sign)
            } else {
                Self::Follows { empty: false }
            };
            return true;
        }
        if text.starts_with('<')
            && text.get(1..2).is_some_and(|next| {
                next.starts_with(|mark: char| mark.is_ascii_alphabetic() || mark == '!')
            })
        {
            *self = Self::Follows { empty: false };
            return true;
        }
        if text.starts_with('>') {
            return true;
        }
        let follows = rest
            .iter()
            .map(|line| line.text.trim())
            .find(|line| !line.is_empty());
        let opens = text.len() <= LEAD_MAX && (text.ends_with(':') || text.ends_with('?'));
        if opens && follows.is_some() && !is_list(rest) {
            *self = Self::Follows { empty: false };
        }
        false
    }
}

/// A line that only sets apart.
fn fence(line: &str) -> Option<char> {
    let first = line.chars().next()?;
    let length = line.chars().take_while(|mark| *mark == first).count();
    let rest = line.chars().skip(length).count();
    match first {
        '`' | '~' | '"' if length >= 3 => Some(first),
        '-' | '=' | '*' | '_' | '#' | '<' | '>' if length >= 3 && rest == 0 => Some(first),
        _ => None,
    }
}

fn is_list(rest: &[Line<'_>]) -> bool {
    let mut full = rest
        .iter()
        .map(|line| line.text.trim())
        .filter(|line| !line.is_empty());
    full.all(|line| {
        let bare = line.trim_start_matches(|mark: char| mark.is_ascii_digit());
        let numbered = bare.len() < line.len() && bare.starts_with(['.', ')']);
        numbered || line.starts_with(['-', '*', '•'])
    })
}

/// One paragraph: what stands behind a colon, or between quotation marks, if it is long.
fn inline(text: &str, out: &mut Vec<(Range<usize>, bool)>) {
    let colon = text
        .find(": ")
        .filter(|at| *at <= LEAD_MAX && text.len() - at > INLINE_MIN);
    if let Some(at) = colon {
        out.push((0..at + 1, false));
        out.push((at + 1..text.len(), true));
        return;
    }
    let open = text.find(['"', '“', '«']);
    let close = text.rfind(['"', '”', '»']);
    match open.zip(close) {
        Some((open, close)) if close > open + INLINE_MIN => {
            out.push((0..open, false));
            out.push((open..close, true));
            out.push((close..text.len(), false));
        }
        _ => out.push((0..text.len(), false)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn material(text: &str) -> String {
        let parts = parts(text).into_iter().filter(|(_, material)| *material);
        parts.map(|(range, _)| text.get(range).unwrap()).collect()
    }

    #[test]
    fn material_is_what_people_mark() {
        for (text, wanted) in [
            (
                "Book the boat for Friday.\nThen write to a@example.org.\nThanks",
                "",
            ),
            ("Translate this:\nline one\nline two", "line one\nline two"),
            (
                "Which port is named here?\nPort: Rye\nEnd",
                "Port: Rye\nEnd",
            ),
            ("Do these steps:\n1. open the gate\n2. call Ann", ""),
            ("Fix it\n```\nx = 1\n```\nand run it", "```\nx = 1\n```\n"),
            ("Read this:\nsome text\n\nIs it true?", "some text\n\n"),
            ("See below\n---\nDear all", "---\nDear all"),
            (
                "About this page\n<div>\nhello\n</div>",
                "<div>\nhello\n</div>",
            ),
            ("Send \"see you\" to b@example.org", ""),
        ] {
            assert_eq!(material(text), wanted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn parts_cover_any_text_in_order(text in "[a-z:?\"“ \n`<>1.-]{0,60}") {
            let joined: String = parts(&text).into_iter().map(|(range, _)| text.get(range).unwrap()).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
