//! A chat-completions request as the engine reads it: messages with their origin, tools, limits.
//!
//! Lenient where a real upstream is lenient; only what is needed to answer is looked at.

use serde_json::Value;

/// Where a text came from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Origin {
    /// The operator.
    System,
    /// The user.
    User,
    /// An earlier answer.
    Assistant,
    /// The result of a tool.
    Tool,
    /// The description of a tool, past its first sentence.
    ToolDefinition,
    /// Found hidden in another text.
    Hidden,
}

/// A text with its origin.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) origin: Origin,
    pub(crate) text: String,
    /// Whether it belongs to the turn that is being answered.
    pub(crate) current: bool,
}

/// A parameter of a tool.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) is_number: bool,
    pub(crate) is_required: bool,
}

/// A tool that may be called.
#[derive(Clone, Debug)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) parameters: Vec<Parameter>,
    /// Every text of the parameters' schema.
    pub(crate) schema: Vec<String>,
}

/// What an answer is given to.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    pub(crate) messages: Vec<Message>,
    pub(crate) tools: Vec<Tool>,
    /// Names and arguments of the calls made in this turn.
    pub(crate) called: Vec<(String, String)>,
    pub(crate) stream: bool,
    pub(crate) stream_usage: bool,
    pub(crate) tokens_max: usize,
}

/// Longest answer, whatever the request allows.
const TOKENS_MAX: usize = 4_096;

impl Conversation {
    /// Reads a request; the error names the parameter that is wrong.
    pub(crate) fn parse(request: &Value) -> Result<Self, &'static str> {
        if request.get("model").and_then(Value::as_str).is_none() {
            return Err("model");
        }
        let raw = request
            .get("messages")
            .and_then(Value::as_array)
            .ok_or("messages")?;
        if raw.is_empty() {
            return Err("messages");
        }
        let turn = raw
            .iter()
            .rposition(|message| role(message) == "user")
            .unwrap_or(0);
        let tools = tools(request);
        let mut messages: Vec<Message> = tools.iter().flat_map(advice).collect();
        let mut called = Vec::new();
        for (position, message) in raw.iter().enumerate() {
            let origin = match role(message) {
                "system" | "developer" => Origin::System,
                "user" => Origin::User,
                "assistant" => Origin::Assistant,
                "tool" | "function" => Origin::Tool,
                _ => return Err("messages"),
            };
            let current = position >= turn && origin != Origin::Assistant;
            let text = content(message.get("content"));
            let text = if origin == Origin::Tool {
                flatten(&text)
            } else {
                text
            };
            if origin == Origin::User && !current {
                messages.extend(standing(&text));
            }
            messages.push(Message {
                origin,
                text,
                current,
            });
            if position >= turn {
                called.extend(calls(message));
            }
        }
        let limit = ["max_completion_tokens", "max_tokens"]
            .iter()
            .find_map(|name| request.get(*name).and_then(Value::as_u64))
            .and_then(|limit| usize::try_from(limit).ok());
        let flag = |value: Option<&Value>| value.and_then(Value::as_bool).unwrap_or(false);
        Ok(Self {
            messages,
            tools: if request.get("tool_choice").and_then(Value::as_str) == Some("none") {
                Vec::new()
            } else {
                tools
            },
            called,
            stream: flag(request.get("stream")),
            stream_usage: flag(request.pointer("/stream_options/include_usage")),
            tokens_max: limit.unwrap_or(TOKENS_MAX).min(TOKENS_MAX),
        })
    }
}

fn role(message: &Value) -> &str {
    message
        .get("role")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Plain content, or the texts and addresses of structured content: a picture's text is read too.
fn content(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts
            .iter()
            .flat_map(|part| ["/text", "/image_url/url"].map(|name| part.pointer(name)))
            .filter_map(|text| text.and_then(Value::as_str))
            .collect::<Vec<_>>()
            .join("\n"),
        _ => String::new(),
    }
}

fn calls(message: &Value) -> Vec<(String, String)> {
    let calls = message.get("tool_calls").and_then(Value::as_array);
    calls
        .into_iter()
        .flatten()
        .filter_map(|call| {
            let field = |name: &str| {
                call.pointer(name)
                    .and_then(Value::as_str)
                    .map(str::to_owned)
            };
            Some((
                field("/function/name")?,
                field("/function/arguments").unwrap_or_default(),
            ))
        })
        .collect()
}

fn tools(request: &Value) -> Vec<Tool> {
    let listed = request.get("tools").and_then(Value::as_array);
    listed
        .into_iter()
        .flatten()
        .filter_map(|tool| parse_tool(tool.get("function")?))
        .collect()
}

fn parse_tool(function: &Value) -> Option<Tool> {
    let required: Vec<&str> = function
        .pointer("/parameters/required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let properties = function
        .pointer("/parameters/properties")
        .and_then(Value::as_object);
    let parameters = properties
        .into_iter()
        .flatten()
        .map(|(name, schema)| Parameter {
            name: name.clone(),
            is_number: matches!(
                schema.get("type").and_then(Value::as_str),
                Some("number" | "integer")
            ),
            is_required: required.contains(&name.as_str()),
        });
    Some(Tool {
        name: function.get("name")?.as_str()?.to_owned(),
        description: function
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        parameters: parameters.collect(),
        schema: schema(function.get("parameters")),
    })
}

/// The texts of a schema that are longer than a name.
fn schema(parameters: Option<&Value>) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(parameters) = parameters {
        walk("", parameters, &mut lines, 0);
    }
    let text = |line: String| match line.split_once(": ") {
        Some((_, text)) => text.to_owned(),
        None => line,
    };
    let mut texts: Vec<String> = lines.into_iter().map(text).collect();
    texts.retain(|text| text.split_whitespace().count() >= 3);
    texts
}

/// What a tool's description says past its first sentence, which a careless model takes as advice.
fn advice(tool: &Tool) -> impl Iterator<Item = Message> {
    let rest = tool.description.split_once(". ").map(|(_, rest)| rest);
    rest.into_iter()
        .chain(tool.schema.iter().map(String::as_str))
        .map(|text| Message {
            origin: Origin::ToolDefinition,
            text: text.to_owned(),
            current: true,
        })
}

/// What an earlier message wants of every answer, which a careless model keeps to.
fn standing(text: &str) -> Option<Message> {
    let lower = text.to_lowercase();
    let every = ["every ", "each ", "all ", "always"]
        .iter()
        .any(|word| lower.contains(word));
    let answer = ["repl", "answer", "response"]
        .iter()
        .any(|word| lower.contains(word));
    (every && answer).then(|| Message {
        origin: Origin::Hidden,
        text: text.to_owned(),
        current: true,
    })
}

/// A JSON tool result as lines of "name: value"; any other text as it is.
fn flatten(text: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return text.to_owned();
    };
    let mut lines = Vec::new();
    walk("", &value, &mut lines, 0);
    lines.join("\n")
}

fn walk(name: &str, value: &Value, lines: &mut Vec<String>, depth: usize) {
    if depth > 16 {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (key, item) in fields {
                walk(&key.replace('_', " "), item, lines, depth + 1);
            }
        }
        Value::Array(items) => {
            for item in items {
                walk(name, item, lines, depth + 1);
            }
        }
        Value::String(text) if name.is_empty() => lines.push(text.clone()),
        Value::String(text) => lines.push(format!("{name}: {text}")),
        other => lines.push(format!("{name}: {other}")),
    }
}
