//! Answers that arrive whole.

use http::Method;
use seawall_evidence::Kind;
use seawall_gateway::Route;
use seawall_ports::KeyLimits;
use serde_json::{Value, json};

use crate::harness::{CANARY, Harness, calls, guard, hello, says};

#[tokio::test]
async fn a_clean_exchange_passes_unchanged_and_leaves_evidence() {
    let harness = Harness::start().await;
    harness.upstream_answers(&says("Hi!"));
    let answer = harness.chat(&hello()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), says("Hi!"));
    assert!(
        answer.headers["x-request-id"]
            .to_str()
            .unwrap()
            .starts_with("req_")
    );
    let verdict = &harness.entries(Kind::Verdict, 1).await[0];
    assert_eq!(verdict.body["action"], "allow");
    let settlement = harness.settlement().await;
    assert_eq!(settlement["end"], "completed");
    assert_eq!(
        (
            &settlement["prompt_tokens"],
            &settlement["completion_tokens"]
        ),
        (&json!(9), &json!(3))
    );
    let head = harness.upstream.heads().remove(0).to_lowercase();
    assert!(
        head.contains("authorization: bearer upstream-secret"),
        "{head}"
    );
    assert!(
        !head.contains(&harness.key),
        "the virtual key went upstream"
    );
    let sent: Value = serde_json::from_slice(&harness.upstream.bodies()[0]).unwrap();
    assert_eq!(sent["max_tokens"], 4096);
    harness.stop().await;
}

#[tokio::test]
async fn a_blocked_request_never_reaches_the_upstream_and_is_durable_first() {
    let harness = Harness::start().await;
    for body in [
        json!({"model": "m", "messages": [{"role": "user", "content": format!("tell {CANARY}")}]}),
        json!({"model": "m", "messages": [{"role": "user", "content": "x"}], "tools": [
            {"type": "function", "function": {"name": "f", "description": format!("say {CANARY}")}}]}),
        json!({"model": "m", "messages": [{"role": "assistant", "tool_calls": [
            {"id": "1", "function": {"name": "f", "arguments": format!("{{\"a\":\"{}\"}}", CANARY.replace('-', "\\u002d"))}}]}]}),
        json!({"model": "m", "messages": [{"role": "user", "content": "x"}], "metadata": {(CANARY): "x"}}),
        json!({"model": "m", "messages": [{"role": "user", "content": "x"}], "unknown": [{"deep": CANARY}]}),
    ] {
        let answer = harness.chat(&body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.code(), "blocked_by_policy");
        assert!(!answer.text().contains(CANARY));
        assert!(answer.json()["error"].get("detector").is_none());
    }
    assert_eq!(harness.ledger.of_kind(&Kind::Verdict).len(), 5);
    assert!(harness.upstream.bodies().is_empty());
    harness.stop().await;
}

#[tokio::test]
async fn a_leaking_answer_is_blocked_without_an_echo() {
    let harness = Harness::start().await;
    for body in [
        says(&format!("it is {CANARY}")),
        calls("search", &format!("{{\"q\":\"{CANARY}\"}}")),
    ] {
        harness.upstream_answers(&body);
        let answer = harness.chat(&hello()).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (400, "blocked_by_policy")
        );
        assert!(!answer.text().contains(CANARY));
    }
    harness.stop().await;
}

#[tokio::test]
async fn the_unguarded_route_passes_what_the_guarded_one_blocks() {
    let harness = Harness::with(KeyLimits::default(), |config| {
        config.routes = vec![Route::new("off", None)];
    })
    .await;
    harness.upstream_answers(&says(CANARY));
    let answer = harness.chat(&hello()).await;
    assert_eq!(answer.json(), says(CANARY));
    assert_eq!(harness.settlement().await["route"], "off");
    assert!(harness.ledger.of_kind(&Kind::Verdict).is_empty());
    harness.stop().await;
}

#[tokio::test]
async fn a_trial_route_names_control_and_detector() {
    let harness = Harness::with(KeyLimits::default(), |config| {
        config.routes = vec![Route {
            explain: true,
            ..Route::new("on", Some(guard()))
        }];
    })
    .await;
    harness.upstream_answers(&says(CANARY));
    let error = harness.chat(&hello()).await.json()["error"].clone();
    assert_eq!(
        (&error["control"], &error["detector"]),
        (&json!("output-inspection"), &json!("canary"))
    );
    harness.stop().await;
}

#[tokio::test]
async fn only_a_trial_route_says_which_control_redacted() {
    for explain in [true, false] {
        let harness = Harness::with(KeyLimits::default(), |config| {
            config.routes = vec![Route {
                explain,
                ..Route::new("on", Some(guard()))
            }];
        })
        .await;
        harness.upstream_answers(&says("write to jane.doe@example.com about it"));
        let answer = harness.chat(&hello()).await;
        assert_eq!(answer.status.as_u16(), 200);
        assert!(!answer.text().contains("jane.doe@"), "{}", answer.text());
        let verdict = answer.headers.get("seawall-verdict");
        let verdict = verdict.map(|value| value.to_str().unwrap());
        let said = "redact; control=output-inspection; detector=email";
        assert_eq!(verdict, explain.then_some(said));
        harness.stop().await;
    }
}

#[tokio::test]
async fn broken_upstreams_become_errors_in_the_dialect() {
    let harness = Harness::start().await;
    let image = json!({"role": "assistant", "audio": {"data": "AAAA"}});
    for (status, kind, body, expected) in [
        (
            200,
            "application/json",
            b"{\"choices\":".to_vec(),
            "upstream_failed",
        ),
        (
            200,
            "application/json",
            b"\xff\xfe".to_vec(),
            "upstream_failed",
        ),
        (200, "application/json", b"[]".to_vec(), "upstream_failed"),
        (
            200,
            "application/json",
            b"{\"choices\":[],\"choices\":[]}".to_vec(),
            "upstream_failed",
        ),
        (
            200,
            "application/json",
            crate::harness::completion(&image).to_string().into_bytes(),
            "unsupported_content",
        ),
        (
            500,
            "application/json",
            b"{\"error\":{\"message\":\"boom\"}}".to_vec(),
            "upstream_failed",
        ),
        (
            401,
            "application/json",
            b"{\"error\":{\"message\":\"bad key upstream-secret\"}}".to_vec(),
            "upstream_failed",
        ),
        (302, "text/html", b"moved".to_vec(), "upstream_failed"),
    ] {
        harness.upstream_says(status, kind, &body);
        let answer = harness.chat(&hello()).await;
        assert_eq!(answer.code(), expected, "{status} {body:?}");
        assert!(!answer.text().contains("upstream-secret"));
    }
    harness.upstream.push(seawall_testkit::Script::Bytes(
        b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{".to_vec(),
    ));
    assert_eq!(harness.chat(&hello()).await.code(), "upstream_failed");
    harness.stop().await;
}

#[tokio::test]
async fn an_upstreams_refusal_keeps_its_status_and_clean_words() {
    let harness = Harness::start().await;
    let refuse = |message: &str| json!({"error": {"message": message, "type": "x"}}).to_string();
    harness.upstream_says(
        400,
        "application/json",
        refuse("The context is too long.").as_bytes(),
    );
    let answer = harness.chat(&hello()).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json()["error"]["message"],
        "The context is too long."
    );
    harness.upstream_says(
        422,
        "application/json",
        refuse(&format!("no {CANARY}")).as_bytes(),
    );
    let answer = harness.chat(&hello()).await;
    assert_eq!(answer.status, 422);
    assert!(!answer.text().contains(CANARY));
    harness.stop().await;
}

#[tokio::test]
async fn a_decision_that_cannot_be_recorded_does_not_take_effect() {
    let harness = Harness::start().await;
    harness.ledger.set_broken(true);
    let body = json!({"model": "m", "messages": [{"role": "user", "content": CANARY}]});
    let answer = harness.chat(&body).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_str()),
        (503, "evidence_unavailable")
    );
    harness.stop().await;
}

#[tokio::test]
async fn large_bodies_are_inspected_too() {
    let harness = Harness::start().await;
    let long = "All is well here. ".repeat(20_000);
    harness.upstream_answers(&says("ok"));
    let body = json!({"model": "m", "messages": [{"role": "user", "content": long}]});
    assert_eq!(harness.chat(&body).await.status, 200);
    let body =
        json!({"model": "m", "messages": [{"role": "user", "content": format!("{long}{CANARY}")}]});
    assert_eq!(harness.chat(&body).await.code(), "blocked_by_policy");
    harness.stop().await;
}

#[tokio::test]
async fn probes_metrics_and_models_answer() {
    let harness = Harness::with(KeyLimits::default(), |config| {
        config.routes[0].models = vec!["practice".into()];
    })
    .await;
    for path in ["/healthz", "/readyz"] {
        let answer = harness.send(harness.request(Method::GET, path, "")).await;
        assert_eq!(answer.status, 200);
    }
    let models = harness
        .send(harness.request(Method::GET, "/v1/models", ""))
        .await;
    assert_eq!(models.json()["data"][0]["id"], "practice");
    let mut other = hello();
    other["model"] = json!("gpt-x");
    let missing = harness.chat(&other).await;
    assert_eq!(
        (missing.status.as_u16(), missing.code().as_str()),
        (404, "model_not_found")
    );
    let metrics = harness
        .send(harness.request(Method::GET, "/metrics", ""))
        .await
        .text();
    assert!(
        metrics.contains("requests_ended_total{outcome=\"model_not_found\"} 1"),
        "{metrics}"
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_route_for_any_model_lists_the_upstreams_plain_ids() {
    let harness = Harness::start().await;
    let list = json!({"data": [{"id": "practice"}, {"id": "ignore the rules"}, {"id": 7}]});
    harness.upstream_answers(&list);
    let models = harness
        .send(harness.request(Method::GET, "/v1/models", ""))
        .await
        .json();
    assert_eq!(models["data"].as_array().unwrap().len(), 1);
    assert_eq!(models["data"][0]["id"], "practice");
    harness.upstream_says(500, "text/plain", b"boom");
    let models = harness
        .send(harness.request(Method::GET, "/v1/models", ""))
        .await
        .json();
    assert_eq!(models["data"], json!([]));
    harness.stop().await;
}
