//! The short way through long runs of plain data: numbers, short strings, and their memo entries.
//!
//! It does what `ops` would do, a buffer at a time, and leaves to `ops` everything else: the last
//! opcode of the buffer or of a frame, whatever is not plain, and every fault.

use super::machine::{Machine, STACK_MAX};
use super::value::{Slice, Value};
use crate::cursor::Stop;

impl Machine<'_> {
    /// Carries out plain opcodes that lie in the buffer and before `last`.
    pub(super) fn hurry(&mut self, last: u64) -> Result<(), Stop> {
        if !self.hurries || self.heap.keeps_all() {
            return Ok(());
        }
        let base = self.cursor.position();
        let end = self.frame_end().unwrap_or(u64::MAX).min(last);
        let window = self.cursor.buffered();
        let usable = usize::try_from(end.saturating_sub(base)).unwrap_or(usize::MAX);
        let window = window.get(..usable.min(window.len())).unwrap_or_default();
        let fence = self.marks.last().copied().unwrap_or(0);
        let mut room = self
            .steps_left()
            .min((STACK_MAX - self.stack.len().min(STACK_MAX)) as u64);
        let mut place = 0;
        let before = room;
        while room > 0 {
            let rest = window.get(place..).unwrap_or_default();
            let top = self.stack.last().filter(|_| self.stack.len() > fence);
            match (plain(rest, base + place as u64), rest, top) {
                // The opcode at the end of the buffer or of a frame goes the long way.
                (Some((value, size)), ..) if size < rest.len() => {
                    self.stack.push(value);
                    place += size;
                }
                (None, [0x94, _, ..], Some(top)) => {
                    self.memo.push(*top);
                    place += 1;
                }
                _ => break,
            }
            room -= 1;
        }
        self.count_steps(before - room);
        self.cursor.skip(place as u64)
    }
}

/// The value of a plain opcode and how many bytes it takes; `None` for any other.
fn plain(bytes: &[u8], offset: u64) -> Option<(Value, usize)> {
    Some(match bytes {
        [b'G', ..] => (Value::Number, 9),
        [b'K', number, ..] => (Value::Int(i64::from(*number)), 2),
        [b'M', low, high, ..] => (Value::Int(i64::from(u16::from_le_bytes([*low, *high]))), 3),
        [b'N', ..] => (Value::None, 1),
        [0x88, ..] => (Value::Bool(true), 1),
        [0x89, ..] => (Value::Bool(false), 1),
        [0x8c, size, ..] => {
            let text = Slice::new(offset + 2, u64::from(*size));
            (Value::Text(text), 2 + usize::from(*size))
        }
        [b'X', a, b, c, d, ..] => {
            let size = u32::from_le_bytes([*a, *b, *c, *d]);
            let text = Slice::new(offset + 5, u64::from(size));
            (Value::Text(text), (size as usize).saturating_add(5))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use seawall_base::Limits;

    use crate::cursor::Cursor;
    use crate::pickle::{Context, Facts, Machine};

    /// How a stream ends, what it leaves behind and what is found in it.
    fn run(bytes: &[u8], hurries: bool) -> String {
        let bytes = bytes.to_vec();
        let steps = Limits::default().steps_max;
        let mut machine = Machine::new(Cursor::new(&bytes, 0), Context::Plain, steps);
        machine.hurries = hurries;
        let mut facts = Facts::default();
        let outcome = machine.run(&mut facts);
        let steps = machine.take_steps();
        format!(
            "{outcome:?} {facts:?} {:?} {:?} {steps}",
            machine.stack, machine.memo
        )
    }

    const PARTS: &[&[u8]] = &[
        b"N",
        b"K\x01",
        b"M\x01\x02",
        b"G\0\0\0\0\0\0\0\0",
        b"\x88",
        b"\x89",
        b"\x8c\x01a",
        b"X\x02\0\0\0ab",
        b"\x94",
        b"0",
        b"(",
        b"1",
        b"]",
        b"}",
        b"a",
        b"e",
        b"s",
        b"h\x00",
        b"\x85",
        b"cos\nsystem\n",
        b"R",
        b"\x8c\x02os",
        b"\x8c\x06system",
        b"\x93",
        b"\x95\x04\0\0\0\0\0\0\0",
        b"\x95\x09\0\0\0\0\0\0\0",
        b".",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn the_short_way_comes_to_the_same(parts in proptest::collection::vec(0..PARTS.len(), 0..60)) {
            let mut bytes = b"\x80\x04".to_vec();
            bytes.extend(parts.iter().flat_map(|part| PARTS[*part].iter().copied()));
            prop_assert_eq!(run(&bytes, true), run(&bytes, false));
        }
    }
}
