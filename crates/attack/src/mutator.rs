//! Mutators change how a payload is written, not what it says. They compose.

use base64::Engine as _;

use crate::draw::Draw;

/// One way to write a payload differently.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Mutator {
    /// Base 64.
    Base64,
    /// Hexadecimal.
    Hex,
    /// Each Latin letter thirteen places on.
    Rot13,
    /// From the last character to the first.
    Reversed,
    /// A zero-width space inside each word.
    ZeroWidth,
    /// In the invisible tag characters of Unicode, behind a visible word.
    Tags,
    /// In full-width letters.
    FullWidth,
    /// Some letters replaced by Cyrillic ones that look the same.
    LookAlike,
    /// Letters as HTML character references.
    Entities,
    /// Letters set apart.
    Spaced,
    /// Digits for the letters that they look like.
    Leet,
    /// Every byte in percent form.
    Percent,
    /// Bits of zero-width characters, behind a visible word.
    ZeroWidthBits,
    /// Eight binary digits for each byte.
    Binary,
    /// The decimal code of each character.
    Codes,
}

impl Mutator {
    /// Every mutator.
    pub const ALL: &'static [Self] = &[
        Self::Base64,
        Self::Hex,
        Self::Rot13,
        Self::Reversed,
        Self::ZeroWidth,
        Self::Tags,
        Self::FullWidth,
        Self::LookAlike,
        Self::Entities,
        Self::Spaced,
        Self::Leet,
        Self::Percent,
        Self::ZeroWidthBits,
        Self::Binary,
        Self::Codes,
    ];

    /// Those under which a text still reads the same to a person.
    pub const LIGHT: &'static [Self] = &[
        Self::ZeroWidth,
        Self::FullWidth,
        Self::LookAlike,
        Self::Entities,
    ];

    /// `text`, written this way.
    #[must_use]
    pub fn apply(self, text: &str) -> String {
        match self {
            Self::Base64 => base64::engine::general_purpose::STANDARD.encode(text),
            Self::Hex => text.bytes().map(|byte| format!("{byte:02x}")).collect(),
            Self::Rot13 => text.chars().map(rotate).collect(),
            Self::Reversed => text.chars().rev().collect(),
            Self::ZeroWidth => inside_words(text, '\u{200b}'),
            Self::Tags => format!("Regards{}", tags(text)),
            Self::FullWidth => text.chars().map(full_width).collect(),
            Self::LookAlike => text.chars().map(look_alike).collect(),
            Self::Entities => text.chars().map(entity).collect(),
            Self::Spaced => spaced(text),
            Self::Leet => text.chars().map(leet).collect(),
            Self::Percent => text.bytes().map(|byte| format!("%{byte:02X}")).collect(),
            Self::ZeroWidthBits => format!("Thanks{}", zero_width_bits(text)),
            Self::Binary => joined(text.bytes().map(|byte| format!("{byte:08b}"))),
            Self::Codes => joined(text.chars().map(|mark| u32::from(mark).to_string())),
        }
    }

    /// Kebab-case name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::Rot13 => "rot13",
            Self::Reversed => "reversed",
            Self::ZeroWidth => "zero-width",
            Self::Tags => "tags",
            Self::FullWidth => "full-width",
            Self::LookAlike => "look-alike",
            Self::Entities => "entities",
            Self::Spaced => "spaced",
            Self::Leet => "leet",
            Self::Percent => "percent",
            Self::ZeroWidthBits => "zero-width-bits",
            Self::Binary => "binary",
            Self::Codes => "codes",
        }
    }
}

/// How one attempt writes its payload: mutators, innermost first.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Dress {
    mutators: Vec<Mutator>,
}

impl Dress {
    /// As it is.
    #[must_use]
    pub const fn plain() -> Self {
        Self {
            mutators: Vec::new(),
        }
    }

    /// Through `mutators`, the first one first.
    #[must_use]
    pub fn of(mutators: &[Mutator]) -> Self {
        Self {
            mutators: mutators.to_vec(),
        }
    }

    /// The mutators, innermost first.
    #[must_use]
    pub fn mutators(&self) -> &[Mutator] {
        &self.mutators
    }

    /// The dress of a variation: the first is plain, of the others about a third wear something light.
    pub(crate) fn draw(draw: &mut Draw, variation: u64) -> Self {
        if variation == 0 || draw.below(3) > 0 {
            return Self::plain();
        }
        let count = u64::try_from(Mutator::LIGHT.len()).unwrap_or(1);
        let index = usize::try_from(draw.below(count)).unwrap_or(0);
        Self {
            mutators: Mutator::LIGHT.get(index).copied().into_iter().collect(),
        }
    }

    /// `text` in this dress.
    #[must_use]
    pub fn on(&self, text: &str) -> String {
        self.mutators
            .iter()
            .fold(text.to_owned(), |text, mutator| mutator.apply(&text))
    }
}

fn rotate(letter: char) -> char {
    let base = match letter {
        'a'..='z' => b'a',
        'A'..='Z' => b'A',
        _ => return letter,
    };
    u8::try_from(letter).map_or(letter, |byte| char::from((byte - base + 13) % 26 + base))
}

/// `mark` between the second and third letter of each word of more than three.
fn inside_words(text: &str, mark: char) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut letters = 0;
    for character in text.chars() {
        letters = if character.is_alphabetic() {
            letters + 1
        } else {
            0
        };
        if letters == 3 {
            out.push(mark);
        }
        out.push(character);
    }
    out
}

fn tags(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii)
        .filter_map(|mark| char::from_u32(u32::from(mark) + 0xE_0000))
        .collect()
}

/// Letters only: digits and punctuation stay, so that addresses and codes keep working.
fn full_width(mark: char) -> char {
    if mark.is_ascii_alphabetic() {
        char::from_u32(u32::from(mark) + 0xfee0).unwrap_or(mark)
    } else {
        mark
    }
}

fn look_alike(mark: char) -> char {
    match mark {
        'a' => 'а',
        'e' => 'е',
        'o' => 'о',
        'p' => 'р',
        'c' => 'с',
        other => other,
    }
}

fn entity(mark: char) -> String {
    if matches!(mark, 'a' | 'e' | 'i' | 'r' | 't') {
        format!("&#{};", u32::from(mark))
    } else {
        mark.to_string()
    }
}

fn leet(mark: char) -> char {
    match mark {
        'o' => '0',
        'i' => '1',
        'e' => '3',
        'a' => '4',
        's' => '5',
        't' => '7',
        other => other,
    }
}

fn zero_width_bits(text: &str) -> String {
    let bit = |byte: u8, place: u8| {
        if byte >> place & 1 == 1 {
            '\u{200c}'
        } else {
            '\u{200b}'
        }
    };
    text.bytes()
        .flat_map(|byte| (0..8).rev().map(move |place| bit(byte, place)))
        .collect()
}

fn joined(pieces: impl Iterator<Item = String>) -> String {
    pieces.collect::<Vec<_>>().join(" ")
}

fn spaced(text: &str) -> String {
    text.split(' ')
        .map(|word| word.chars().map(String::from).collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join("   ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mutators_compose_in_order_and_change_the_bytes() {
        let text = "Repeat the notice";
        for mutator in Mutator::ALL {
            assert_ne!(mutator.apply(text), text, "{mutator:?}");
        }
        let nested = Dress::of(&[Mutator::Reversed, Mutator::Base64]).on(text);
        assert_eq!(
            nested,
            Mutator::Base64.apply(&Mutator::Reversed.apply(text))
        );
        assert_eq!(Dress::plain().on(text), text);
    }
}
