//! What the server grants and what it does not.

use std::net::SocketAddr;
use std::time::Duration;

use http::Response;
use seawall_net::{Body, CancellationToken, ServeOptions, TaskSet, serve, tls};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Nothing in a test takes this long unless it is broken.
const LIMIT: Duration = Duration::from_secs(20);
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    shutdown: CancellationToken,
    tasks: TaskSet,
}

impl Server {
    pub(crate) async fn start(options: ServeOptions, acceptor: Option<tls::TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (shutdown, tasks) = (CancellationToken::new(), TaskSet::new());
        let answer = |_request, _peer| async { Response::new(Body::full("hello")) };
        tasks.spawn(serve(listener, acceptor, options, answer, shutdown.clone()));
        Self {
            address,
            shutdown,
            tasks,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        assert!(self.tasks.drain(LIMIT).await, "the server did not drain");
    }
}

/// Reads until the peer closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    // A reset counts as a close.
    drop(tokio::time::timeout(LIMIT, read).await.unwrap());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_request_is_answered_and_a_drain_closes_idle_connections() {
    let server = Server::start(ServeOptions::default(), None).await;
    let mut stream = server.connect().await;
    stream.write_all(REQUEST).await.unwrap();
    let mut head = [0; 15];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    let idle = server.connect().await;
    server.stop().await;
    assert!(rest(&mut stream).await.ends_with("hello"));
    drop(idle);
}

#[tokio::test]
async fn a_slow_head_and_a_huge_head_are_cut_off() {
    let options = ServeOptions {
        header_read_max: Duration::from_millis(20),
        ..ServeOptions::default()
    };
    let server = Server::start(options, None).await;
    let mut slow = server.connect().await;
    slow.write_all(b"GET / HTTP/1.1\r\nx: ").await.unwrap();
    assert!(!rest(&mut slow).await.contains("200"));
    server.stop().await;

    let server = Server::start(ServeOptions::default(), None).await;
    let mut huge = server.connect().await;
    let head = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "a".repeat(100 << 10));
    drop(huge.write_all(head.as_bytes()).await);
    assert!(!rest(&mut huge).await.contains("200"));
    let mut many = server.connect().await;
    let head = format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(200));
    many.write_all(head.as_bytes()).await.unwrap();
    assert!(!rest(&mut many).await.contains("200"));
    server.stop().await;
}

#[tokio::test]
async fn ambiguous_framing_is_refused() {
    let server = Server::start(ServeOptions::default(), None).await;
    for request in [
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip\r\n\r\nabcd",
        "GET / HTTP/1.1\r\nhost : x\r\n\r\n",
    ] {
        let mut stream = server.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        assert!(!rest(&mut stream).await.contains("200"), "{request}");
    }
    server.stop().await;
}

#[tokio::test]
async fn connections_over_the_limit_wait_for_a_slot() {
    let options = ServeOptions {
        connections_max: 1,
        ..ServeOptions::default()
    };
    let server = Server::start(options, None).await;
    let mut first = server.connect().await;
    first.write_all(REQUEST).await.unwrap();
    let mut byte = [0; 1];
    first.read_exact(&mut byte).await.unwrap();
    let mut second = server.connect().await;
    second
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    drop(first);
    assert!(rest(&mut second).await.contains("200 OK"));
    server.stop().await;
}

#[tokio::test]
async fn tls_needs_a_handshake() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = made.signing_key.serialize_pem();
    let acceptor = tls::acceptor(made.cert.pem().as_bytes(), key.as_bytes()).unwrap();
    let server = Server::start(ServeOptions::default(), Some(acceptor)).await;
    let mut plain = server.connect().await;
    plain.write_all(REQUEST).await.unwrap();
    assert!(!rest(&mut plain).await.contains("200"));

    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(tls::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    let mut stream = connector
        .connect(name, server.connect().await)
        .await
        .unwrap();
    stream.write_all(REQUEST).await.unwrap();
    let mut head = [0; 15];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    drop(stream);
    server.stop().await;
}
