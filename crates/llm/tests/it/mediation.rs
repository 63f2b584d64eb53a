//! Generates messages of the dialect with strange members anywhere, and checks that every string of
//! what parses reaches the visitor.

use proptest::prelude::*;
use seawall_base::json::JsonLimits;
use seawall_llm::{ChatRequest, ChatResponse, Chunk, Leaf, TextRole};
use serde_json::{Map, Value, json};

/// A value of any shape whose strings are unusual enough to be recognised.
pub(crate) fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map(name(), inner, 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,6}",
        "[é😀\u{200b}]{1,3}",
        "[a-z]{1,4}".prop_map(|word| json!({ "q": format!("\n{word}") }).to_string()),
        Just("function".to_owned()),
        Just("{\"broken\\u0041\": ".to_owned()),
    ]
}

pub(crate) fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,4}[~/]?",
        proptest::sample::select(vec![
            "content",
            "name",
            "type",
            "description",
            "parameters",
            "properties",
            "metadata",
            "arguments",
            "function",
            "tool_calls",
            "refusal",
            "annotations",
            "logprobs",
            "token",
            "top_logprobs",
            "reasoning_content",
            "user",
            "stop",
            "choices",
            "message",
            "delta",
            "id",
            "role",
            "audio",
            "function_call",
            "index",
        ])
        .prop_map(str::to_owned),
    ]
}

pub(crate) fn fields() -> impl Strategy<Value = Map<String, Value>> {
    proptest::collection::btree_map(name(), any_value(), 0..4)
        .prop_map(|fields| fields.into_iter().collect())
}

fn message() -> impl Strategy<Value = Value> {
    let role = proptest::sample::select(vec![
        "system",
        "developer",
        "user",
        "assistant",
        "tool",
        "function",
        "other",
    ]);
    let part = (fields(), text()).prop_map(|(mut fields, text)| {
        fields.insert("type".into(), "text".into());
        fields.insert("text".into(), text.into());
        Value::Object(fields)
    });
    let content = prop_oneof![
        4 => text().prop_map(Value::from),
        2 => proptest::collection::vec(part, 0..3).prop_map(Value::from),
        1 => any_value(),
    ];
    let call = (fields(), text(), text()).prop_map(|(mut fields, name, arguments)| {
        fields.insert(
            "function".into(),
            json!({"name": name, "arguments": arguments}),
        );
        Value::Object(fields)
    });
    (
        role,
        content,
        fields(),
        proptest::collection::vec(call, 0..2),
    )
        .prop_map(|(role, content, mut fields, calls)| {
            fields.insert("role".into(), role.into());
            fields.insert("content".into(), content);
            fields.insert("tool_calls".into(), calls.into());
            Value::Object(fields)
        })
}

fn request() -> impl Strategy<Value = Value> {
    let messages = proptest::collection::vec(message(), 1..4);
    let tools = proptest::collection::vec(fields().prop_map(Value::Object), 0..2);
    (fields(), messages, tools, any_value()).prop_map(|(mut fields, messages, tools, format)| {
        fields.insert("model".into(), "m".into());
        fields.insert("messages".into(), messages.into());
        fields.insert("tools".into(), tools.into());
        fields.insert("response_format".into(), format);
        Value::Object(fields)
    })
}

fn answer(member: &'static str) -> impl Strategy<Value = Value> {
    let choice = (fields(), message()).prop_map(move |(mut fields, message)| {
        fields.insert(member.into(), message);
        Value::Object(fields)
    });
    (fields(), proptest::collection::vec(choice, 0..3)).prop_map(|(mut fields, choices)| {
        fields.insert("choices".into(), choices.into());
        Value::Object(fields)
    })
}

/// Every string of a value, and every name.
pub(crate) fn strings(value: &Value, texts: &mut Vec<String>, names: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| strings(item, texts, names)),
        Value::Object(fields) => {
            for (name, value) in fields {
                names.push(name.clone());
                strings(value, texts, names);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Panics unless every string and every strange name of `value` is among what was seen.
pub(crate) fn assert_seen(value: &Value, seen: &[(TextRole, String)], defined: &[String]) {
    let (mut texts, mut names) = (Vec::new(), Vec::new());
    strings(value, &mut texts, &mut names);
    names.retain(|name| !defined.contains(name) && name.len() <= 4 && name != "n");
    for text in texts.iter().chain(&names) {
        let found = seen.iter().any(|(_, seen)| seen.contains(text.as_str()));
        assert!(found || text.is_empty(), "`{text}` of {value} was not seen");
    }
    // A document in a string is opened: what its escapes hide is seen decoded.
    for text in texts.iter().filter(|text| text.starts_with("{\"q\"")) {
        let inner = serde_json::from_str::<Value>(text).unwrap();
        let inner = inner["q"].as_str().unwrap();
        assert!(
            seen.iter().any(|(_, seen)| seen.contains(inner)),
            "{inner:?} is hidden"
        );
    }
}

pub(crate) fn keep<'s>(seen: &'s mut Vec<(TextRole, String)>) -> impl FnMut(Leaf<'_, '_>) + 's {
    |leaf| seen.push((leaf.role, leaf.text.into_owned()))
}

/// Short names that the dialect defines, so that they are not visited.
pub(crate) fn defined() -> Vec<String> {
    [
        "name", "type", "user", "stop", "id", "role", "url", "text", "code", "seed", "enum",
        "mode", "file", "not", "top_p", "user",
    ]
    .map(str::to_owned)
    .to_vec()
}

proptest! {
    #[test]
    fn every_string_of_a_request_is_seen_or_it_is_refused(body in request()) {
        let bytes = body.to_string();
        if let Ok(request) = ChatRequest::parse(bytes.as_bytes(), &JsonLimits::default()) {
            let mut seen = Vec::new();
            request.visit(&mut keep(&mut seen));
            assert_seen(&body, &seen, &defined());
        }
    }

    #[test]
    fn every_string_of_an_answer_is_seen_or_it_is_refused(body in answer("message")) {
        let bytes = body.to_string();
        if let Ok(response) = ChatResponse::parse(bytes.as_bytes(), &JsonLimits::default()) {
            let mut seen = Vec::new();
            response.visit(&mut keep(&mut seen));
            // Token texts are joined before they are visited, so documents in them are not opened.
            let without_tokens = without(&body, "logprobs");
            assert_seen(&without_tokens, &seen, &defined());
        }
    }

    #[test]
    fn every_string_of_a_chunk_is_seen_or_it_is_refused(body in answer("delta")) {
        if let Ok(mut chunk) = Chunk::parse(&body.to_string(), &JsonLimits::default()) {
            let mut seen = Vec::new();
            for call in chunk.take_tool_calls() {
                for text in [call.piece.id, call.piece.name, call.piece.arguments] {
                    seen.push((TextRole::ToolCall, text));
                }
            }
            let left = chunk.body().clone();
            chunk.texts(|delta| seen.push((delta.role, delta.text.clone())));
            chunk.visit_rest(&mut keep(&mut seen));
            let (mut texts, mut names) = (Vec::new(), Vec::new());
            strings(&left, &mut texts, &mut names);
            for text in texts {
                prop_assert!(text.is_empty() || seen.iter().any(|(_, seen)| *seen == text), "{}", text);
            }
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let limits = JsonLimits::default();
        drop(ChatRequest::parse(&bytes, &limits));
        drop(ChatResponse::parse(&bytes, &limits));
        drop(Chunk::parse(&String::from_utf8_lossy(&bytes), &limits));
    }
}

pub(crate) fn without(value: &Value, member: &str) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| *name != member)
            .map(|(name, value)| (name.clone(), without(value, member)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items
            .iter()
            .map(|item| without(item, member))
            .collect::<Vec<_>>()
            .into(),
        other => other.clone(),
    }
}
