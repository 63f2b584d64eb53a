//! Tool calls that wait for a person: opened in the waiting room, decided elsewhere, used here once.

use std::sync::Arc;

use seawall_base::{Digest, ErrorCode, SignedDuration};
use seawall_evidence::decision::Ruling;
use seawall_llm::ToolCall;
use seawall_oversight::{Action, Hold, HoldError, HoldRequest, Lapse};
use seawall_ports::{HoldsError, Use};

use crate::call::Call;
use crate::config::Ports;
use crate::refusal::Refusal;
use crate::server::Shared;

/// Waits until every call is approved, and returns the arguments to release: byte for byte the
/// canonical form that the reviewer was shown.
///
/// # Errors
/// One denial or time-out refuses all of them, and uses none.
pub(crate) async fn approve(
    shared: &Arc<Shared>,
    call: &Call,
    policy: Digest,
    held: &[ToolCall],
) -> Result<Vec<String>, Refusal> {
    approve_because(shared, call, policy, (held, REASON)).await
}

/// Why a call waits, where nothing else is known.
const REASON: &str = "Policy asks for a human decision on this tool.";

/// As [`approve`], with the reason that the reviewer reads.
///
/// # Errors
/// As [`approve`].
pub(crate) async fn approve_because(
    shared: &Arc<Shared>,
    call: &Call,
    policy: Digest,
    (held, reason): (&[ToolCall], &str),
) -> Result<Vec<String>, Refusal> {
    let mut waiting = Waiting {
        shared: Arc::clone(shared),
        open: Vec::with_capacity(held.len()),
    };
    for tool_call in held {
        let request = HoldRequest {
            reason: reason.to_owned(),
            ..request(shared, call, policy, tool_call)
        };
        let hold = shared.ports.holds.open(request);
        let hold = hold.await.map_err(|error| failed(shared, &error))?;
        waiting.open.push(hold);
    }
    let deadline = tokio::time::Instant::now() + shared.config.limits.hold_max;
    for hold in &waiting.open {
        approved(shared, hold, deadline).await?;
    }
    let mut released = Vec::with_capacity(held.len());
    for (hold, tool_call) in waiting.open.iter().zip(held) {
        // What is released is read from the answer again, not from the store.
        let action = Action::new(tool_call.name.clone(), &tool_call.arguments);
        let arguments = action.arguments().to_owned();
        let used = Use {
            action,
            requester: call.principal.clone(),
            policy,
        };
        let now = shared.ports.clock.now();
        match shared.ports.holds.redeem(id(hold), used, now).await {
            Ok(_) => released.push(arguments),
            Err(HoldsError::Refused(HoldError::Expired)) => return Err(timed_out()),
            Err(error) => return Err(failed(shared, &error)),
        }
    }
    waiting.open.clear();
    Ok(released)
}

/// The holds of one answer. Whatever ends the wait early (a refusal, a client that went away)
/// withdraws those that are open still, so that nobody approves what nobody waits for.
struct Waiting {
    shared: Arc<Shared>,
    open: Vec<Hold>,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let open = std::mem::take(&mut self.open);
        if open.is_empty() {
            return;
        }
        let ports = self.shared.ports.clone();
        self.shared.tasks.spawn(withdraw(ports, open));
    }
}

async fn withdraw(ports: Ports, open: Vec<Hold>) {
    for hold in open {
        let now = ports.clock.now();
        match ports.holds.lapse(id(&hold), Lapse::Withdrawn, now).await {
            // Refused: it was decided, which ended the wait, or it has ended otherwise.
            Ok(_) | Err(HoldsError::Refused(_)) => {}
            Err(error) => tracing::error!(error = %error, "a held call could not be withdrawn"),
        }
    }
}

fn request(shared: &Shared, call: &Call, policy: Digest, tool_call: &ToolCall) -> HoldRequest {
    let ports = &shared.ports;
    let now = ports.clock.now();
    let wait = SignedDuration::try_from(shared.config.limits.hold_max).ok();
    HoldRequest {
        id: ports.ids.next("hold", now).to_string(),
        request: call.id.clone(),
        model: call.model.clone(),
        action: Action::new(tool_call.name.clone(), &tool_call.arguments),
        requester: call.principal.clone(),
        policy,
        reason: REASON.to_owned(),
        nonce: ports.ids.nonce(),
        opened_at: now,
        expires_at: wait
            .and_then(|wait| now.saturating_add(wait).ok())
            .unwrap_or(now),
    }
}

/// Waits for the decision; a decision that wins the race against the clock stands.
async fn approved(
    shared: &Shared,
    hold: &Hold,
    deadline: tokio::time::Instant,
) -> Result<(), Refusal> {
    let holds = &shared.ports.holds;
    let decided = tokio::time::timeout_at(deadline, holds.decided(id(hold))).await;
    let hold = match decided {
        Ok(hold) => hold,
        Err(_) => {
            // The timer has waited the whole time, even where the clock was set back meanwhile.
            let now = shared.ports.clock.now().max(hold.request().expires_at);
            match holds.lapse(id(hold), Lapse::Expired, now).await {
                Err(HoldsError::Refused(_)) => holds.get(id(hold)).await,
                lapsed => lapsed,
            }
        }
    };
    let hold = hold.map_err(|error| failed(shared, &error))?;
    match hold.ruled().map(|ruled| ruled.ruling) {
        Some(Ruling::Approved) => Ok(()),
        Some(Ruling::Denied) => Err(Refusal::new(
            ErrorCode::ApprovalDenied,
            "A reviewer denied a tool call of the answer.",
        )),
        Some(Ruling::Expired | Ruling::Withdrawn) | None => Err(timed_out()),
    }
}

fn id(hold: &Hold) -> &str {
    &hold.request().id
}

fn timed_out() -> Refusal {
    Refusal::new(
        ErrorCode::ApprovalTimeout,
        "Nobody decided in time on a tool call of the answer, which denies it.",
    )
}

fn failed(shared: &Shared, error: &HoldsError) -> Refusal {
    tracing::error!(error = %error, "the waiting room did not do what was asked");
    if matches!(error, HoldsError::Unrecorded(_)) {
        shared.ports.metrics.evidence_lost.inc();
        return Refusal::no_evidence();
    }
    Refusal::internal()
}
