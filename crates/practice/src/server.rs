//! The HTTP side: routes, limits, streams. The engine behind it is [`crate::respond`].

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use seawall_base::ErrorCode;
use seawall_base::json::{JsonLimits, parse};
use seawall_net::{Body, CancellationToken, ReadError, ServeOptions, read_capped};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::conversation::Conversation;
use crate::wire::{self, Reply};
use crate::{LABEL, MODEL, embeddings, mind, responses};

/// Largest request body.
const BODY_BYTES_MAX: usize = 8 << 20;
/// How long a client may pause while it sends its body.
const BODY_IDLE_MAX: Duration = Duration::from_secs(10);

/// Serves the practice upstream on `listener` until `shutdown` is cancelled.
pub async fn serve(listener: TcpListener, shutdown: CancellationToken) {
    let handler = |request: Request<Incoming>, _| async move { labelled(route(request).await) };
    seawall_net::serve(listener, None, ServeOptions::default(), handler, shutdown).await;
}

async fn route(request: Request<Incoming>) -> Response<Body> {
    let path = request.uri().path().trim_end_matches('/').to_owned();
    match (request.method().clone(), path.as_str()) {
        (Method::POST, "/v1/chat/completions") => answered(request, chat).await,
        (Method::POST, "/v1/embeddings") => answered(request, embed).await,
        (Method::POST, "/v1/responses") => answered(request, respond).await,
        (Method::GET, "/v1/models") => json(StatusCode::OK, &wire::models()),
        (Method::GET, "/healthz" | "/readyz") => {
            json(StatusCode::OK, &serde_json::json!({ "status": "ok" }))
        }
        (Method::GET, model) if model.strip_prefix("/v1/models/") == Some(MODEL) => {
            json(StatusCode::OK, &wire::model())
        }
        _ => refused("there is nothing at this path", None, ErrorCode::NotFound),
    }
}

/// Reads a request and answers it.
async fn answered(
    request: Request<Incoming>,
    answer: fn(&Value) -> Result<Response<Body>, &'static str>,
) -> Response<Body> {
    let bytes = match read_capped(request.into_body(), BODY_BYTES_MAX, BODY_IDLE_MAX).await {
        Ok(bytes) => bytes,
        Err(ReadError::TooLarge(_)) => {
            return refused("the body is too large", None, ErrorCode::BodyTooLarge);
        }
        Err(_) => return refused("the body broke off", None, ErrorCode::InvalidRequest),
    };
    let request = match parse(&bytes, &JsonLimits::default()) {
        Ok(request) => request,
        Err(error) => return refused(&error.to_string(), None, error.code()),
    };
    let wrong = "this field is missing or wrong";
    answer(&request).unwrap_or_else(|param| refused(wrong, Some(param), ErrorCode::InvalidRequest))
}

fn chat(request: &Value) -> Result<Response<Body>, &'static str> {
    let conversation = Conversation::parse(request)?;
    let reply = Reply::new(
        request,
        mind::answer(&conversation),
        conversation.tokens_max,
    );
    if !conversation.stream {
        return Ok(json(StatusCode::OK, &reply.completion()));
    }
    let mut text = String::new();
    for chunk in reply.chunks(conversation.stream_usage) {
        text.push_str(&format!("data: {chunk}\n\n"));
    }
    text.push_str("data: [DONE]\n\n");
    Ok(events(&text))
}

fn embed(request: &Value) -> Result<Response<Body>, &'static str> {
    Ok(json(StatusCode::OK, &embeddings::embeddings(request)?))
}

fn respond(request: &Value) -> Result<Response<Body>, &'static str> {
    let completion = crate::respond(&responses::chat_request(request))?;
    if request.get("stream").and_then(Value::as_bool) != Some(true) {
        let response = responses::response(request, &completion, "completed");
        return Ok(json(StatusCode::OK, &response));
    }
    let mut text = String::new();
    for event in responses::events(request, &completion) {
        let kind = event
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        text.push_str(&format!("event: {kind}\ndata: {event}\n\n"));
    }
    Ok(events(&text))
}

fn events(text: &str) -> Response<Body> {
    let mut response = Response::new(streamed(text));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    response
}

/// The events, handed over in one piece: their number is bounded by the longest answer.
fn streamed(events: &str) -> Body {
    Body::full(Bytes::copy_from_slice(events.as_bytes()))
}

fn json(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::full(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

fn refused(message: &str, param: Option<&str>, code: ErrorCode) -> Response<Body> {
    let status = StatusCode::from_u16(code.http_status()).unwrap_or(StatusCode::BAD_REQUEST);
    json(status, &wire::error(message, param, code))
}

/// Every answer says what it comes from, so that nobody takes it for a model's.
fn labelled(mut response: Response<Body>) -> Response<Body> {
    response
        .headers_mut()
        .insert("x-seawall-practice", HeaderValue::from_static(LABEL));
    response
}
