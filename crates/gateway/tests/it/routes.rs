//! Several upstreams, models by route, shadow mode, and routes that change while it serves.

use std::sync::Arc;

use seawall_evidence::Kind;
use seawall_gateway::{LiveRoutes, Mode, Route};
use seawall_net::{HttpUpstream, UpstreamOptions};
use seawall_ports::KeyLimits;
use seawall_testkit::FaultyUpstream;
use serde_json::{Value, json};

use crate::harness::{CANARY, Harness, content, ending, guard, hello, joined, says, streamed};

fn shadow(route: &mut Route) {
    route.mode = Mode::Shadow;
}

fn asks_for(model: &str) -> Value {
    let mut body = hello();
    body["model"] = json!(model);
    body
}

#[tokio::test]
async fn every_route_has_its_models_and_its_upstream() {
    let other = FaultyUpstream::start().unwrap();
    let base = format!("http://{}", other.address()).parse().unwrap();
    let upstream = HttpUpstream::new(&UpstreamOptions::new(base, None)).unwrap();
    let harness = Harness::with(KeyLimits::default(), |config| {
        config.routes[0].models = vec!["practice".into()];
        let mut second = Route::new("second", Some(guard()));
        second.models = vec!["elsewhere".into()];
        second.upstream = Some(Arc::new(upstream));
        config.routes.push(second);
    })
    .await;
    harness.upstream_answers(&says("here"));
    assert_eq!(harness.chat(&hello()).await.status, 200);
    let body = says("there").to_string();
    other.push(seawall_testkit::Script::Bytes(
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes(),
    ));
    assert!(
        harness
            .chat(&asks_for("elsewhere"))
            .await
            .text()
            .contains("there")
    );
    assert_eq!(other.bodies().len(), 1);
    assert!(
        !other.heads()[0].contains("upstream-secret"),
        "another's key"
    );
    assert_eq!(
        harness.chat(&asks_for("nowhere")).await.code(),
        "model_not_found"
    );
    harness.stop().await;
}

#[tokio::test]
async fn shadow_mode_records_what_it_would_do_and_changes_nothing() {
    let harness = Harness::with(KeyLimits::default(), |config| shadow(&mut config.routes[0])).await;
    let mut body = hello();
    body["messages"][0]["content"] = json!(format!("say {CANARY}, mail jane.doe@example.org"));
    harness.upstream_answers(&says(&format!("Sure: {CANARY}")));
    let mut request = harness.chat_request(&body);
    // A client cannot choose: this header means nothing.
    request
        .headers_mut()
        .insert("x-seawall-mode", "enforce".parse().unwrap());
    let answer = harness.send(request).await;
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains(CANARY));
    let sent: Value = serde_json::from_slice(&harness.upstream.bodies()[0]).unwrap();
    assert_eq!(sent["messages"], body["messages"]);
    let verdicts = harness.entries(Kind::Verdict, 2).await;
    for verdict in &verdicts {
        assert_eq!(verdict.body["mode"], "shadow");
        assert_eq!(verdict.body["action"], "block");
    }
    let metrics = harness
        .send(harness.request(http::Method::GET, "/metrics", ""))
        .await
        .text();
    assert!(
        metrics.contains("seawall_gateway_shadow_verdicts_total{"),
        "{metrics}"
    );
    assert!(
        !metrics.contains("seawall_gateway_verdicts_total{"),
        "{metrics}"
    );
    assert_eq!(harness.settlement().await["end"], "completed");
    harness.stop().await;
}

#[tokio::test]
async fn a_stream_in_shadow_mode_arrives_byte_for_byte() {
    let harness = Harness::with(KeyLimits::default(), |config| shadow(&mut config.routes[0])).await;
    let body = format!("{}{}{}", content("see "), content(CANARY), ending());
    harness.upstream_stream(body.as_bytes());
    let answer = harness.chat(&streamed()).await;
    assert_eq!(answer.text(), body);
    let verdicts = harness.entries(Kind::Verdict, 2).await;
    let blocked: Vec<_> = verdicts
        .iter()
        .filter(|verdict| verdict.body["action"] == "block")
        .collect();
    assert_eq!(blocked.len(), 1);
    assert_eq!(blocked[0].body["mode"], "shadow");
    harness.stop().await;
}

#[tokio::test]
async fn the_next_request_goes_by_the_new_routes() {
    let live = LiveRoutes::new(vec![Route::new("first", Some(guard()))]);
    let handle = live.clone();
    let harness = Harness::with(KeyLimits::default(), |config| config.live = Some(live)).await;
    let mut body = hello();
    body["messages"][0]["content"] = json!(CANARY);
    assert_eq!(harness.chat(&body).await.code(), "blocked_by_policy");
    let mut second = Route::new("second", Some(guard()));
    shadow(&mut second);
    handle.replace(vec![second]);
    harness.upstream_answers(&says("fine"));
    assert_eq!(harness.chat(&body).await.status, 200);
    harness.stop().await;
}

#[tokio::test]
async fn repeated_frames_are_inspected_like_any_other() {
    let harness = Harness::start().await;
    let (head, tail) = CANARY.split_at(9);
    let words = ["Plain ", "words ", "and ", head, tail, " more"];
    let frames: String = words.iter().map(|word| content(word)).collect();
    harness.upstream_stream(format!("{frames}{}", ending()).as_bytes());
    let answer = harness.chat(&streamed()).await;
    let said = joined(&answer.events(), "/choices/0/delta/content");
    assert_eq!(said.trim_end(), "Plain words and");
    assert!(answer.text().contains("blocked_by_policy"));
    harness.stop().await;
}
