//! Notices a text that goes round in circles: the same stretch again and again, or counting on.
//!
//! The end of the text is looked at every few bytes, so the answer depends on the text alone and not on
//! how it arrives. Numbers may move on by a fixed step; everything else must be the same.

/// Bytes between two looks.
const STEP: usize = 128;
/// The longest stretch that repeats.
const PERIOD_MAX: usize = 512;
/// Bytes of the text that are looked at.
const WINDOW: usize = 8 * PERIOD_MAX;
/// Times that a stretch must stand behind itself.
const TIMES_MIN: usize = 8;

/// Follows one text.
#[derive(Clone, Debug)]
pub(crate) struct Repeats {
    /// Bytes of repetition that are too many.
    bytes_max: usize,
    window: Vec<u8>,
    seen: usize,
}

impl Repeats {
    pub(crate) const fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            window: Vec::new(),
            seen: 0,
        }
    }

    /// Takes the next piece. Returns how many of its bytes may go on, once the text goes round.
    pub(crate) fn push(&mut self, piece: &str) -> Option<usize> {
        let mut taken = 0;
        while taken < piece.len() {
            let next = STEP - self.seen % STEP;
            let end = (taken + next).min(piece.len());
            self.window
                .extend_from_slice(piece.as_bytes().get(taken..end).unwrap_or_default());
            self.seen += end - taken;
            taken = end;
            if self.window.len() > 2 * WINDOW {
                self.window.drain(..self.window.len() - WINDOW);
            }
            if self.seen.is_multiple_of(STEP) && self.seen >= self.bytes_max && self.is_round() {
                return Some(piece.floor_char_boundary(taken));
            }
        }
        None
    }

    fn is_round(&self) -> bool {
        let from = self.window.len().saturating_sub(WINDOW);
        let collapsed = Collapsed::new(self.window.get(from..).unwrap_or_default());
        if !collapsed.may_repeat() {
            return false;
        }
        let Some((period, length)) = collapsed.repetition() else {
            return false;
        };
        collapsed.raw(length) >= self.bytes_max.min(WINDOW - PERIOD_MAX)
            && collapsed.counts_on(period, length)
    }
}

/// A text from its end, each number as one sign.
struct Collapsed {
    signs: Vec<u8>,
    /// For each sign, the bytes up to it.
    raw: Vec<usize>,
    /// The numbers with their positions among the signs; none for one that is too long.
    numbers: Vec<(usize, Option<i64>)>,
}

impl Collapsed {
    fn new(text: &[u8]) -> Self {
        let mut collapsed = Self {
            signs: Vec::with_capacity(text.len()),
            raw: Vec::with_capacity(text.len()),
            numbers: Vec::new(),
        };
        let mut rest = text;
        while let Some((last, head)) = rest.split_last() {
            let digits = rest
                .iter()
                .rev()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            let length = digits.max(1);
            if digits > 0 {
                let number = rest.get(rest.len() - digits..).unwrap_or_default();
                let value = std::str::from_utf8(number)
                    .ok()
                    .and_then(|text| text.parse().ok());
                collapsed.numbers.push((collapsed.signs.len(), value));
            }
            collapsed.signs.push(if digits > 0 { b'0' } else { *last });
            rest = if digits > 0 {
                rest.get(..rest.len() - digits).unwrap_or_default()
            } else {
                head
            };
            collapsed
                .raw
                .push(collapsed.raw.last().copied().unwrap_or(0) + length);
        }
        collapsed
    }

    /// Whether the last signs stand once more not far away; most texts end here.
    fn may_repeat(&self) -> bool {
        let probe = self.signs.get(..16).unwrap_or_default();
        let near = self
            .signs
            .get(1..PERIOD_MAX + 16)
            .unwrap_or_else(|| self.signs.get(1..).unwrap_or_default());
        !probe.is_empty() && near.windows(16).any(|window| window == probe)
    }

    /// The period and the length of the longest repetition at the end.
    fn repetition(&self) -> Option<(usize, usize)> {
        let mut border = vec![0_usize; self.signs.len() + 1];
        let mut at = 0;
        let mut best = None;
        for (position, sign) in self.signs.iter().enumerate().skip(1) {
            while at > 0 && self.signs.get(at) != Some(sign) {
                at = border.get(at).copied().unwrap_or(0);
            }
            if self.signs.get(at) == Some(sign) {
                at += 1;
            }
            let length = position + 1;
            if let Some(slot) = border.get_mut(length) {
                *slot = at;
            }
            let period = length - at;
            if period <= PERIOD_MAX && period * TIMES_MIN <= length {
                best = Some((period, length));
            }
        }
        best
    }

    /// Bytes of the last `length` signs.
    fn raw(&self, length: usize) -> usize {
        length
            .checked_sub(1)
            .and_then(|last| self.raw.get(last))
            .copied()
            .unwrap_or(0)
    }

    /// Whether each number moves on by a fixed step from one period to the next.
    fn counts_on(&self, period: usize, length: usize) -> bool {
        let each = self.numbers.iter().filter(|(at, _)| *at < period).count();
        if each == 0 {
            return true;
        }
        // The first and the last number may be cut off.
        let inside: Vec<Option<i64>> = self
            .numbers
            .iter()
            .filter(|(at, _)| *at > 0 && *at + 1 < length)
            .map(|(_, value)| *value)
            .collect();
        let Some(steps) = inside
            .iter()
            .zip(inside.iter().skip(each))
            .map(|(last, first)| {
                last.as_ref()
                    .zip(first.as_ref())
                    .and_then(|(last, first)| last.checked_sub(*first))
            })
            .collect::<Option<Vec<i64>>>()
        else {
            return false;
        };
        steps
            .iter()
            .zip(steps.iter().skip(each))
            .all(|(left, right)| left == right)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str) -> Option<usize> {
        Repeats::new(2_048).push(text)
    }

    #[test]
    fn circles_and_counting_are_noticed() {
        let line = "The tide comes in and the tide goes out.\n";
        assert!(cut(&line.repeat(200)).is_some_and(|at| at < 2_400));
        let counting: Vec<String> = (1..3_000).map(|number| number.to_string()).collect();
        assert!(cut(&counting.join("\n")).is_some());
        assert!(cut(&counting.join(", ")).is_some());
        assert!(cut(&"ha".repeat(3_000)).is_some());
    }

    #[test]
    fn tables_lists_and_short_repetitions_are_not() {
        let rows: String = (0..400_u64)
            .map(|row| format!("{},{}.{}\n", row, (row * 7_919) % 613, (row * row) % 97))
            .collect();
        assert_eq!(cut(&rows), None);
        let list: String = (0..200)
            .map(|row| {
                format!(
                    "{row}. berth {} of {}\n",
                    ["north", "east", "old"][row % 3],
                    "abcdefghij"
                        .chars()
                        .cycle()
                        .skip(row)
                        .take(3 + row % 5)
                        .collect::<String>()
                )
            })
            .collect();
        assert_eq!(cut(&list), None);
        assert_eq!(cut(&format!("{}\nDone.", "-".repeat(400))), None);
    }

    proptest! {
        #[test]
        fn any_chunking_cuts_at_the_same_place(size in 1_usize..300, count in 0_usize..120, lead in "[a-z0-9 é]{0,200}") {
            let text = format!("{lead}{}", "Bells é ring 12 times. ".repeat(count * 2));
            let whole = cut(&text);
            let mut repeats = Repeats::new(2_048);
            let mut at = 0;
            let mut found = None;
            while at < text.len() && found.is_none() {
                let end = text.ceil_char_boundary((at + size).min(text.len()));
                found = repeats.push(text.get(at..end).unwrap()).map(|length| at + length);
                at = end;
            }
            // A cut moves back to the border of a character, and at most to that of the piece.
            prop_assert_eq!(whole.is_some(), found.is_some());
            if let (Some(whole), Some(found)) = (whole, found) {
                prop_assert!(whole.abs_diff(found) <= 3);
            }
        }
    }
}
