//! Pinned definitions of tools in SQLite; the ledger has every change first.

use std::sync::Arc;

use rusqlite::{Connection, Row, params};
use seawall_base::{Digest, Principal, Timestamp};
use seawall_evidence::pin::{self, Change};
use seawall_evidence::{Draft, Kind};
use seawall_ports::{BoxFuture, Pin, Pins, PinsError, Shown, Which};

use crate::db::{Database, DbError};
use crate::keys::{from_json, json, parsed};
use crate::ledger::FileLedger;

/// The pins of a state folder.
pub(crate) struct StoredPins {
    database: Arc<Database>,
    ledger: Arc<FileLedger>,
}

/// Pins that are kept; a server that invents tools without end pins no more.
const PINS_MAX: usize = 10_000;

impl StoredPins {
    pub(crate) const fn new(database: Arc<Database>, ledger: Arc<FileLedger>) -> Self {
        Self { database, ledger }
    }

    async fn change<F>(&self, change: F) -> Result<Pin, PinsError>
    where
        F: FnOnce(&Connection, &FileLedger) -> Result<Pin, PinsError> + Send + 'static,
    {
        let ledger = Arc::clone(&self.ledger);
        self.database
            .call(move |connection| change(connection, &ledger))
            .await
    }
}

impl Pins for StoredPins {
    fn list(&self) -> BoxFuture<'_, Result<Vec<Pin>, PinsError>> {
        let listed = self
            .database
            .call(|connection| all(connection).map_err(PinsError::from));
        Box::pin(listed)
    }

    fn show(&self, shown: Shown) -> BoxFuture<'_, Result<Pin, PinsError>> {
        Box::pin(self.change(move |connection, ledger| show(connection, ledger, shown)))
    }

    fn approve(&self, which: Which) -> BoxFuture<'_, Result<Pin, PinsError>> {
        Box::pin(self.change(move |connection, ledger| {
            let mut pin = found(connection, &which)?;
            let proposed = pin.proposed.take().ok_or(PinsError::NotFound)?;
            if which.proposed.is_some_and(|seen| seen != proposed) {
                return Err(PinsError::NotFound);
            }
            pin.definition = proposed;
            (pin.by, pin.at) = (which.by, which.at);
            record(ledger, &pin, Change::Approved, (pin.by.clone(), pin.at))?;
            save(connection, &pin)?;
            Ok(pin)
        }))
    }

    fn remove(&self, which: Which) -> BoxFuture<'_, Result<Pin, PinsError>> {
        Box::pin(self.change(move |connection, ledger| {
            let pin = found(connection, &which)?;
            record(ledger, &pin, Change::Removed, (which.by, which.at))?;
            connection
                .execute(
                    "DELETE FROM tool_pins WHERE server = ?1 AND tool = ?2",
                    params![pin.server, pin.tool],
                )
                .map_err(DbError::from)?;
            Ok(pin)
        }))
    }
}

fn show(connection: &Connection, ledger: &FileLedger, shown: Shown) -> Result<Pin, PinsError> {
    let pins = all(connection)?;
    let known = pins
        .iter()
        .find(|pin| pin.server == shown.server && pin.tool == shown.tool);
    let Some(known) = known else {
        if pins.len() >= PINS_MAX {
            return Err(PinsError::Storage("too many tools are pinned".to_owned()));
        }
        let pin = Pin {
            server: shown.server,
            tool: shown.tool,
            definition: shown.definition,
            proposed: None,
            by: shown.by.clone(),
            at: shown.at,
        };
        record(ledger, &pin, Change::Pinned, (shown.by, shown.at))?;
        save(connection, &pin)?;
        return Ok(pin);
    };
    let mut pin = known.clone();
    let is_pinned = pin.definition == shown.definition;
    if is_pinned || pin.proposed.as_deref() == Some(&shown.definition) {
        return Ok(pin);
    }
    pin.proposed = Some(shown.definition);
    record(ledger, &pin, Change::Changed, (shown.by, shown.at))?;
    save(connection, &pin)?;
    Ok(pin)
}

fn record(
    ledger: &FileLedger,
    pin: &Pin,
    change: Change,
    (principal, at): (Principal, Timestamp),
) -> Result<(), PinsError> {
    let definition = match change {
        Change::Changed => pin.proposed.as_deref().unwrap_or_default(),
        Change::Pinned | Change::Approved | Change::Removed => &pin.definition,
    };
    let definition = Digest::of(definition.as_bytes());
    let body = pin::Pin {
        server: pin.server.clone(),
        tool: pin.tool.clone(),
        change,
        definition,
    };
    let draft = Draft {
        kind: Kind::Pin,
        at,
        principal,
        subject: definition.to_string(),
        body: body.to_body(),
    };
    ledger
        .append_now(draft)
        .map(drop)
        .map_err(|error| PinsError::Unrecorded(error.to_string()))
}

fn save(connection: &Connection, pin: &Pin) -> Result<(), DbError> {
    connection.execute(
        "INSERT INTO tool_pins (server, tool, definition, proposed, pinned_by, pinned_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (server, tool) DO UPDATE SET definition = excluded.definition,
             proposed = excluded.proposed, pinned_by = excluded.pinned_by,
             pinned_at = excluded.pinned_at",
        params![
            pin.server,
            pin.tool,
            pin.definition,
            pin.proposed,
            json(&pin.by)?,
            pin.at.to_string(),
        ],
    )?;
    Ok(())
}

fn found(connection: &Connection, which: &Which) -> Result<Pin, PinsError> {
    let mut pins = all(connection)?.into_iter();
    pins.find(|pin| pin.server == which.server && pin.tool == which.tool)
        .ok_or(PinsError::NotFound)
}

fn all(connection: &Connection) -> Result<Vec<Pin>, DbError> {
    let mut statement = connection.prepare(
        "SELECT server, tool, definition, proposed, pinned_by, pinned_at
         FROM tool_pins ORDER BY server, tool",
    )?;
    let mut rows = statement.query([])?;
    let mut pins = Vec::new();
    while let Some(row) = rows.next()? {
        pins.push(read(row)?);
    }
    Ok(pins)
}

fn read(row: &Row<'_>) -> Result<Pin, DbError> {
    Ok(Pin {
        server: row.get(0)?,
        tool: row.get(1)?,
        definition: row.get(2)?,
        proposed: row.get(3)?,
        by: from_json(&row.get::<_, String>(4)?)?,
        at: parsed(&row.get::<_, String>(5)?)?,
    })
}

impl From<DbError> for PinsError {
    fn from(error: DbError) -> Self {
        Self::Storage(error.0)
    }
}
