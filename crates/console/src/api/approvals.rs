//! Held calls: listed with all that a decision binds to, decided once.

use seawall_base::{Digest, ErrorCode, Principal};
use seawall_oversight::{Decision, Hold};
use seawall_ports::HoldsError;
use serde_json::{Value, json};

use super::{Api, ApiError, text};

/// Characters of a reason that are kept.
const REASON_CHARS_MAX: usize = 1_000;

/// `GET approvals`: every hold that is kept, oldest first.
pub(super) async fn list(api: &Api) -> Result<Value, ApiError> {
    let holds = api
        .ports
        .holds
        .list(false)
        .await
        .map_err(|error| refused(&error))?;
    let holds: Vec<Value> = holds.iter().map(value).collect();
    Ok(json!({ "schema": "seawall.approvals/v1", "approvals": holds }))
}

/// `POST approvals/{id}/decision` with `{"ruling": "approved"|"denied", "binding", "reason", "as"}`.
pub(super) async fn decide(api: &Api, id: &str, body: &Value) -> Result<Value, ApiError> {
    let said = Said {
        ruling: text(body, "ruling"),
        binding: text(body, "binding"),
        reason: text(body, "reason"),
    };
    let hold = rule(api, id, &said, api.actor(body)?).await?;
    Ok(value(&hold))
}

/// What a reviewer sent.
pub(crate) struct Said<'a> {
    /// `approved` or `denied`.
    pub(crate) ruling: &'a str,
    /// The digest of what the reviewer was shown.
    pub(crate) binding: &'a str,
    /// Why.
    pub(crate) reason: &'a str,
}

/// Decides a hold. Pages and API both come here.
pub(crate) async fn rule(
    api: &Api,
    id: &str,
    said: &Said<'_>,
    reviewer: Principal,
) -> Result<Hold, ApiError> {
    let approve = match said.ruling {
        "approved" => true,
        "denied" => false,
        _ => return Err(ApiError::request("ruling is `approved` or `denied`")),
    };
    let binding: Digest = said
        .binding
        .parse()
        .map_err(|_| ApiError::request("binding is `sha256:` and 64 digits"))?;
    let decision = Decision {
        approve,
        reviewer,
        reason: said.reason.chars().take(REASON_CHARS_MAX).collect(),
        binding,
    };
    let now = api.ports.clock.now();
    let decided = api.ports.holds.decide(id, decision, now).await;
    decided.map_err(|error| refused(&error))
}

fn value(hold: &Hold) -> Value {
    let request = hold.request();
    let ruled = hold.ruled().map(|ruled| {
        json!({
            "ruling": ruled.ruling.as_str(),
            "by": ruled.by.to_string(),
            "at": ruled.at.to_string(),
            "reason": ruled.reason,
        })
    });
    json!({
        "id": request.id,
        "state": hold.word(),
        "request": request.request,
        "requester": request.requester.to_string(),
        "model": request.model,
        "tool": request.action.tool(),
        "arguments": request.action.arguments(),
        "nonce": Digest::from_bytes(request.nonce).to_hex(),
        "call": request.commitment().to_string(),
        "policy": request.policy.to_string(),
        "binding": request.binding().to_string(),
        "reason": request.reason,
        "opened_at": request.opened_at.to_string(),
        "expires_at": request.expires_at.to_string(),
        "decision": ruled,
    })
}

fn refused(error: &HoldsError) -> ApiError {
    let code = match error {
        HoldsError::NotFound(_) => ErrorCode::NotFound,
        HoldsError::Unrecorded(_) => ErrorCode::EvidenceUnavailable,
        HoldsError::Storage(_) => ErrorCode::Internal,
        _ => ErrorCode::InvalidRequest,
    };
    ApiError::new(code, error.to_string())
}
