//! The listener's loop: paths to handlers, and what every request passes through.

use std::sync::Arc;

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use seawall_base::{ErrorCode, Timestamp};
use seawall_net::{Body, CancellationToken, TaskSet, serve};
use seawall_telemetry::Outcome;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::auth::authenticate;
use crate::config::{Config, LiveRoutes, Ports};
use crate::exchange::{Arrived, exchange};
use crate::interface::{Endpoint, form_of, is_anthropic, key_headers};
use crate::models::{model, models, tags};
use crate::predict;
use crate::record::{Recorder, recorder};
use crate::refusal::{Form, Refusal};
use crate::unwind::caught;

/// The gateway on one listener.
#[derive(Clone, Copy, Debug)]
pub struct Gateway;

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) routes: LiveRoutes,
    pub(crate) ports: Ports,
    pub(crate) recorder: Recorder,
    pub(crate) tasks: TaskSet,
    /// Slots for inspections of large bodies.
    pub(crate) offload: Semaphore,
    draining: CancellationToken,
}

/// Clients quote it when they ask what happened; the official SDKs show it.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The same where Anthropic's SDKs look for it.
const ANTHROPIC_ID: HeaderName = HeaderName::from_static("request-id");

impl Gateway {
    /// Serves until `shutdown` is cancelled, then drains: open requests end, evidence is flushed.
    pub async fn serve(
        listener: TcpListener,
        config: Config,
        ports: Ports,
        shutdown: CancellationToken,
    ) {
        let (recorder, worker) = recorder(&ports, &config.limits);
        let (tasks, last) = (TaskSet::new(), TaskSet::new());
        last.spawn(worker.run());
        let fixed = || LiveRoutes::new(config.routes.clone());
        let routes = config.live.clone().unwrap_or_else(fixed);
        let options = config.serve.clone();
        let drain_max = options.drain_max;
        let shared = Arc::new(Shared {
            offload: Semaphore::new(config.limits.offload_max.max(1)),
            draining: shutdown.clone(),
            tasks: tasks.clone(),
            config,
            routes,
            ports,
            recorder,
        });
        let handler = {
            let shared = Arc::clone(&shared);
            move |request, _peer| answer(Arc::clone(&shared), request)
        };
        serve(listener, None, options, handler, shutdown).await;
        tasks.drain(drain_max).await;
        // The last recorder goes with the last reference, which lets the worker finish the queue.
        drop(shared);
        if !last.drain(drain_max).await {
            tracing::error!("the ledger did not take the last entries in time");
        }
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Response<Body> {
    handle(&shared, request).await
}

/// Answers one request; whatever happens inside, there is an answer.
async fn handle(shared: &Arc<Shared>, request: Request<Incoming>) -> Response<Body> {
    let path = request.uri().path();
    match (request.method(), path) {
        (&Method::GET, "/healthz") => return text(StatusCode::OK, "ok\n"),
        (&Method::GET, "/readyz") if !shared.draining.is_cancelled() => {
            return text(StatusCode::OK, "ready\n");
        }
        (&Method::GET, "/readyz") => return text(StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
        (&Method::GET, "/metrics") => return metrics(shared),
        _ => {}
    }
    shared.ports.metrics.requests_started.inc();
    let started = shared.ports.clock.now();
    let id = shared.ports.ids.next("req", started).to_string();
    let header = HeaderValue::from_str(&id);
    let form = form_of(path, request.headers());
    let api = Box::pin(api(shared, request, form, (id.clone(), started)));
    let answered = caught(api).await.unwrap_or_else(|_| {
        tracing::error!(request.id = %id, "a request ended in a bug and was refused");
        Err(Refusal::internal())
    });
    let mut response = answered.unwrap_or_else(|refusal| {
        if !refusal.counted {
            shared.ports.metrics.ended(Outcome::Refused(refusal.code));
        }
        tracing::info!(
            request.id = %id,
            error.code = refusal.code.as_str(),
            status = refusal.status().as_u16(),
            "refused"
        );
        refusal.into_response(form)
    });
    if let Ok(header) = header {
        if form == Form::Anthropic {
            response.headers_mut().insert(ANTHROPIC_ID, header.clone());
        }
        response.headers_mut().insert(REQUEST_ID, header);
    }
    response
}

/// The paths behind a key.
async fn api(
    shared: &Arc<Shared>,
    request: Request<Incoming>,
    form: Form,
    (id, started): (String, Timestamp),
) -> Result<Response<Body>, Refusal> {
    if predict::target(request.method(), request.uri().path()).is_some() {
        let keys = shared.ports.keys.as_ref();
        let key = authenticate(request.headers(), key_headers(form), keys).await?;
        return predict::answer(shared, &key, (id, started), request).await;
    }
    let endpoint = Endpoint::of(request.method(), request.uri().path())
        .ok_or_else(|| Refusal::new(ErrorCode::NotFound, "There is nothing at this path."))?;
    let keys = shared.ports.keys.as_ref();
    let key = authenticate(request.headers(), key_headers(form), keys).await?;
    let listed = match endpoint {
        Endpoint::Call(interface) => {
            let arrived = Arrived {
                key,
                id,
                started,
                interface,
                form,
            };
            return exchange(shared, arrived, request).await;
        }
        Endpoint::Models => {
            let anthropic = is_anthropic(request.uri().path(), request.headers());
            models(shared, &key, anthropic).await
        }
        Endpoint::Tags => tags(shared, &key).await,
        Endpoint::Model(id) => {
            let anthropic = is_anthropic(request.uri().path(), request.headers());
            model(shared, &key, &id, anthropic).await?
        }
    };
    shared.ports.metrics.ended(Outcome::Completed);
    Ok(listed)
}

fn metrics(shared: &Shared) -> Response<Body> {
    let Ok(rendered) = shared.ports.metrics.render() else {
        return text(StatusCode::INTERNAL_SERVER_ERROR, "");
    };
    let mut response = Response::new(Body::full(rendered));
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8"),
    );
    response
}

fn text(status: StatusCode, body: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::full(body));
    *response.status_mut() = status;
    response
}
