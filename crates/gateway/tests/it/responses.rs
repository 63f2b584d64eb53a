//! OpenAI's responses, embeddings and models through the gateway.

use http::Method;
use seawall_ports::KeyLimits;
use serde_json::{Value, json};

use crate::approvals::decide;
use crate::harness::{Answer, CANARY, Harness};

async fn ask(harness: &Harness, body: &Value) -> Answer {
    let request = harness.request(Method::POST, "/v1/responses", body.to_string());
    harness.send(request).await
}

fn hello() -> Value {
    json!({"model": "m", "input": "hi", "instructions": "Answer in one friendly sentence, always."})
}

fn streamed() -> Value {
    let mut body = hello();
    body["stream"] = json!(true);
    body
}

fn response(status: &str, output: &Value) -> Value {
    json!({"id": "resp_1", "object": "response", "created_at": 1, "status": status, "model": "m",
        "instructions": "Answer in one friendly sentence, always.", "output": output,
        "usage": {"input_tokens": 9, "input_tokens_details": {"cached_tokens": 4}, "output_tokens": 3,
                  "output_tokens_details": {"reasoning_tokens": 1}, "total_tokens": 12}})
}

fn message(text: &str) -> Value {
    json!({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
        "content": [{"type": "output_text", "text": text, "annotations": []}]})
}

fn call(name: &str, arguments: &str) -> Value {
    json!({"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": name, "arguments": arguments, "status": "completed"})
}

fn event(kind: &str, more: &Value) -> String {
    let mut body = json!({ "type": kind });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    format!("event: {kind}\ndata: {body}\n\n")
}

fn beginning() -> String {
    event(
        "response.created",
        &json!({"response": response("in_progress", &json!([])), "sequence_number": 0}),
    )
}

fn end(output: &Value) -> String {
    event(
        "response.completed",
        &json!({"response": response("completed", output)}),
    )
}

/// A text of one kind in pieces, told again at the end of it.
fn text(kind: &str, text: &str, size: usize) -> String {
    let place = json!({"item_id": "msg_1", "output_index": 0, "content_index": 0});
    let with = |name: &str, value: &str| {
        let mut body = place.clone();
        body[name] = value.into();
        body
    };
    let letters: Vec<char> = text.chars().collect();
    let pieces = letters.chunks(size).map(|piece| {
        let piece: String = piece.iter().collect();
        event(&format!("response.{kind}.delta"), &with("delta", &piece))
    });
    let done = event(&format!("response.{kind}.done"), &with("text", text));
    pieces.collect::<String>() + &done
}

/// A tool call, told from its beginning.
fn told(item: &Value) -> String {
    let custom = item["type"] == "custom_tool_call";
    let (stem, member) = if custom {
        ("custom_tool_call_input", "input")
    } else {
        ("function_call_arguments", "arguments")
    };
    let arguments = item[member].as_str().unwrap();
    let mut begun = item.clone();
    begun[member] = json!("");
    begun["status"] = json!("in_progress");
    let place = json!({"item_id": "fc_1", "output_index": 0});
    let letters: Vec<char> = arguments.chars().collect();
    let pieces = letters.chunks(3).map(|piece| {
        let mut body = place.clone();
        body["delta"] = piece.iter().collect::<String>().into();
        event(&format!("response.{stem}.delta"), &body)
    });
    let mut done = place.clone();
    done[member] = arguments.into();
    event(
        "response.output_item.added",
        &json!({"output_index": 0, "item": begun}),
    ) + &pieces.collect::<String>()
        + &event(&format!("response.{stem}.done"), &done)
        + &event(
            "response.output_item.done",
            &json!({"output_index": 0, "item": item}),
        )
}

fn data(answer: &Answer) -> Vec<Value> {
    answer
        .events()
        .iter()
        .map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

fn error(answer: &Answer) -> Value {
    let events = data(answer);
    assert!(!answer.text().contains("response.completed"));
    let last = events.last().unwrap();
    assert_eq!(last["type"], "error");
    assert_eq!(last["code"], last["error"]["code"]);
    last["error"].clone()
}

#[tokio::test]
async fn a_clean_exchange_passes_unchanged_with_what_it_repeats() {
    let harness = Harness::start().await;
    let body = response(
        "completed",
        &json!([message("Hi!"), call("search", "{\"q\":\"x\"}")]),
    );
    harness.upstream_answers(&body);
    let answer = ask(&harness, &hello()).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, body));
    let settlement = harness.settlement().await;
    assert_eq!(
        (
            &settlement["prompt_tokens"],
            &settlement["completion_tokens"]
        ),
        (&json!(9), &json!(3))
    );
    let sent: Value = serde_json::from_slice(&harness.upstream.bodies()[0]).unwrap();
    assert_eq!(sent["max_output_tokens"], 4096);
    harness.stop().await;
}

#[tokio::test]
async fn instructions_that_nobody_gave_are_the_answers_own() {
    let harness = Harness::start().await;
    let mut body = response("completed", &json!([]));
    body["instructions"] = json!(format!("the code is {CANARY}"));
    harness.upstream_answers(&body);
    assert_eq!(ask(&harness, &hello()).await.code(), "blocked_by_policy");
    harness.stop().await;
}

#[tokio::test]
async fn every_corner_of_a_request_is_inspected() {
    let harness = Harness::start().await;
    let with = |name: &str, value: Value| {
        let mut body = hello();
        body[name] = value;
        body
    };
    for body in [
        with("input", json!(CANARY)),
        with(
            "input",
            json!([{"role": "user", "content": [{"type": "input_text", "text": CANARY}]}]),
        ),
        with(
            "input",
            json!([{"type": "function_call_output", "call_id": "c", "output": CANARY}]),
        ),
        with(
            "input",
            json!([{"type": "function_call", "call_id": "c", "name": "f", "arguments": CANARY}]),
        ),
        with(
            "input",
            json!([{"type": "reasoning", "summary": [{"type": "summary_text", "text": CANARY}]}]),
        ),
        with(
            "tools",
            json!([{"type": "function", "name": "f", "description": CANARY}]),
        ),
        with(
            "text",
            json!({"format": {"type": "json_schema", "schema": {"title": CANARY}}}),
        ),
        with("metadata", json!({(CANARY): "x"})),
        with("strange", json!([CANARY])),
    ] {
        let answer = ask(&harness, &body).await;
        assert_eq!(answer.code(), "blocked_by_policy", "{body}");
        assert!(!answer.text().contains(CANARY));
    }
    for (body, param) in [
        (
            with("previous_response_id", json!("r")),
            "previous_response_id",
        ),
        (
            with("tools", json!([{"type": "web_search"}])),
            "tools[0].type",
        ),
    ] {
        let answer = ask(&harness, &body).await;
        assert_eq!(
            (
                answer.code().as_str(),
                answer.json()["error"]["param"].as_str().unwrap()
            ),
            ("unsupported_content", param)
        );
    }
    let mut twice = streamed();
    twice["include"] = json!(["message.output_text.logprobs"]);
    assert_eq!(
        ask(&harness, &twice).await.json()["error"]["param"],
        "include"
    );
    assert!(harness.upstream.bodies().is_empty());
    harness.stop().await;
}

#[tokio::test]
async fn a_leaking_answer_is_blocked_without_an_echo() {
    let harness = Harness::start().await;
    let custom =
        json!({"type": "custom_tool_call", "call_id": "c", "name": "run", "input": CANARY});
    let reasoning = json!({"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": CANARY}]});
    for item in [
        message(CANARY),
        call("search", &format!("{{\"q\":\"{CANARY}\"}}")),
        custom,
        reasoning,
    ] {
        harness.upstream_answers(&response("completed", &json!([item])));
        let answer = ask(&harness, &hello()).await;
        assert_eq!(answer.code(), "blocked_by_policy", "{item}");
        assert!(!answer.text().contains(CANARY));
    }
    harness.stop().await;
}

#[tokio::test]
async fn a_clean_stream_passes_byte_for_byte() {
    let harness = Harness::start().await;
    let done = message("Hello, world. ");
    let body = [
        beginning(),
        text("output_text", "Hello, world. ", 99),
        event(
            "response.output_item.done",
            &json!({"output_index": 0, "item": done}),
        ),
        end(&json!([done])),
    ]
    .concat();
    harness.upstream_stream(body.as_bytes());
    assert_eq!(ask(&harness, &streamed()).await.text(), body);
    assert_eq!(harness.settlement().await["end"], "completed");
    harness.stop().await;
}

#[tokio::test]
async fn no_byte_of_a_blocked_text_leaves_whatever_the_cut() {
    let said = format!("Sure, here: {CANARY} and more");
    let escaped = CANARY.replace('-', "\\u002d");
    let custom = json!({"type": "custom_tool_call", "call_id": "c", "name": "run", "input": CANARY, "status": "completed"});
    let mut bodies: Vec<String> = Vec::new();
    for kind in [
        "output_text",
        "reasoning_text",
        "reasoning_summary_text",
        "refusal",
    ] {
        bodies.extend([1, 3, 7, 100].map(|size| text(kind, &said, size)));
    }
    bodies.push(told(&call("search", &format!("{{\"q\":\"{escaped}\"}}"))));
    bodies.push(told(&call(CANARY, "{}")));
    bodies.push(told(&custom));
    bodies.push(event(
        "response.output_text.done",
        &json!({"output_index": 0, "content_index": 0, "text": CANARY}),
    ));
    bodies.push(event(
        "response.output_item.done",
        &json!({"output_index": 0, "item": message(CANARY)}),
    ));
    bodies.push(event(
        "response.output_text.annotation.added",
        &json!({"annotation": {"url": CANARY}}),
    ));
    bodies.push(end(&json!([message(CANARY)])));
    for body in bodies {
        let harness = Harness::start().await;
        harness.upstream_stream(format!("{}{body}{}", beginning(), end(&json!([]))).as_bytes());
        let answer = ask(&harness, &streamed()).await;
        assert_eq!(error(&answer)["code"], "blocked_by_policy", "{body}");
        let told: String = data(&answer)
            .iter()
            .filter_map(|event| event["delta"].as_str().map(str::to_owned))
            .collect();
        assert!(
            !told.contains("canary") && !answer.text().contains(CANARY),
            "{told}"
        );
        harness.stop().await;
    }
}

#[tokio::test]
async fn padding_and_token_probabilities_do_not_pass_unseen() {
    let harness = Harness::start().await;
    let mut letters = CANARY.chars();
    let pieces = std::iter::from_fn(|| {
        let letter = letters.next()?.to_string();
        Some(event(
            "response.output_text.delta",
            &json!({"output_index": 0, "content_index": 0, "delta": "a ",
            "obfuscation": letter, "logprobs": [{"token": letter, "logprob": 0}]}),
        ))
    });
    let body: String = pieces.collect();
    harness.upstream_stream(format!("{}{body}{}", beginning(), end(&json!([]))).as_bytes());
    let answer = ask(&harness, &streamed()).await;
    let events = data(&answer);
    assert_eq!(
        events.last().unwrap()["type"],
        "response.completed",
        "{}",
        answer.text()
    );
    assert!(
        events
            .iter()
            .all(|event| event.get("obfuscation").is_none())
    );
    assert!(!answer.text().contains("\"token\""));
    harness.stop().await;
}

#[tokio::test]
async fn a_tool_that_needs_approval_waits_and_stays_as_approved_to_the_end() {
    for stream in [false, true] {
        let harness = Harness::start().await;
        let item = call("pay", "{ \"amount\": 7.0 }");
        if stream {
            harness.upstream_stream(
                [beginning(), told(&item), end(&json!([item]))]
                    .concat()
                    .as_bytes(),
            );
        } else {
            harness.upstream_answers(&response("completed", &json!([item])));
        }
        let mut body = hello();
        body["stream"] = json!(stream);
        let (answer, _) = tokio::join!(ask(&harness, &body), decide(&harness, true));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let last = if stream {
            data(&answer).pop().unwrap()["response"].clone()
        } else {
            answer.json()
        };
        assert_eq!(
            last["output"][0]["arguments"],
            "{\"amount\":7}",
            "{}",
            answer.text()
        );
        assert!(!answer.text().contains("7.0"));
        harness.stop().await;
    }
}

#[tokio::test]
async fn a_call_that_only_the_end_tells_cannot_slip_past_its_approval() {
    let harness = Harness::start().await;
    harness
        .upstream_stream(format!("{}{}", beginning(), end(&json!([call("pay", "{}")]))).as_bytes());
    let answer = ask(&harness, &streamed()).await;
    assert_eq!(error(&answer)["code"], "blocked_by_policy");
    assert!(!answer.text().contains("pay"));
    harness.stop().await;
}

#[tokio::test]
async fn a_broken_stream_ends_in_an_error_event() {
    for body in [
        String::new(),
        event(
            "response.novel.delta",
            &json!({"output_index": 0, "delta": CANARY}),
        ),
        event("error", &json!({"message": CANARY})),
        event("response.in_progress", &json!({"response": {"output": []}}))
            .replace("event: response.in_progress", "event: response.completed"),
        "data: nonsense\n\n".to_owned(),
    ] {
        let harness = Harness::start().await;
        harness.upstream_stream(format!("{}{body}", beginning()).as_bytes());
        let answer = ask(&harness, &streamed()).await;
        assert_eq!(error(&answer)["code"], "upstream_failed", "{body}");
        assert!(!answer.text().contains(CANARY));
        harness.stop().await;
    }
}

#[tokio::test]
async fn embeddings_pass_and_what_they_embed_is_inspected() {
    let harness = Harness::start().await;
    let send = |body: Value| {
        harness.send(harness.request(Method::POST, "/v1/embeddings", body.to_string()))
    };
    let body = json!({"object": "list", "model": "m", "data": [{"object": "embedding", "index": 0, "embedding": [0.5, -1.0]}],
        "usage": {"prompt_tokens": 2, "total_tokens": 2}});
    harness.upstream_answers(&body);
    let answer = send(json!({"model": "m", "input": ["hi"]})).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, body));
    let settlement = harness.settlement().await;
    assert_eq!(
        (
            &settlement["prompt_tokens"],
            &settlement["completion_tokens"]
        ),
        (&json!(2), &json!(0))
    );
    assert_eq!(
        send(json!({"model": "m", "input": ["a", CANARY]}))
            .await
            .code(),
        "blocked_by_policy"
    );
    assert_eq!(
        send(json!({"model": "m", "input": [[1, 2]]})).await.code(),
        "unsupported_content"
    );
    harness.upstream_answers(&json!({"data": [{"embedding": [1], "note": CANARY}]}));
    assert_eq!(
        send(json!({"model": "m", "input": "hi"})).await.code(),
        "blocked_by_policy"
    );
    harness.stop().await;
}

#[tokio::test]
async fn models_are_listed_and_shown_in_either_form() {
    let harness = Harness::with(KeyLimits::default(), |config| {
        config.routes[0].models = vec!["b".to_owned(), "a".to_owned()];
    })
    .await;
    let list = harness
        .send(harness.request(Method::GET, "/v1/models", ""))
        .await
        .json();
    assert_eq!(list["data"][0]["id"], "a");
    let one = harness
        .send(harness.request(Method::GET, "/v1/models/b", ""))
        .await
        .json();
    assert_eq!((&one["object"], &one["id"]), (&json!("model"), &json!("b")));
    let none = harness
        .send(harness.request(Method::GET, "/v1/models/c", ""))
        .await;
    assert_eq!(
        (none.status.as_u16(), none.code().as_str()),
        (404, "model_not_found")
    );
    let mut request = harness.request(Method::GET, "/v1/models", "");
    request
        .headers_mut()
        .insert("anthropic-version", "2023-06-01".parse().unwrap());
    let list = harness.send(request).await.json();
    assert_eq!(
        (&list["data"][1]["type"], &list["last_id"]),
        (&json!("model"), &json!("b"))
    );
    harness.stop().await;
}

#[tokio::test]
async fn an_interface_that_the_upstream_does_not_have_is_refused() {
    let harness = Harness::with(KeyLimits::default(), |config| {
        config.routes[0].speaks = seawall_gateway::Speaks::Anthropic;
    })
    .await;
    let answer = ask(&harness, &hello()).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_str()),
        (404, "not_found")
    );
    harness.stop().await;
}
