//! The regex extension, and the regex functions of Kubernetes.

use crate::error::EvalError;
use crate::eval::Context;
use crate::library::{Library, refused};
use crate::value::Value;

pub(crate) static REGEX: Library = Library {
    overloads: &[
        "regex_extract_string_string = regex.extract(string, string): optional(string)",
        "regex_extractAll_string_string = regex.extractAll(string, string): list(string)",
        "regex_replace_string_string_string = regex.replace(string, string, string): string",
        "regex_replace_string_string_string_int = regex.replace(string, string, string, int): string",
    ],
    functions: &[
        ("regex.extract", extract),
        ("regex.extractAll", extract_all),
        ("regex.replace", replace),
    ],
    types: &[],
};

pub(crate) static REGEX_KUBERNETES: Library = Library {
    overloads: &[
        "string_find_string = string->find(string): string",
        "string_find_all_string = string->findAll(string): list(string)",
        "string_find_all_string_int = string->findAll(string, int): list(string)",
    ],
    functions: &[("find", find), ("findAll", find_all)],
    types: &[],
};

fn find(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::String(text), Value::String(pattern)] = args else {
        return refused();
    };
    let regex = context.regex(pattern)?;
    context.text(regex.find(text).unwrap_or("").to_owned())
}

fn find_all(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let (text, pattern, limit) = match args {
        [Value::String(text), Value::String(pattern)] => (text, pattern, -1),
        [
            Value::String(text),
            Value::String(pattern),
            Value::Int(limit),
        ] => (text, pattern, *limit),
        _ => return refused(),
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let regex = context.regex(pattern)?;
    context.build(text.len())?;
    let found = regex.find_all(text).take(limit).map(Value::string);
    context.list(found.collect())
}

fn extract(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::String(text), Value::String(pattern)] = args else {
        return refused();
    };
    let regex = context.regex(pattern)?;
    one_group(regex.groups(), pattern)?;
    let first = regex.captures(text).into_iter().next();
    let Some(range) = first.and_then(|groups| groups.into_iter().nth(regex.groups()).flatten())
    else {
        return Ok(Value::none());
    };
    let found = context.text(text.get(range).unwrap_or("").to_owned())?;
    Ok(Value::some(found))
}

fn extract_all(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::String(text), Value::String(pattern)] = args else {
        return refused();
    };
    let regex = context.regex(pattern)?;
    one_group(regex.groups(), pattern)?;
    context.build(text.len())?;
    let group = regex.groups();
    let found = regex.captures(text).into_iter();
    let found = found.filter_map(|groups| groups.into_iter().nth(group).flatten());
    context.list(
        found
            .filter_map(|range| text.get(range).map(Value::string))
            .collect(),
    )
}

fn one_group(groups: usize, pattern: &str) -> Result<(), EvalError> {
    if groups > 1 {
        let message = format!("regular expression has more than one capturing group: {pattern:?}");
        return Err(EvalError::invalid(message));
    }
    Ok(())
}

fn replace(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let (text, pattern, replacement, limit) = match args {
        [
            Value::String(text),
            Value::String(pattern),
            Value::String(by),
        ] => (text, pattern, by, -1),
        [
            Value::String(text),
            Value::String(pattern),
            Value::String(by),
            Value::Int(limit),
        ] => (text, pattern, by, *limit),
        _ => return refused(),
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let regex = context.regex(pattern)?;
    let parts = template(replacement, regex.groups())?;
    let (mut out, mut end) = (String::new(), 0);
    for groups in regex.captures(text).into_iter().take(limit) {
        let Some(Some(whole)) = groups.first().cloned() else {
            continue;
        };
        out.push_str(text.get(end..whole.start).unwrap_or(""));
        for part in &parts {
            let piece = match part {
                Part::Text(literal) => literal.as_str(),
                Part::Group(index) => {
                    let range = groups.get(*index).cloned().flatten();
                    range.and_then(|range| text.get(range)).unwrap_or("")
                }
            };
            context.build(piece.len())?;
            out.push_str(piece);
        }
        end = whole.end;
    }
    out.push_str(text.get(end..).unwrap_or(""));
    context.text(out)
}

enum Part {
    Text(String),
    Group(usize),
}

/// A replacement in which `\1` to `\9` stand for groups and `\\` for a backslash.
fn template(replacement: &str, groups: usize) -> Result<Vec<Part>, EvalError> {
    let (mut parts, mut literal) = (Vec::new(), String::new());
    let mut characters = replacement.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            literal.push(character);
            continue;
        }
        match characters.next() {
            Some('\\') => literal.push('\\'),
            Some(digit) if digit.is_ascii_digit() => {
                let index = digit.to_digit(10).map_or(0, |digit| digit as usize);
                if index > groups {
                    let message = format!(
                        "replacement string references group {index} but regex has only {groups} group(s)"
                    );
                    return Err(EvalError::invalid(message));
                }
                parts.push(Part::Text(std::mem::take(&mut literal)));
                parts.push(Part::Group(index));
            }
            _ => {
                return Err(EvalError::invalid(
                    "invalid replacement string: \\ must be followed by a digit or \\",
                ));
            }
        }
    }
    parts.push(Part::Text(literal));
    Ok(parts)
}
