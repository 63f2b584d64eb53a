//! Streams: what passes, what is cut, and how the cut looks to a client.

use http_body_util::BodyExt as _;
use seawall_base::Clock as _;
use seawall_net::read_capped;
use seawall_ports::KeyLimits;
use serde_json::{Value, json};

use crate::harness::{CANARY, Harness, LIMIT, content, ending, event, joined, streamed};

fn usage() -> String {
    let chunk = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "practice",
        "choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}});
    format!("data: {chunk}\n\n")
}

fn with_usage(body: &str) -> String {
    body.replace("data: [DONE]\n\n", &format!("{}data: [DONE]\n\n", usage()))
}

/// The error that ends a stream; nothing may follow it.
fn error(events: &[String]) -> Value {
    let last: Value = serde_json::from_str(events.last().unwrap()).unwrap();
    assert!(!events.iter().any(|event| event == "[DONE]"));
    last["error"].clone()
}

#[tokio::test]
async fn a_clean_stream_passes_and_hides_the_usage_nobody_asked_for() {
    let harness = Harness::start().await;
    let body = format!(
        "{}{}{}",
        event(&json!({"role": "assistant", "content": ""}), None),
        content("Hello, "),
        content("world.")
    );
    harness.upstream_stream(with_usage(&format!("{body}{}", ending())).as_bytes());
    let answer = harness.chat(&streamed()).await;
    assert_eq!(answer.headers["content-type"], "text/event-stream");
    let events = answer.events();
    assert_eq!(joined(&events, "/choices/0/delta/content"), "Hello, world.");
    assert_eq!(events.last().unwrap(), "[DONE]");
    assert!(!answer.text().contains("usage"));
    let sent: Value = serde_json::from_slice(&harness.upstream.bodies()[0]).unwrap();
    assert_eq!(sent["stream_options"]["include_usage"], json!(true));
    let settlement = harness.settlement().await;
    assert_eq!(
        (&settlement["prompt_tokens"], &settlement["end"]),
        (&json!(7), &json!("completed"))
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_client_that_asks_gets_the_usage_chunk() {
    let harness = Harness::start().await;
    harness.upstream_stream(with_usage(&format!("{}{}", content("x"), ending())).as_bytes());
    let mut body = streamed();
    body["stream_options"] = json!({"include_usage": true});
    let answer = harness.chat(&body).await;
    assert!(answer.text().contains("\"total_tokens\":9"));
    harness.stop().await;
}

#[tokio::test]
async fn no_byte_of_a_blocked_text_leaves_whatever_the_cut() {
    for field in ["content", "reasoning_content", "refusal"] {
        for size in [1, 3, 7, 100] {
            let harness = Harness::start().await;
            let text = format!("Sure, here: {CANARY} and more");
            let characters: Vec<char> = text.chars().collect();
            let pieces = characters
                .chunks(size)
                .map(|piece| event(&json!({ field: piece.iter().collect::<String>() }), None));
            let body: String = pieces.chain([ending()]).collect();
            harness.upstream_stream(body.as_bytes());
            let answer = harness.chat(&streamed()).await;
            let events = answer.events();
            assert_eq!(
                error(&events)["code"],
                "blocked_by_policy",
                "{field} {size}"
            );
            let leaked = joined(&events, &format!("/choices/0/delta/{field}"));
            assert!(!leaked.contains("canary"), "{field} {size}: {leaked}");
            assert_eq!(harness.settlement().await["end"], "stopped");
            harness.stop().await;
        }
    }
}

#[tokio::test]
async fn other_choices_tool_arguments_and_strange_members_are_seen() {
    let chunk = |choice: Value| {
        format!(
            "data: {}\n\n",
            json!({"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice]})
        )
    };
    let escaped = CANARY.replace('-', "\\u002d");
    for body in [
        chunk(json!({"index": 3, "delta": {"content": CANARY}, "finish_reason": "stop"})),
        chunk(
            json!({"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "1", "function": {"name": "f", "arguments": format!("{{\"a\":\"{escaped}\"}}")}}]}, "finish_reason": "tool_calls"}),
        ),
        chunk(
            json!({"index": 0, "delta": {"function_call": {"name": "f", "arguments": CANARY}}, "finish_reason": "function_call"}),
        ),
        chunk(json!({"index": 0, "delta": {"annotations": [{"url": CANARY}]}})),
        chunk(json!({"index": 0, "delta": {}, "finish_reason": CANARY})),
        chunk(json!({"index": 0, "delta": {(CANARY): null}})),
        format!("data: {}\n\n", json!({"id": CANARY, "choices": []})),
    ] {
        let harness = Harness::start().await;
        harness.upstream_stream(format!("{body}{}", ending()).as_bytes());
        let answer = harness.chat(&streamed()).await;
        assert_eq!(
            error(&answer.events())["code"],
            "blocked_by_policy",
            "{body}"
        );
        assert!(!answer.text().contains(CANARY), "{body}");
        harness.stop().await;
    }
}

#[tokio::test]
async fn streams_that_break_end_in_an_error_event() {
    let long = format!("data: {}", "x".repeat(2 << 20));
    for body in [
        content("partial").into_bytes(),
        format!("{}data: {{\"choi", content("partial")).into_bytes(),
        format!("{}data: {{\"choices\":1}}\n\n", content("partial")).into_bytes(),
        format!("{}data: nonsense\n\n", content("partial")).into_bytes(),
        format!(
            "{}data: {{\"error\":{{\"message\":\"{CANARY}\"}}}}\n\n",
            content("partial")
        )
        .into_bytes(),
        [content("partial").as_bytes(), b"data: \xff\xff\n\n"].concat(),
        format!("{}{long}", content("partial")).into_bytes(),
    ] {
        let harness = Harness::start().await;
        harness.upstream_stream(&body);
        let answer = harness.chat(&streamed()).await;
        assert_eq!(answer.status, 200);
        let events = answer.events();
        assert_eq!(error(&events)["code"], "upstream_failed");
        assert!(!answer.text().contains(CANARY));
        let settlement = harness.settlement().await;
        assert_eq!(
            (&settlement["end"], &settlement["estimated"]),
            (&json!("failed"), &json!(true))
        );
        harness.stop().await;
    }
}

#[tokio::test]
async fn frames_cut_anywhere_arrive_whole_and_in_time() {
    let harness = Harness::start().await;
    let pieces = harness.upstream_streams();
    let response = harness.open(harness.chat_request(&streamed())).await;
    let body = format!("{}{}{}", content("Grüße "), content("😀."), ending()).replace('\n', "\r\n");
    for byte in body.as_bytes() {
        pieces.send(vec![*byte]).unwrap();
    }
    drop(pieces);
    let body = read_capped(response.into_body(), 1 << 20, LIMIT)
        .await
        .unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(text.ends_with("data: [DONE]\n\n"), "{text}");
    let events: Vec<String> = text
        .split("\n\n")
        .filter_map(|event| Some(event.strip_prefix("data: ")?.to_owned()))
        .collect();
    assert_eq!(joined(&events, "/choices/0/delta/content"), "Grüße 😀.");
    harness.stop().await;
}

#[tokio::test]
async fn a_client_that_leaves_settles_with_the_reservation() {
    let limits = KeyLimits {
        requests_per_minute: None,
        tokens_per_minute: Some(9_000),
    };
    let harness = Harness::with(limits, |_| {}).await;
    let pieces = harness.upstream_streams();
    let response = harness.open(harness.chat_request(&streamed())).await;
    pieces.send(content("Hello").into_bytes()).unwrap();
    drop(response);
    let settlement = harness.settlement().await;
    assert_eq!(
        (&settlement["end"], &settlement["estimated"]),
        (&json!("abandoned"), &json!(true))
    );
    let reserved = i64::try_from(settlement["reserved_tokens"].as_u64().unwrap()).unwrap();
    let level = harness.counters.level("key_0/tokens", harness.clock.now());
    assert_eq!(level, Some(9_000 - reserved));
    drop(pieces);
    harness.stop().await;
}

#[tokio::test]
async fn a_drain_lets_open_streams_end() {
    let harness = Harness::start().await;
    let pieces = harness.upstream_streams();
    let response = harness.open(harness.chat_request(&streamed())).await;
    pieces.send(content("Hello").into_bytes()).unwrap();
    harness.shutdown.cancel();
    pieces.send(ending().into_bytes()).unwrap();
    drop(pieces);
    let body = read_capped(response.into_body(), 1 << 20, LIMIT)
        .await
        .unwrap();
    assert!(body.ends_with(b"data: [DONE]\n\n"));
    harness.stop().await;
    assert_eq!(harness.settlement().await["end"], "completed");
}

#[tokio::test]
async fn a_comment_of_the_upstream_keeps_the_client_alive_without_its_words() {
    let harness = Harness::start().await;
    let pieces = harness.upstream_streams();
    let response = harness.open(harness.chat_request(&streamed())).await;
    pieces.send(b": ping SECRET\n\n".to_vec()).unwrap();
    let mut body = response.into_body();
    let first = tokio::time::timeout(LIMIT, body.frame()).await.unwrap();
    let first = first.unwrap().unwrap().into_data().unwrap();
    assert_eq!(first, ": keep-alive\n\n");
    pieces.send(content("Hello ").into_bytes()).unwrap();
    pieces.send(ending().into_bytes()).unwrap();
    drop(pieces);
    let rest = read_capped(body, 1 << 20, LIMIT).await.unwrap();
    assert!(rest.ends_with(b"data: [DONE]\n\n"));
    harness.stop().await;
}
