//! Clients and upstreams that stall, lie, break off or never end.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use seawall_net::read_capped;
use seawall_ports::KeyLimits;
use seawall_testkit::Script;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::{Harness, LIMIT, content, hello, says, streamed};

/// Everything that the gateway sends until it closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset counts as a close.
    let read = stream.read_to_end(&mut bytes);
    drop(tokio::time::timeout(LIMIT, read).await.unwrap());
    String::from_utf8_lossy(&bytes).into_owned()
}

fn head(harness: &Harness, lines: &str) -> String {
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n{lines}\r\n",
        harness.key
    )
}

#[tokio::test]
async fn a_body_that_trickles_is_refused_although_it_never_pauses() {
    let harness = Harness::with(KeyLimits::default(), |config| {
        config.limits.body_max = Duration::from_millis(40);
    })
    .await;
    let mut stream = TcpStream::connect(harness.address).await.unwrap();
    let (mut reading, mut writing) = stream.split();
    let trickle = async {
        let head = head(&harness, "content-length: 4000000\r\n");
        writing.write_all(head.as_bytes()).await.unwrap();
        // One byte after the other for as long as the gateway takes them.
        while writing.write_all(b" ").await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    let answer = async {
        let mut bytes = vec![0; 4096];
        let read = reading.read(&mut bytes).await.unwrap();
        String::from_utf8_lossy(&bytes[..read]).into_owned()
    };
    let mut answer = std::pin::pin!(answer);
    let answer = tokio::select! {
        biased;
        answer = answer.as_mut() => answer,
        // The gateway has closed; what it said before is still there to be read.
        () = trickle => answer.await,
    };
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains("did not arrive"), "{answer}");
    assert!(harness.upstream.bodies().is_empty());
    harness.stop().await;
}

#[tokio::test]
async fn conflicting_framing_never_reaches_the_upstream() {
    let harness = Harness::start().await;
    let body = hello().to_string();
    for lines in [
        "content-length: 4\r\ncontent-length: 5\r\n",
        "content-length: 4, 5\r\n",
        "content-length: +4\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
        "transfer-encoding: identity, chunked, gzip\r\n",
    ] {
        let mut stream = TcpStream::connect(harness.address).await.unwrap();
        let request = format!("{}{body}", head(&harness, lines));
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let answer = rest(&mut stream).await;
        assert!(!answer.contains(" 200 "), "{lines}: {answer}");
    }
    assert!(harness.upstream.bodies().is_empty());
    harness.stop().await;
}

/// The parser takes the chunks and drops the length, as RFC 9112 allows. What goes on is written
/// anew with one length, so nobody behind the gateway can read it in another way.
#[tokio::test]
async fn a_length_beside_chunks_cannot_hide_a_second_request() {
    let body = hello().to_string();
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    for lines in [
        "connection: close\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n",
        "connection: close\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n",
    ] {
        let harness = Harness::start().await;
        harness.upstream_answers(&says("ok"));
        harness.upstream_answers(&says("smuggled"));
        let mut stream = TcpStream::connect(harness.address).await.unwrap();
        let hidden = head(&harness, "content-length: 0\r\n");
        let request = format!("{}{chunked}{hidden}", head(&harness, lines));
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = rest(&mut stream).await;
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
        for head in harness.upstream.heads() {
            let lengths = head.matches("content-length").count();
            assert_eq!(
                (lengths, head.contains("transfer-encoding")),
                (1, false),
                "{head}"
            );
        }
        assert!(harness.upstream.bodies().len() <= 1);
        harness.stop().await;
    }
}

#[tokio::test]
async fn idle_connections_wait_for_a_slot_and_harm_nobody() {
    let harness = Harness::with(KeyLimits::default(), |config| {
        config.serve.connections_max = 64;
        config.serve.header_read_max = Duration::from_millis(20);
    })
    .await;
    // Far more than there are slots for; each says nothing.
    let mut idle = Vec::new();
    for _ in 0..512 {
        idle.push(TcpStream::connect(harness.address).await.unwrap());
    }
    harness.upstream_answers(&says("ok"));
    assert_eq!(harness.chat(&hello()).await.status, 200);
    for stream in &mut idle {
        assert_eq!(rest(stream).await, "");
    }
    harness.stop().await;
}

#[tokio::test]
async fn a_redirect_is_an_error_and_nobody_follows_it() {
    let harness = Harness::start().await;
    let elsewhere = seawall_testkit::FaultyUpstream::start().unwrap();
    for status in [301, 302, 307, 308] {
        let answer = format!(
            "HTTP/1.1 {status} Moved\r\nlocation: http://{}/v1/chat/completions\r\n\
             content-length: 0\r\nconnection: close\r\n\r\n",
            elsewhere.address()
        );
        harness.upstream.push(Script::Bytes(answer.into_bytes()));
        let answer = harness.chat(&hello()).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (502, "upstream_failed")
        );
        assert!(!answer.text().contains("location"));
    }
    assert!(elsewhere.heads().is_empty());
    harness.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_not_utf8_or_is_compressed_is_refused() {
    let harness = Harness::start().await;
    let mut broken = says("x").to_string().into_bytes();
    let at = broken.iter().position(|byte| *byte == b'x').unwrap();
    broken[at] = 0xff;
    harness.upstream_says(200, "application/json", &broken);
    assert_eq!(harness.chat(&hello()).await.code(), "upstream_failed");
    let body = says("x").to_string();
    let compressed = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    harness
        .upstream
        .push(Script::Bytes(compressed.into_bytes()));
    assert_eq!(harness.chat(&hello()).await.code(), "upstream_failed");
    harness.stop().await;
}

#[tokio::test]
async fn an_answer_that_ends_early_or_never_ends_is_an_error() {
    let harness = Harness::with(KeyLimits::default(), |config| {
        config.limits.answer_bytes_max = 64 << 10;
    })
    .await;
    let early =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{\"id\"";
    harness.upstream.push(Script::Bytes(early.to_vec()));
    assert_eq!(harness.chat(&hello()).await.code(), "upstream_failed");
    // No length, and far more than any answer has.
    let mut endless =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n".to_vec();
    endless.extend(std::iter::repeat_n(b' ', 1 << 20));
    harness.upstream.push(Script::Bytes(endless));
    assert_eq!(harness.chat(&hello()).await.code(), "upstream_failed");
    harness.stop().await;
}

#[tokio::test]
async fn a_stream_longer_than_it_may_last_is_ended_with_an_error() {
    let harness = Harness::with(KeyLimits::default(), |config| {
        config.limits.stream_max = Duration::from_millis(60);
    })
    .await;
    // Alive, and never at its end: the sender is kept.
    let pieces = harness.upstream_streams();
    let response = harness.open(harness.chat_request(&streamed())).await;
    pieces.send(content("Hello ").into_bytes()).unwrap();
    let body = read_capped(response.into_body(), 1 << 20, LIMIT)
        .await
        .unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(text.contains("upstream_timeout"), "{text}");
    assert!(!text.contains("[DONE]"));
    drop(pieces);
    harness.stop().await;
}

#[tokio::test]
async fn compressed_requests_and_huge_declared_lengths_are_refused_unread() {
    let harness = Harness::start().await;
    for encoding in ["gzip", "br", "deflate", "gzip, gzip", "zstd"] {
        let mut request = harness.chat_request(&hello());
        let value = encoding.parse().unwrap();
        request.headers_mut().insert("content-encoding", value);
        assert_eq!(
            harness.send(request).await.code(),
            "invalid_request",
            "{encoding}"
        );
    }
    let mut stream = TcpStream::connect(harness.address).await.unwrap();
    let declared = head(&harness, "content-length: 99999999999\r\n");
    stream.write_all(declared.as_bytes()).await.unwrap();
    let mut bytes = [0; 12];
    stream.read_exact(&mut bytes).await.unwrap();
    assert_eq!(&bytes, b"HTTP/1.1 413");
    let plain = harness.request(Method::POST, "/v1/chat/completions", Bytes::new());
    assert_eq!(harness.send(plain).await.code(), "invalid_json");
    harness.stop().await;
}
