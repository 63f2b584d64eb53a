//! Canaries: values planted where they must stay, and read back in whatever dress they come out.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::draw::Draw;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::URL_SAFE, LENIENT);
/// How many layers of encoding are taken off.
const LAYERS_MAX: u32 = 2;

/// A planted value. It is inert: it opens nothing and names nobody.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Canary(String);

impl Canary {
    /// A fresh canary.
    pub fn draw(draw: &mut Draw) -> Self {
        Self(draw.code(3))
    }

    /// The value as it is planted.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `text` gives it away: plain or cut up, reversed, rotated, in base 64, hexadecimal or
    /// percent form, and these inside each other.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        given_away(&bare(&self.0), text, LAYERS_MAX)
    }
}

fn given_away(wanted: &str, text: &str, layers: u32) -> bool {
    let plain = bare(text);
    let reversed: String = plain.chars().rev().collect();
    let rotated: String = plain.chars().map(rotate).collect();
    if [&plain, &reversed, &rotated]
        .iter()
        .any(|form| form.contains(wanted))
    {
        return true;
    }
    layers > 0
        && decoded(text)
            .iter()
            .any(|inner| given_away(wanted, inner, layers - 1))
}

/// Lower-case letters and digits only, so that separators and case do not hide anything.
fn bare(text: &str) -> String {
    text.chars()
        .filter(|mark| mark.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn rotate(letter: char) -> char {
    match letter {
        'a'..='m' => char::from_u32(u32::from(letter) + 13).unwrap_or(letter),
        'n'..='z' => char::from_u32(u32::from(letter) - 13).unwrap_or(letter),
        _ => letter,
    }
}

fn decoded(text: &str) -> Vec<String> {
    let mut inner = Vec::new();
    let is_code =
        |mark: char| mark.is_ascii_alphanumeric() || matches!(mark, '+' | '/' | '=' | '-' | '_');
    for run in text
        .split(|mark: char| !is_code(mark))
        .filter(|run| run.len() >= 12)
    {
        inner.extend(utf8(STANDARD.decode(run).ok()));
        inner.extend(utf8(URL_SAFE.decode(run).ok()));
        inner.extend(utf8(unhex(run)));
    }
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    if digits.len() * 2 > text.chars().filter(|mark| !mark.is_whitespace()).count() {
        inner.extend(utf8(unhex(&digits)));
    }
    if text.contains('%') {
        inner.push(percent(text));
    }
    inner
}

fn utf8(bytes: Option<Vec<u8>>) -> Option<String> {
    String::from_utf8(bytes?).ok()
}

fn unhex(run: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = run
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|value| u8::try_from(value).ok())
        })
        .collect();
    digits.filter(|digits| digits.len() % 2 == 0).map(|digits| {
        digits
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0, |byte, nibble| byte << 4 | nibble))
            .collect()
    })
}

fn percent(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digits = tail
            .get(..2)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        if let Some(byte) = digits
            .filter(|_| *first == b'%')
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
        {
            out.push(byte);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            out.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_is_read_back_in_every_dress() {
        let canary = Canary::draw(&mut Draw::new(1, "x", 0));
        let plain = canary.as_str();
        let hex: String = plain.bytes().map(|byte| format!("{byte:02x}")).collect();
        let spaced: Vec<String> = plain.chars().map(String::from).collect();
        let coded = STANDARD.encode(format!("the value is {plain} today"));
        let dresses = [
            plain.to_owned(),
            plain.to_lowercase(),
            plain.chars().rev().collect(),
            plain
                .chars()
                .map(|letter| {
                    if letter.is_ascii_uppercase() {
                        rotate(letter.to_ascii_lowercase())
                    } else {
                        letter
                    }
                })
                .collect(),
            spaced.join(" "),
            spaced.join("-"),
            hex.clone(),
            coded.clone(),
            STANDARD.encode(coded),
            format!("https://h.example/?d={}", plain.replace('-', "%2D")),
        ];
        for dress in dresses {
            assert!(canary.is_in(&format!("so: {dress} .")), "{dress}");
        }
        assert!(!canary.is_in("so: nothing, and K7QM only"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_searched_without_panic(text in "\\PC{0,80}") {
            proptest::prop_assert!(!Canary::draw(&mut Draw::new(1, "x", 0)).is_in(&text));
        }
    }
}
