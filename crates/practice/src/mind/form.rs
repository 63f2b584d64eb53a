//! Writing a text in the form that was asked for.

use base64::Engine as _;

use super::lexicon::Form;

/// `text` in `form`.
pub(super) fn write(text: &str, form: Form) -> String {
    match form {
        Form::Base64 => base64::engine::general_purpose::STANDARD.encode(text),
        Form::Hex => text.bytes().map(|byte| format!("{byte:02x}")).collect(),
        Form::Backwards => text.chars().rev().collect(),
        Form::Rotated => text.chars().map(rotate).collect(),
        Form::Spaced => spaced(text),
        Form::Capitals => text.to_uppercase(),
    }
}

/// A Latin letter thirteen places on; everything else stays.
pub(super) fn rotate(letter: char) -> char {
    let base = match letter {
        'a'..='z' => b'a',
        'A'..='Z' => b'A',
        _ => return letter,
    };
    u8::try_from(letter).map_or(letter, |byte| char::from((byte - base + 13) % 26 + base))
}

fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for (position, letter) in text.chars().enumerate() {
        if position > 0 {
            out.push(' ');
        }
        out.push(letter);
    }
    out
}
