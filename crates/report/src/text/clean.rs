//! Makes outside text harmless for a terminal, and measures it.

use seawall_base::is_unseen;

/// One line of text: control and direction-changing characters become visible escapes, line breaks
/// become spaces.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => out.push(' '),
            '\r' => {}
            _ if is_unseen(character) => out.extend(character.escape_unicode()),
            _ => out.push(character),
        }
    }
    out
}

/// The lines of a text, each cleaned; spaces are kept.
pub(super) fn clean_lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| clean(&line.replace('\t', "    ")))
        .collect()
}

/// Columns that a cleaned text takes. Wide scripts count two, combining marks none.
pub(super) fn display_width(text: &str) -> usize {
    text.chars().map(character_width).sum()
}

/// Columns that one character takes: an approximation of UAX #11 by block.
pub(super) const fn character_width(character: char) -> usize {
    match character as u32 {
        0x0300..=0x036f | 0x200b..=0x200d | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe4f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}
