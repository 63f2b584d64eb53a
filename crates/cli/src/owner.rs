//! The way of commands to a state folder that they change: through the process that owns it, or by
//! becoming its owner for a moment.
//!
//! Both ways end in the same [`Api`]: over HTTP where `run.json` names a process, in this process once
//! the folder's lock is taken. What a command prints is the same either way.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use seawall_base::json::{JsonLimits, parse};
use seawall_base::printable;
use seawall_console::{Api, Board};
use seawall_net::{Client, ClientOptions, read_capped};
use seawall_store::{Run, State, StoreError};
use serde_json::Value;

use crate::app::{App, Hinted};

/// Largest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// How long an answer may take.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// Characters of a refusal that are shown.
const MESSAGE_CHARS_MAX: usize = 400;

/// Who answers for a state folder.
pub(crate) enum Owner {
    /// A process that runs and has an API.
    Running(Run),
    /// This process, which holds the lock until this is dropped.
    Here(Box<State>, Api),
}

impl Owner {
    /// Finds who answers for the folder at `dir`, which must be there.
    ///
    /// # Errors
    /// When there is no state, or a process owns it that cannot be asked.
    pub(crate) async fn of(dir: &Path, app: &App) -> anyhow::Result<Self> {
        if !exists(dir) {
            return Err(Hinted::new(
                format!("there is no state of Seawall in {}", dir.display()),
                "`seawall up` makes one; --state names another folder",
            )
            .into());
        }
        if let Some(run) = Run::load(dir)?
            && answers(&run).await
        {
            return Ok(Self::Running(run));
        }
        let state = match app.open_state(dir) {
            Ok(state) => state,
            Err(error) => return Err(owned_elsewhere(dir, error)),
        };
        for notice in state.notices() {
            App::warn(notice);
        }
        let api = Api {
            ports: seawall_console::Ports {
                ledger: state.ledger(),
                holds: state.holds(),
                keys: state.keys(),
                pins: state.pins(),
                board: Arc::new(Board::default()),
                clock: Arc::clone(&app.clock),
            },
            reviewer: app.user.clone(),
        };
        Ok(Self::Here(Box::new(state), api))
    }

    /// Asks the API; `path` is what follows `/api/v1/`.
    ///
    /// # Errors
    /// When the owner refuses or does not answer.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let text = body.map(Value::to_string).unwrap_or_default();
        match self {
            Self::Running(run) => over_http(run, method, path, text).await,
            Self::Here(_, api) => Ok(api.answer(&method, path, &text).await?),
        }
    }

    /// Whether held calls can be waiting: only inside a process that runs.
    pub(crate) const fn is_running(&self) -> bool {
        matches!(self, Self::Running(_))
    }

    /// Lets go of the folder in order.
    ///
    /// # Errors
    /// When the last checkpoint could not be written.
    pub(crate) fn close(self) -> anyhow::Result<()> {
        if let Self::Here(state, api) = self {
            // The ports go first, so that nothing can write to the ledger when it closes.
            drop(api);
            state.close()?;
        }
        Ok(())
    }
}

/// Whether a folder holds a state of Seawall.
pub(crate) fn exists(dir: &Path) -> bool {
    dir.join("keys").is_dir()
}

/// Whether the process that `run.json` names still runs: one that was killed leaves the file behind.
async fn answers(run: &Run) -> bool {
    let Ok(client) = Client::new(&ClientOptions::default()) else {
        return false;
    };
    let uri = format!("{}/healthz", run.console.trim_end_matches('/'));
    let Ok(request) = Request::builder().uri(uri).body(Bytes::new()) else {
        return false;
    };
    client.send(request).await.is_ok()
}

fn owned_elsewhere(dir: &Path, error: StoreError) -> anyhow::Error {
    match &error {
        StoreError::InUse { .. } => Hinted::new(
            format!("{} is in use by a process without an API", dir.display()),
            "stop that process (such as `seawall gateway`) and try again, or run `seawall up` on this folder",
        )
        .because(error)
        .into(),
        _ => error.into(),
    }
}

async fn over_http(run: &Run, method: Method, path: &str, body: String) -> anyhow::Result<Value> {
    let request = Request::builder()
        .method(method)
        .uri(format!(
            "{}/api/v1/{path}",
            run.console.trim_end_matches('/')
        ))
        .header(header::AUTHORIZATION, format!("Bearer {}", run.token))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::from(body))?;
    let client = Client::new(&ClientOptions::default())?;
    let response = client.send(request).await.map_err(|error| {
        Hinted::new(
            format!("the process {} does not answer", run.pid),
            "it may be stopping; try again in a moment",
        )
        .because(error)
    })?;
    let status = response.status();
    let bytes = read_capped(response.into_body(), ANSWER_BYTES_MAX, ANSWER_MAX).await?;
    let answer = parse(&bytes, &JsonLimits::default()).unwrap_or(Value::Null);
    if !status.is_success() {
        let message = answer.pointer("/error/message").and_then(Value::as_str);
        let message = message.unwrap_or("the running process refused");
        anyhow::bail!("{}", printable(message, MESSAGE_CHARS_MAX));
    }
    Ok(answer)
}
