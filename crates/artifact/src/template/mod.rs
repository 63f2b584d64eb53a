//! Chat templates: programs in Jinja that stand between the user and the model.
//!
//! They are lexed, never rendered. `lexer` makes tokens, `escape` looks for ways out of a sandbox and
//! `hidden` for text that depends on what a message says.

mod escape;
mod hidden;
mod lexer;

use serde_json::Value;

use crate::report::Sink;
use crate::rules::{template_escape, template_hidden_instruction};

/// The template that a loader takes unless it is told otherwise.
pub(crate) const DEFAULT: &str = "default";

/// Lets the template rules speak about one template.
pub(crate) fn check(name: &str, text: &str, sink: &mut Sink<'_>) {
    sink.template(name, text);
    let Some(pieces) = lexer::lex(text) else {
        return sink.broken(
            None,
            "the chat template is not whole, or has more parts than the limit",
        );
    };
    if let Some(found) = escape::find(&pieces) {
        template_escape::report(sink, found.byte, found.what, &found.word);
    }
    if let Some((byte, what)) = hidden::find(&pieces) {
        template_hidden_instruction::report(sink, byte, what);
    }
}

/// Checks every template that the settings of a tokenizer or processor hold.
pub(crate) fn check_settings(settings: &Value, sink: &mut Sink<'_>) {
    match settings.get("chat_template") {
        Some(Value::String(text)) => check(DEFAULT, text, &mut sink.member("chat_template")),
        Some(Value::Array(named)) => {
            for entry in named {
                let name = entry.get("name").and_then(Value::as_str).unwrap_or("?");
                if let Some(text) = entry.get("template").and_then(Value::as_str) {
                    check(
                        name,
                        text,
                        &mut sink.member(&format!("chat_template.{name}")),
                    );
                }
            }
        }
        Some(Value::Object(named)) => {
            for (name, text) in named {
                if let Some(text) = text.as_str() {
                    check(
                        name,
                        text,
                        &mut sink.member(&format!("chat_template.{name}")),
                    );
                }
            }
        }
        _ => {}
    }
}
