//! Items of input and output: which kinds can be read, and the role that each text of them plays.

use seawall_base::ErrorCode;
use serde_json::{Map, Value};

use crate::error::DialectError;
use crate::fields::{invalid, is_set, text, unsupported};
use crate::leaf::TextRole;
use crate::walk::Walker;

/// Which way an item goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Direction {
    /// To the model.
    Input,
    /// From the model.
    Output,
}

/// Members that would carry media beside a text.
const MEDIA: &[&str] = &[
    "image_url",
    "file_id",
    "file_url",
    "file_data",
    "input_audio",
];

/// The item is of a kind whose texts can be read.
pub(super) fn check_item(item: &Value, direction: Direction, at: &str) -> Result<(), DialectError> {
    let Value::Object(fields) = item else {
        return Err(invalid(at, "must be an object"));
    };
    match kind(fields) {
        "message" => check_message(fields, direction, at),
        "function_call" => {
            text(fields, "name", at)?;
            text(fields, "arguments", at).map(|_| ())
        }
        "custom_tool_call" => {
            text(fields, "name", at)?;
            text(fields, "input", at).map(|_| ())
        }
        "function_call_output" | "custom_tool_call_output" if direction == Direction::Input => {
            match fields.get("output") {
                Some(Value::String(_)) => Ok(()),
                Some(Value::Array(parts)) => {
                    check_parts(parts, &["input_text"], &format!("{at}.output"))
                }
                _ => Err(invalid(
                    format!("{at}.output"),
                    "must be a string or an array of parts",
                )),
            }
        }
        "reasoning" => check_reasoning(fields, at),
        _ => Err(unsupported(format!("{at}.type"))),
    }
}

/// The kind of an item; a message need not say so.
pub(super) fn kind(item: &Map<String, Value>) -> &str {
    match item.get("type") {
        None | Some(Value::Null) if item.contains_key("role") => "message",
        Some(Value::String(kind)) => kind,
        _ => "",
    }
}

fn check_message(
    message: &Map<String, Value>,
    direction: Direction,
    at: &str,
) -> Result<(), DialectError> {
    let role = text(message, "role", at)?;
    let known = matches!(role, "system" | "developer" | "user" | "assistant");
    if !known || (direction == Direction::Output && role != "assistant") {
        return Err(DialectError::at(
            ErrorCode::UnknownRole,
            format!("{at}.role"),
            "The role must be one of system, developer, user, assistant.",
        ));
    }
    let at = format!("{at}.content");
    match message.get("content") {
        Some(Value::String(_)) if direction == Direction::Input => Ok(()),
        Some(Value::Array(parts)) if direction == Direction::Input => check_parts(
            parts,
            &["input_text", "output_text", "refusal", "text"],
            &at,
        ),
        Some(Value::Array(parts)) => check_parts(parts, &["output_text", "refusal"], &at),
        _ => Err(invalid(at, "must be a string or an array of parts")),
    }
}

fn check_reasoning(item: &Map<String, Value>, at: &str) -> Result<(), DialectError> {
    for (name, kind) in [("summary", "summary_text"), ("content", "reasoning_text")] {
        match item.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::Array(parts)) => check_parts(parts, &[kind], &format!("{at}.{name}"))?,
            Some(_) => return Err(invalid(format!("{at}.{name}"), "must be an array of parts")),
        }
    }
    Ok(())
}

/// Every part is of one of the kinds, and carries its text and no media beside it.
pub(super) fn check_parts(parts: &[Value], kinds: &[&str], at: &str) -> Result<(), DialectError> {
    for (position, part) in parts.iter().enumerate() {
        check_part(part, kinds, &format!("{at}[{position}]"))?;
    }
    Ok(())
}

/// The part is of one of the kinds, and carries its text and no media beside it.
pub(super) fn check_part(part: &Value, kinds: &[&str], at: &str) -> Result<(), DialectError> {
    let Value::Object(part) = part else {
        return Err(invalid(at, "must be an object"));
    };
    let kind = text(part, "type", at)?;
    if !kinds.contains(&kind) {
        return Err(unsupported(format!("{at}.type")));
    }
    let member = if kind == "refusal" { "refusal" } else { "text" };
    text(part, member, at)?;
    match MEDIA.iter().find(|name| is_set(part, name)) {
        Some(name) => Err(unsupported(format!("{at}.{name}"))),
        None => Ok(()),
    }
}

/// Walks one item.
pub(super) fn visit_item<'a>(walker: &mut Walker<'_, 'a>, item: &'a Value, direction: Direction) {
    let Value::Object(fields) = item else {
        walker.walk("", item, speech(direction));
        return;
    };
    let role = item_role(fields, direction);
    walker.members(fields, |walker, name, value| {
        walker.named(name, value, role)
    });
}

/// The role that the texts of an item play.
pub(super) fn item_role(item: &Map<String, Value>, direction: Direction) -> TextRole {
    match (kind(item), direction) {
        ("function_call" | "custom_tool_call", _) => TextRole::ToolCall,
        ("function_call_output" | "custom_tool_call_output", _) => TextRole::Tool,
        ("reasoning", Direction::Output) => TextRole::Reasoning,
        ("reasoning", Direction::Input) => TextRole::Assistant,
        ("message", Direction::Input) => match item.get("role").and_then(Value::as_str) {
            Some("system" | "developer") => TextRole::System,
            Some("assistant") => TextRole::Assistant,
            _ => TextRole::User,
        },
        _ => speech(direction),
    }
}

const fn speech(direction: Direction) -> TextRole {
    match direction {
        Direction::Input => TextRole::User,
        Direction::Output => TextRole::Output,
    }
}
