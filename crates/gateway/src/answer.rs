//! Answers that arrive whole: read, inspected, held where policy says so, settled.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Response, StatusCode};
use seawall_base::ErrorCode;
use seawall_evidence::verdict::Stage;
use seawall_guard::{Action, Inspection};
use seawall_llm::{ChatResponse, Place, TextRole, ToolCall, visit_any};
use seawall_net::Body;
use seawall_ports::{UpstreamBody, UpstreamError, UpstreamResponse};
use seawall_telemetry as telemetry;
use serde_json::Value;

use crate::approval::approve;
use crate::call::Call;
use crate::chat::{blocked, upstream_refusal};
use crate::config::Route;
use crate::inspect::{self, Inspected, Texts, response_channel};
use crate::record;
use crate::refusal::{Refusal, json_response};
use crate::server::Shared;
use crate::watch::Watch;

/// An error body of an upstream is read up to here.
const ERROR_BYTES_MAX: usize = 64 << 10;

/// Reads, inspects and passes on a whole answer; the call settles with it.
pub(crate) async fn answer(
    shared: &Arc<Shared>,
    route: &Route,
    mut call: Call,
    upstream: UpstreamResponse,
    watch: Option<&Watch>,
) -> Result<Response<Body>, Refusal> {
    match passed(shared, route, &mut call, (upstream, watch)).await {
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

async fn passed(
    shared: &Arc<Shared>,
    route: &Route,
    call: &mut Call,
    (upstream, watch): (UpstreamResponse, Option<&Watch>),
) -> Result<(Bytes, Option<HeaderValue>), Refusal> {
    let limits = &shared.config.limits;
    let bytes = read(upstream.body, limits.answer_bytes_max).await;
    let bytes = bytes.map_err(|error| upstream_refusal(&error))?;
    let mut response = ChatResponse::parse(&bytes, &limits.json)?;
    call.used(response.usage());
    call.called_tools(tool_calls(&response));
    let Some(watch) = watch else {
        return Ok((bytes, None));
    };
    let before = response.clone();
    if route.is_shadow() {
        let Inspected { inspection, .. } = inspect::response(watch, &mut response);
        observed(shared, route, call, &inspection);
        return Ok((bytes, None));
    }
    let Inspected { inspection, held } = inspect::response(watch, &mut response);
    judge(shared, route, call, &inspection).await?;
    if inspection.verdict == Action::Hold {
        let held = held_calls(&response, &held).ok_or_else(|| {
            // A hold on something that is not a tool call has nobody to wait for.
            blocked(route, &inspection, "answer")
        })?;
        let calls = held
            .iter()
            .map(|(_, call)| call.clone())
            .collect::<Vec<_>>();
        let approved = approve(shared, call, watch.guard.digest(), &calls).await?;
        release(&mut response, held, approved)?;
    }
    if response == before {
        return Ok((bytes, None));
    }
    let verdict = changed_by(&inspection).filter(|_| route.explain);
    Ok((Bytes::from(response.to_bytes()), verdict))
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

/// The tool calls that detections ask to hold, by pointer. None when one lies outside a tool call.
fn held_calls(response: &ChatResponse, paths: &[String]) -> Option<Vec<(String, ToolCall)>> {
    let mut pointers: Vec<String> = Vec::new();
    for path in paths {
        let pointer = call_pointer(path)?.to_owned();
        if !pointers.contains(&pointer) {
            pointers.push(pointer);
        }
    }
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    pointers
        .into_iter()
        .map(|pointer| {
            let call = response.body().pointer(&pointer)?;
            let function = call.get("function").unwrap_or(call);
            let tool_call = ToolCall {
                id: text(call.get("id")).unwrap_or_default(),
                name: text(function.get("name"))?,
                arguments: text(function.get("arguments"))?,
            };
            Some((pointer, tool_call))
        })
        .collect()
}

/// How many tool calls an answer has.
fn tool_calls(response: &ChatResponse) -> u64 {
    let choices = response.body().get("choices").and_then(Value::as_array);
    let messages = choices.into_iter().flatten();
    let count = messages.filter_map(|choice| {
        let message = choice.get("message")?;
        let calls = message.get("tool_calls").and_then(Value::as_array);
        let older = message.get("function_call").is_some_and(Value::is_object);
        Some(calls.map_or(0, Vec::len) + usize::from(older))
    });
    u64::try_from(count.sum::<usize>()).unwrap_or(u64::MAX)
}

/// The pointer of the tool call that a path lies in.
fn call_pointer(path: &str) -> Option<&str> {
    let parts: Vec<&str> = path.split('/').take(6).collect();
    let count = match parts.as_slice() {
        ["", "choices", _, "message", "function_call", ..] => 5,
        ["", "choices", _, "message", "tool_calls", _] => 6,
        _ => return None,
    };
    let length: usize = parts.iter().take(count).map(|part| part.len() + 1).sum();
    path.get(..length.saturating_sub(1))
}

/// Puts the approved arguments in place.
fn release(
    response: &mut ChatResponse,
    held: Vec<(String, ToolCall)>,
    approved: Vec<String>,
) -> Result<(), Refusal> {
    for ((pointer, _), arguments) in held.into_iter().zip(approved) {
        let function = if pointer.ends_with("/function_call") {
            ""
        } else {
            "/function"
        };
        let path = format!("{pointer}{function}/arguments");
        response
            .edit(&path, Place::Value, arguments)
            .map_err(|_| Refusal::internal())?;
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_paths_lead_to_their_calls() {
        let call = "/choices/0/message/tool_calls/12";
        assert_eq!(call_pointer(&format!("{call}/function/name")), Some(call));
        assert_eq!(
            call_pointer(&format!("{call}/function/arguments#/a/b")),
            Some(call)
        );
        let older = "/choices/1/message/function_call";
        assert_eq!(call_pointer(&format!("{older}/name")), Some(older));
        assert_eq!(call_pointer("/choices/0/message/content"), None);
    }
}
