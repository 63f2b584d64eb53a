//! Runaways on the way of a call: what the patrol notices, and what is done about it before the
//! upstream is asked.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use seawall_base::{Digest, ErrorCode};
use seawall_budget::runaway::{Action, Patrol, Settings, Sighting, Signal};
use seawall_evidence::alert::{About, Alert};
use seawall_evidence::{Draft, Kind};
use seawall_llm::ToolCall;
use serde_json::{Value, json};

use super::talk;
use crate::approval::approve_because;
use crate::call::Call;
use crate::record::draft;
use crate::refusal::Refusal;
use crate::server::Shared;

/// What a reviewer is asked to allow, in the form of a tool call.
const CONTINUE: &str = "seawall.continue_session";
/// Why.
const REASON: &str = "The session looks as if it ran away; a person has to let it go on.";

/// The patrol of a process: all its listeners share one.
pub struct Runaways {
    patrol: Mutex<Patrol>,
    slow: Duration,
    policy: Digest,
}

/// Whose call it is, as far as a session goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    /// Id of the key.
    pub(crate) key: String,
    /// The run or session that the client names.
    pub(crate) session: Option<String>,
}

impl Runaways {
    /// A patrol under `settings`; a call that is slowed waits for `slow`.
    #[must_use]
    pub fn new(settings: Settings, slow: Duration) -> Self {
        Self {
            policy: Digest::of(format!("seawall.runaway/v1 {settings:?}").as_bytes()),
            patrol: Mutex::new(Patrol::new(settings)),
            slow,
        }
    }

    fn with<T>(&self, look: impl FnOnce(&mut Patrol) -> T) -> T {
        look(&mut self.patrol.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Looks at a call and does what the gravest signal asks for.
///
/// # Errors
/// When the session is stopped, a person does not let it go on, or a decision cannot be recorded.
pub(crate) async fn patrolled(
    shared: &Arc<Shared>,
    call: &Call,
    caller: &Caller,
    body: &Value,
) -> Result<(), Refusal> {
    let Some(runaways) = &shared.config.runaways else {
        return Ok(());
    };
    let talk = talk::read(body);
    let sighting = Sighting {
        identity: &caller.key,
        session: caller.session.as_deref(),
        conversation: talk.opening,
        steps: &talk.steps,
        at_ms: shared.ports.clock.now().as_millisecond(),
    };
    let (signals, others) =
        runaways.with(|patrol| (patrol.look(&sighting), patrol.hear(&sighting)));
    for (identity, signal) in &others {
        note(shared, call, (About::Identity, identity, signal));
    }
    let name = caller.session.as_deref().unwrap_or_default();
    let Some((first, rest)) = signals.split_first() else {
        return Ok(());
    };
    for signal in rest {
        note(shared, call, (About::Session, name, signal));
    }
    let found = (About::Session, name, first);
    match first.action {
        Action::Off => Ok(()),
        Action::Alert => {
            note(shared, call, found);
            Ok(())
        }
        Action::Slow => {
            note(shared, call, found);
            tokio::time::sleep(runaways.slow).await;
            Ok(())
        }
        Action::Hold => {
            durable(shared, call, found).await?;
            held(shared, call, (runaways, &sighting), first).await
        }
        Action::Stop => {
            durable(shared, call, found).await?;
            Err(stopped(first))
        }
    }
}

/// Waits for a person to let the session go on.
async fn held(
    shared: &Arc<Shared>,
    call: &Call,
    (runaways, sighting): (&Runaways, &Sighting<'_>),
    signal: &Signal,
) -> Result<(), Refusal> {
    let asked = json!({
        "session": sighting.session,
        "noticed": signal.detector.as_str(),
        "calls": signal.calls,
    });
    let asked = ToolCall {
        id: String::new(),
        name: CONTINUE.to_owned(),
        arguments: asked.to_string(),
    };
    approve_because(shared, call, runaways.policy, (&[asked], REASON)).await?;
    runaways.with(|patrol| patrol.excuse(sighting));
    Ok(())
}

fn stopped(signal: &Signal) -> Refusal {
    Refusal::new(
        ErrorCode::SessionStopped,
        format!(
            "The session was stopped: it repeats itself without getting anywhere ({}).",
            signal.detector.as_str()
        ),
    )
}

/// What is noticed about whom.
type Found<'a> = (About, &'a str, &'a Signal);

/// Queues an alert that nobody waits for.
fn note(shared: &Shared, call: &Call, found: Found<'_>) {
    shared.recorder.queue(entry(shared, call, found));
}

/// Records what takes effect, before it does.
async fn durable(shared: &Shared, call: &Call, found: Found<'_>) -> Result<(), Refusal> {
    shared.recorder.durable(entry(shared, call, found)).await
}

fn entry(shared: &Shared, call: &Call, (about, name, signal): Found<'_>) -> Draft {
    let (reason, action) = (signal.detector.as_str(), signal.action.as_str());
    shared.ports.metrics.alert(reason, action);
    let body = Alert {
        request: call.id.clone(),
        about,
        name: name.to_owned(),
        reason: reason.to_owned(),
        action: action.to_owned(),
        number: signal.calls,
    };
    draft(&call.subject(), Kind::Alert, body.to_body())
}

impl std::fmt::Debug for Runaways {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Runaways")
    }
}
