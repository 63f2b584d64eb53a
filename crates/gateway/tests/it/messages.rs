//! Anthropic's messages through the gateway.

use bytes::Bytes;
use http::{Method, Request};
use seawall_evidence::Kind;
use seawall_gateway::Speaks;
use seawall_ports::KeyLimits;
use serde_json::{Value, json};

use crate::harness::{Answer, CANARY, Harness};

async fn start() -> Harness {
    Harness::with(KeyLimits::default(), |config| {
        config.routes[0].speaks = Speaks::Anthropic;
    })
    .await
}

fn post(harness: &Harness, path: &str, body: &Value) -> Request<Bytes> {
    let mut request = harness.request(Method::POST, path, body.to_string());
    let key = harness.key.parse().unwrap();
    request.headers_mut().remove("authorization");
    request.headers_mut().insert("x-api-key", key);
    let version = http::HeaderValue::from_static("2023-06-01");
    request.headers_mut().insert("anthropic-version", version);
    request
}

async fn ask(harness: &Harness, body: &Value) -> Answer {
    harness.send(post(harness, "/v1/messages", body)).await
}

fn hello() -> Value {
    json!({"model": "m", "max_tokens": 100, "messages": [{"role": "user", "content": "hi"}]})
}

fn streamed() -> Value {
    let mut body = hello();
    body["stream"] = json!(true);
    body
}

fn message(content: &Value) -> Value {
    json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": content,
        "stop_reason": "end_turn", "stop_sequence": null,
        "usage": {"input_tokens": 9, "cache_read_input_tokens": 4, "output_tokens": 3}})
}

fn event(body: &Value) -> String {
    format!(
        "event: {}\ndata: {body}\n\n",
        body["type"].as_str().unwrap()
    )
}

fn beginning() -> String {
    event(
        &json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant",
        "model": "m", "content": [], "stop_reason": null, "usage": {"input_tokens": 9, "output_tokens": 1}}}),
    )
}

fn ending(reason: &str) -> String {
    event(
        &json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null}, "usage": {"output_tokens": 7}}),
    ) + &event(&json!({"type": "message_stop"}))
}

/// The events of one block, whose text comes in pieces of `size` characters.
fn block(index: u64, kind: &str, text: &str, size: usize) -> String {
    let start = json!({"type": "content_block_start", "index": index, "content_block": {"type": kind, kind: ""}});
    let letters: Vec<char> = text.chars().collect();
    let pieces = letters.chunks(size).map(|piece| {
        let piece: String = piece.iter().collect();
        let delta = json!({"type": format!("{kind}_delta"), kind: piece});
        event(&json!({"type": "content_block_delta", "index": index, "delta": delta}))
    });
    event(&start)
        + &pieces.collect::<String>()
        + &event(&json!({"type": "content_block_stop", "index": index}))
}

fn tool(index: u64, name: &str, arguments: &str, size: usize) -> String {
    let start = json!({"type": "content_block_start", "index": index,
        "content_block": {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}});
    let letters: Vec<char> = arguments.chars().collect();
    let pieces = letters.chunks(size).map(|piece| {
        let piece: String = piece.iter().collect();
        let delta = json!({"type": "input_json_delta", "partial_json": piece});
        event(&json!({"type": "content_block_delta", "index": index, "delta": delta}))
    });
    event(&start)
        + &pieces.collect::<String>()
        + &event(&json!({"type": "content_block_stop", "index": index}))
}

/// The error that ends a stream; nothing may follow it.
fn error(answer: &Answer) -> Value {
    let text = answer.text();
    let last = text.trim_end().rsplit("\n\n").next().unwrap();
    let data = last
        .strip_prefix("event: error\ndata: ")
        .unwrap_or_else(|| panic!("{text}"));
    let body: Value = serde_json::from_str(data).unwrap();
    assert_eq!(body["type"], "error");
    assert!(!text.contains("message_stop"));
    body["error"].clone()
}

/// The piece of text that an event carries.
fn piece(data: &str) -> String {
    let body: Value = serde_json::from_str(data).unwrap();
    let texts = ["text", "thinking", "partial_json"];
    let text = texts.iter().find_map(|name| body["delta"][*name].as_str());
    text.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_clean_exchange_passes_unchanged_and_settles_with_its_caches() {
    let harness = start().await;
    let body = message(&json!([{"type": "text", "text": "Hi!"}]));
    harness.upstream_answers(&body);
    let answer = ask(&harness, &hello()).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, body));
    assert_eq!(answer.headers["request-id"], answer.headers["x-request-id"]);
    let settlement = harness.settlement().await;
    assert_eq!(settlement["prompt_tokens"], 13);
    let head = harness.upstream.heads().remove(0).to_lowercase();
    assert!(head.starts_with("post /v1/messages "), "{head}");
    assert!(head.contains("anthropic-version: 2023-06-01"), "{head}");
    assert!(
        !head.contains(&harness.key),
        "the virtual key went upstream"
    );
    harness.stop().await;
}

#[tokio::test]
async fn every_corner_of_a_request_is_inspected_and_refused_in_the_dialects_own_form() {
    let harness = start().await;
    let with = |name: &str, value: Value| {
        let mut body = hello();
        body[name] = value;
        body
    };
    let content = |block: Value| with("messages", json!([{"role": "user", "content": [block]}]));
    for body in [
        content(json!({"type": "text", "text": CANARY})),
        content(
            json!({"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": CANARY}]}),
        ),
        content(
            json!({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": CANARY}}),
        ),
        with(
            "messages",
            json!([{"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {"a": CANARY}}]}]),
        ),
        with(
            "messages",
            json!([{"role": "assistant", "content": [{"type": "thinking", "thinking": CANARY, "signature": "s"}]}]),
        ),
        with(
            "tools",
            json!([{"name": "f", "description": CANARY, "input_schema": {}}]),
        ),
        with("metadata", json!({"user_id": CANARY})),
        with("stop_sequences", json!([CANARY])),
        with("strange", json!({(CANARY): 1})),
    ] {
        let answer = ask(&harness, &body).await;
        assert_eq!(answer.status, 400, "{body}");
        let refused = answer.json();
        assert_eq!(refused["type"], "error");
        assert_eq!(refused["error"]["type"], "invalid_request_error");
        assert_eq!(refused["error"]["code"], "blocked_by_policy", "{body}");
        assert!(!answer.text().contains(CANARY));
    }
    let image = ask(
        &harness,
        &content(json!({"type": "image", "source": {"type": "base64", "data": "x"}})),
    )
    .await;
    assert_eq!(image.code(), "unsupported_content");
    assert!(harness.upstream.bodies().is_empty());
    harness.stop().await;
}

#[tokio::test]
async fn a_leaking_answer_is_blocked_without_an_echo() {
    let harness = start().await;
    for content in [
        json!([{"type": "text", "text": CANARY}]),
        json!([{"type": "thinking", "thinking": CANARY, "signature": "s"}]),
        json!([{"type": "tool_use", "id": "t", "name": "search", "input": {"q": [CANARY]}}]),
        json!([{"type": "tool_use", "id": "t", "name": "search", "input": {(CANARY): 1}}]),
        json!([{"type": "text", "text": "a", "citations": [{"cited_text": CANARY}]}]),
    ] {
        harness.upstream_answers(&message(&content));
        let answer = ask(&harness, &hello()).await;
        assert_eq!(answer.code(), "blocked_by_policy", "{content}");
        assert!(!answer.text().contains(CANARY));
    }
    harness.stop().await;
}

#[tokio::test]
async fn a_clean_stream_passes_byte_for_byte_with_its_names_and_its_pings() {
    let harness = start().await;
    let signature = event(&json!({"type": "content_block_delta", "index": 0,
        "delta": {"type": "signature_delta", "signature": "EqoBCkYIARgCKkDsdfKJH32kjsdhf8sdfKJH"}}));
    let thinking = block(0, "thinking", "Let me see. ", 99);
    let (open, close) = thinking.rsplit_once("event: content_block_stop").unwrap();
    let ping = event(&json!({"type": "ping"}));
    let body = [
        beginning(),
        ping,
        format!("{open}{signature}event: content_block_stop{close}"),
        block(1, "text", "Hello, world. ", 99),
        tool(2, "search", "{\"q\":\"x\"}", 99),
        ending("tool_use"),
    ]
    .concat();
    harness.upstream_stream(body.as_bytes());
    let answer = ask(&harness, &streamed()).await;
    assert_eq!(answer.headers["content-type"], "text/event-stream");
    assert_eq!(answer.text(), body);
    let settlement = harness.settlement().await;
    assert_eq!(
        (
            &settlement["prompt_tokens"],
            &settlement["completion_tokens"]
        ),
        (&json!(9), &json!(7))
    );
    harness.stop().await;
}

#[tokio::test]
async fn no_byte_of_a_blocked_text_leaves_whatever_the_cut() {
    let escaped = CANARY.replace('-', "\\u002d");
    for size in [1, 3, 7, 100] {
        for body in [
            block(0, "text", &format!("Sure, here: {CANARY} and more"), size),
            block(
                0,
                "thinking",
                &format!("Sure, here: {CANARY} and more"),
                size,
            ),
            tool(0, "search", &format!("{{\"q\":\"{escaped}\"}}"), size),
            tool(0, CANARY, "{}", size),
        ] {
            let harness = start().await;
            harness
                .upstream_stream(format!("{}{body}{}", beginning(), ending("end_turn")).as_bytes());
            let answer = ask(&harness, &streamed()).await;
            assert_eq!(error(&answer)["code"], "blocked_by_policy", "{body}");
            let told: String = answer.events().iter().map(|data| piece(data)).collect();
            assert!(!told.contains("canary"), "{told}");
            assert!(!answer.text().contains("canary-7f"), "{}", answer.text());
            assert_eq!(harness.settlement().await["end"], "stopped");
            harness.stop().await;
        }
    }
}

#[tokio::test]
async fn what_is_out_of_order_or_unknown_ends_in_an_error_event() {
    let piece = |index: u64, delta: Value| {
        event(&json!({"type": "content_block_delta", "index": index, "delta": delta}))
    };
    let named = event(&json!({"type": "ping"})).replace("event: ping", "event: message_stop");
    for body in [
        piece(5, json!({"type": "text_delta", "text": "a"})),
        piece(0, json!({"type": "input_json_delta", "partial_json": "a"})),
        piece(0, json!({"type": "novel_delta", "text": CANARY})),
        event(&json!({"type": "novel", "text": CANARY})),
        event(&json!({"type": "error", "error": {"type": "overloaded_error", "message": CANARY}})),
        named,
        tool(1, "a", "{}", 9).replace("content_block_stop", "ping"),
    ] {
        let harness = start().await;
        harness.upstream_stream(format!("{}{body}", beginning()).as_bytes());
        let answer = ask(&harness, &streamed()).await;
        assert_eq!(error(&answer)["code"], "upstream_failed", "{body}");
        assert!(!answer.text().contains(CANARY));
        harness.stop().await;
    }
}

#[tokio::test]
async fn a_tool_that_needs_approval_waits_and_goes_out_as_approved() {
    for stream in [false, true] {
        let harness = start().await;
        if stream {
            let body = [
                beginning(),
                tool(0, "pay", "{ \"amount\": 7 }", 4),
                ending("tool_use"),
            ]
            .concat();
            harness.upstream_stream(body.as_bytes());
        } else {
            harness.upstream_answers(&message(
                &json!([{"type": "tool_use", "id": "t", "name": "pay", "input": {"amount": 7}}]),
            ));
        }
        let mut body = hello();
        body["stream"] = json!(stream);
        let deciding = crate::approvals::decide(&harness, true);
        let (answer, _) = tokio::join!(ask(&harness, &body), deciding);
        assert_eq!(answer.status, 200, "{}", answer.text());
        if stream {
            let text = answer.text();
            assert!(
                text.contains("\"name\":\"pay\"") && text.contains("message_stop"),
                "{text}"
            );
            assert!(
                text.contains(r#""partial_json":"{\"amount\":7}""#),
                "{text}"
            );
        } else {
            assert_eq!(answer.json()["content"][0]["input"], json!({"amount": 7}));
        }
        assert!(!harness.ledger.of_kind(&Kind::Decision).is_empty());
        harness.stop().await;
    }
}

#[tokio::test]
async fn tokens_are_counted_without_an_answer() {
    let harness = start().await;
    harness.upstream_answers(&json!({"input_tokens": 12}));
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
    let answer = harness
        .send(post(&harness, "/v1/messages/count_tokens", &body))
        .await;
    assert_eq!(answer.json(), json!({"input_tokens": 12}));
    let sent: Value = serde_json::from_slice(&harness.upstream.bodies()[0]).unwrap();
    assert_eq!(sent, body);
    assert_eq!(harness.settlement().await["prompt_tokens"], 0);
    harness.stop().await;
}

#[tokio::test]
async fn two_keys_are_no_key() {
    let harness = start().await;
    let mut request = post(&harness, "/v1/messages", &hello());
    let bearer = format!("Bearer {}", harness.key).parse().unwrap();
    request.headers_mut().insert("authorization", bearer);
    let answer = harness.send(request).await;
    assert_eq!(
        (
            answer.status.as_u16(),
            answer.json()["error"]["type"].as_str().unwrap()
        ),
        (401, "authentication_error")
    );
    harness.stop().await;
}
