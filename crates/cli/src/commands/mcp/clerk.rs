//! What a wrapper keeps: verdicts in the ledger, definitions among the pins. Several wrappers may stand
//! around the servers of one client, so none of them owns the state folder for longer than it writes.

use std::path::PathBuf;
use std::time::Duration;

use http::Method;
use seawall_base::{Principal, PrincipalKind};
use seawall_gateway::mcp::News;
use seawall_ports::Pin;
use serde_json::{Value, json};

use crate::app::App;
use crate::owner::{Owner, exists};

/// Verdicts that are gathered before they are written, if none of them stops anything.
const GATHER_MAX: usize = 64;
/// How often a folder in use is tried again, and how long apart.
const TRIES: u32 = 20;
const TRY_EVERY: Duration = Duration::from_millis(50);

/// Writes for one wrapper.
pub(super) struct Clerk<'a> {
    app: &'a App,
    dir: PathBuf,
    server: String,
    verdicts: Vec<Value>,
}

impl<'a> Clerk<'a> {
    /// Makes the state folder where there is none.
    pub(super) fn new(app: &'a App, dir: PathBuf, server: String) -> anyhow::Result<Self> {
        if !exists(&dir) {
            app.open_state(&dir)?.close()?;
        }
        Ok(Self {
            app,
            dir,
            server,
            verdicts: Vec::new(),
        })
    }

    /// On whose behalf the wrapper acts: an agent's, never the person's who may have to decide about it.
    pub(super) fn principal() -> Principal {
        Principal::new(PrincipalKind::Agent, "mcp")
    }

    /// All pins.
    pub(super) async fn pins(&self) -> anyhow::Result<Vec<Pin>> {
        let answer = self.ask(Method::GET, "pins", None).await?;
        let pins = answer.get("pins").and_then(Value::as_array);
        Ok(pins
            .into_iter()
            .flatten()
            .filter_map(|pin| self.pin(pin))
            .collect())
    }

    fn pin(&self, pin: &Value) -> Option<Pin> {
        let text = |name: &str| Some(pin.get(name)?.as_str()?.to_owned());
        let proposed = pin.get("proposed").filter(|value| !value.is_null());
        Some(Pin {
            server: text("server")?,
            tool: text("tool")?,
            definition: pin.get("definition")?.to_string(),
            proposed: proposed.map(Value::to_string),
            by: Self::principal(),
            at: self.app.clock.now(),
        })
    }

    /// Keeps a definition that the server shows.
    pub(super) async fn show(&self, news: &News) -> anyhow::Result<()> {
        let definition: Value = serde_json::from_str(&news.definition)?;
        let body = json!({
            "server": self.server, "tool": news.tool, "definition": definition,
            "principal": "agent/mcp",
        });
        self.ask(Method::POST, "pins/show", Some(&body)).await?;
        Ok(())
    }

    /// Keeps a verdict; one that stops something is in the ledger when this returns.
    pub(super) async fn keep(&mut self, verdict: Value, at_once: bool) -> anyhow::Result<()> {
        self.verdicts.push(verdict);
        if at_once || self.verdicts.len() >= GATHER_MAX {
            return self.flush().await;
        }
        Ok(())
    }

    /// Writes what is gathered. What could not be written stays, and is tried again.
    pub(super) async fn flush(&mut self) -> anyhow::Result<()> {
        while !self.verdicts.is_empty() {
            let count = self.verdicts.len().min(GATHER_MAX);
            let some = self.verdicts.get(..count).unwrap_or_default();
            let body = json!({ "principal": "agent/mcp", "verdicts": some });
            self.ask(Method::POST, "evidence/verdicts", Some(&body))
                .await?;
            self.verdicts.drain(..count);
        }
        Ok(())
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let mut tries = 1;
        let owner = loop {
            match Owner::of(&self.dir, self.app).await {
                Ok(owner) => break owner,
                Err(error) if tries >= TRIES => return Err(error),
                Err(_) => tokio::time::sleep(TRY_EVERY).await,
            }
            tries += 1;
        };
        let answer = owner.ask(method, path, body).await;
        owner.close()?;
        answer
    }
}
