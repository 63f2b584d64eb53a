//! The HTTPS loop: one request, one decision, within a deadline and behind a panic boundary.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http::{Method, Request as HttpRequest, Response, StatusCode, header};
use hyper::body::Incoming;
use seawall_base::{Clock, Digest, ErrorCode, Verdict};
use seawall_evidence::body::scan::Scan;
use seawall_evidence::{Draft, Kind};
use seawall_net::tls::{Identity, TlsError};
use seawall_net::{Body, CancellationToken, ReadError, ServeOptions, read_capped};
use seawall_policy::RULES;
use seawall_ports::Ledger;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::decide::{Decision, Ground, Policy};
use crate::facts::Facts;
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
    facts: SharedFacts,
    decide: fn(&Request, &Ground<'_>) -> Decision,
}

/// The cluster's objects, as the watch keeps them and decisions read them.
pub type SharedFacts = Arc<RwLock<Facts>>;

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

/// Serves `admission` over TLS as `identity` until `shutdown` is cancelled.
///
/// # Errors
/// When the identity cannot be used.
pub async fn serve(
    listener: TcpListener,
    identity: &Identity,
    admission: Arc<Admission>,
    shutdown: CancellationToken,
) -> Result<(), TlsError> {
    let acceptor = identity.acceptor()?;
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
            facts: SharedFacts::default(),
            decide: crate::decide::decide,
        }
    }

    /// The same webhook, deciding by the objects of a cluster too.
    #[must_use]
    pub fn with_facts(self, facts: SharedFacts) -> Self {
        Self { facts, ..self }
    }

    async fn respond(&self, request: HttpRequest<Incoming>) -> Response<Body> {
        match (request.method(), request.uri().path()) {
            (&Method::GET, "/healthz") => plain(StatusCode::OK, "ok\n"),
            (&Method::GET, "/readyz") => match self.is_ready() {
                true => plain(StatusCode::OK, "ok\n"),
                false => plain(StatusCode::SERVICE_UNAVAILABLE, "reading the cluster\n"),
            },
            (&Method::POST, "/validate") => self.answered(request, Task::Validate).await,
            (&Method::POST, "/mutate") => self.answered(request, Task::Mutate).await,
            (_, "/validate" | "/mutate" | "/healthz" | "/readyz") => {
                plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n")
            }
            _ => plain(StatusCode::NOT_FOUND, "not found\n"),
        }
    }

    fn is_ready(&self) -> bool {
        let facts = self.facts.read().unwrap_or_else(PoisonError::into_inner);
        facts.ready()
    }

    async fn answered(&self, request: HttpRequest<Incoming>, task: Task) -> Response<Body> {
        let (bytes_max, deadline) = (self.options.body_bytes_max, self.options.deadline);
        let body = match read_capped(request.into_body(), bytes_max, deadline).await {
            Ok(body) => body,
            Err(ReadError::TooLarge(_)) => {
                return plain(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large\n");
            }
            Err(_) => return plain(StatusCode::BAD_REQUEST, "the body did not arrive\n"),
        };
        let request = match self.read(body.into()).await {
            Ok(request) => Arc::new(request),
            Err(error) => {
                let status = StatusCode::from_u16(error.code.http_status());
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                return plain(status, &format!("{}: {}\n", error.code, error.message));
            }
        };
        match task {
            Task::Validate => json(&self.review(request).await),
            Task::Mutate => json(&self.change(request).await),
        }
    }

    async fn read(&self, body: Vec<u8>) -> Result<Request, ReviewError> {
        let work = self.work(move || review::parse(&body)).await;
        work.map_err(|why| ReviewError {
            code: ErrorCode::Internal,
            message: why.to_owned(),
        })?
    }

    /// Answers one review. The deadline covers the wait for a worker too.
    async fn review(&self, request: Arc<Request>) -> serde_json::Value {
        let policy = self.options.policy;
        let decide = self.decide;
        let decision = match self.grounded(&request, decide).await {
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
        review::answer(&request.uid, &decision)
    }

    /// Answers what may be changed. Where that fails nothing is changed: what should have been held
    /// is denied when it is validated.
    async fn change(&self, request: Arc<Request>) -> serde_json::Value {
        let patch = self.grounded(&request, crate::decide::mutate).await;
        let patch = patch.unwrap_or_else(|why| {
            tracing::error!("an admission request could not be prepared: {why}");
            None
        });
        review::change(&request.uid, patch.as_ref())
    }

    /// Runs `task` on a worker over the request, the policy and the facts of this moment.
    async fn grounded<T: Send + 'static>(
        &self,
        request: &Arc<Request>,
        task: impl FnOnce(&Request, &Ground<'_>) -> T + Send + 'static,
    ) -> Result<T, &'static str> {
        let (request, facts) = (Arc::clone(request), Arc::clone(&self.facts));
        let (policy, now) = (self.options.policy, self.clock.now());
        self.work(move || {
            let facts = facts.read().unwrap_or_else(PoisonError::into_inner);
            let ground = Ground {
                policy: &policy,
                facts: &facts,
                now,
            };
            task(&request, &ground)
        })
        .await
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

/// What the API server asks for.
#[derive(Clone, Copy, Debug)]
enum Task {
    Validate,
    Mutate,
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
