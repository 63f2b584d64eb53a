//! Holds as rows.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use seawall_base::Digest;
use seawall_oversight::{Action, Hold, HoldRequest, HoldState, Ruled};
use seawall_ports::HoldsError;

use super::ruling;
use crate::db::DbError;
use crate::keys::{from_json, json, parsed};

const COLUMNS: &str = "id, request, model, tool, arguments, requester, policy, reason, nonce,
    opened_at, expires_at, ruling, ruled_by, ruled_at, ruled_reason, used";

/// The most that a list holds.
const LIST_MAX: u32 = 10_000;

pub(super) fn insert(connection: &Connection, hold: &Hold) -> Result<(), HoldsError> {
    let request = hold.request();
    connection
        .execute(
            "INSERT INTO holds (id, request, model, tool, arguments, requester, policy, reason,
                 nonce, opened_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                request.id,
                request.request,
                request.model,
                request.action.tool(),
                request.action.arguments(),
                json(&request.requester)?,
                request.policy.to_string(),
                request.reason,
                Digest::from_bytes(request.nonce).to_string(),
                request.opened_at.to_string(),
                request.expires_at.to_string(),
            ],
        )
        .map_err(DbError::from)?;
    Ok(())
}

pub(super) fn update(connection: &Connection, hold: &Hold) -> Result<(), HoldsError> {
    let Some(ruled) = hold.ruled() else {
        return Ok(());
    };
    let used = matches!(hold.state(), HoldState::Used(_));
    let changed = connection
        .execute(
            "UPDATE holds SET ruling = ?2, ruled_by = ?3, ruled_at = ?4, ruled_reason = ?5,
                 used = ?6
             WHERE id = ?1 AND used = 0",
            params![
                hold.request().id,
                ruled.ruling.as_str(),
                json(&ruled.by)?,
                ruled.at.to_string(),
                ruled.reason,
                used,
            ],
        )
        .map_err(DbError::from)?;
    if changed == 1 {
        Ok(())
    } else {
        Err(DbError("a hold that was used would have changed".to_owned()).into())
    }
}

pub(super) fn load(connection: &Connection, id: &str) -> Result<Hold, HoldsError> {
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

/// Oldest first: the pending ones, or the newest of all.
pub(super) fn list(connection: &Connection, pending_only: bool) -> Result<Vec<Hold>, HoldsError> {
    if pending_only {
        return select(connection, "WHERE ruling IS NULL ORDER BY opened_at, id");
    }
    let mut holds = select(connection, "ORDER BY opened_at DESC, id DESC")?;
    holds.reverse();
    Ok(holds)
}

/// Holds that somebody could still act on: pending ones and approvals that nobody used.
pub(super) fn open(connection: &Connection) -> Result<Vec<Hold>, HoldsError> {
    select(
        connection,
        "WHERE ruling IS NULL OR (used = 0 AND ruling = 'approved') ORDER BY opened_at, id",
    )
}

fn select(connection: &Connection, which: &str) -> Result<Vec<Hold>, HoldsError> {
    let query = format!("SELECT {COLUMNS} FROM holds {which} LIMIT {LIST_MAX}");
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
    let (tool, arguments) = (text(3)?, text(4)?);
    let action = Action::new(tool, &arguments);
    // What is shown and released must be what was held, to the byte.
    if action.arguments() != arguments {
        return Err(DbError(
            "stored arguments are not in canonical form".to_owned(),
        ));
    }
    let nonce: Digest = parsed(&text(8)?)?;
    let request = HoldRequest {
        id: text(0)?,
        request: text(1)?,
        model: text(2)?,
        action,
        requester: from_json(&text(5)?)?,
        policy: parsed(&text(6)?)?,
        reason: text(7)?,
        nonce: *nonce.as_bytes(),
        opened_at: parsed(&text(9)?)?,
        expires_at: parsed(&text(10)?)?,
    };
    Ok(Hold::restore(request, state(row)?))
}

fn state(row: &Row<'_>) -> Result<HoldState, DbError> {
    let Some(word) = row.get::<_, Option<String>>(11)? else {
        return Ok(HoldState::Pending);
    };
    let ruled = Ruled {
        ruling: ruling(&word)?,
        by: from_json(&row.get::<_, String>(12)?)?,
        at: parsed(&row.get::<_, String>(13)?)?,
        reason: row.get(14)?,
    };
    Ok(if row.get::<_, bool>(15)? {
        HoldState::Used(ruled)
    } else {
        HoldState::Decided(ruled)
    })
}
