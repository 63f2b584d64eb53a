//! Answers that arrive whole: read, inspected, held where policy says so, settled.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Response, StatusCode};
use seawall_base::ErrorCode;
use seawall_evidence::verdict::Stage;
use seawall_guard::{Action, Inspection};
use seawall_llm::{TextRole, ToolCall, visit_any};
use seawall_net::Body;
use seawall_ports::{UpstreamBody, UpstreamError, UpstreamResponse};
use seawall_telemetry as telemetry;
use serde_json::Value;

use crate::approval::approve;
use crate::call::Call;
use crate::config::Route;
use crate::dialect::{Answer, Dialect};
use crate::egress::Egress;
use crate::exchange::{blocked, upstream_refusal};
use crate::inspect::{self, Inspected, Texts, response_channel};
use crate::record;
use crate::refusal::{Refusal, json_response};
use crate::server::Shared;
use crate::watch::Watch;

/// An error body of an upstream is read up to here.
const ERROR_BYTES_MAX: usize = 64 << 10;

/// An answer that is still to be read, and what it is judged by.
pub(crate) struct Whole {
    pub(crate) dialect: Dialect,
    pub(crate) upstream: UpstreamResponse,
    /// How the client reads it.
    pub(crate) egress: Egress,
    /// The guard, where the route has one.
    pub(crate) watch: Option<Watch>,
}

/// Reads, inspects and passes on a whole answer; the call settles with it.
pub(crate) async fn answer(
    shared: &Arc<Shared>,
    route: &Route,
    mut call: Call,
    whole: Whole,
) -> Result<Response<Body>, Refusal> {
    match passed(shared, route, &mut call, whole).await {
        Ok((bytes, verdict)) => {
            call.complete();
            let mut response = json_response(StatusCode::OK, bytes);
            if let Some(verdict) = verdict {
                response.headers_mut().insert("seawall-verdict", verdict);
            }
            Ok(response)
        }
        Err(refusal) => {
            call.refuse(refusal.code, refusal.status().as_u16());
            Err(refusal)
        }
    }
}

/// The answer in the client's dialect, and what changed it.
async fn passed(
    shared: &Arc<Shared>,
    route: &Route,
    call: &mut Call,
    whole: Whole,
) -> Result<(Bytes, Option<HeaderValue>), Refusal> {
    let egress = whole.egress;
    let (bytes, verdict) = judged(shared, route, call, whole).await?;
    let bytes = egress.whole(bytes, &shared.config.limits.json)?;
    Ok((bytes, verdict))
}

async fn judged(
    shared: &Arc<Shared>,
    route: &Route,
    call: &mut Call,
    whole: Whole,
) -> Result<(Bytes, Option<HeaderValue>), Refusal> {
    let limits = &shared.config.limits;
    let bytes = read(whole.upstream.body, limits.answer_bytes_max).await;
    let bytes = bytes.map_err(|error| upstream_refusal(&error))?;
    let mut answer = whole.dialect.answer(&bytes, &limits.json)?;
    call.used(answer.usage());
    call.called_tools(answer.tool_calls());
    let Some(watch) = &whole.watch else {
        return Ok((bytes, None));
    };
    let inspected = inspect::response(watch, answer.as_mut());
    let Inspected {
        inspection,
        held,
        mut changed,
    } = inspected;
    if route.is_shadow() {
        observed(shared, route, call, &inspection);
        return Ok((bytes, None));
    }
    judge(shared, route, call, &inspection).await?;
    if inspection.verdict == Action::Hold {
        let held = held_calls(answer.as_ref(), &held).ok_or_else(|| {
            // A hold on something that is not a tool call has nobody to wait for.
            blocked(route, &inspection, "answer")
        })?;
        let calls: Vec<ToolCall> = held.iter().map(|(_, call)| call.clone()).collect();
        let approved = approve(shared, call, watch.guard.digest(), &calls).await?;
        changed |= release(answer.as_mut(), held, approved)?;
    }
    if !changed {
        return Ok((bytes, None));
    }
    let verdict = changed_by(&inspection).filter(|_| route.explain);
    Ok((Bytes::from(answer.to_bytes()), verdict))
}

/// Control and detector that changed an answer, for a route that explains.
fn changed_by(inspection: &Inspection) -> Option<HeaderValue> {
    let decisive = inspection.decisive()?;
    let action = inspection.verdict.as_str();
    let text = format!(
        "{action}; control={}; detector={}",
        decisive.control, decisive.detector
    );
    HeaderValue::from_str(&text).ok()
}

/// Queues a verdict that stops nothing: one of a stream that went on, or of shadow mode.
pub(crate) fn observed(shared: &Shared, route: &Route, call: &Call, inspection: &Inspection) {
    record::count(
        shared,
        route,
        telemetry::Stage::Response,
        inspection.verdict,
    );
    if inspection.verdict > Action::Allow {
        let entry = record::verdict(&call.subject(), Stage::Response, route, inspection, None);
        shared.recorder.queue(entry);
    }
}

/// Records a verdict on an answer that says anything, and refuses what is blocked.
pub(crate) async fn judge(
    shared: &Shared,
    route: &Route,
    call: &Call,
    inspection: &Inspection,
) -> Result<(), Refusal> {
    record::count(
        shared,
        route,
        telemetry::Stage::Response,
        inspection.verdict,
    );
    if inspection.verdict == Action::Allow {
        return Ok(());
    }
    let entry = record::verdict(&call.subject(), Stage::Response, route, inspection, None);
    if inspection.verdict < Action::Hold {
        shared.recorder.queue(entry);
        return Ok(());
    }
    shared.recorder.durable(entry).await?;
    if inspection.verdict == Action::Block {
        return Err(blocked(route, inspection, "answer"));
    }
    Ok(())
}

/// The tool calls that detections ask to hold, by path. None when one lies outside a tool call.
fn held_calls(answer: &dyn Answer, paths: &[String]) -> Option<Vec<(String, ToolCall)>> {
    let mut calls: Vec<(String, ToolCall)> = Vec::new();
    for path in paths {
        let call = answer.call_at(path)?;
        if !calls.iter().any(|(known, _)| *known == call.0) {
            calls.push(call);
        }
    }
    Some(calls)
}

/// Puts the approved arguments in place. True when one differs from what the upstream sent.
fn release(
    answer: &mut dyn Answer,
    held: Vec<(String, ToolCall)>,
    approved: Vec<String>,
) -> Result<bool, Refusal> {
    let mut changed = false;
    for ((path, call), arguments) in held.into_iter().zip(approved) {
        changed |= call.arguments != arguments;
        let set = answer.set_arguments(&path, arguments);
        set.map_err(|_| Refusal::internal())?;
    }
    Ok(changed)
}

/// The refusal that an upstream's error becomes. Its text is passed on only where it concerns the
/// client, and only when the guard sees nothing in it.
pub(crate) async fn refused(shared: &Shared, route: &Route, upstream: UpstreamResponse) -> Refusal {
    let status = upstream.status;
    tracing::warn!(
        upstream.status = status.as_u16(),
        "the upstream refused a call"
    );
    let code = match status.as_u16() {
        400 | 409 | 413 | 422 => ErrorCode::InvalidRequest,
        404 => ErrorCode::ModelNotFound,
        429 => ErrorCode::RateLimited,
        _ => {
            return Refusal::new(ErrorCode::UpstreamFailed, "The upstream failed.");
        }
    };
    let retry_after = upstream.headers.get(http::header::RETRY_AFTER);
    let retry_after = retry_after
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .filter(|seconds| *seconds <= 3_600);
    let bytes = read(upstream.body, ERROR_BYTES_MAX)
        .await
        .unwrap_or_default();
    let body = seawall_base::json::parse(&bytes, &shared.config.limits.json).unwrap_or_default();
    let message = body.pointer("/error/message").and_then(Value::as_str);
    let message = message.filter(|_| is_clean(route, &body));
    Refusal {
        retry_after,
        status: Some(status),
        ..Refusal::new(code, message.unwrap_or("The upstream refused the request."))
    }
}

fn is_clean(route: &Route, body: &Value) -> bool {
    let Some(guard) = &route.guard else {
        return true;
    };
    let mut texts = Texts::default();
    visit_any(body, TextRole::Output, &mut |leaf| {
        texts.add(response_channel(leaf.role), leaf);
    });
    texts.inspect(guard).verdict <= Action::Flag
}

/// Reads an upstream's body up to a cap.
pub(crate) async fn read(
    mut body: Box<dyn UpstreamBody>,
    bytes_max: usize,
) -> Result<Bytes, UpstreamError> {
    let mut first = Bytes::new();
    let mut gathered = BytesMut::new();
    while let Some(piece) = body.chunk().await? {
        let length = first.len().saturating_add(gathered.len());
        if length.saturating_add(piece.len()) > bytes_max {
            return Err(UpstreamError::TooLarge(
                u64::try_from(bytes_max).unwrap_or(u64::MAX),
            ));
        }
        if length == 0 {
            first = piece;
        } else {
            if gathered.is_empty() {
                gathered.extend_from_slice(&std::mem::take(&mut first));
            }
            gathered.extend_from_slice(&piece);
        }
    }
    Ok(if gathered.is_empty() {
        first
    } else {
        gathered.freeze()
    })
}
