//! The JSON API of the console, for `seawall review` and for scripts. Bearer token only.

use http::{Response, StatusCode};
use seawall_base::json::{self, JsonLimits};
use seawall_base::{Digest, ErrorCode};
use seawall_evidence::decision::Ruling;
use seawall_net::Body;
use seawall_ports::{Hold, HoldState, HoldsError, Ruled};
use seawall_stats::Estimate;
use serde_json::{Value, json};

use crate::answer;
use crate::server::Console;

/// `GET approvals`: every hold that is kept, oldest first.
pub(crate) async fn approvals(console: &Console) -> Response<Body> {
    match console.ports.holds.list(false).await {
        Ok(holds) => {
            let holds: Vec<Value> = holds.iter().map(hold_value).collect();
            let body = json!({ "schema": "seawall.approvals/v1", "approvals": holds });
            answer::json(StatusCode::OK, &body)
        }
        Err(error) => refusal(&error),
    }
}

/// `POST approvals/{id}/decision` with `{"ruling": "approved"|"denied", "arguments_digest",
/// "reason"}`.
pub(crate) async fn decide(console: &Console, id: &str, text: &str) -> Response<Body> {
    let Ok(body) = json::parse(text.as_bytes(), &JsonLimits::default()) else {
        return answer::error(ErrorCode::InvalidJson, "the body is not strict JSON");
    };
    let field = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    match rule(
        console,
        id,
        field("ruling"),
        field("arguments_digest"),
        field("reason"),
    )
    .await
    {
        Ok(hold) => answer::json(StatusCode::OK, &hold_value(&hold)),
        Err(Refused::Request(why)) => answer::error(ErrorCode::InvalidRequest, why),
        Err(Refused::Hold(error)) => refusal(&error),
    }
}

/// Why a decision was not taken.
pub(crate) enum Refused {
    /// What was sent makes no decision.
    Request(&'static str),
    /// The hold cannot be decided.
    Hold(HoldsError),
}

/// Decides a hold, bound to the digest of the arguments that the reviewer was shown. Pages and API
/// both come here.
pub(crate) async fn rule(
    console: &Console,
    id: &str,
    ruling: &str,
    digest: &str,
    reason: &str,
) -> Result<Hold, Refused> {
    let ruling = match ruling {
        "approved" => Ruling::Approved,
        "denied" => Ruling::Denied,
        _ => return Err(Refused::Request("ruling is `approved` or `denied`")),
    };
    let arguments_digest: Digest = digest
        .parse()
        .map_err(|_| Refused::Request("arguments_digest is `sha256:` and 64 digits"))?;
    let ruled = Ruled {
        ruling,
        by: Console::reviewer(),
        at: console.ports.clock.now(),
        reason: reason.chars().take(1_000).collect(),
        arguments_digest,
    };
    console
        .ports
        .holds
        .decide(id, ruled)
        .await
        .map_err(Refused::Hold)
}

/// `GET overview`: the figures of the overview page.
pub(crate) fn overview(console: &Console) -> Response<Body> {
    let snapshot = console.ports.board.snapshot();
    let risk = snapshot.risk.as_ref().map(|risk| {
        let controls: Vec<Value> = risk
            .controls
            .iter()
            .map(|control| json!({ "id": control.id, "value": estimate(&control.value) }))
            .collect();
        json!({
            "currency": risk.currency,
            "ale": estimate(&risk.with),
            "ale_without": estimate(&risk.without),
            "controls": controls,
        })
    });
    let progress = snapshot.progress.as_ref();
    let body = json!({
        "schema": "seawall.overview/v1",
        "system": snapshot.system,
        "demonstration": snapshot.demonstration.is_some(),
        "risk": risk,
        "trials": progress.map(|progress| json!({ "done": progress.done, "total": progress.total })),
        "ledger_size": console.ports.ledger.size(),
    });
    answer::json(StatusCode::OK, &body)
}

fn estimate(value: &Estimate) -> Value {
    json!({ "mean": value.mean, "p5": value.p5, "p95": value.p95 })
}

fn hold_value(hold: &Hold) -> Value {
    let state = match &hold.state {
        HoldState::Pending => "pending",
        HoldState::Decided(_) => "decided",
        HoldState::Used(_) => "used",
    };
    let ruled = hold.ruled().map(|ruled| {
        json!({
            "ruling": ruled.ruling.as_str(),
            "by": ruled.by.to_string(),
            "at": ruled.at.to_string(),
            "reason": ruled.reason,
        })
    });
    json!({
        "id": hold.id,
        "state": state,
        "principal": hold.principal.to_string(),
        "model": hold.model,
        "tool": hold.tool,
        "arguments": hold.arguments,
        "arguments_digest": hold.arguments_digest.to_string(),
        "reason": hold.reason,
        "created_at": hold.created_at.to_string(),
        "expires_at": hold.expires_at.to_string(),
        "decision": ruled,
    })
}

fn refusal(error: &HoldsError) -> Response<Body> {
    let code = match error {
        HoldsError::NotFound(_) => ErrorCode::NotFound,
        HoldsError::Storage(_) => ErrorCode::Internal,
        _ => ErrorCode::InvalidRequest,
    };
    answer::error(code, &error.to_string())
}
