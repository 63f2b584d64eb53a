//! One message: a request, a notification, a result or an error.

use seawall_base::ErrorCode;
use seawall_base::json::JsonLimits;
use serde_json::{Value, json};

use super::content::{check_params, check_result};
use super::method::{Method, Sender};
use crate::error::DialectError;
use crate::fields::{self, invalid, is_set};
use crate::leaf::{Leaf, NotEditable, Place, TextRole, edit};
use crate::names;
use crate::response::ToolCall;
use crate::walk::Walker;

/// The id that pairs a result with its request.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum RequestId {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// What a message is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Asks for a result.
    Request(RequestId, Method),
    /// Asks for nothing.
    Notification(Method),
    /// Answers a request.
    Result(RequestId),
    /// Refuses a request; none where it could not be read.
    Error(Option<RequestId>),
}

/// A message of which every part is known to be readable, once its method is known.
#[derive(Clone, Debug, PartialEq)]
pub struct McpMessage {
    body: Value,
    kind: Kind,
    sender: Sender,
}

impl McpMessage {
    /// Parses a message from `sender`. Batches left the protocol and are refused.
    ///
    /// # Errors
    /// Names the code and the field. A method that the protocol does not define is refused: nobody
    /// knows what its texts mean.
    pub fn parse(bytes: &[u8], sender: Sender, limits: &JsonLimits) -> Result<Self, DialectError> {
        let fields = fields::object(bytes, limits)?;
        if fields.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Err(invalid("jsonrpc", "must be \"2.0\""));
        }
        let id = match fields.get("id") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(RequestId::Text(text.clone())),
            Some(value) => {
                Some(RequestId::Number(value.as_i64().ok_or_else(|| {
                    invalid("id", "must be a string or a whole number")
                })?))
            }
        };
        let answers = ["result", "error"].map(|name| fields.contains_key(name));
        let kind = match (fields.get("method"), answers, id) {
            (Some(Value::String(name)), [false, false], id) => {
                let method = Method::parse(name).filter(|method| method.may_send(sender));
                let method = method.ok_or_else(unknown_method)?;
                let params = fields.get("params").unwrap_or(&Value::Null);
                if !matches!(params, Value::Null | Value::Object(_)) {
                    return Err(invalid("params", "must be an object"));
                }
                check_params(method, params)?;
                id.map_or(Kind::Notification(method), |id| Kind::Request(id, method))
            }
            (None, [true, false], Some(id)) => Kind::Result(id),
            (None, [false, true], id) => Kind::Error(id),
            _ => {
                return Err(DialectError::whole(
                    ErrorCode::InvalidRequest,
                    "The message must be a request, a notification, a result or an error.",
                ));
            }
        };
        Ok(Self {
            body: Value::Object(fields),
            kind,
            sender,
        })
    }

    /// What the message is.
    #[must_use]
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Who sends it.
    #[must_use]
    pub const fn sender(&self) -> Sender {
        self.sender
    }

    /// The whole message.
    #[must_use]
    pub const fn body(&self) -> &Value {
        &self.body
    }

    /// Checks the content of a result against the method that it answers.
    ///
    /// # Errors
    /// When the result carries what cannot be read.
    pub fn check_answer(&self, to: Method) -> Result<(), DialectError> {
        match self.body.get("result") {
            Some(result) => check_result(to, result),
            None => Ok(()),
        }
    }

    /// Yields every text with its role; `to` is the method that a result answers.
    pub fn visit<'a>(&'a self, to: Option<Method>, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
        let Value::Object(fields) = &self.body else {
            return;
        };
        let role = match (&self.kind, to, self.sender) {
            (Kind::Request(_, method) | Kind::Notification(method), _, _) => method.params_role(),
            (Kind::Result(_), Some(method), _) => method.result_role(),
            (_, _, Sender::Server) => TextRole::Tool,
            (_, _, Sender::Client) => TextRole::Parameter,
        };
        let mut walker = Walker::new(sink, &names::MCP);
        walker.members(fields, |walker, name, value| match name {
            // The closed list of methods was checked.
            "method" => walker.walk(name, value, TextRole::Protocol),
            "id" => walker.walk(name, value, TextRole::Parameter),
            _ => walker.named(name, value, role),
        });
    }

    /// Replaces one text that [`Self::visit`] yielded.
    ///
    /// # Errors
    /// When it cannot be replaced, so that the message must be blocked.
    pub fn edit(&mut self, path: &str, place: Place, text: String) -> Result<(), NotEditable> {
        edit(&mut self.body, path, place, text)
    }

    /// The tool call that a request makes; its arguments are written as JSON.
    #[must_use]
    pub fn tool_call(&self) -> Option<ToolCall> {
        let Kind::Request(id, Method::CallTool) = &self.kind else {
            return None;
        };
        let params = self.body.get("params")?;
        let arguments = params.get("arguments").map(Value::to_string);
        Some(ToolCall {
            id: match id {
                RequestId::Number(number) => number.to_string(),
                RequestId::Text(text) => text.clone(),
            },
            name: params.get("name")?.as_str()?.to_owned(),
            arguments: arguments.unwrap_or_else(|| "{}".to_owned()),
        })
    }

    /// The definitions that a result of `tools/list` holds, as they stand on the wire.
    #[must_use]
    pub fn tools(&self) -> &[Value] {
        let tools = self.body.pointer("/result/tools").and_then(Value::as_array);
        tools.map(Vec::as_slice).unwrap_or_default()
    }

    /// Puts other definitions in the place of those of a result of `tools/list`.
    pub fn set_tools(&mut self, tools: Vec<Value>) {
        if let Some(place) = self.body.pointer_mut("/result/tools") {
            *place = Value::Array(tools);
        }
    }

    /// Puts other arguments in the place of those of a tool call.
    pub fn set_arguments(&mut self, arguments: Value) {
        if let Some(Value::Object(params)) = self.body.get_mut("params") {
            params.insert("arguments".to_owned(), arguments);
        }
    }

    /// The message to forward.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&self.body).unwrap_or_default()
    }

    /// Whether a progress token or other metadata rides along.
    #[must_use]
    pub fn has_meta(&self) -> bool {
        let params = self.body.get("params").and_then(Value::as_object);
        params.is_some_and(|params| is_set(params, "_meta"))
    }
}

/// The refusal of a request in the protocol's form, with the id that it answers.
#[must_use]
pub fn error_body(id: Option<&RequestId>, code: ErrorCode, message: &str) -> Vec<u8> {
    let id = match id {
        Some(RequestId::Number(number)) => json!(number),
        Some(RequestId::Text(text)) => json!(text),
        None => Value::Null,
    };
    // JSON-RPC 2.0, section 5.1: parse error, method not found, and the range of the server's own.
    let number = match code {
        ErrorCode::InvalidJson => -32_700,
        ErrorCode::InvalidRequest => -32_600,
        ErrorCode::NotFound => -32_601,
        _ => -32_000,
    };
    let error = json!({"code": number, "message": message, "data": {"code": code.as_str()}});
    json!({"jsonrpc": "2.0", "id": id, "error": error})
        .to_string()
        .into_bytes()
}

fn unknown_method() -> DialectError {
    DialectError::at(
        ErrorCode::NotFound,
        "method",
        "The method is not one that this side may call.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(sender: Sender, body: &Value) -> Result<McpMessage, DialectError> {
        McpMessage::parse(body.to_string().as_bytes(), sender, &JsonLimits::default())
    }

    fn roles(message: &McpMessage, to: Option<Method>) -> Vec<(TextRole, String)> {
        let mut seen = Vec::new();
        message.visit(to, &mut |leaf| {
            seen.push((leaf.role, leaf.text.into_owned()))
        });
        seen
    }

    #[test]
    fn a_call_and_its_result_have_the_roles_that_they_play() {
        let call = message(
            Sender::Client,
            &json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                "params": {"name": "send", "arguments": {"to": "x"}, "_meta": {"progressToken": 3}}}),
        )
        .unwrap();
        assert_eq!(call.tool_call().unwrap().arguments, r#"{"to":"x"}"#);
        assert!(roles(&call, None).contains(&(TextRole::ToolCall, "x".to_owned())));
        assert!(call.has_meta());
        let result = message(
            Sender::Server,
            &json!({"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": "r"},
                {"type": "resource", "resource": {"uri": "u", "text": "t"}}], "structuredContent": {"deep": ["s"]}}}),
        )
        .unwrap();
        result.check_answer(Method::CallTool).unwrap();
        let seen = roles(&result, Some(Method::CallTool));
        for text in ["r", "t", "u", "s", "deep"] {
            assert!(
                seen.contains(&(TextRole::Tool, text.to_owned())),
                "{text}: {seen:?}"
            );
        }
    }

    #[test]
    fn definitions_and_instructions_are_seen_as_such() {
        let list = message(
            Sender::Server,
            &json!({"jsonrpc": "2.0", "id": "a", "result": {"tools": [{"name": "n", "description": "d",
                "inputSchema": {"properties": {"p": {"description": "pd"}}}, "annotations": {"title": "t"}}]}}),
        )
        .unwrap();
        assert_eq!(list.tools().len(), 1);
        let seen = roles(&list, Some(Method::ListTools));
        for text in ["n", "d", "pd", "p", "t"] {
            assert!(
                seen.contains(&(TextRole::ToolDefinition, text.to_owned())),
                "{text}"
            );
        }
    }

    #[test]
    fn bytes_that_nobody_here_can_read_are_refused() {
        let content =
            |block: Value| json!({"jsonrpc": "2.0", "id": 1, "result": {"content": [block]}});
        for (to, body) in [
            (
                Method::CallTool,
                content(json!({"type": "image", "data": "x", "mimeType": "image/png"})),
            ),
            (
                Method::CallTool,
                content(json!({"type": "text", "text": "a", "data": "x"})),
            ),
            (
                Method::CallTool,
                content(json!({"type": "resource", "resource": {"uri": "u", "blob": "x"}})),
            ),
            (
                Method::ReadResource,
                json!({"jsonrpc": "2.0", "id": 1, "result": {"contents": [{"uri": "u", "blob": "x"}]}}),
            ),
        ] {
            let parsed = message(Sender::Server, &body).unwrap();
            let error = parsed.check_answer(to).unwrap_err();
            assert_eq!(error.code, ErrorCode::UnsupportedContent, "{body}");
        }
        let sampling = json!({"jsonrpc": "2.0", "id": 1, "method": "sampling/createMessage",
            "params": {"messages": [{"role": "user", "content": {"type": "audio", "data": "x"}}]}});
        assert!(message(Sender::Server, &sampling).is_err());
    }

    #[test]
    fn what_is_not_a_message_of_this_side_is_refused() {
        for body in [
            json!([]),
            json!({}),
            json!({"jsonrpc": "1.0", "id": 1, "method": "ping"}),
            json!({"jsonrpc": "2.0", "id": 1.5, "method": "ping"}),
            json!({"jsonrpc": "2.0", "id": 1, "method": "tools/steal"}),
            json!({"jsonrpc": "2.0", "id": 1, "method": "sampling/createMessage", "params": {"messages": []}}),
            json!({"jsonrpc": "2.0", "id": 1, "method": "ping", "result": {}}),
            json!({"jsonrpc": "2.0", "id": 1, "result": {}, "error": {}}),
            json!({"jsonrpc": "2.0", "result": {}}),
            json!({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}),
        ] {
            assert!(message(Sender::Client, &body).is_err(), "{body}");
        }
    }

    #[test]
    fn errors_have_the_form_of_the_protocol() {
        let id = RequestId::Text("a".to_owned());
        let body = error_body(Some(&id), ErrorCode::BlockedByPolicy, "No.");
        let text = String::from_utf8(body).unwrap();
        assert_eq!(
            text,
            r#"{"jsonrpc":"2.0","id":"a","error":{"code":-32000,"message":"No.","data":{"code":"blocked_by_policy"}}}"#
        );
    }
}
