//! Clients whose dialect their upstream does not speak: Anthropic's and Ollama's before OpenAI's,
//! OpenAI's before Anthropic's, and Azure's paths.

use http::Method;
use seawall_gateway::Speaks;
use seawall_ports::KeyLimits;
use serde_json::{Value, json};

use crate::approvals::decide;
use crate::harness::{Answer, CANARY, Harness, calls, content, ending, event, says};

async fn post(harness: &Harness, path: &str, body: &Value) -> Answer {
    let request = harness.request(Method::POST, path, body.to_string());
    harness.send(request).await
}

async fn before_anthropic() -> Harness {
    Harness::with(KeyLimits::default(), |config| {
        config.routes[0].speaks = Speaks::Anthropic;
    })
    .await
}

fn message(stream: bool) -> Value {
    json!({"model": "m", "max_tokens": 100, "stream": stream, "system": "Be brief and kind to everyone.",
        "messages": [{"role": "user", "content": "hi"}]})
}

/// Data of the events of one kind.
fn of_kind(answer: &Answer, kind: &str) -> Vec<Value> {
    let events = answer.events().into_iter();
    let read = events.map(|data| serde_json::from_str::<Value>(&data).unwrap());
    read.filter(|event| event["type"] == kind).collect()
}

#[tokio::test]
async fn an_anthropic_client_works_before_an_openai_upstream() {
    let harness = Harness::start().await;
    harness.upstream_answers(&says("Hi!"));
    let answer = post(&harness, "/v1/messages", &message(false)).await;
    let body = answer.json();
    assert_eq!(
        (&body["type"], &body["content"][0]["text"]),
        (&json!("message"), &json!("Hi!")),
        "{body}"
    );
    assert_eq!(
        (&body["stop_reason"], &body["usage"]["output_tokens"]),
        (&json!("end_turn"), &json!(3))
    );
    let sent: Value = serde_json::from_slice(&harness.upstream.bodies()[0]).unwrap();
    assert_eq!(
        sent["messages"][0],
        json!({"role": "system", "content": "Be brief and kind to everyone."})
    );
    assert_eq!(sent["max_tokens"], 100);
    let usage = json!({"id": "c", "object": "chat.completion.chunk", "choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}});
    let stream = ending().replace("data: [DONE]", &format!("data: {usage}\n\ndata: [DONE]"));
    harness
        .upstream_stream(format!("{}{}{stream}", content("Hello, "), content("world.")).as_bytes());
    let answer = post(&harness, "/v1/messages", &message(true)).await;
    let deltas = of_kind(&answer, "content_block_delta");
    let text: String = deltas
        .iter()
        .filter_map(|event| event["delta"]["text"].as_str())
        .collect();
    assert_eq!(text, "Hello, world.");
    assert_eq!(
        of_kind(&answer, "message_delta")[0]["usage"]["input_tokens"],
        7
    );
    assert_eq!(of_kind(&answer, "message_stop").len(), 1);
    harness.stop().await;
}

#[tokio::test]
async fn what_is_blocked_stays_blocked_behind_a_translation() {
    let harness = Harness::start().await;
    let mut asked = message(false);
    asked["tools"] = json!([{"name": "f", "description": CANARY, "input_schema": {}}]);
    let answer = post(&harness, "/v1/messages", &asked).await;
    assert_eq!(
        (
            answer.json()["type"].as_str().unwrap(),
            answer.code().as_str()
        ),
        ("error", "blocked_by_policy")
    );
    assert!(harness.upstream.bodies().is_empty());
    harness.upstream_answers(&calls("search", &format!("{{\"q\":\"{CANARY}\"}}")));
    let answer = post(&harness, "/v1/messages", &message(false)).await;
    assert_eq!(answer.code(), "blocked_by_policy");
    for size in [1, 4, 50] {
        let letters: Vec<char> = CANARY.chars().collect();
        let pieces = letters
            .chunks(size)
            .map(|piece| content(&piece.iter().collect::<String>()));
        let body: String = pieces.chain([ending()]).collect();
        for (path, asked) in [
            ("/v1/messages", message(true)),
            (
                "/api/chat",
                json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]}),
            ),
            ("/api/generate", json!({"model": "m", "prompt": "hi"})),
        ] {
            harness.upstream_stream(body.as_bytes());
            let answer = post(&harness, path, &asked).await;
            let text = answer.text();
            assert!(text.contains("blocked_by_policy"), "{text}");
            assert!(
                !text.contains("canary")
                    && !text.contains("message_stop")
                    && !text.contains("\"done\":true"),
                "{text}"
            );
        }
    }
    harness.stop().await;
}

#[tokio::test]
async fn an_openai_client_works_before_an_anthropic_upstream() {
    let harness = before_anthropic().await;
    let tool = json!({"type": "tool_use", "id": "t", "name": "search", "input": {"q": "x"}});
    harness.upstream_answers(&json!({"id": "m1", "type": "message", "role": "assistant", "model": "m",
        "content": [{"type": "text", "text": "Hi!"}, tool], "stop_reason": "tool_use", "usage": {"input_tokens": 9, "output_tokens": 3}}));
    let asked = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
    let body = post(&harness, "/v1/chat/completions", &asked).await.json();
    let message = &body["choices"][0]["message"];
    assert_eq!(
        (
            &message["content"],
            &message["tool_calls"][0]["function"]["arguments"]
        ),
        (&json!("Hi!"), &json!("{\"q\":\"x\"}")),
        "{body}"
    );
    let sent: Value = serde_json::from_slice(&harness.upstream.bodies()[0]).unwrap();
    assert_eq!(
        (
            &sent["max_tokens"],
            &sent["messages"][0]["content"][0]["text"]
        ),
        (&json!(4096), &json!("hi"))
    );
    let events = [
        json!({"type": "message_start", "message": {"id": "m1", "model": "m", "content": [], "usage": {"input_tokens": 9, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello, world. "}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "max_tokens"}, "usage": {"output_tokens": 5}}),
        json!({"type": "message_stop"}),
    ];
    let stream: String = events
        .iter()
        .map(|event| {
            format!(
                "event: {}\ndata: {event}\n\n",
                event["type"].as_str().unwrap()
            )
        })
        .collect();
    harness.upstream_stream(stream.as_bytes());
    let mut asked = asked.clone();
    asked["stream"] = json!(true);
    asked["stream_options"] = json!({"include_usage": true});
    let answer = post(&harness, "/v1/chat/completions", &asked).await;
    let events = answer.events();
    assert_eq!(
        crate::harness::joined(&events, "/choices/0/delta/content"),
        "Hello, world. "
    );
    assert_eq!(
        crate::harness::joined(&events, "/choices/0/finish_reason"),
        "length"
    );
    assert!(answer.text().contains("\"total_tokens\":14") && events.last().unwrap() == "[DONE]");
    asked["seed"] = json!(1);
    let refused = post(&harness, "/v1/chat/completions", &asked).await;
    assert_eq!(
        (refused.code().as_str(), &refused.json()["error"]["param"]),
        ("unsupported_content", &json!("seed"))
    );
    harness.stop().await;
}

#[tokio::test]
async fn an_approval_holds_behind_a_translation() {
    let harness = Harness::start().await;
    let call = json!({"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": {"name": "pay", "arguments": "{ \"amount\": 7.0 }"}}]});
    harness.upstream_stream(format!("{}{}", event(&call, None), ending()).as_bytes());
    let asked = message(true);
    let (answer, _) = tokio::join!(
        post(&harness, "/v1/messages", &asked),
        decide(&harness, true)
    );
    let deltas = of_kind(&answer, "content_block_delta");
    assert_eq!(
        deltas[0]["delta"]["partial_json"],
        "{\"amount\":7}",
        "{}",
        answer.text()
    );
    harness.upstream_answers(&calls("pay", "{}"));
    let asked =
        json!({"model": "m", "stream": false, "messages": [{"role": "user", "content": "hi"}]});
    let (answer, _) = tokio::join!(post(&harness, "/api/chat", &asked), decide(&harness, false));
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["code"]),
        (403, &json!("approval_denied"))
    );
    harness.stop().await;
}

#[tokio::test]
async fn ollamas_clients_read_lines() {
    let harness = Harness::with(KeyLimits::default(), |config| {
        config.routes[0].models = vec!["m".to_owned()];
    })
    .await;
    harness.upstream_stream(
        format!("{}{}{}", content("Hello, "), content("world."), ending()).as_bytes(),
    );
    let asked = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}], "options": {"num_predict": 9}});
    let answer = post(&harness, "/api/chat", &asked).await;
    assert_eq!(answer.headers["content-type"], "application/x-ndjson");
    let text = answer.text();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let said: String = lines
        .iter()
        .filter_map(|line| line["message"]["content"].as_str())
        .collect();
    assert_eq!(
        (said.as_str(), &lines.last().unwrap()["done"]),
        ("Hello, world.", &json!(true))
    );
    let sent: Value = serde_json::from_slice(&harness.upstream.bodies()[0]).unwrap();
    assert_eq!(sent["max_tokens"], 9);
    harness.upstream_answers(&says("Hi!"));
    let whole = post(
        &harness,
        "/api/generate",
        &json!({"model": "m", "prompt": "hi", "stream": false}),
    )
    .await
    .json();
    assert_eq!(
        (&whole["response"], &whole["eval_count"]),
        (&json!("Hi!"), &json!(3))
    );
    harness
        .upstream_answers(&json!({"data": [{"embedding": [1, 2]}], "usage": {"prompt_tokens": 2}}));
    let vectors = post(
        &harness,
        "/api/embed",
        &json!({"model": "m", "input": "hi"}),
    )
    .await
    .json();
    assert_eq!(vectors["embeddings"], json!([[1, 2]]));
    let tags = harness
        .send(harness.request(Method::GET, "/api/tags", ""))
        .await
        .json();
    assert_eq!(tags["models"][0]["name"], "m");
    let refused = post(
        &harness,
        "/api/chat",
        &json!({"model": "m", "messages": [{"role": "user", "content": CANARY}]}),
    )
    .await;
    assert_eq!(
        (refused.status.as_u16(), &refused.json()["code"]),
        (400, &json!("blocked_by_policy"))
    );
    assert!(refused.json()["error"].is_string());
    harness.stop().await;
}

#[tokio::test]
async fn azures_paths_name_the_model_and_its_clients_have_a_header_of_their_own() {
    let harness = Harness::start().await;
    harness.upstream_answers(&says("Hi!"));
    let path = "/openai/deployments/dep-1/chat/completions?api-version=2024-10-21";
    let mut request = harness.request(
        Method::POST,
        path,
        json!({"messages": [{"role": "user", "content": "hi"}], "model": "other"}).to_string(),
    );
    request.headers_mut().remove("authorization");
    request
        .headers_mut()
        .insert("api-key", harness.key.parse().unwrap());
    let answer = harness.send(request).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, says("Hi!")));
    let sent: Value = serde_json::from_slice(&harness.upstream.bodies()[0]).unwrap();
    assert_eq!(sent["model"], "dep-1");
    assert_eq!(harness.settlement().await["model"], "dep-1");
    let head = harness.upstream.heads().remove(0).to_lowercase();
    assert!(
        head.starts_with("post /v1/chat/completions ") && !head.contains("api-key"),
        "{head}"
    );
    for path in [
        "/openai/deployments//chat/completions",
        "/openai/deployments/a%2fb/chat/completions",
        "/openai/deployments/a/images",
    ] {
        assert_eq!(post(&harness, path, &json!({})).await.status, 404, "{path}");
    }
    harness.stop().await;
}

#[tokio::test]
async fn the_parts_of_a_request_are_bounded_in_every_dialect() {
    let harness = Harness::with(KeyLimits::default(), |config| {
        config.limits.choices_max = 2;
        config.limits.messages_max = 2;
        config.limits.tools_max = 1;
        config.limits.text_bytes_max = 400;
    })
    .await;
    let user = json!({"role": "user", "content": "hi"});
    let tool = json!({"type": "function", "name": "f", "function": {"name": "f"}});
    let long = "word ".repeat(100);
    for (path, body) in [
        (
            "/v1/chat/completions",
            json!({"model": "m", "messages": [user], "n": 3}),
        ),
        (
            "/v1/chat/completions",
            json!({"model": "m", "messages": [user, user, user]}),
        ),
        (
            "/v1/chat/completions",
            json!({"model": "m", "messages": [user], "tools": [tool, tool]}),
        ),
        (
            "/v1/chat/completions",
            json!({"model": "m", "messages": [{"role": "user", "content": long}]}),
        ),
        (
            "/v1/responses",
            json!({"model": "m", "input": [user, user, user]}),
        ),
        (
            "/v1/responses",
            json!({"model": "m", "input": "a", "tools": [tool, tool]}),
        ),
        (
            "/v1/messages",
            json!({"model": "m", "max_tokens": 9, "messages": [user, user, user]}),
        ),
        (
            "/v1/embeddings",
            json!({"model": "m", "input": ["a", "b", "c"]}),
        ),
        (
            "/api/chat",
            json!({"model": "m", "messages": [user, user, user]}),
        ),
    ] {
        let answer = post(&harness, path, &body).await;
        assert_eq!(answer.status, 400, "{path} {body}");
        assert!(
            answer.text().contains("than the limit"),
            "{}",
            answer.text()
        );
    }
    assert!(harness.upstream.bodies().is_empty());
    harness.stop().await;
}
