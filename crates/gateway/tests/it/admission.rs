//! Who gets in and with what: keys, broken bodies, bugs.

use std::sync::Arc;

use http::{HeaderValue, Method};
use seawall_base::{Digest, Principal, Secret, Timestamp};
use seawall_ports::{BoxFuture, KeyLimits, Keys, KeysError, NewKey, VirtualKey};
use seawall_testkit::{FaultyUpstream, MemoryKeys};
use serde_json::json;

use crate::harness::{Harness, hello, says};

#[tokio::test]
async fn every_failure_to_authenticate_reads_the_same() {
    let harness = Harness::start().await;
    let good = HeaderValue::try_from(format!("Bearer {}", harness.key)).unwrap();
    let list = harness.keys.list().await.unwrap();
    let mut bodies = Vec::new();
    for headers in [
        vec![],
        vec![HeaderValue::from_static("Bearer sk-unknown")],
        vec![HeaderValue::from_static("Bearer ' OR '1'='1")],
        vec![good.clone(), good.clone()],
        vec![HeaderValue::from_static("Bearer sk-unknown"), good.clone()],
    ] {
        let mut request = harness.chat_request(&hello());
        request.headers_mut().remove("authorization");
        for header in headers {
            request.headers_mut().append("authorization", header);
        }
        let answer = harness.send(request).await;
        assert_eq!(answer.status, 401);
        bodies.push(answer.text());
    }
    harness
        .keys
        .revoke(
            &list[0].id,
            list[0].principal.clone(),
            Timestamp::UNIX_EPOCH,
        )
        .await
        .unwrap();
    let revoked = harness.chat(&hello()).await;
    assert_eq!(revoked.status, 401);
    bodies.push(revoked.text());
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    assert!(harness.upstream.bodies().is_empty());
    harness.stop().await;
}

#[tokio::test]
async fn broken_bodies_are_refused_in_the_dialect() {
    let harness = Harness::with(KeyLimits::default(), |config| {
        config.limits.json.bytes_max = 4_096;
    })
    .await;
    let deep = format!(
        "{{\"model\":\"m\",\"messages\":{}{}}}",
        "[".repeat(80),
        "]".repeat(80)
    );
    let user = |content: &str| {
        format!("{{\"model\":\"m\",\"messages\":[{{\"role\":\"user\",\"content\":{content}}}]}}")
    };
    for (body, status, code) in [
        ("{".to_owned(), 400, "invalid_json"),
        ("\u{feff}{}".to_owned(), 400, "invalid_json"),
        (
            "{\"model\":\"m\",\"model\":\"n\"}".to_owned(),
            400,
            "duplicate_key",
        ),
        (deep, 400, "body_too_deep"),
        (
            user(&format!("\"{}\"", "x".repeat(5_000))),
            413,
            "body_too_large",
        ),
        (
            "{\"model\":\"m\",\"messages\":[{\"role\":\"root\",\"content\":\"x\"}]}".to_owned(),
            400,
            "unknown_role",
        ),
        (
            user("[{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://x\"}}]"),
            400,
            "unsupported_content",
        ),
        (user("7"), 400, "invalid_request"),
        ("[]".to_owned(), 400, "invalid_request"),
    ] {
        let answer = harness
            .send(harness.request(Method::POST, "/v1/chat/completions", body.clone()))
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (status, code),
            "{body}"
        );
    }
    let mut compressed = harness.chat_request(&hello());
    compressed
        .headers_mut()
        .insert("content-encoding", HeaderValue::from_static("gzip"));
    assert_eq!(harness.send(compressed).await.code(), "invalid_request");
    let elsewhere = harness
        .send(harness.request(Method::POST, "/v1/audio/speech", "{}"))
        .await;
    assert_eq!(
        (elsewhere.status.as_u16(), elsewhere.code().as_str()),
        (404, "not_found")
    );
    harness.stop().await;
}

#[tokio::test]
async fn token_probabilities_of_a_stream_are_refused() {
    let harness = Harness::start().await;
    let mut body = crate::harness::streamed();
    body["logprobs"] = json!(true);
    assert_eq!(harness.chat(&body).await.code(), "unsupported_content");
    harness.stop().await;
}

/// A registry with a bug.
struct Buggy;

impl Keys for Buggy {
    fn create(
        &self,
        _: NewKey,
        _: Principal,
        _: Timestamp,
    ) -> BoxFuture<'_, Result<(VirtualKey, Secret<String>), KeysError>> {
        panic!("not called")
    }

    fn find(&self, _: Digest) -> BoxFuture<'_, Result<Option<VirtualKey>, KeysError>> {
        Box::pin(async { panic!("a bug") })
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<VirtualKey>, KeysError>> {
        panic!("not called")
    }

    fn revoke<'a>(
        &'a self,
        _: &'a str,
        _: Principal,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<VirtualKey, KeysError>> {
        panic!("not called")
    }
}

#[tokio::test]
async fn a_bug_is_one_clients_error_and_denies() {
    let upstream = FaultyUpstream::start().unwrap();
    let keys = Arc::new(MemoryKeys::default());
    let harness = Harness::build(
        KeyLimits::default(),
        |_| {},
        Arc::new(Buggy),
        keys,
        upstream,
    )
    .await;
    harness.upstream_answers(&says("x"));
    let answer = harness.chat(&hello()).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_str()),
        (500, "internal")
    );
    assert!(harness.upstream.bodies().is_empty());
    let probe = harness
        .send(harness.request(Method::GET, "/healthz", ""))
        .await;
    assert_eq!(probe.status, 200);
    harness.stop().await;
}
