//! Tool calls that wait for a person: opened in the waiting room, decided elsewhere, used here once.

use seawall_base::{Digest, ErrorCode, Principal, PrincipalKind, canonical_json};
use seawall_evidence::decision::{Decision, Ruling};
use seawall_evidence::{Draft, Kind, hold};
use seawall_llm::ToolCall;
use seawall_ports::{Hold, HoldState, HoldsError, Ruled};

use crate::call::Call;
use crate::record::draft;
use crate::refusal::Refusal;
use crate::server::Shared;

/// Waits until every call is approved, and returns the arguments to release: byte for byte the
/// canonical form that the reviewer was shown.
///
/// # Errors
/// The first denial or time-out refuses all of them.
pub(crate) async fn approve(
    shared: &Shared,
    call: &Call,
    held: &[ToolCall],
) -> Result<Vec<String>, Refusal> {
    let mut open = Vec::with_capacity(held.len());
    for tool_call in held {
        open.push(put(shared, call, tool_call).await?);
    }
    let deadline = tokio::time::Instant::now() + shared.config.limits.hold_max;
    let mut released = Vec::with_capacity(open.len());
    for hold in open {
        let decided = shared.ports.holds.decided(&hold.id);
        if tokio::time::timeout_at(deadline, decided).await.is_err() {
            expire(shared, call, &hold).await?;
        }
        redeem(shared, &hold).await?;
        released.push(hold.arguments);
    }
    Ok(released)
}

/// Opens a hold: first durable in the ledger, then visible to reviewers.
async fn put(shared: &Shared, call: &Call, tool_call: &ToolCall) -> Result<Hold, Refusal> {
    let arguments = canonical_arguments(&tool_call.arguments);
    let now = shared.ports.clock.now();
    let wait = seawall_base::SignedDuration::try_from(shared.config.limits.hold_max);
    let hold = Hold {
        id: shared.ports.ids.next("hold", now).to_string(),
        request: call.id.clone(),
        principal: call.principal.clone(),
        model: call.model.clone(),
        tool: tool_call.name.clone(),
        arguments_digest: Digest::of(arguments.as_bytes()),
        arguments,
        reason: "Policy asks for a human decision on this tool.".to_owned(),
        created_at: now,
        expires_at: wait
            .ok()
            .and_then(|wait| now.saturating_add(wait).ok())
            .unwrap_or(now),
        state: HoldState::Pending,
    };
    let body = hold::Hold {
        hold: hold.id.clone(),
        request: hold.request.clone(),
        tool: hold.tool.clone(),
        arguments: hold.arguments_digest,
        expires_at: hold.expires_at,
    };
    let entry = draft(&call.subject(), Kind::Hold, body.to_body());
    shared.recorder.durable(entry).await?;
    let stored = shared.ports.holds.put(hold.clone()).await;
    stored.map_err(|error| unavailable(&error))?;
    Ok(hold)
}

/// Nobody decided in time, which denies. A decision that won the race stands.
async fn expire(shared: &Shared, call: &Call, hold: &Hold) -> Result<(), Refusal> {
    let by = Principal::new(PrincipalKind::Seawall, "gateway");
    let ruled = Ruled {
        ruling: Ruling::Expired,
        by: by.clone(),
        at: shared.ports.clock.now(),
        reason: "nobody decided in time".to_owned(),
        arguments_digest: hold.arguments_digest,
    };
    match shared.ports.holds.decide(&hold.id, ruled).await {
        Ok(_) => {}
        Err(HoldsError::NotPending(_)) => return Ok(()),
        Err(error) => return Err(unavailable(&error)),
    }
    let body = Decision {
        hold: hold.id.clone(),
        ruling: Ruling::Expired,
        arguments: hold.arguments_digest,
        reason: "nobody decided in time".to_owned(),
    };
    let entry = Draft {
        principal: by,
        ..draft(&call.subject(), Kind::Decision, body.to_body())
    };
    shared.recorder.durable(entry).await
}

async fn redeem(shared: &Shared, hold: &Hold) -> Result<(), Refusal> {
    let ruled = shared
        .ports
        .holds
        .redeem(&hold.id, hold.arguments_digest)
        .await
        .map_err(|error| unavailable(&error))?;
    match ruled.ruling {
        Ruling::Approved => Ok(()),
        Ruling::Denied => Err(Refusal::new(
            ErrorCode::ApprovalDenied,
            "A reviewer denied a tool call of the answer.",
        )),
        Ruling::Expired => Err(Refusal::new(
            ErrorCode::ApprovalTimeout,
            "Nobody decided in time on a tool call of the answer, which denies it.",
        )),
    }
}

/// The canonical JSON of the arguments; text that is not strict JSON stands for itself.
pub(crate) fn canonical_arguments(text: &str) -> String {
    let parsed = seawall_base::json::parse(text.as_bytes(), &Default::default());
    let canonical = parsed.ok().map(|value| canonical_json(&value));
    canonical
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_else(|| text.to_owned())
}

fn unavailable(error: &HoldsError) -> Refusal {
    tracing::error!(error = %error, "the waiting room did not answer");
    Refusal::internal()
}
