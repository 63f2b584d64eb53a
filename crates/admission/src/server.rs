//! The HTTPS loop: one request, one decision, within a deadline and behind a panic boundary.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request as HttpRequest, Response, StatusCode, header};
use hyper::body::Incoming;
use seawall_base::{Clock, Digest, ErrorCode, Verdict};
use seawall_evidence::body::scan::Scan;
use seawall_evidence::{Draft, Kind};
use seawall_net::{Body, CancellationToken, ReadError, ServeOptions, read_capped};
use seawall_policy::RULES;
use seawall_ports::Ledger;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::certificate::Certificate;
use crate::decide::{Decision, Policy};
use crate::review::{self, Request, ReviewError};

/// How the webhook runs.
#[derive(Clone, Debug)]
pub struct AdmissionOptions {
    /// What it insists on.
    pub policy: Policy,
    /// Largest body. The API server itself sends at most 3 MiB of object, twice for an update.
    pub body_bytes_max: usize,
    /// Time for a decision; less than the `timeoutSeconds` of the configuration.
    pub deadline: Duration,
    /// Decisions worked on at a time.
    pub concurrency_max: usize,
}

/// The webhook.
pub struct Admission {
    options: AdmissionOptions,
    ledger: Option<Arc<dyn Ledger>>,
    clock: Arc<dyn Clock>,
    workers: Arc<Semaphore>,
    decide: fn(&Request, &Policy) -> Decision,
}

impl Default for AdmissionOptions {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            body_bytes_max: 8 << 20,
            deadline: Duration::from_secs(3),
            concurrency_max: 64,
        }
    }
}

/// Serves `admission` over TLS until `shutdown` is cancelled.
///
/// # Errors
/// When certificate and key cannot be used.
pub async fn serve(
    listener: TcpListener,
    certificate: &Certificate,
    admission: Arc<Admission>,
    shutdown: CancellationToken,
) -> Result<(), seawall_net::tls::TlsError> {
    let chain = certificate.chain_pem.as_bytes();
    let acceptor = seawall_net::tls::acceptor(chain, certificate.key_pem.as_bytes())?;
    let options = ServeOptions {
        connections_max: 1_024,
        ..ServeOptions::default()
    };
    let handler = move |request, _peer| {
        let admission = Arc::clone(&admission);
        async move { admission.respond(request).await }
    };
    seawall_net::serve(listener, Some(acceptor), options, handler, shutdown).await;
    Ok(())
}

impl Admission {
    /// A webhook that records denials in `ledger`, if there is one.
    #[must_use]
    pub fn new(
        options: AdmissionOptions,
        ledger: Option<Arc<dyn Ledger>>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            workers: Arc::new(Semaphore::new(options.concurrency_max)),
            options,
            ledger,
            clock,
            decide: crate::decide::decide,
        }
    }

    async fn respond(&self, request: HttpRequest<Incoming>) -> Response<Body> {
        match (request.method(), request.uri().path()) {
            (&Method::GET, "/healthz" | "/readyz") => plain(StatusCode::OK, "ok\n"),
            (&Method::POST, "/validate") => self.validate(request).await,
            (_, "/validate" | "/healthz" | "/readyz") => {
                plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n")
            }
            _ => plain(StatusCode::NOT_FOUND, "not found\n"),
        }
    }

    async fn validate(&self, request: HttpRequest<Incoming>) -> Response<Body> {
        let (bytes_max, deadline) = (self.options.body_bytes_max, self.options.deadline);
        let body = match read_capped(request.into_body(), bytes_max, deadline).await {
            Ok(body) => body,
            Err(ReadError::TooLarge(_)) => {
                return plain(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large\n");
            }
            Err(_) => return plain(StatusCode::BAD_REQUEST, "the body did not arrive\n"),
        };
        match self.review(body.into()).await {
            Ok(answer) => json(&answer),
            Err(error) => {
                let status = StatusCode::from_u16(error.code.http_status());
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                plain(status, &format!("{}: {}\n", error.code, error.message))
            }
        }
    }

    /// Answers one review. The deadline covers the wait for a worker too.
    async fn review(&self, body: Vec<u8>) -> Result<serde_json::Value, ReviewError> {
        let work = self.work(move || review::parse(&body)).await;
        let request = Arc::new(work.map_err(|why| ReviewError {
            code: ErrorCode::Internal,
            message: why.to_owned(),
        })??);
        let (shared, policy, decide) = (Arc::clone(&request), self.options.policy, self.decide);
        let decision = match self.work(move || decide(&shared, &policy)).await {
            Ok(decision) => decision,
            Err(why) => {
                tracing::error!(
                    on_error = ?policy.on_error,
                    "an admission request could not be decided: {why}"
                );
                Decision::by_default(policy.on_error, why)
            }
        };
        if !decision.allowed && !request.dry_run {
            self.record(&request, &decision).await;
        }
        Ok(review::answer(&request.uid, &decision))
    }

    /// Runs CPU work away from the event loop; a panic or the deadline becomes a reason.
    async fn work<T: Send + 'static>(
        &self,
        task: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, &'static str> {
        let workers = Arc::clone(&self.workers);
        let run = async move {
            let slot = workers.acquire_owned().await;
            // The slot goes with the work: work that outlives its deadline still counts.
            let task = tokio::task::spawn_blocking(move || {
                let result = task();
                drop(slot);
                result
            });
            task.await.map_err(|_| "a fault of ours ended the analysis")
        };
        match tokio::time::timeout(self.options.deadline, run).await {
            Ok(result) => result,
            Err(_) => Err("the deadline passed"),
        }
    }

    /// A denial stands whether or not it could be recorded; a ledger that fails is said in the log.
    async fn record(&self, request: &Request, decision: &Decision) {
        let Some(ledger) = &self.ledger else {
            return;
        };
        let rules: Vec<&str> = RULES.iter().map(|rule| rule.meta.id).collect();
        let mut counts = std::collections::BTreeMap::new();
        for finding in &decision.findings {
            let count: &mut u64 = counts.entry(finding.severity).or_default();
            *count = count.saturating_add(1);
        }
        let body = Scan {
            path: format!("admission/{}", request.namespace),
            rules: Digest::of(rules.join("\n").as_bytes()),
            report: Digest::of(decision.message.as_bytes()),
            verdict: Verdict::Fail,
            findings: counts,
            problems: u64::from(decision.findings.is_empty()),
        };
        let draft = Draft {
            kind: Kind::Scan,
            at: self.clock.now(),
            principal: request.principal.clone(),
            subject: Digest::of(request.source.as_bytes()).to_string(),
            body: body.to_body(),
        };
        if let Err(error) = ledger.append(vec![draft]).await {
            tracing::error!(error.message = %error, "a denial could not be recorded");
        }
    }
}

impl std::fmt::Debug for Admission {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Admission")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

fn plain(status: StatusCode, text: &str) -> Response<Body> {
    respond(
        status,
        "text/plain; charset=utf-8",
        text.to_owned().into_bytes(),
    )
}

fn json(value: &serde_json::Value) -> Response<Body> {
    respond(
        StatusCode::OK,
        "application/json",
        value.to_string().into_bytes(),
    )
}

fn respond(status: StatusCode, kind: &'static str, bytes: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::full(bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}

#[cfg(test)]
mod tests;
