//! Held tool calls in SQLite. Decisions are taken by compare-and-set, so that one wins.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use seawall_base::Digest;
use seawall_evidence::decision::Ruling;
use seawall_ports::{BoxFuture, Hold, HoldState, Holds, HoldsError, Ruled};
use tokio::sync::Notify;

use crate::db::{Database, DbError};
use crate::keys::{from_json, json, parsed};

/// The waiting room of a state folder.
#[derive(Debug)]
pub(crate) struct StoredHolds {
    database: Arc<Database>,
    changed: Notify,
}

impl StoredHolds {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self {
            database,
            changed: Notify::new(),
        }
    }

    async fn load(&self, id: &str) -> Result<Hold, HoldsError> {
        let id = id.to_owned();
        self.database
            .call(move |connection| load(connection, &id))
            .await
    }

    async fn wait(&self, id: &str) -> Result<Hold, HoldsError> {
        loop {
            // Registered before the look, so that a decision in between is not missed.
            let changed = self.changed.notified();
            let hold = self.load(id).await?;
            if hold.state != HoldState::Pending {
                return Ok(hold);
            }
            changed.await;
        }
    }
}

impl Holds for StoredHolds {
    fn put(&self, hold: Hold) -> BoxFuture<'_, Result<(), HoldsError>> {
        Box::pin(
            self.database
                .call(move |connection| insert(connection, &hold)),
        )
    }

    fn get<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Hold, HoldsError>> {
        Box::pin(self.load(id))
    }

    fn list(&self, pending_only: bool) -> BoxFuture<'_, Result<Vec<Hold>, HoldsError>> {
        Box::pin(
            self.database
                .call(move |connection| list(connection, pending_only)),
        )
    }

    fn decide<'a>(&'a self, id: &'a str, ruled: Ruled) -> BoxFuture<'a, Result<Hold, HoldsError>> {
        Box::pin(async {
            let owned = id.to_owned();
            let hold = self
                .database
                .call(move |connection| decide(connection, &owned, &ruled))
                .await?;
            self.changed.notify_waiters();
            Ok(hold)
        })
    }

    fn redeem<'a>(
        &'a self,
        id: &'a str,
        arguments: Digest,
    ) -> BoxFuture<'a, Result<Ruled, HoldsError>> {
        let id = id.to_owned();
        Box::pin(
            self.database
                .call(move |connection| redeem(connection, &id, arguments)),
        )
    }

    fn decided<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Hold, HoldsError>> {
        Box::pin(self.wait(id))
    }
}

impl From<DbError> for HoldsError {
    fn from(error: DbError) -> Self {
        Self::Storage(error.0)
    }
}

fn insert(connection: &Connection, hold: &Hold) -> Result<(), HoldsError> {
    connection
        .execute(
            "INSERT INTO holds (id, request, principal, model, tool, arguments,
                 arguments_digest, reason, created_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                hold.id,
                hold.request,
                json(&hold.principal)?,
                hold.model,
                hold.tool,
                hold.arguments,
                hold.arguments_digest.to_string(),
                hold.reason,
                hold.created_at.to_string(),
                hold.expires_at.to_string(),
            ],
        )
        .map_err(DbError::from)?;
    Ok(())
}

fn decide(connection: &Connection, id: &str, ruled: &Ruled) -> Result<Hold, HoldsError> {
    let hold = load(connection, id)?;
    if ruled.arguments_digest != hold.arguments_digest {
        return Err(HoldsError::ArgumentsDiffer(id.to_owned()));
    }
    if ruled.ruling != Ruling::Expired && ruled.at >= hold.expires_at {
        return Err(HoldsError::Expired(id.to_owned()));
    }
    let changed = connection
        .execute(
            "UPDATE holds SET ruling = ?2, ruled_by = ?3, ruled_at = ?4, ruled_reason = ?5,
                 ruled_digest = ?6
             WHERE id = ?1 AND ruling IS NULL",
            params![
                id,
                ruled.ruling.as_str(),
                json(&ruled.by)?,
                ruled.at.to_string(),
                ruled.reason,
                ruled.arguments_digest.to_string(),
            ],
        )
        .map_err(DbError::from)?;
    if changed == 0 {
        return Err(HoldsError::NotPending(id.to_owned()));
    }
    load(connection, id)
}

fn redeem(connection: &Connection, id: &str, arguments: Digest) -> Result<Ruled, HoldsError> {
    let hold = load(connection, id)?;
    let ruled = match hold.state {
        HoldState::Pending => return Err(HoldsError::NotDecided(id.to_owned())),
        HoldState::Used(_) => return Err(HoldsError::Used(id.to_owned())),
        HoldState::Decided(ruled) => ruled,
    };
    if arguments != ruled.arguments_digest {
        return Err(HoldsError::ArgumentsDiffer(id.to_owned()));
    }
    let changed = connection
        .execute("UPDATE holds SET used = 1 WHERE id = ?1 AND used = 0", [id])
        .map_err(DbError::from)?;
    if changed == 0 {
        return Err(HoldsError::Used(id.to_owned()));
    }
    Ok(ruled)
}

const COLUMNS: &str = "id, request, principal, model, tool, arguments, arguments_digest, reason,
    created_at, expires_at, ruling, ruled_by, ruled_at, ruled_reason, ruled_digest, used";

fn load(connection: &Connection, id: &str) -> Result<Hold, HoldsError> {
    let mut statement = connection
        .prepare(&format!("SELECT {COLUMNS} FROM holds WHERE id = ?1"))
        .map_err(DbError::from)?;
    statement
        .query_row([id], |row| Ok(read(row)))
        .optional()
        .map_err(DbError::from)?
        .ok_or_else(|| HoldsError::NotFound(id.to_owned()))?
        .map_err(HoldsError::from)
}

fn list(connection: &Connection, pending_only: bool) -> Result<Vec<Hold>, HoldsError> {
    let filter = if pending_only {
        "WHERE ruling IS NULL"
    } else {
        ""
    };
    let query = format!("SELECT {COLUMNS} FROM holds {filter} ORDER BY created_at, id LIMIT 10000");
    let mut statement = connection.prepare(&query).map_err(DbError::from)?;
    let mut rows = statement.query([]).map_err(DbError::from)?;
    let mut holds = Vec::new();
    while let Some(row) = rows.next().map_err(DbError::from)? {
        holds.push(read(row)?);
    }
    Ok(holds)
}

fn read(row: &Row<'_>) -> Result<Hold, DbError> {
    let text = |column| row.get::<_, String>(column);
    Ok(Hold {
        id: text(0)?,
        request: text(1)?,
        principal: from_json(&text(2)?)?,
        model: text(3)?,
        tool: text(4)?,
        arguments: text(5)?,
        arguments_digest: parsed(&text(6)?)?,
        reason: text(7)?,
        created_at: parsed(&text(8)?)?,
        expires_at: parsed(&text(9)?)?,
        state: read_state(row)?,
    })
}

fn read_state(row: &Row<'_>) -> Result<HoldState, DbError> {
    let Some(word) = row.get::<_, Option<String>>(10)? else {
        return Ok(HoldState::Pending);
    };
    let ruled = Ruled {
        ruling: Ruling::from_word(&word)
            .ok_or_else(|| DbError("a stored ruling is not known".to_owned()))?,
        by: from_json(&row.get::<_, String>(11)?)?,
        at: parsed(&row.get::<_, String>(12)?)?,
        reason: row.get(13)?,
        arguments_digest: parsed(&row.get::<_, String>(14)?)?,
    };
    Ok(if row.get::<_, bool>(15)? {
        HoldState::Used(ruled)
    } else {
        HoldState::Decided(ruled)
    })
}
