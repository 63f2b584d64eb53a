//! The strings extension. Positions count code points.

use crate::env::Flavour;
use crate::error::EvalError;
use crate::eval::Context;
use crate::library::{Library, format, int, refused};
use crate::value::Value;

pub(crate) static STRINGS: Library = Library {
    overloads: &[
        "string_char_at_int = string->charAt(int): string",
        "string_index_of_string = string->indexOf(string): int",
        "string_index_of_string_int = string->indexOf(string, int): int",
        "string_last_index_of_string = string->lastIndexOf(string): int",
        "string_last_index_of_string_int = string->lastIndexOf(string, int): int",
        "string_lower_ascii = string->lowerAscii(): string",
        "string_replace_string_string = string->replace(string, string): string",
        "string_replace_string_string_int = string->replace(string, string, int): string",
        "string_split_string = string->split(string): list(string)",
        "string_split_string_int = string->split(string, int): list(string)",
        "string_substring_int = string->substring(int): string",
        "string_substring_int_int = string->substring(int, int): string",
        "string_trim = string->trim(): string",
        "string_upper_ascii = string->upperAscii(): string",
        "list_join = list(string)->join(): string",
        "list_join_string = list(string)->join(string): string",
    ],
    functions: &[
        ("charAt", char_at),
        ("indexOf", index_of),
        ("lastIndexOf", last_index_of),
        ("lowerAscii", lower_ascii),
        ("replace", replace),
        ("split", split),
        ("substring", substring),
        ("trim", trim),
        ("upperAscii", upper_ascii),
        ("join", join),
    ],
    types: &[],
};

pub(crate) static STRINGS_FORMAT: Library = Library {
    overloads: &[
        "string_format = string->format(list(dyn)): string",
        "strings_quote = strings.quote(string): string",
    ],
    functions: &[("format", format::format), ("strings.quote", quote)],
    types: &[],
};

pub(crate) static STRINGS_REVERSE: Library = Library {
    overloads: &["string_reverse = string->reverse(): string"],
    functions: &[("reverse", reverse)],
    types: &[],
};

fn out_of_range(position: i64) -> EvalError {
    EvalError::invalid(format!("index out of range: {position}"))
}

/// The byte at which code point `position` begins; the length is a position too.
fn byte_at(text: &str, position: i64) -> Result<usize, EvalError> {
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let wanted = usize::try_from(position).map_err(|_| out_of_range(position))?;
    let mut ends = ends;
    ends.nth(wanted).ok_or_else(|| out_of_range(position))
}

fn position_of(text: &str, byte: usize) -> Result<Value, EvalError> {
    int(text.get(..byte).unwrap_or("").chars().count())
}

fn char_at(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::String(text), Value::Int(position)] = args else {
        return refused();
    };
    let at = byte_at(text, *position)?;
    let found = text.get(at..).and_then(|rest| rest.chars().next());
    context.text(found.map(String::from).unwrap_or_default())
}

/// An offset that no character stands at.
fn beyond(context: &Context<'_>, offset: i64) -> Result<Value, EvalError> {
    match context.dialect.flavour {
        Flavour::Specification => Err(out_of_range(offset)),
        Flavour::ApiServer => Ok(Value::Int(-1)),
    }
}

fn index_of(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let (text, part, from) = match args {
        [Value::String(text), Value::String(part)] => {
            return text
                .find(&**part)
                .map_or(Ok(Value::Int(-1)), |at| position_of(text, at));
        }
        [Value::String(text), Value::String(part), Value::Int(from)] => (text, part, *from),
        _ => return refused(),
    };
    if part.is_empty() {
        return Ok(Value::Int(from));
    }
    if from < 0 {
        return Err(out_of_range(from));
    }
    let after = byte_at(text, from.saturating_add(1));
    let Ok(start) = after.and_then(|_| byte_at(text, from)) else {
        return beyond(context, from);
    };
    let found = text.get(start..).and_then(|rest| rest.find(&**part));
    found.map_or(Ok(Value::Int(-1)), |at| position_of(text, start + at))
}

fn last_index_of(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let (text, part, from) = match args {
        [Value::String(text), Value::String(part)] => (text, part, None),
        [Value::String(text), Value::String(part), Value::Int(from)] => (text, part, Some(*from)),
        _ => return refused(),
    };
    let length = text.chars().count();
    if part.is_empty() {
        return from.map_or_else(|| int(length), |from| Ok(Value::Int(from)));
    }
    let Some(from) = from else {
        return text
            .rfind(&**part)
            .map_or(Ok(Value::Int(-1)), |at| position_of(text, at));
    };
    let start = usize::try_from(from).map_err(|_| out_of_range(from))?;
    if start >= length {
        return beyond(context, from);
    }
    // A match may begin at `from` at the latest, so it ends a part's length after.
    let last = start.saturating_add(part.chars().count());
    let end = byte_at(text, i64::try_from(last.min(length)).unwrap_or(i64::MAX))?;
    let found = text.get(..end).and_then(|head| head.rfind(&**part));
    found.map_or(Ok(Value::Int(-1)), |at| position_of(text, at))
}

fn lower_ascii(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::String(text)] => context.text(text.to_ascii_lowercase()),
        _ => refused(),
    }
}

fn upper_ascii(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::String(text)] => context.text(text.to_ascii_uppercase()),
        _ => refused(),
    }
}

fn replace(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let (text, old, new, limit) = match args {
        [Value::String(text), Value::String(old), Value::String(new)] => (text, old, new, -1),
        [
            Value::String(text),
            Value::String(old),
            Value::String(new),
            Value::Int(limit),
        ] => (text, old, new, *limit),
        _ => return refused(),
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let found = text.matches(&**old).take(limit).count();
    // Counted before it is built: replacing can make a text much longer.
    context.build(text.len().saturating_add(found.saturating_mul(new.len())))?;
    Ok(Value::String(text.replacen(&**old, new, limit).into()))
}

fn split(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let (text, separator, limit) = match args {
        [Value::String(text), Value::String(separator)] => (text, separator, -1),
        [
            Value::String(text),
            Value::String(separator),
            Value::Int(limit),
        ] => (text, separator, *limit),
        _ => return refused(),
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    context.build(text.len())?;
    let parts: Vec<Value> = if limit == 0 {
        Vec::new()
    } else if separator.is_empty() {
        characters(text, limit)
    } else {
        text.splitn(limit, &**separator)
            .map(Value::string)
            .collect()
    };
    context.list(parts)
}

/// Each character alone, the last part being what `limit` leaves.
fn characters(text: &str, limit: usize) -> Vec<Value> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if parts.len() + 1 == limit {
            parts.push(Value::string(rest));
            break;
        }
        parts.push(Value::string(first.to_string()));
        rest = rest.get(first.len_utf8()..).unwrap_or("");
    }
    parts
}

fn substring(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let (text, start, end) = match args {
        [Value::String(text), Value::Int(start)] => (text, *start, None),
        [Value::String(text), Value::Int(start), Value::Int(end)] => (text, *start, Some(*end)),
        _ => return refused(),
    };
    if let Some(end) = end.filter(|end| start > *end) {
        let message = format!("invalid substring range. start: {start}, end: {end}");
        return Err(EvalError::invalid(message));
    }
    let from = byte_at(text, start)?;
    let to = match end {
        Some(end) => byte_at(text, end)?,
        None => text.len(),
    };
    context.text(text.get(from..to).unwrap_or("").to_owned())
}

fn trim(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::String(text)] => context.text(text.trim().to_owned()),
        _ => refused(),
    }
}

fn join(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let (items, separator) = match args {
        [Value::List(items)] => (items, ""),
        [Value::List(items), Value::String(separator)] => (items, &**separator),
        _ => return refused(),
    };
    let mut out = String::new();
    for (index, item) in items.iter().enumerate() {
        let Value::String(text) = item else {
            return refused();
        };
        context.build(text.len() + separator.len())?;
        out.push_str(if index > 0 { separator } else { "" });
        out.push_str(text);
    }
    Ok(Value::String(out.into()))
}

fn reverse(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::String(text)] => context.text(text.chars().rev().collect()),
        _ => refused(),
    }
}

fn quote(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::String(text)] = args else {
        return refused();
    };
    let mut out = String::from("\"");
    for character in text.chars() {
        let escape = match character {
            '\u{7}' => "\\a",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{b}' => "\\v",
            '\\' => "\\\\",
            '"' => "\\\"",
            _ => {
                out.push(character);
                continue;
            }
        };
        out.push_str(escape);
    }
    out.push('"');
    context.text(out)
}
