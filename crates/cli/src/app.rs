//! The composition root: builds clock, ids and styles once and hands them down.
//!
//! This is the only place that reads the environment and prints errors.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use seawall_base::{Clock, IdSource, Principal, PrincipalKind};
use seawall_report::TextStyle;
use seawall_store::{State, StoreError};
use seawall_telemetry::SystemClock;

/// What every command is given.
pub(crate) struct App {
    /// The system clock.
    pub(crate) clock: Arc<dyn Clock>,
    /// Ids seeded by the operating system.
    pub(crate) ids: Arc<IdSource>,
    /// Whether standard output takes colour.
    pub(crate) colour: bool,
    /// Who uses the machine, by the word of the environment: the local reviewer.
    pub(crate) user: Principal,
}

/// How a command ended, when it could run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// Nothing to report: exit code 0.
    Clean,
    /// Findings at or above the threshold, or a gate failed: exit code 1.
    Failed,
    /// Another program ended with this code, and this one was only around it.
    Code(u8),
}

/// An error that knows what to try next.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Hinted {
    message: String,
    hint: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Hinted {
    /// An error with a `hint:` line.
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
            source: None,
        }
    }

    /// The same error with what led to it.
    pub(crate) fn because(
        self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            source: Some(source.into()),
            ..self
        }
    }
}

impl App {
    /// Builds the parts that every command shares.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)
            .map_err(|error| anyhow::anyhow!("no randomness from the system: {error}"))?;
        Ok(Self {
            clock: Arc::new(SystemClock),
            ids: Arc::new(IdSource::new(seed)),
            colour: std::io::stdout().is_terminal()
                && environment("NO_COLOR").is_none()
                && environment("TERM").is_none_or(|term| term != "dumb"),
            user: user(),
        })
    }

    /// Opens the state folder at `dir`, or makes it, and takes its lock.
    pub(crate) fn open_state(&self, dir: &Path) -> Result<State, StoreError> {
        let random = Arc::new(|| Self::random::<32>().map_err(std::io::Error::other));
        State::open(dir, Arc::clone(&self.clock), Arc::clone(&self.ids), random)
    }

    /// How text is laid out on this terminal.
    pub(crate) fn style(&self) -> TextStyle {
        TextStyle {
            colour: self.colour,
            ..TextStyle::default()
        }
    }

    /// Fresh secret bytes from the operating system.
    pub(crate) fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes)
            .map_err(|error| anyhow::anyhow!("no randomness from the system: {error}"))?;
        Ok(bytes)
    }

    /// Writes to standard output; a closed pipe is not an error.
    pub(crate) fn print(text: &str) -> anyhow::Result<()> {
        match std::io::stdout().lock().write_all(text.as_bytes()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(()),
        }
    }
}

impl App {
    /// Tells the user something that is not the result. A failure to tell has nowhere to go.
    pub(crate) fn warn(text: &str) {
        drop(writeln!(std::io::stderr().lock(), "{text}"));
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Clean => Self::SUCCESS,
            Outcome::Failed => Self::from(1),
            Outcome::Code(code) => Self::from(code),
        }
    }
}

/// Prints an error as a chain, then its hints. A failure to print has nowhere to go.
pub(crate) fn print_error(error: &anyhow::Error) {
    let mut text = format!("error: {error}\n");
    for cause in error.chain().skip(1) {
        text.push_str(&format!("  because: {cause}\n"));
    }
    let hints: BTreeSet<&str> = error
        .chain()
        .filter_map(|cause| {
            let hinted = cause.downcast_ref::<Hinted>();
            let store = cause.downcast_ref::<StoreError>();
            hinted
                .map(|hinted| hinted.hint.as_str())
                .or_else(|| store.and_then(StoreError::hint))
        })
        .collect();
    for hint in hints {
        text.push_str(&format!("hint: {hint}\n"));
    }
    drop(std::io::stderr().lock().write_all(text.as_bytes()));
}

/// The name under which the user is signed in to the machine, where it is one that can be recorded.
fn user() -> Principal {
    let named = ["USER", "LOGNAME"].into_iter().find_map(environment);
    named
        .and_then(|name| name.parse().ok())
        .filter(|user: &Principal| user.kind == PrincipalKind::Person)
        .unwrap_or_else(|| Principal::new(PrincipalKind::Person, "local"))
}

/// Lower-case hexadecimal digits of `bytes`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the composition root is where the environment is read"
)]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
