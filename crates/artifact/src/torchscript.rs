//! TorchScript: the source that `torch.jit.load` compiles, read for what it calls.
//!
//! The language is a part of Python without imports; what it can do is the operators that it names.

use crate::inflate::HELD_MAX;
use crate::report::Sink;
use crate::rules::torchscript_host_access as rule;
use crate::source::{ReadAt, read_up_to};

/// Reads one member below `code/`.
pub(crate) fn read(name: &str, source: &dyn ReadAt, sink: &mut Sink<'_>) {
    let mut sink = sink.member(name);
    if source.size() > HELD_MAX as u64 {
        return sink.broken(None, "the TorchScript source is larger than the limit");
    }
    let bytes = match read_up_to(source, 0, HELD_MAX) {
        Ok(bytes) => bytes,
        Err(error) => return sink.read_failed(&error),
    };
    let Ok(text) = String::from_utf8(bytes) else {
        return sink.broken(None, "the TorchScript source is not text");
    };
    for (byte, chain) in chains(&text) {
        rule::check(byte, chain, &mut sink);
    }
}

/// The dotted names of a source, outside of strings and comments.
fn chains(text: &str) -> impl Iterator<Item = (u64, &str)> {
    let mut place = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(place..)?;
            let first = rest.chars().next()?;
            match first {
                '\'' | '"' => place += string_size(rest, first),
                '#' => place += rest.find('\n').unwrap_or(rest.len()),
                _ if first.is_alphabetic() || first == '_' => {
                    let size = rest.find(is_behind_name).unwrap_or(rest.len());
                    let byte = place as u64;
                    place += size;
                    return Some((byte, rest.get(..size)?));
                }
                other => place += other.len_utf8(),
            }
        }
    })
}

fn is_behind_name(character: char) -> bool {
    !character.is_alphanumeric() && !matches!(character, '_' | '.')
}

/// Bytes of the string that `rest` begins with.
fn string_size(rest: &str, quote: char) -> usize {
    let triple: String = [quote; 3].iter().collect();
    if let Some(body) = rest.strip_prefix(&triple) {
        return body.find(&triple).map_or(rest.len(), |end| end + 6);
    }
    let mut escaped = false;
    for (index, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' => return index,
            _ if character == quote => return index + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_outside_of_strings() {
        let text =
            "x = torch.relu(y)  # torch.save\nz = \"torch.save(\\\"a\\\")\"\nops.aten.sum(z)";
        let found: Vec<_> = chains(text).map(|(_, chain)| chain).collect();
        assert_eq!(found, ["x", "torch.relu", "y", "z", "ops.aten.sum", "z"]);
    }
}
