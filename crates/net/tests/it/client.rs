//! What the client waits for.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use seawall_net::{Client, ClientError, ClientOptions, ServeOptions, read_capped};
use tokio::net::TcpListener;

use crate::server::Server;

fn get(address: impl std::fmt::Display) -> Request<Bytes> {
    let uri = format!("http://{address}/");
    Request::get(uri).body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn connections_are_used_again() {
    let server = Server::start(ServeOptions::default(), None).await;
    let client = Client::new(&ClientOptions::default()).unwrap();
    for _ in 0..3 {
        let response = client.send(get(server.address)).await.unwrap();
        let body = read_capped(response.into_body(), 10, Duration::from_secs(5)).await;
        assert_eq!(body.unwrap(), "hello");
    }
    drop(client);
    server.stop().await;
}

#[tokio::test]
async fn a_silent_server_and_a_closed_port_are_told_apart() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::new(&ClientOptions {
        answer_max: Duration::from_millis(20),
        ..ClientOptions::default()
    });
    let client = client.unwrap();
    let address = silent.local_addr().unwrap();
    let waited = client.send(get(address)).await;
    assert!(matches!(waited, Err(ClientError::TimedOut)));
    drop(silent);
    let client = Client::new(&ClientOptions::default()).unwrap();
    let refused = client.send(get(address)).await;
    assert!(matches!(refused, Err(ClientError::Connect(_))));
    let foreign = Request::get("ftp://127.0.0.1/").body(Bytes::new()).unwrap();
    assert!(client.send(foreign).await.is_err());
}

#[tokio::test]
async fn a_certificate_of_nobody_is_refused() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = made.signing_key.serialize_pem();
    let acceptor = seawall_net::tls::acceptor(made.cert.pem().as_bytes(), key.as_bytes()).unwrap();
    let server = Server::start(ServeOptions::default(), Some(acceptor)).await;
    let client = Client::new(&ClientOptions::default()).unwrap();
    let uri = format!("https://localhost:{}/", server.address.port());
    let refused = client
        .send(Request::get(uri).body(Bytes::new()).unwrap())
        .await;
    assert!(
        matches!(refused, Err(ClientError::Connect(_))),
        "{refused:?}"
    );
    server.stop().await;
}
