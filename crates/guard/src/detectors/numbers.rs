//! Numbers written in groups, as cards, accounts and telephone numbers are. Built once per view from
//! its words and shared by the detectors of private numbers.

use std::ops::Range;

use crate::canonical::View;
use crate::language::Class;

/// Digits with at most one separator between groups.
#[derive(Clone, Debug)]
pub(crate) struct Number {
    /// Bytes of the view, with a leading `+` or `(`.
    pub(crate) span: Range<usize>,
    /// The digits alone.
    pub(crate) digits: Vec<u8>,
    /// Digits per group.
    pub(crate) groups: Vec<usize>,
    /// What stands between the groups, `\0` if it varies.
    pub(crate) separator: char,
    /// Whether a plus sign leads.
    pub(crate) international: bool,
}

/// Every number of at least seven digits.
pub(crate) fn numbers(view: &View<'_>) -> Vec<Number> {
    let text = view.text.as_ref();
    let mut out = Vec::new();
    let mut current: Option<Number> = None;
    for token in &view.tokens {
        let span = token.span();
        if !token.class.has(Class::NUMBER) {
            close(&mut current, &mut out);
            continue;
        }
        let digits = text.as_bytes().get(span.clone()).unwrap_or_default();
        let joint = current
            .as_ref()
            .and_then(|number| separator(text, number, &span));
        match (&mut current, joint) {
            (Some(number), Some(joint)) => {
                number.separator = if number.groups.len() == 1 || number.separator == joint {
                    joint
                } else {
                    '\0'
                };
                number.digits.extend_from_slice(digits);
                number.groups.push(digits.len());
                number.span.end = span.end;
            }
            _ => {
                close(&mut current, &mut out);
                current = Some(begin(text, span, digits));
            }
        }
    }
    close(&mut current, &mut out);
    out
}

const DIGITS_MIN: usize = 7;
const DIGITS_MAX: usize = 34;

fn begin(text: &str, span: Range<usize>, digits: &[u8]) -> Number {
    let before = text.as_bytes().get(..span.start).unwrap_or_default();
    let open = usize::from(before.last() == Some(&b'('));
    let plus = before
        .len()
        .checked_sub(open + 1)
        .and_then(|at| before.get(at))
        == Some(&b'+');
    Number {
        span: span.start - open - usize::from(plus)..span.end,
        digits: digits.to_vec(),
        groups: vec![digits.len()],
        separator: '\0',
        international: plus,
    }
}

fn separator(text: &str, number: &Number, next: &Range<usize>) -> Option<char> {
    if number.digits.len() + next.len() > DIGITS_MAX {
        return None;
    }
    match text.get(number.span.end..next.start)? {
        " " => Some(' '),
        "-" => Some('-'),
        "." => Some('.'),
        "/" => Some('/'),
        ") " | ")" | ")-" | " (" => Some(')'),
        _ => None,
    }
}

fn close(current: &mut Option<Number>, out: &mut Vec<Number>) {
    if let Some(number) = current.take()
        && number.digits.len() >= DIGITS_MIN
    {
        out.push(number);
    }
}

/// The check digit of cards (ISO/IEC 7812-1 annex B).
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(position, digit)| {
            let value = u32::from(digit.saturating_sub(b'0'));
            match position % 2 {
                0 => value,
                _ if value > 4 => value * 2 - 9,
                _ => value * 2,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether every digit is the same: placeholders pass several checksums.
pub(super) fn uniform(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair.first() == pair.last())
}
