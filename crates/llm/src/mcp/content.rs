//! Content of tool results, prompts and messages: which kinds can be read.

use serde_json::{Map, Value};

use super::method::Method;
use crate::error::DialectError;
use crate::fields::{invalid, is_set, text, unsupported};

/// The content that a method's parameters carry can be read.
pub(super) fn check_params(method: Method, params: &Value) -> Result<(), DialectError> {
    match method {
        Method::CreateMessage => check_messages(params, "params"),
        _ => Ok(()),
    }
}

/// The content that a method's result carries can be read.
pub(super) fn check_result(method: Method, result: &Value) -> Result<(), DialectError> {
    match method {
        Method::CallTool | Method::TaskResult => match result.get("content") {
            None | Some(Value::Null) => Ok(()),
            Some(content) => check_blocks(content, "result.content"),
        },
        Method::GetPrompt => check_messages(result, "result"),
        Method::CreateMessage => match result.get("content") {
            None | Some(Value::Null) => Ok(()),
            Some(content) => check_blocks(content, "result.content"),
        },
        Method::ReadResource => {
            let contents = result.get("contents").and_then(Value::as_array);
            let contents =
                contents.ok_or_else(|| invalid("result.contents", "must be an array"))?;
            for (position, resource) in contents.iter().enumerate() {
                check_resource(resource, &format!("result.contents[{position}]"))?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn check_messages(holder: &Value, at: &str) -> Result<(), DialectError> {
    let messages = holder.get("messages").and_then(Value::as_array);
    let messages = messages.ok_or_else(|| invalid(format!("{at}.messages"), "must be an array"))?;
    for (position, message) in messages.iter().enumerate() {
        let at = format!("{at}.messages[{position}].content");
        check_blocks(message.get("content").unwrap_or(&Value::Null), &at)?;
    }
    Ok(())
}

/// One block or a list of them.
fn check_blocks(content: &Value, at: &str) -> Result<(), DialectError> {
    match content {
        Value::Object(block) => check_block(block, at),
        Value::Array(blocks) => {
            for (position, block) in blocks.iter().enumerate() {
                let at = format!("{at}[{position}]");
                let Value::Object(block) = block else {
                    return Err(invalid(at, "must be an object"));
                };
                check_block(block, &at)?;
            }
            Ok(())
        }
        _ => Err(invalid(at, "must be content")),
    }
}

fn check_block(block: &Map<String, Value>, at: &str) -> Result<(), DialectError> {
    match text(block, "type", at)? {
        "text" => text(block, "text", at).map(|_| ()),
        "resource_link" => text(block, "uri", at).map(|_| ()),
        "resource" => check_resource(
            block.get("resource").unwrap_or(&Value::Null),
            &format!("{at}.resource"),
        ),
        "tool_use" => text(block, "name", at).map(|_| ()),
        "tool_result" => check_blocks(
            block.get("content").unwrap_or(&Value::Null),
            &format!("{at}.content"),
        ),
        _ => Err(unsupported(format!("{at}.type"))),
    }?;
    // Bytes beside a text would reach the model unseen.
    match ["blob", "data"].iter().find(|name| is_set(block, name)) {
        Some(name) => Err(unsupported(format!("{at}.{name}"))),
        None => Ok(()),
    }
}

fn check_resource(resource: &Value, at: &str) -> Result<(), DialectError> {
    let Value::Object(resource) = resource else {
        return Err(invalid(at, "must be an object"));
    };
    if is_set(resource, "blob") {
        return Err(unsupported(format!("{at}.blob")));
    }
    text(resource, "text", at).map(|_| ())
}
