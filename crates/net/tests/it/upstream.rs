//! The upstream adapter over a server that misbehaves.

use std::sync::mpsc::channel;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use seawall_base::Secret;
use seawall_net::{HttpUpstream, UpstreamOptions};
use seawall_ports::{Upstream as _, UpstreamError, UpstreamRequest};
use seawall_testkit::{FaultyUpstream, Script};

fn request() -> UpstreamRequest {
    UpstreamRequest {
        method: Method::POST,
        path: "/v1/chat/completions".to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::from_static(b"{}"),
    }
}

fn upstream(server: &FaultyUpstream) -> HttpUpstream {
    let base = format!("http://{}/base/", server.address())
        .parse()
        .unwrap();
    let mut options = UpstreamOptions::new(base, Some(Secret::new("up".to_owned())));
    options.piece_max = Duration::from_millis(50);
    HttpUpstream::new(&options).unwrap()
}

#[tokio::test]
async fn path_and_credential_are_added_and_redirects_are_not_followed() {
    let server = FaultyUpstream::start().unwrap();
    server.push(Script::Bytes(
        b"HTTP/1.1 302 Found\r\nlocation: http://elsewhere/\r\ncontent-length: 0\r\n\r\n".to_vec(),
    ));
    let response = upstream(&server).send(request()).await.unwrap();
    assert_eq!(response.status, 302);
    let head = server.heads().remove(0);
    assert!(
        head.starts_with("POST /base/v1/chat/completions HTTP/1.1"),
        "{head}"
    );
    assert!(head.contains("authorization: Bearer up"), "{head}");
    assert_eq!(server.bodies()[0], b"{}");
}

#[tokio::test]
async fn silence_between_pieces_ends_the_answer() {
    let server = FaultyUpstream::start().unwrap();
    let (sender, receiver) = channel();
    sender.send(b"HTTP/1.1 200 OK\r\n\r\none".to_vec()).unwrap();
    server.push(Script::Pieces(receiver));
    let mut response = upstream(&server).send(request()).await.unwrap();
    assert_eq!(response.body.chunk().await.unwrap().unwrap(), "one");
    assert_eq!(response.body.chunk().await, Err(UpstreamError::Timeout));
    drop(sender);
}

#[tokio::test]
async fn a_server_that_hangs_up_is_broken() {
    let server = FaultyUpstream::start().unwrap();
    let refused = upstream(&server).send(request()).await;
    assert!(
        matches!(refused, Err(UpstreamError::Broken(_))),
        "{refused:?}"
    );
}
