//! Pickle streams: an abstract interpreter over opcodes that never builds an object.
//!
//! `scan` and `torch` call [`read`] and [`read_stream`]; the rules look at the [`Facts`] that come
//! back. Values are kept only as far as a judgement needs them: strings stay offsets into the source.

mod allow;
mod array;
mod danger;
mod facts;
mod heap;
mod hurry;
mod judge;
mod machine;
mod memo;
mod operand;
mod ops;
mod value;

pub(crate) use self::array::ArrayState;
pub(crate) use self::facts::{Class, Event, Facts, Nested, Outside};
pub(crate) use self::heap::{Call, Heap, Stored};
pub(crate) use self::machine::{Context, End, Machine, Outcome};
pub(crate) use self::value::{Id, Value};

use seawall_base::Limits;

use crate::cursor::Cursor;
use crate::source::ReadAt;

/// Pickles in one stream that are followed after the first one.
const PICKLES_MAX: u32 = 10_000;

/// Reads pickles one after the other from the start of `source` to its end.
///
/// A loader reads only the first; the rest waits for a second `load` on the same file, so it is
/// judged just as well.
pub(crate) fn read_stream(source: &dyn ReadAt, limits: &Limits, context: Context) -> Stream {
    let mut facts = Facts::default();
    let mut start = 0;
    let mut count = 0;
    let mut steps_left = limits.steps_max;
    let mut magic = false;
    loop {
        let outcome = read(source, start, &mut steps_left, context, &mut facts);
        count += 1;
        let next = match outcome {
            Outcome {
                end: End::Stop(value),
                position,
            } => {
                magic |= count == 1 && value == Value::TorchMagic;
                position
            }
            Outcome { end, position } => {
                return Stream {
                    facts,
                    pickles: count,
                    end,
                    position,
                    magic,
                };
            }
        };
        let done = next >= source.size();
        if done || magic || count >= PICKLES_MAX || !starts_like_pickle(source, next) {
            let end = End::Stop(Value::None);
            return Stream {
                facts,
                pickles: count,
                end,
                position: next,
                magic,
            };
        }
        start = next;
    }
}

/// What a stream of pickles came to.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) facts: Facts,
    /// How many pickles were begun.
    pub(crate) pickles: u32,
    /// How the last one ended.
    pub(crate) end: End,
    /// Where reading stopped.
    pub(crate) position: u64,
    /// The first pickle is the magic number of the legacy PyTorch container.
    pub(crate) magic: bool,
}

/// Reads one pickle at `start`, with the raw arrays that joblib writes into it.
pub(crate) fn read(
    source: &dyn ReadAt,
    start: u64,
    steps_left: &mut u64,
    context: Context,
    facts: &mut Facts,
) -> Outcome {
    let mut machine = Machine::new(Cursor::new(source, start), context, *steps_left);
    run(&mut machine, steps_left, facts)
}

/// Reads one pickle and keeps what it holds, up to `entries_max` entries.
pub(crate) fn keep(
    source: &dyn ReadAt,
    start: u64,
    context: Context,
    entries_max: usize,
) -> (Outcome, Heap) {
    let mut steps_left = Limits::default().steps_max;
    let mut machine = Machine::new(Cursor::new(source, start), context, steps_left);
    machine.keep_all(entries_max);
    let mut facts = Facts::default();
    let outcome = run(&mut machine, &mut steps_left, &mut facts);
    (outcome, machine.into_heap())
}

fn run<'a>(machine: &mut Machine<'a>, steps_left: &mut u64, facts: &mut Facts) -> Outcome {
    let mut nested: Vec<Machine<'a>> = Vec::new();
    loop {
        let outcome = machine.run(facts);
        *steps_left = steps_left.saturating_sub(machine.take_steps());
        match outcome.end {
            // An array of objects is a pickle of its own in the middle of this one.
            End::Array(ArrayState { bytes: None, .. }) if nested.len() < ARRAYS_DEPTH_MAX => {
                let inner = machine.plain(*steps_left);
                nested.push(std::mem::replace(machine, inner));
            }
            End::Array(ArrayState { bytes: None, .. }) => {
                let end = End::Limit("arrays of objects nest deeper than the limit");
                return Outcome { end, ..outcome };
            }
            End::Array(ArrayState {
                bytes: Some(size),
                padded,
            }) => {
                let padding = match padded {
                    false => Ok(0),
                    true => machine.cursor.u8().map(|count| 1 + u64::from(count)),
                };
                let target = padding.map(|padding| outcome.position.saturating_add(padding + size));
                check_raw_bytes(machine, size, steps_left, facts);
                let Ok(target) = target else {
                    return Outcome {
                        end: End::Truncated,
                        ..outcome
                    };
                };
                machine.take_array(target - size);
                if machine.resume_at(target).is_err() {
                    return Outcome {
                        end: End::Truncated,
                        ..outcome
                    };
                }
            }
            End::Stop(_) => match nested.pop() {
                Some(mut outer) => {
                    outer.take_array(u64::MAX);
                    if outer.resume_at(outcome.position).is_err() {
                        return Outcome {
                            end: End::Truncated,
                            ..outcome
                        };
                    }
                    *machine = outer;
                }
                None => return outcome,
            },
            _ => return outcome,
        }
    }
}

/// An unpickler that is not joblib's runs the raw bytes of an array as opcodes. Numbers break off at
/// once; bytes that import something were put there for that unpickler.
fn check_raw_bytes(machine: &Machine<'_>, size: u64, steps_left: &mut u64, facts: &mut Facts) {
    if size == 0 {
        return;
    }
    let mut shadow = machine.without_arrays(SHADOW_STEPS_MAX.min(*steps_left));
    let mut seen = Facts::default();
    let end = machine.cursor.position().saturating_add(size);
    let outcome = shadow.run_up_to(end, &mut seen);
    *steps_left = steps_left.saturating_sub(shadow.take_steps());
    let runs = seen.acts() || matches!(outcome.end, End::Limit(_));
    if runs {
        let what = "the raw bytes of an array run as a pickle where the loader is not joblib";
        facts.record(outcome.position, Event::Ambiguous(what));
    }
}

/// Opcodes that the raw bytes of one array are followed for.
const SHADOW_STEPS_MAX: u64 = 1 << 20;

/// Arrays of objects inside of arrays of objects.
const ARRAYS_DEPTH_MAX: usize = 4;

/// Whether a byte can begin a pickle: it pushes something, or frames what does.
pub(crate) const fn can_begin(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b']' | b'}' | b')' | b'c' | b'F' | b'G' | b'I' | b'J' | b'K' | b'L' | b'M' | b'N'
            | b'P' | b'S' | b'T' | b'U' | b'V' | b'X' | b'B' | b'C' | 0x80 | 0x82..=0x84 | 0x88..=0x8f
            | 0x95..=0x97
    )
}

fn starts_like_pickle(source: &dyn ReadAt, offset: u64) -> bool {
    let head = crate::source::read_up_to(source, offset, 2).unwrap_or_default();
    match head.as_slice() {
        [0x80, version] => *version <= 5,
        [byte, _] => can_begin(*byte),
        _ => false,
    }
}
