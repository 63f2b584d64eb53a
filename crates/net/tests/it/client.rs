//! What the client waits for.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use seawall_net::{Client, ClientError, ClientOptions, Reach, ServeOptions, read_capped};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::server::Server;

fn get(address: impl std::fmt::Display) -> Request<Bytes> {
    let uri = format!("http://{address}/");
    Request::get(uri).body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn connections_are_used_again() {
    // A second connection would wait for the first one's end, which comes with the client.
    let options = ServeOptions {
        connections_max: 1,
        ..ServeOptions::default()
    };
    let server = Server::start(options, None).await;
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
async fn a_connection_that_the_server_closed_is_replaced() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answers = async {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0; 512];
            let read = stream.read(&mut head).await.unwrap();
            assert!(head[..read].ends_with(b"\r\n\r\n"));
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
            stream.write_all(answer).await.unwrap();
            // Keep-alive was promised, and is not kept.
        }
    };
    let asks = async {
        let client = Client::new(&ClientOptions::default()).unwrap();
        for _ in 0..2 {
            let response = client.send(get(address)).await.unwrap();
            let body = read_capped(response.into_body(), 10, Duration::from_secs(5)).await;
            assert_eq!(body.unwrap(), "ok");
            // Another exchange over the network: by its end the close has been seen.
            let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let there = TcpStream::connect(other.local_addr().unwrap());
            let (there, here) = tokio::join!(there, other.accept());
            there.unwrap().write_all(b"x").await.unwrap();
            here.unwrap().0.read_u8().await.unwrap();
        }
    };
    tokio::join!(answers, asks);
}

#[tokio::test]
async fn an_address_out_of_reach_is_refused_before_it_is_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let client = Client::new(&ClientOptions {
        reach: Reach::Private,
        ..ClientOptions::default()
    });
    let client = client.unwrap();
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"] {
        let refused = client.send(get(format!("{host}:{port}"))).await;
        assert!(
            matches!(refused, Err(ClientError::Forbidden)),
            "{host}: {refused:?}"
        );
    }
    let nobody = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
    assert!(nobody.is_err(), "a connection arrived");
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
