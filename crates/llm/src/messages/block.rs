//! Content blocks: which kinds can be read, and the role that each text of them plays.

use serde_json::{Map, Value};

use crate::error::DialectError;
use crate::fields::{invalid, is_set, text, unsupported};
use crate::leaf::TextRole;
use crate::walk::Walker;

/// Whose turn a block stands in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Turn {
    /// The client's.
    User,
    /// The model's, in an earlier turn.
    Assistant,
    /// The model's answer.
    Answer,
}

/// Content is a string or a list of blocks that can be read.
pub(super) fn check_content(
    content: Option<&Value>,
    turn: Turn,
    at: &str,
) -> Result<(), DialectError> {
    match content {
        Some(Value::String(_)) => Ok(()),
        Some(Value::Array(blocks)) => check_blocks(blocks, turn, at),
        _ => Err(invalid(at, "must be a string or an array of blocks")),
    }
}

/// Every block is of a kind whose text can be read.
pub(super) fn check_blocks(blocks: &[Value], turn: Turn, at: &str) -> Result<(), DialectError> {
    for (position, block) in blocks.iter().enumerate() {
        check_block(block, turn, &format!("{at}[{position}]"))?;
    }
    Ok(())
}

/// The block is of a kind whose text can be read.
pub(super) fn check_block(block: &Value, turn: Turn, at: &str) -> Result<(), DialectError> {
    let Value::Object(block) = block else {
        return Err(invalid(at, "must be an object"));
    };
    let from_model = matches!(turn, Turn::Assistant | Turn::Answer);
    match text(block, "type", at)? {
        "text" => text(block, "text", at).map(|_| ()),
        "thinking" if from_model => text(block, "thinking", at).map(|_| ()),
        "redacted_thinking" if from_model => text(block, "data", at).map(|_| ()),
        "tool_use" if from_model => check_tool_use(block, at),
        "tool_result" if turn == Turn::User => check_tool_result(block, at),
        "document" if turn == Turn::User => check_document(block, at),
        "search_result" if turn == Turn::User => {
            text(block, "source", at)?;
            text(block, "title", at)?;
            let content = block.get("content").and_then(Value::as_array);
            let content =
                content.ok_or_else(|| invalid(format!("{at}.content"), "must be an array"))?;
            check_texts(content, &format!("{at}.content"))
        }
        _ => Err(unsupported(format!("{at}.type"))),
    }?;
    // A media source beside a text would reach the model unseen.
    let known = matches!(text(block, "type", at)?, "document" | "search_result");
    if !known && is_set(block, "source") {
        return Err(unsupported(format!("{at}.source")));
    }
    Ok(())
}

fn check_tool_use(block: &Map<String, Value>, at: &str) -> Result<(), DialectError> {
    text(block, "name", at)?;
    text(block, "id", at)?;
    if block.get("input").is_some_and(Value::is_object) {
        Ok(())
    } else {
        Err(invalid(format!("{at}.input"), "must be an object"))
    }
}

fn check_tool_result(block: &Map<String, Value>, at: &str) -> Result<(), DialectError> {
    text(block, "tool_use_id", at)?;
    let at = format!("{at}.content");
    match block.get("content") {
        None | Some(Value::Null | Value::String(_)) => Ok(()),
        Some(Value::Array(blocks)) => {
            // What a tool returned may hold documents, but no further tool results.
            let nested =
                |block: &Value| block.get("type").and_then(Value::as_str) == Some("tool_result");
            if blocks.iter().any(nested) {
                return Err(unsupported(at));
            }
            check_blocks(blocks, Turn::User, &at)
        }
        Some(_) => Err(invalid(at, "must be a string or an array of blocks")),
    }
}

fn check_document(block: &Map<String, Value>, at: &str) -> Result<(), DialectError> {
    let at = format!("{at}.source");
    let Some(Value::Object(source)) = block.get("source") else {
        return Err(invalid(at, "must be an object"));
    };
    match text(source, "type", &at)? {
        "text" => text(source, "data", &at).map(|_| ()),
        "content" => match source.get("content") {
            Some(Value::String(_)) => Ok(()),
            Some(Value::Array(blocks)) => check_texts(blocks, &format!("{at}.content")),
            _ => Err(invalid(
                format!("{at}.content"),
                "must be a string or an array of blocks",
            )),
        },
        // Bytes, addresses and file ids.
        _ => Err(unsupported(format!("{at}.type"))),
    }
}

/// Blocks of text alone.
pub(super) fn check_texts(blocks: &[Value], at: &str) -> Result<(), DialectError> {
    for (position, block) in blocks.iter().enumerate() {
        let at = format!("{at}[{position}]");
        let Value::Object(block) = block else {
            return Err(invalid(at, "must be an object"));
        };
        if text(block, "type", &at)? != "text" {
            return Err(unsupported(format!("{at}.type")));
        }
        text(block, "text", &at)?;
        if is_set(block, "source") {
            return Err(unsupported(format!("{at}.source")));
        }
    }
    Ok(())
}

/// Walks the content of a turn.
pub(super) fn visit_content<'a>(walker: &mut Walker<'_, 'a>, content: &'a Value, turn: Turn) {
    match content {
        Value::Array(blocks) => walker.items(blocks, |walker, block| {
            visit_block(walker, block, turn);
        }),
        _ => walker.walk("content", content, speech(turn)),
    }
}

/// Walks one block.
pub(super) fn visit_block<'a>(walker: &mut Walker<'_, 'a>, block: &'a Value, turn: Turn) {
    let Value::Object(fields) = block else {
        walker.walk("", block, speech(turn));
        return;
    };
    let kind = fields.get("type").and_then(Value::as_str);
    let role = block_role(kind.unwrap_or_default(), turn);
    walker.members(fields, |walker, name, value| {
        match (kind, name, value) {
            // What a tool returned stays what a tool returned, documents in it included.
            (Some("tool_result"), "content", Value::Array(_)) => walker.walk(name, value, role),
            _ => walker.named(name, value, role),
        }
    });
}

/// The role that the texts of a block play.
pub(super) fn block_role(kind: &str, turn: Turn) -> TextRole {
    match (kind, turn) {
        ("tool_use", _) => TextRole::ToolCall,
        ("tool_result", _) => TextRole::Tool,
        ("document" | "search_result", Turn::User) => TextRole::Document,
        ("thinking" | "redacted_thinking", Turn::Answer) => TextRole::Reasoning,
        _ => speech(turn),
    }
}

const fn speech(turn: Turn) -> TextRole {
    match turn {
        Turn::User => TextRole::User,
        Turn::Assistant => TextRole::Assistant,
        Turn::Answer => TextRole::Output,
    }
}
