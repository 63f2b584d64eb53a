//! The life of one call, up to the head of the upstream's answer.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, USER_AGENT,
};
use http::{HeaderMap, Method, Request, Response};
use hyper::body::Incoming;
use seawall_base::{ErrorCode, OnError, Timestamp};
use seawall_budget::{Shape, call_tokens_max};
use seawall_evidence::verdict::Stage;
use seawall_guard::{Action, Guard, Inspection};
use seawall_net::{Body, ReadError, read_capped};
use seawall_ports::{UpstreamError, UpstreamRequest, UpstreamResponse, VirtualKey};
use seawall_telemetry as telemetry;

use crate::answer::Whole;
use crate::call::{Call, Opening};
use crate::config::{GatewayLimits, Route, Speaks};
use crate::dialect::{Dialect, Prompt};
use crate::egress::{Carried, Egress};
use crate::interface::Interface;
use crate::refusal::{Form, Refusal};
use crate::server::Shared;
use crate::spend::{Caller, patrolled};
use crate::stream::Asked;
use crate::watch::Watch;
use crate::{answer, inspect, record, stream};

/// A request whose caller is known.
pub(crate) struct Arrived {
    pub(crate) key: VirtualKey,
    pub(crate) id: String,
    pub(crate) started: Timestamp,
    pub(crate) interface: Interface,
    pub(crate) form: Form,
}

/// Answers one call. A call that is refused on the way settles by being dropped.
pub(crate) async fn exchange(
    shared: &Arc<Shared>,
    arrived: Arrived,
    request: Request<Incoming>,
) -> Result<Response<Body>, Refusal> {
    let headers = passed_on(request.headers());
    let names = ["x-seawall-session", "x-seawall-run", "x-seawall-class"];
    let [session, run, class] = names.map(|name| named(&request, name));
    let body = read(shared, request).await?;
    let body_bytes = body.len();
    let limits = &shared.config.limits.json;
    let carried = arrived.interface.read(&body, limits)?;
    drop(body);
    bounded(carried.prompt.as_ref(), body_bytes, &shared.config.limits)?;
    let route = &*route(shared, &arrived.key, carried.prompt.model())?;
    let carried = carried.onto(route.speaks, route.answer_tokens_max, limits)?;
    let Carried {
        dialect,
        mut prompt,
        egress,
    } = carried;
    // Bounds hold for what is sent, which a translation may make longer.
    let body_bytes = match egress {
        Egress::Same => body_bytes,
        _ => body_bytes.max(prompt.to_bytes().len()),
    };
    let answer_tokens = prompt.clamp(route.answer_tokens_max);
    let choices = prompt.counts().choices;
    // Who waits for a place holds nothing yet that others need.
    let place = match &shared.config.places {
        Some(places) => Some(places.enter(&arrived.key).await?),
        None => None,
    };
    let caller = Caller {
        key: arrived.key.id.clone(),
        session: run.clone().or_else(|| session.clone()),
    };
    let opening = Opening {
        id: arrived.id,
        route: route.name.clone(),
        model: prompt.model().to_owned(),
        started: arrived.started,
        tokens_max: call_tokens_max(body_bytes, choices, answer_tokens),
        // The dialects accept parts of text alone, so nothing but text is counted.
        shape: Shape::text(body_bytes, choices, answer_tokens),
        session,
        run,
        class,
        place,
    };
    let mut call = Call::reserve(shared, &arrived.key, opening).await?;
    let outgoing = Outgoing {
        dialect,
        egress,
        form: arrived.form,
        headers,
        prompt,
        body_bytes,
    };
    let outcome = match patrolled(shared, &call, &caller, outgoing.prompt.body()).await {
        Ok(()) => forward(shared, route, &mut call, outgoing).await,
        Err(refusal) => Err(refusal),
    };
    match outcome {
        Ok(Forwarded::Whole(whole)) => {
            let answer = answer::answer(shared, route, call, whole);
            answer.await.map_err(counted)
        }
        Ok(Forwarded::Stream(upstream, asked)) => {
            Ok(stream::answer(shared, route, call, upstream, asked))
        }
        Err(refusal) => {
            call.refuse(refusal.code, refusal.status().as_u16());
            Err(counted(refusal))
        }
    }
}

/// Holds the parts of a request to their limits. No limit of bytes bounds what many small parts cost.
fn bounded(prompt: &dyn Prompt, body_bytes: usize, limits: &GatewayLimits) -> Result<(), Refusal> {
    let counts = prompt.counts();
    let mut text_bytes = 0_usize;
    // Decoding makes no text longer than the body that it stands in.
    if body_bytes > limits.text_bytes_max {
        prompt.visit(&mut |leaf| text_bytes = text_bytes.saturating_add(leaf.text.len()));
    }
    let beyond = [
        ("answers", counts.choices > limits.choices_max),
        ("messages", counts.messages > limits.messages_max),
        ("tools", counts.tools > limits.tools_max),
        ("bytes of text", text_bytes > limits.text_bytes_max),
    ];
    match beyond.iter().find(|(_, is_beyond)| *is_beyond) {
        Some((what, _)) => Err(Refusal::new(
            ErrorCode::InvalidRequest,
            format!("The request has more {what} than the limit."),
        )),
        None => Ok(()),
    }
}

/// What a client calls its session or run: a short name, or none.
fn named(request: &Request<Incoming>, header: &str) -> Option<String> {
    let name = request.headers().get(header)?.to_str().ok()?;
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    let fits = !name.is_empty() && name.len() <= 128 && name.bytes().all(sound);
    fits.then(|| name.to_owned())
}

const fn counted(mut refusal: Refusal) -> Refusal {
    refusal.counted = true;
    refusal
}

/// A request on its way to the upstream.
struct Outgoing {
    dialect: Dialect,
    egress: Egress,
    form: Form,
    /// Headers of the client that mean something to the upstream.
    headers: HeaderMap,
    prompt: Box<dyn Prompt>,
    body_bytes: usize,
}

/// The head of the upstream's answer.
enum Forwarded {
    Whole(Whole),
    Stream(UpstreamResponse, Asked),
}

/// Inspects and sends the request.
async fn forward(
    shared: &Arc<Shared>,
    route: &Route,
    call: &mut Call,
    outgoing: Outgoing,
) -> Result<Forwarded, Refusal> {
    let (dialect, egress, form) = (outgoing.dialect, outgoing.egress, outgoing.form);
    let mut headers = route.speaks.headers();
    if route.speaks == Speaks::Anthropic {
        headers.extend(outgoing.headers.clone());
    }
    let (mut prompt, watch) = guarded(shared, route, call, outgoing).await?;
    let (streamed, include_usage) = (prompt.is_streamed(), prompt.include_usage());
    prompt.make_ready();
    let bytes = Bytes::from(prompt.to_bytes());
    drop(prompt);
    call.sent();
    let upstream = route.upstream.as_ref().unwrap_or(&shared.ports.upstream);
    let upstream = upstream
        .send(upstream_request(dialect, headers, bytes))
        .await;
    let upstream = upstream.map_err(|error| upstream_refusal(&error))?;
    if !upstream.status.is_success() {
        if upstream.status.is_client_error() {
            call.unbilled();
        }
        return Err(answer::refused(shared, route, upstream).await);
    }
    if upstream.headers.contains_key(CONTENT_ENCODING) {
        return Err(nonsense());
    }
    if !streamed {
        return Ok(Forwarded::Whole(Whole {
            dialect,
            upstream,
            egress,
            watch,
        }));
    }
    let kind = upstream.headers.get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("text/event-stream") {
        return Err(nonsense());
    }
    let asked = Asked {
        form,
        egress,
        dialect,
        include_usage,
        watch,
    };
    Ok(Forwarded::Stream(upstream, asked))
}

/// Inspects the request, records the verdict, and returns what may be forwarded.
async fn guarded(
    shared: &Arc<Shared>,
    route: &Route,
    call: &Call,
    outgoing: Outgoing,
) -> Result<(Box<dyn Prompt>, Option<Watch>), Refusal> {
    let Outgoing {
        prompt, body_bytes, ..
    } = outgoing;
    let Some(guard) = &route.guard else {
        return Ok((prompt, None));
    };
    if let Some(param) = prompt.unseen().filter(|_| !route.is_shadow()) {
        return Err(Refusal {
            param: Some(param.to_owned()),
            ..Refusal::new(
                ErrorCode::UnsupportedContent,
                "Token probabilities of a stream spell text that is still being inspected.",
            )
        });
    }
    let began = shared.ports.clock.now();
    let untouched = route.is_shadow().then(|| prompt.copy());
    let (prompt, inspection) = inspected(shared, guard, prompt, body_bytes).await?;
    let elapsed = shared.ports.clock.now().duration_since(began);
    let metrics = &shared.ports.metrics;
    metrics
        .guard_seconds
        .observe(elapsed.as_secs_f64().max(0.0));
    record::count(shared, route, telemetry::Stage::Request, inspection.verdict);
    let latency_us = u64::try_from(elapsed.as_micros()).unwrap_or(0);
    let subject = call.subject();
    let latency_us = Some(latency_us);
    let entry = record::verdict(&subject, Stage::Request, route, &inspection, latency_us);
    if let Some(untouched) = untouched {
        shared.recorder.queue(entry);
        let watch = Watch::new(guard, untouched.as_ref());
        return Ok((untouched, Some(watch)));
    }
    if inspection.verdict >= Action::Hold {
        // Durable before the client can learn of it.
        shared.recorder.durable(entry).await?;
        return Err(blocked(route, &inspection, "request"));
    }
    if !shared.recorder.queue(entry) && shared.config.on_error == OnError::Deny {
        return Err(Refusal::no_evidence());
    }
    let watch = Watch::new(guard, prompt.as_ref());
    Ok((prompt, Some(watch)))
}

/// Runs the guard, off the network threads where the body is large.
async fn inspected(
    shared: &Arc<Shared>,
    guard: &Guard,
    mut prompt: Box<dyn Prompt>,
    body_bytes: usize,
) -> Result<(Box<dyn Prompt>, Inspection), Refusal> {
    if body_bytes <= shared.config.limits.inline_bytes_max {
        let inspection = inspect::request(guard, prompt.as_mut());
        return Ok((prompt, inspection));
    }
    let slot = shared.offload.acquire().await;
    let guard = guard.clone();
    let inspected = tokio::task::spawn_blocking(move || {
        let inspection = inspect::request(&guard, prompt.as_mut());
        (prompt, inspection)
    });
    let inspected = inspected.await.map_err(|_| Refusal::internal());
    drop(slot);
    inspected
}

pub(crate) async fn read(shared: &Shared, request: Request<Incoming>) -> Result<Bytes, Refusal> {
    let encoded = request.headers().get(CONTENT_ENCODING);
    if encoded.is_some_and(|encoding| encoding != "identity") {
        return Err(Refusal::new(
            ErrorCode::InvalidRequest,
            "Compressed request bodies are not accepted.",
        ));
    }
    let limits = &shared.config.limits;
    let read = read_capped(
        request.into_body(),
        limits.json.bytes_max,
        limits.body_idle_max,
    );
    // A byte now and then never pauses for long, and never ends either.
    let read = tokio::time::timeout(limits.body_max, read).await;
    read.unwrap_or(Err(ReadError::TimedOut))
        .map_err(|error| match error {
            ReadError::TooLarge(most) => Refusal::new(
                ErrorCode::BodyTooLarge,
                format!("The body is larger than {most} bytes."),
            ),
            _ => Refusal::new(ErrorCode::InvalidRequest, "The body did not arrive."),
        })
}

/// The first route for the model. A model outside the key's scope reads like one that is not there.
fn route(shared: &Shared, key: &VirtualKey, model: &str) -> Result<Arc<Route>, Refusal> {
    let routes = shared.routes.now();
    let found = routes.iter().find(|route| route.serves(model));
    let found = found.filter(|_| key.covers(model)).map(Arc::clone);
    found.ok_or_else(|| Refusal {
        param: Some("model".to_owned()),
        ..Refusal::new(
            ErrorCode::ModelNotFound,
            "No route serves this model for this key.",
        )
    })
}

/// Headers of Anthropic's clients that say how the body is meant. Values of a plain form alone.
fn passed_on(headers: &HeaderMap) -> HeaderMap {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_., ".contains(&byte);
    let mut passed = HeaderMap::new();
    for name in ["anthropic-version", "anthropic-beta"] {
        let values = headers.get_all(name).iter();
        for value in
            values.filter(|value| value.len() <= 512 && value.as_bytes().iter().copied().all(plain))
        {
            passed.append(name, value.clone());
        }
    }
    passed
}

fn upstream_request(dialect: Dialect, mut headers: HeaderMap, body: Bytes) -> UpstreamRequest {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(
        ACCEPT,
        HeaderValue::from_static("application/json, text/event-stream"),
    );
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(USER_AGENT, HeaderValue::from_static("seawall"));
    UpstreamRequest {
        method: Method::POST,
        path: dialect.path().to_owned(),
        headers,
        body,
    }
}

/// The refusal of a blocked message. What matched is not in it.
pub(crate) fn blocked(route: &Route, inspection: &Inspection, what: &str) -> Refusal {
    let decisive = inspection.decisive().filter(|_| route.explain);
    Refusal {
        cause: decisive
            .map(|detection| (detection.control.to_owned(), detection.detector.to_owned())),
        ..Refusal::new(
            ErrorCode::BlockedByPolicy,
            format!("The {what} was blocked by policy."),
        )
    }
}

pub(crate) fn upstream_refusal(error: &UpstreamError) -> Refusal {
    tracing::warn!(error = %error, "the upstream did not answer");
    match error {
        UpstreamError::Timeout => Refusal::new(
            ErrorCode::UpstreamTimeout,
            "The upstream did not answer in time.",
        ),
        UpstreamError::TooLarge(_) => Refusal::new(
            ErrorCode::UpstreamFailed,
            "The upstream's answer is larger than the limit.",
        ),
        _ => Refusal::new(
            ErrorCode::UpstreamFailed,
            "The upstream could not be reached or broke off.",
        ),
    }
}

fn nonsense() -> Refusal {
    Refusal::new(
        ErrorCode::UpstreamFailed,
        "The upstream answered in a form that cannot be inspected.",
    )
}

pub(crate) const fn label(action: Action) -> telemetry::VerdictLabel {
    match action {
        Action::Allow => telemetry::VerdictLabel::Allow,
        Action::Flag => telemetry::VerdictLabel::Flag,
        Action::Redact => telemetry::VerdictLabel::Redact,
        Action::Hold => telemetry::VerdictLabel::Hold,
        Action::Block => telemetry::VerdictLabel::Block,
    }
}
