//! The same for the other dialects: generated messages with strange members anywhere, and every
//! string of what parses reaches the visitor.

use proptest::prelude::*;
use seawall_base::json::JsonLimits;
use seawall_llm::mcp::{Kind, McpMessage, Method, Sender};
use seawall_llm::messages::{MessagesEvent, MessagesRequest, MessagesResponse};
use seawall_llm::predict::{Operation, PredictRequest, Protocol};
use seawall_llm::responses::{ResponsesEvent, ResponsesRequest, ResponsesResponse};
use seawall_llm::{EmbeddingsRequest, TextRole};
use serde_json::{Value, json};

use crate::mediation::{any_value, assert_seen, defined, fields, keep, strings, text};

/// An object with the members of `given` and strange ones beside them.
fn object(given: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let (names, values): (Vec<_>, Vec<_>) = given.into_iter().unzip();
    (fields(), values)
        .prop_map(move |(mut fields, values)| {
            for (name, value) in names.iter().zip(values) {
                fields.insert((*name).to_owned(), value);
            }
            Value::Object(fields)
        })
        .boxed()
}

fn constant(value: impl Into<Value>) -> BoxedStrategy<Value> {
    Just(value.into()).boxed()
}

fn one_of(words: &'static [&'static str]) -> BoxedStrategy<Value> {
    proptest::sample::select(words)
        .prop_map(Value::from)
        .boxed()
}

fn string() -> BoxedStrategy<Value> {
    text().prop_map(Value::from).boxed()
}

fn list(item: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    proptest::collection::vec(item, 0..3)
        .prop_map(Value::from)
        .boxed()
}

fn input() -> BoxedStrategy<Value> {
    fields().prop_map(Value::Object).boxed()
}

fn block() -> BoxedStrategy<Value> {
    let text_block = object(vec![("type", constant("text")), ("text", string())]);
    let source = prop_oneof![
        object(vec![("type", constant("text")), ("data", string())]),
        object(vec![
            ("type", constant("content")),
            ("content", list(text_block.clone()))
        ]),
        any_value(),
    ];
    prop_oneof![
        3 => text_block.clone(),
        1 => object(vec![("type", constant("thinking")), ("thinking", string())]),
        1 => object(vec![("type", constant("redacted_thinking")), ("data", string())]),
        1 => object(vec![("type", constant("tool_use")), ("id", string()), ("name", string()), ("input", input())]),
        1 => object(vec![("type", constant("tool_result")), ("tool_use_id", string()), ("content", list(text_block.clone()))]),
        1 => object(vec![("type", constant("document")), ("source", source.boxed())]),
        1 => object(vec![("type", constant("search_result")), ("source", string()), ("title", string()), ("content", list(text_block))]),
        1 => any_value(),
    ]
    .boxed()
}

fn messages_request() -> BoxedStrategy<Value> {
    let content = prop_oneof![1 => string(), 4 => list(block())].boxed();
    let message = object(vec![
        ("role", one_of(&["user", "assistant"])),
        ("content", content),
    ]);
    let messages = proptest::collection::vec(message, 1..3)
        .prop_map(Value::from)
        .boxed();
    object(vec![
        ("model", constant("m")),
        ("max_tokens", constant(9)),
        (
            "system",
            prop_oneof![
                string(),
                list(object(vec![("type", constant("text")), ("text", string())]))
            ]
            .boxed(),
        ),
        ("messages", messages),
        ("tools", list(input())),
        ("stream", constant(false)),
    ])
}

fn messages_event() -> BoxedStrategy<Value> {
    let delta = prop_oneof![
        object(vec![("type", constant("text_delta")), ("text", string())]),
        object(vec![
            ("type", constant("thinking_delta")),
            ("thinking", string())
        ]),
        object(vec![
            ("type", constant("input_json_delta")),
            ("partial_json", string())
        ]),
        object(vec![
            ("type", constant("signature_delta")),
            ("signature", string())
        ]),
        object(vec![
            ("type", constant("citations_delta")),
            ("citation", any_value().boxed())
        ]),
        any_value(),
    ];
    prop_oneof![
        object(vec![
            ("type", constant("content_block_delta")),
            ("index", constant(1)),
            ("delta", delta.boxed())
        ]),
        object(vec![
            ("type", constant("content_block_start")),
            ("index", constant(1)),
            ("content_block", block())
        ]),
        object(vec![
            ("type", constant("message_start")),
            ("message", object(vec![("content", constant(json!([])))]))
        ]),
        object(vec![
            ("type", constant("message_delta")),
            ("delta", any_value().boxed())
        ]),
        object(vec![
            ("type", constant("error")),
            ("error", any_value().boxed())
        ]),
    ]
    .boxed()
}

fn item() -> BoxedStrategy<Value> {
    let part = |kinds| {
        object(vec![
            ("type", one_of(kinds)),
            ("text", string()),
            ("refusal", string()),
        ])
    };
    let content =
        prop_oneof![1 => string(), 3 => list(part(&["input_text", "output_text", "refusal"]))]
            .boxed();
    prop_oneof![
        3 => object(vec![("type", constant("message")), ("role", one_of(&["system", "user", "assistant"])), ("content", content)]),
        1 => object(vec![("type", constant("function_call")), ("call_id", string()), ("name", string()), ("arguments", string())]),
        1 => object(vec![("type", constant("function_call_output")), ("call_id", string()), ("output", string())]),
        1 => object(vec![("type", constant("custom_tool_call")), ("name", string()), ("input", string())]),
        1 => object(vec![("type", constant("reasoning")), ("summary", list(part(&["summary_text"]))), ("content", list(part(&["reasoning_text"])))]),
        1 => any_value(),
    ]
    .boxed()
}

fn responses_request() -> BoxedStrategy<Value> {
    let items = proptest::collection::vec(item(), 1..3)
        .prop_map(Value::from)
        .boxed();
    let tool = object(vec![
        ("type", one_of(&["function", "custom"])),
        ("name", string()),
    ]);
    object(vec![
        ("model", constant("m")),
        ("input", prop_oneof![1 => string(), 4 => items].boxed()),
        ("instructions", string()),
        ("tools", list(tool)),
    ])
}

fn responses_event() -> BoxedStrategy<Value> {
    let placed = |kind, rest: Vec<(&'static str, BoxedStrategy<Value>)>| {
        let mut given = vec![("type", one_of(kind)), ("output_index", constant(0))];
        given.extend(rest);
        object(given)
    };
    prop_oneof![
        placed(
            &[
                "response.output_text.delta",
                "response.refusal.delta",
                "response.function_call_arguments.delta"
            ],
            vec![("delta", string())]
        ),
        placed(
            &["response.output_text.done", "response.reasoning_text.done"],
            vec![("text", string())]
        ),
        placed(
            &["response.output_item.added", "response.output_item.done"],
            vec![("item", item())]
        ),
        object(vec![
            ("type", constant("response.completed")),
            ("response", answer())
        ]),
    ]
    .boxed()
}

fn answer() -> BoxedStrategy<Value> {
    object(vec![("output", list(item())), ("instructions", string())])
}

fn mcp_message() -> BoxedStrategy<Value> {
    let methods = one_of(&[
        "tools/call",
        "prompts/get",
        "initialize",
        "completion/complete",
        "notifications/progress",
        "resources/read",
        "elicitation/create",
        "sampling/createMessage",
        "notifications/message",
    ]);
    let block = object(vec![("type", constant("text")), ("text", string())]);
    let params = object(vec![
        ("name", string()),
        ("arguments", any_value().boxed()),
        ("messages", list(object(vec![("content", block.clone())]))),
    ]);
    let result = object(vec![
        ("content", list(block)),
        ("tools", list(input())),
        ("structuredContent", any_value().boxed()),
    ]);
    prop_oneof![
        object(vec![
            ("jsonrpc", constant("2.0")),
            ("id", constant(1)),
            ("method", methods),
            ("params", params)
        ]),
        object(vec![
            ("jsonrpc", constant("2.0")),
            ("id", string()),
            ("result", result)
        ]),
        object(vec![
            ("jsonrpc", constant("2.0")),
            ("error", any_value().boxed())
        ]),
    ]
    .boxed()
}

/// Every string of an event is seen: in the piece that is taken out, or among the rest.
fn assert_event_seen(left: &Value, seen: &[(TextRole, String)]) {
    let (mut texts, mut names) = (Vec::new(), Vec::new());
    strings(left, &mut texts, &mut names);
    for text in texts {
        let found = seen.iter().any(|(_, seen)| *seen == text);
        assert!(found || text.is_empty(), "`{text}` of {left} was not seen");
    }
}

/// Names of up to four letters that some of these dialects define.
fn short_names() -> Vec<String> {
    let mut names = defined();
    names.extend(
        [
            "any", "body", "data", "item", "keep", "part", "ref", "size", "src", "ttl", "uri",
        ]
        .map(str::to_owned),
    );
    names
}

proptest! {
    #[test]
    fn every_string_of_a_messages_request_is_seen_or_it_is_refused(body in messages_request()) {
        let limits = JsonLimits::default();
        if let Ok(request) = MessagesRequest::parse(body.to_string().as_bytes(), &limits) {
            let mut seen = Vec::new();
            request.visit(&mut keep(&mut seen));
            assert_seen(&body, &seen, &short_names());
        }
    }

    #[test]
    fn every_string_of_a_messages_answer_is_seen_or_it_is_refused(
        body in object(vec![("content", list(block())), ("usage", any_value().boxed())])
    ) {
        let limits = JsonLimits::default();
        if let Ok(answer) = MessagesResponse::parse(body.to_string().as_bytes(), &limits) {
            let mut seen = Vec::new();
            answer.visit(&mut keep(&mut seen));
            assert_seen(&body, &seen, &short_names());
        }
    }

    #[test]
    fn every_string_of_a_messages_event_is_seen_or_it_is_refused(body in messages_event()) {
        let limits = JsonLimits::default();
        if let Ok(mut event) = MessagesEvent::parse(&body.to_string(), &limits) {
            let mut seen = Vec::new();
            if let Some(call) = event.take_tool_call() {
                let piece = call.piece;
                seen.extend([piece.id, piece.name, piece.arguments].map(|text| (TextRole::ToolCall, text)));
            }
            let left = event.body().clone();
            event.texts(|delta| seen.push((delta.role, delta.text.clone())));
            event.visit_rest(&mut keep(&mut seen));
            assert_event_seen(&left, &seen);
        }
    }

    #[test]
    fn every_string_of_a_responses_request_is_seen_or_it_is_refused(body in responses_request()) {
        let limits = JsonLimits::default();
        if let Ok(request) = ResponsesRequest::parse(body.to_string().as_bytes(), &limits) {
            let mut seen = Vec::new();
            request.visit(&mut keep(&mut seen));
            assert_seen(&body, &seen, &short_names());
        }
    }

    #[test]
    fn every_string_of_a_responses_answer_is_seen_or_it_is_refused(body in answer()) {
        let limits = JsonLimits::default();
        if let Ok(answer) = ResponsesResponse::parse(body.to_string().as_bytes(), &limits) {
            let mut seen = Vec::new();
            answer.visit(&mut keep(&mut seen));
            assert_seen(&body, &seen, &short_names());
        }
    }

    #[test]
    fn every_string_of_a_responses_event_is_seen_or_it_is_refused(body in responses_event()) {
        let limits = JsonLimits::default();
        if let Ok(mut event) = ResponsesEvent::parse(&body.to_string(), &limits) {
            let mut seen = Vec::new();
            if let Some((_, role, text)) = event.text() {
                seen.push((role, text.clone()));
            }
            event.visit_rest(&mut keep(&mut seen));
            assert_event_seen(&body, &seen);
        }
    }

    #[test]
    fn every_string_of_an_embeddings_request_is_seen_or_it_is_refused(
        body in object(vec![("model", constant("m")), ("input", list(string()))])
    ) {
        let limits = JsonLimits::default();
        if let Ok(request) = EmbeddingsRequest::parse(body.to_string().as_bytes(), &limits) {
            let mut seen = Vec::new();
            request.visit(&mut keep(&mut seen));
            assert_seen(&body, &seen, &short_names());
        }
    }

    #[test]
    fn every_string_of_an_mcp_message_is_seen_or_it_is_refused(body in mcp_message()) {
        let limits = JsonLimits::default();
        for sender in [Sender::Client, Sender::Server] {
            let Ok(message) = McpMessage::parse(body.to_string().as_bytes(), sender, &limits) else {
                continue;
            };
            let to = matches!(message.kind(), Kind::Result(_)).then_some(Method::CallTool);
            if to.is_some_and(|to| message.check_answer(to).is_err()) {
                continue;
            }
            let mut seen = Vec::new();
            message.visit(to, &mut keep(&mut seen));
            assert_seen(&body, &seen, &short_names());
        }
    }

    #[test]
    fn every_string_of_a_prediction_is_seen_or_it_is_refused(
        body in prop_oneof![any_value(), object(vec![("instances", any_value().boxed())])]
    ) {
        let limits = JsonLimits::default();
        for protocol in [Protocol::TorchServe, Protocol::TensorFlow, Protocol::OpenInference] {
            let bytes = body.to_string();
            let parsed = PredictRequest::parse(protocol, Operation::Infer, bytes.as_bytes(), &limits);
            if let Ok(request) = parsed {
                let mut seen = Vec::new();
                request.visit(&mut keep(&mut seen));
                assert_seen(&body, &seen, &short_names());
            }
        }
    }

    #[test]
    fn arbitrary_json_never_panics(body in any_value()) {
        let (text, limits) = (body.to_string(), JsonLimits::default());
        drop(MessagesRequest::parse(text.as_bytes(), &limits));
        drop(MessagesResponse::parse(text.as_bytes(), &limits));
        drop(MessagesEvent::parse(&text, &limits));
        drop(McpMessage::parse(text.as_bytes(), Sender::Server, &limits));
        drop(ResponsesRequest::parse(text.as_bytes(), &limits));
        drop(ResponsesResponse::parse(text.as_bytes(), &limits));
        drop(ResponsesEvent::parse(&text, &limits));
    }
}

#[test]
fn generated_messages_are_accepted_often_enough_to_prove_something() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let limits = JsonLimits::default();
    let mut accepted = [0_u32; 2];
    for _ in 0..200 {
        let body = messages_request().new_tree(&mut runner).unwrap().current();
        accepted[0] +=
            u32::from(MessagesRequest::parse(body.to_string().as_bytes(), &limits).is_ok());
        let body = responses_request().new_tree(&mut runner).unwrap().current();
        accepted[1] +=
            u32::from(ResponsesRequest::parse(body.to_string().as_bytes(), &limits).is_ok());
    }
    assert!(accepted.iter().all(|count| *count > 40), "{accepted:?}");
}
