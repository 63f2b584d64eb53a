//! Responses: every one carries the same protective headers, set in one place.

use http::{HeaderValue, Response, StatusCode, header};
use maud::Markup;
use seawall_base::ErrorCode;
use seawall_net::Body;
use serde_json::{Value, json};

/// Own scripts and styles only, no inline code, no other origin, no frames, forms to ourselves.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page.
pub(crate) fn page(status: StatusCode, markup: Markup) -> Response<Body> {
    content(status, "text/html; charset=utf-8", markup.into_string())
}

/// A JSON value.
pub(crate) fn json(status: StatusCode, value: &Value) -> Response<Body> {
    content(status, "application/json", value.to_string())
}

/// An error of the API in the one form that all of our errors have.
pub(crate) fn error(code: ErrorCode, message: &str) -> Response<Body> {
    let status = StatusCode::from_u16(code.http_status());
    let body = json!({ "error": { "message": message, "code": code.as_str() } });
    json(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), &body)
}

/// An error as plain text, for what is neither a page nor the API.
pub(crate) fn plain(status: StatusCode, message: &str) -> Response<Body> {
    content(status, "text/plain; charset=utf-8", format!("{message}\n"))
}

/// Any content.
pub(crate) fn content(
    status: StatusCode,
    kind: &'static str,
    body: impl Into<bytes::Bytes>,
) -> Response<Body> {
    with_headers(status, kind, Body::full(body))
}

/// A stream of events.
pub(crate) fn stream(body: Body) -> Response<Body> {
    with_headers(StatusCode::OK, "text/event-stream", body)
}

/// Sends the browser elsewhere on this server.
pub(crate) fn redirect(place: &str, cookie: Option<HeaderValue>) -> Response<Body> {
    let mut response = with_headers(
        StatusCode::SEE_OTHER,
        "text/plain; charset=utf-8",
        Body::empty(),
    );
    let headers = response.headers_mut();
    let place = HeaderValue::from_str(place).unwrap_or(HeaderValue::from_static("/"));
    headers.insert(header::LOCATION, place);
    if let Some(cookie) = cookie {
        headers.insert(header::SET_COOKIE, cookie);
    }
    response
}

fn with_headers(status: StatusCode, kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // Not `no-referrer`: browsers would then send `Origin: null` with our own forms.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
