//! The JSON API over a state: what `seawall review`, `seawall key` and scripts ask for.
//!
//! The console serves it to programs with its token. Where no process runs, the command line opens the
//! state folder and asks the same [`Api`] in its own process, so that both ways answer alike.

mod approvals;
mod evidence;
mod keys;
mod overview;
mod pins;

use http::Method;
use seawall_base::json::{self, JsonLimits};
use seawall_base::{ErrorCode, Principal, PrincipalKind};
use serde_json::Value;

pub(crate) use self::approvals::{Said, rule};
use crate::server::Ports;

/// The API over the ports of a state.
#[derive(Clone)]
pub struct Api {
    /// What it reads and changes.
    pub ports: Ports,
    /// Who acts where a request names nobody.
    pub reviewer: Principal,
}

/// Why a request was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// The stable code.
    pub code: ErrorCode,
    /// One sentence for people.
    pub message: String,
}

impl Api {
    /// Answers a request; `path` is what follows `/api/v1/`.
    ///
    /// # Errors
    /// With the code and the sentence that the client is told.
    pub async fn answer(&self, method: &Method, path: &str, body: &str) -> Result<Value, ApiError> {
        let parts: Vec<&str> = path.split('/').collect();
        match (method, parts.as_slice()) {
            (&Method::GET, ["overview"]) => Ok(overview::get(self)),
            (&Method::GET, ["approvals"]) => approvals::list(self).await,
            (&Method::POST, ["approvals", id, "decision"]) => {
                approvals::decide(self, id, &object(body)?).await
            }
            (&Method::GET, ["keys"]) => keys::list(self).await,
            (&Method::POST, ["keys"]) => keys::create(self, &object(body)?).await,
            (&Method::POST, ["keys", id, "revoke"]) => keys::revoke(self, id, &object(body)?).await,
            (&Method::POST, ["evidence", "change-reviews"]) => {
                evidence::change_review(self, &object(body)?).await
            }
            (&Method::POST, ["evidence", "verdicts"]) => {
                evidence::verdicts(self, &object(body)?).await
            }
            (&Method::GET, ["pins"]) => pins::list(self).await,
            (&Method::POST, ["pins", step @ ("show" | "approve" | "remove")]) => {
                pins::change(self, step, &object(body)?).await
            }
            _ => Err(ApiError::new(
                ErrorCode::NotFound,
                "the API has no such path",
            )),
        }
    }

    /// Who acts: whom the request names in `as`, else the console's own reviewer. The token says that
    /// the caller may act here; the name is the caller's word.
    fn actor(&self, body: &Value) -> Result<Principal, ApiError> {
        let Some(name) = body.get("as") else {
            return Ok(self.reviewer.clone());
        };
        name.as_str()
            .and_then(|name| name.parse().ok())
            .filter(|named: &Principal| named.kind == PrincipalKind::Person)
            .ok_or_else(|| ApiError::request("`as` is the name of a person, such as `ada`"))
    }
}

impl ApiError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    pub(crate) fn request(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequest, message)
    }
}

fn object(body: &str) -> Result<Value, ApiError> {
    let body = if body.is_empty() { "{}" } else { body };
    json::parse(body.as_bytes(), &JsonLimits::default())
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| {
            ApiError::new(
                ErrorCode::InvalidJson,
                "the body is not a strict JSON object",
            )
        })
}

/// A text field of a body; empty where it is absent.
fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}
