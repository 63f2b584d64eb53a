//! The webhook over real TLS: what a client that trusts only our authority sees.

use std::sync::Mutex;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use seawall_base::{FixedClock, OnError, Timestamp};
use seawall_evidence::Draft;
use seawall_ports::{BoxFuture, Inclusion, LedgerError, Position, Record};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use super::*;

#[derive(Default)]
struct Notes(Mutex<Vec<Draft>>);

impl Ledger for Notes {
    fn append(&self, drafts: Vec<Draft>) -> BoxFuture<'_, Result<Vec<Position>, LedgerError>> {
        self.0.lock().unwrap().extend(drafts);
        Box::pin(async { Ok(Vec::new()) })
    }
    fn entries(&self, _: u64, _: usize) -> BoxFuture<'_, Result<Vec<Record>, LedgerError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    fn size(&self) -> u64 {
        0
    }
    fn checkpoint(&self) -> BoxFuture<'_, Result<String, LedgerError>> {
        Box::pin(async { Err(LedgerError::Closed) })
    }
    fn inclusion(&self, _: u64, _: u64) -> BoxFuture<'_, Result<Inclusion, LedgerError>> {
        Box::pin(async { Err(LedgerError::Closed) })
    }
    fn consistency(&self, _: u64, _: u64) -> BoxFuture<'_, Result<Vec<Digest>, LedgerError>> {
        Box::pin(async { Err(LedgerError::Closed) })
    }
}

struct Webhook {
    address: std::net::SocketAddr,
    ca_pem: String,
    notes: Arc<Notes>,
    shutdown: CancellationToken,
    running: tokio::task::JoinHandle<()>,
    _state: tempfile::TempDir,
}

async fn start(
    options: AdmissionOptions,
    decide: Option<fn(&Request, &Ground<'_>) -> Decision>,
) -> Webhook {
    let state = tempfile::tempdir().unwrap();
    let now: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
    // The certificate is checked against the real clock by the client, so it is made for a long time.
    let certificate =
        crate::certificate::load_or_make(state.path(), &["localhost".to_owned()], now).unwrap();
    let notes = Arc::new(Notes::default());
    let clock = Arc::new(FixedClock::new(now));
    let mut admission = Admission::new(options, Some(Arc::clone(&notes) as _), clock);
    if let Some(decide) = decide {
        admission.decide = decide;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let (stop, ca_pem) = (shutdown.clone(), certificate.ca_pem.clone());
    let identity = certificate.identity().unwrap();
    #[expect(
        clippy::disallowed_methods,
        reason = "the test waits for the server itself"
    )]
    let running = tokio::spawn(async move {
        serve(listener, &identity, Arc::new(admission), stop)
            .await
            .unwrap();
    });
    Webhook {
        address,
        ca_pem,
        notes,
        shutdown,
        running,
        _state: state,
    }
}

impl Webhook {
    async fn call(&self, method: &str, path: &str, body: impl Into<Bytes>) -> (u16, String) {
        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(self.ca_pem.as_bytes()).unwrap())
            .unwrap();
        let config = rustls::ClientConfig::builder_with_provider(seawall_net::tls::provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let stream = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = connector.connect(name, stream).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        #[expect(clippy::disallowed_methods, reason = "ends with the connection")]
        tokio::spawn(connection);
        let request = HttpRequest::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .body(Full::new(body.into()))
            .unwrap();
        let response = sender.send_request(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn validate(&self, body: &Value) -> Value {
        let (status, text) = self.call("POST", "/validate", body.to_string()).await;
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.running.await.unwrap();
    }
}

fn review(privileged: bool, dry_run: bool) -> Value {
    json!({ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "u-7", "operation": "CREATE", "namespace": "ml", "dryRun": dry_run,
        "userInfo": { "username": "system:serviceaccount:kube-system:job-controller" },
        "object": { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p" },
            "spec": { "containers": [{ "name": "c", "image": "x", "securityContext": { "privileged": privileged } }] } },
    } })
}

#[tokio::test]
async fn denials_are_answered_and_recorded_and_dry_runs_leave_no_trace() {
    let webhook = start(AdmissionOptions::default(), None).await;
    let answer = webhook.validate(&review(true, false)).await;
    assert_eq!(answer["response"]["uid"], "u-7");
    assert_eq!(answer["response"]["allowed"], false);
    assert_eq!(webhook.notes.0.lock().unwrap().len(), 1);
    let answer = webhook.validate(&review(true, true)).await;
    assert_eq!(answer["response"]["allowed"], false);
    let answer = webhook.validate(&review(false, false)).await;
    assert_eq!(answer["response"]["allowed"], true);
    assert_eq!(webhook.notes.0.lock().unwrap().len(), 1);
    let entry = webhook.notes.0.lock().unwrap()[0].clone();
    assert_eq!(entry.kind, Kind::Scan);
    assert!(entry.principal.id.ends_with("job-controller"));
    webhook.stop().await;
}

#[tokio::test]
async fn odd_requests_have_plain_answers() {
    let options = AdmissionOptions {
        body_bytes_max: 2_000,
        ..AdmissionOptions::default()
    };
    let webhook = start(options, None).await;
    assert_eq!(webhook.call("GET", "/healthz", "").await.0, 200);
    assert_eq!(webhook.call("GET", "/readyz", "").await.0, 200);
    assert_eq!(webhook.call("GET", "/validate", "").await.0, 405);
    assert_eq!(webhook.call("GET", "/x", "").await.0, 404);
    assert_eq!(
        webhook.call("POST", "/validate", vec![b' '; 2_001]).await.0,
        413
    );
    let (status, text) = webhook.call("POST", "/validate", "{").await;
    assert_eq!(
        (status, text.starts_with("invalid_json: ")),
        (400, true),
        "{text}"
    );
    webhook.stop().await;
}

#[tokio::test]
async fn a_fault_follows_the_typed_choice_with_the_uid_of_the_request() {
    for (on_error, allowed) in [(OnError::Deny, false), (OnError::Allow, true)] {
        let mut options = AdmissionOptions::default();
        options.policy.on_error = on_error;
        let webhook = start(options, Some(|_, _| panic!("a planted fault"))).await;
        let answer = webhook.validate(&review(false, false)).await;
        assert_eq!(answer["response"]["uid"], "u-7");
        assert_eq!(answer["response"]["allowed"], allowed);
        webhook.stop().await;
    }
}

#[tokio::test]
async fn a_deadline_follows_the_typed_choice() {
    let options = AdmissionOptions {
        deadline: Duration::from_millis(50),
        ..AdmissionOptions::default()
    };
    fn slow(_: &Request, _: &Ground<'_>) -> Decision {
        let (sender, receiver) = std::sync::mpsc::channel::<()>();
        // Waits for longer than the deadline without sleeping.
        let _timed_out = receiver.recv_timeout(Duration::from_millis(300));
        drop(sender);
        Decision::allow()
    }
    let webhook = start(options, Some(slow)).await;
    let answer = webhook.validate(&review(false, false)).await;
    assert_eq!(answer["response"]["allowed"], false);
    let message = answer["response"]["status"]["message"].as_str().unwrap();
    assert!(message.contains("deadline"), "{message}");
    webhook.stop().await;
}
