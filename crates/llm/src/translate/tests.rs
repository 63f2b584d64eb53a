//! Both ways, in pieces and whole; what has no place is named.

use proptest::prelude::*;
use seawall_base::json::JsonLimits;
use serde_json::{Value, json};

use super::*;
use crate::messages::{MessagesRequest, MessagesResponse};
use crate::{ChatRequest, sse};

fn messages(body: &Value) -> MessagesRequest {
    MessagesRequest::parse(body.to_string().as_bytes(), &JsonLimits::default()).unwrap()
}

fn chat(body: &Value) -> ChatRequest {
    ChatRequest::parse(body.to_string().as_bytes(), &JsonLimits::default()).unwrap()
}

fn talk() -> Value {
    json!({
        "model": "m", "max_tokens": 9, "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}],
        "stop_sequences": ["x"], "metadata": {"user_id": "u"}, "stream": true,
        "messages": [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": [
                {"type": "text", "text": "a"},
                {"type": "tool_use", "id": "t1", "name": "send", "input": {"to": "y"}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "r"}], "is_error": true},
                {"type": "text", "text": "go on"}]}],
        "tools": [{"name": "send", "description": "d", "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "any", "disable_parallel_tool_use": true},
    })
}

#[test]
fn a_conversation_keeps_every_part_in_the_other_dialect() {
    let body = chat_request(&messages(&talk())).unwrap();
    assert_eq!(
        body["messages"],
        json!([
            {"role": "system", "content": "s"},
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": "a", "tool_calls": [
                {"id": "t1", "type": "function", "function": {"name": "send", "arguments": "{\"to\":\"y\"}"}}]},
            {"role": "tool", "tool_call_id": "t1", "content": "Error: r"},
            {"role": "user", "content": [{"type": "text", "text": "go on"}]},
        ])
    );
    assert_eq!((&body["stop"], &body["user"]), (&json!(["x"]), &json!("u")));
    assert_eq!(
        (&body["tool_choice"], &body["parallel_tool_calls"]),
        (&json!("required"), &json!(false))
    );
    let back = messages_request(&chat(&body), 50).unwrap();
    assert_eq!(back["max_tokens"], 9);
    assert_eq!(back["tools"], talk()["tools"]);
    assert_eq!(back["tool_choice"], talk()["tool_choice"]);
    assert_eq!(back["messages"][1], talk()["messages"][1]);
    assert_eq!(
        back["messages"][2]["content"][0]["content"][0]["text"],
        "Error: r"
    );
    assert_eq!(
        back["messages"][2]["content"][1],
        talk()["messages"][2]["content"][1]
    );
}

#[test]
fn what_has_no_place_is_refused_with_its_path() {
    let with = |name: &str, value: Value| {
        let mut body = talk();
        body[name] = value;
        chat_request(&messages(&body)).unwrap_err().param
    };
    let user = |block: Value| with("messages", json!([{"role": "user", "content": [block]}]));
    let text = json!({"type": "text", "media_type": "text/plain", "data": "d"});
    for (param, expected) in [
        (with("top_k", json!(3)), Some("top_k")),
        (
            with(
                "thinking",
                json!({"type": "enabled", "budget_tokens": 2000}),
            ),
            Some("thinking"),
        ),
        (with("strange thing", json!(1)), None),
        (
            user(json!({"type": "document", "source": text})),
            Some("messages[0].content[0].type"),
        ),
        (
            user(json!({"type": "text", "text": "a", "novel": 1})),
            Some("messages[0].content[0].novel"),
        ),
        (
            with("tools", json!([{"type": "bash_20250124", "name": "bash"}])),
            Some("tools[0].type"),
        ),
    ] {
        assert_eq!(param.as_deref(), expected);
    }
    let with = |name: &str, value: Value| {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "q"}]});
        body[name] = value;
        messages_request(&chat(&body), 50).unwrap_err().param
    };
    let said = |message: Value| {
        with(
            "messages",
            json!([{"role": "user", "content": "q"}, message]),
        )
    };
    for (param, expected) in [
        (with("n", json!(2)), "n"),
        (with("seed", json!(2)), "seed"),
        (with("temperature", json!(1.5)), "temperature"),
        (
            with("response_format", json!({"type": "json_object"})),
            "response_format",
        ),
        (
            said(json!({"role": "system", "content": "late"})),
            "messages[1].role",
        ),
        (
            said(json!({"role": "user", "content": "a", "name": "b"})),
            "messages[1].name",
        ),
        (
            said(
                json!({"role": "assistant", "tool_calls": [{"id": "i", "function": {"name": "f", "arguments": "[1]"}}]}),
            ),
            "messages[1].tool_calls[0].function.arguments",
        ),
    ] {
        assert_eq!(param.as_deref(), Some(expected));
    }
}

fn answer() -> Value {
    json!({"id": "m1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "tool_use", "stop_sequence": null,
        "content": [
            {"type": "thinking", "thinking": "th", "signature": ""},
            {"type": "text", "text": "a"},
            {"type": "tool_use", "id": "t1", "name": "send", "input": {"to": "y"}}],
        "usage": {"input_tokens": 3, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 10, "output_tokens": 4}})
}

#[test]
fn an_answer_and_its_usage_come_back_as_they_were() {
    let limits = JsonLimits::default();
    let parsed = MessagesResponse::parse(answer().to_string().as_bytes(), &limits).unwrap();
    let completion = chat_answer(&parsed).unwrap();
    let choice = &completion["choices"][0];
    assert_eq!(
        (&choice["finish_reason"], &choice["message"]["content"]),
        (&json!("tool_calls"), &json!("a"))
    );
    assert_eq!(completion["usage"]["prompt_tokens"], 13);
    assert_eq!(messages_answer(&completion).unwrap(), answer());
    for part in [
        json!({"audio": {"x": 1}}),
        json!({"novel": "x"}),
        json!({"tool_calls": [{"function": {"name": "f", "arguments": "{"}}]}),
    ] {
        let body = json!({"choices": [{"message": part, "finish_reason": "stop"}]});
        assert!(messages_answer(&body).is_err(), "{body}");
    }
    let two = json!({"choices": [{"message": {"content": "a"}}, {"message": {"content": "b"}}]});
    assert!(messages_answer(&two).is_err());
}

fn decoded(bytes: &[u8]) -> Vec<sse::Event> {
    let (mut decoder, mut events) = (sse::Decoder::new(1 << 16), Vec::new());
    decoder.push(bytes, &mut events).unwrap();
    events
}

/// Texts, reasoning, calls and the reason of a streamed message.
fn gathered(events: &[sse::Event]) -> (String, String, Vec<String>, Value) {
    let (mut text, mut thinking, mut calls, mut reason) =
        (String::new(), String::new(), Vec::new(), Value::Null);
    for event in events {
        let body: Value = serde_json::from_str(&event.data).unwrap();
        assert_eq!(event.name, body["type"], "{body}");
        let delta = &body["delta"];
        text.push_str(delta["text"].as_str().unwrap_or_default());
        thinking.push_str(delta["thinking"].as_str().unwrap_or_default());
        if body["content_block"]["type"] == "tool_use" {
            calls.push(String::new());
        }
        if let (Some(piece), Some(call)) = (delta["partial_json"].as_str(), calls.last_mut()) {
            call.push_str(piece);
        }
        if !delta["stop_reason"].is_null() {
            reason = delta["stop_reason"].clone();
        }
    }
    (text, thinking, calls, reason)
}

proptest! {
    #[test]
    fn a_stream_says_the_same_after_both_ways(
        pieces in proptest::collection::vec((0_u8..2, "[a-zé ]{1,4}"), 0..8),
        arguments in proptest::collection::vec("[a-z]{0,3}", 0..3),
    ) {
        let mut chunks: Vec<String> = Vec::new();
        let chunk = |delta: Value, reason: Value| json!({"id": "c", "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}).to_string();
        chunks.push(chunk(json!({"role": "assistant", "content": ""}), Value::Null));
        let mut said = [String::new(), String::new()];
        for (kind, text) in &pieces {
            let member = ["content", "reasoning_content"][usize::from(*kind)];
            said[usize::from(*kind)].push_str(text);
            chunks.push(chunk(json!({ member: text }), Value::Null));
        }
        let mut told = Vec::new();
        for (index, text) in arguments.iter().enumerate() {
            let whole = json!({ "a": text }).to_string();
            let start = json!({"index": index, "id": format!("t{index}"), "type": "function", "function": {"name": "f", "arguments": ""}});
            chunks.push(chunk(json!({"tool_calls": [start]}), Value::Null));
            let (left, right) = whole.split_at(3);
            for piece in [left, right] {
                chunks.push(chunk(json!({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}), Value::Null));
            }
            told.push(whole);
        }
        chunks.push(chunk(json!({}), json!("length")));
        chunks.push(json!({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}).to_string());
        chunks.push("[DONE]".to_owned());
        let (mut there, mut out) = (MessagesEvents::default(), Vec::new());
        for chunk in &chunks {
            there.event(chunk, &mut out).unwrap();
        }
        let events = decoded(&out);
        let [text, thinking] = said;
        let expected = (text, thinking, told, json!("max_tokens"));
        prop_assert_eq!(&gathered(&events), &expected);
        let (mut back, mut out) = (ChatEvents::new(true, JsonLimits::default()), Vec::new());
        for event in &events {
            back.event(&event.data, &mut out).unwrap();
        }
        let chunks = decoded(&out);
        prop_assert_eq!(&chunks.last().unwrap().data, "[DONE]");
        let (mut again, mut out) = (MessagesEvents::default(), Vec::new());
        for chunk in &chunks {
            again.event(&chunk.data, &mut out).unwrap();
        }
        prop_assert_eq!(&gathered(&decoded(&out)), &expected);
    }

    #[test]
    fn arbitrary_data_never_panics(data in "[\\[{\\\\u0-9a-d\":,}]{0,40}") {
        let mut out = Vec::new();
        let limits = JsonLimits::default();
        drop(MessagesEvents::default().event(&data, &mut out));
        drop(ChatEvents::new(true, limits).event(&data, &mut out));
        drop(ollama::Lines::new(ollama::Way::Chat, limits).event(&data, &mut out));
        drop(ollama::chat_request(ollama::Way::Generate, data.as_bytes(), &limits));
    }
}

#[test]
fn ollama_asks_for_a_stream_unless_it_says_otherwise_and_reads_lines() {
    let limits = JsonLimits::default();
    let ask = |way, body: Value| ollama::chat_request(way, body.to_string().as_bytes(), &limits);
    let body = ask(
        ollama::Way::Chat,
        json!({"model": "m", "keep_alive": "5m", "options": {"num_predict": 7, "temperature": 0.5}, "messages": [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]},
            {"role": "tool", "tool_name": "f", "content": "r"}]}),
    )
    .unwrap();
    assert_eq!(
        (&body["stream"], &body["max_tokens"]),
        (&json!(true), &json!(7))
    );
    assert_eq!(
        body["messages"][1]["tool_calls"][0]["function"]["arguments"],
        "{\"a\":1}"
    );
    assert_eq!(
        body["messages"][1]["tool_calls"][0]["id"],
        body["messages"][2]["tool_call_id"]
    );
    for (body, param) in [
        (
            json!({"model": "m", "prompt": "q", "template": "t"}),
            "template",
        ),
        (
            json!({"model": "m", "prompt": "q", "images": ["x"]}),
            "images",
        ),
        (
            json!({"model": "m", "prompt": "q", "options": {"num_gpu": 1}}),
            "options.num_gpu",
        ),
        (json!({"model": "m"}), "prompt"),
    ] {
        let refused = ask(ollama::Way::Generate, body).unwrap_err();
        assert_eq!(refused.param.as_deref(), Some(param));
    }
    let (mut lines, mut out) = (ollama::Lines::new(ollama::Way::Chat, limits), Vec::new());
    let chunk = |delta: Value, reason: Value| {
        json!({"created": 1, "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}).to_string()
    };
    let call =
        json!({"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "{\"a\":1}"}}]});
    for data in [
        chunk(json!({"content": "a"}), Value::Null),
        chunk(call, Value::Null),
        chunk(json!({}), json!("stop")),
        "[DONE]".to_owned(),
    ] {
        lines.event(&data, &mut out).unwrap();
    }
    let lines: Vec<Value> = String::from_utf8(out)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["message"]["content"], "a");
    assert_eq!(
        lines[1]["message"]["tool_calls"][0]["function"]["arguments"],
        json!({"a": 1})
    );
    assert_eq!(
        (&lines[2]["done"], &lines[2]["done_reason"]),
        (&json!(true), &json!("stop"))
    );
}
