//! The tables and their versions.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::DbError;

/// One step per version; a step that was released is never changed.
const STEPS: &[&str] = &[
    "
    CREATE TABLE settings (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT;
    CREATE TABLE virtual_keys (
        id TEXT PRIMARY KEY,
        hash TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        principal TEXT NOT NULL,
        requests_per_minute INTEGER,
        tokens_per_minute INTEGER,
        scope TEXT NOT NULL,
        created_at TEXT NOT NULL,
        revoked_at TEXT
    ) STRICT;
    CREATE TABLE holds (
        id TEXT PRIMARY KEY,
        request TEXT NOT NULL,
        principal TEXT NOT NULL,
        model TEXT NOT NULL,
        tool TEXT NOT NULL,
        arguments TEXT NOT NULL,
        arguments_digest TEXT NOT NULL,
        reason TEXT NOT NULL,
        created_at TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        ruling TEXT,
        ruled_by TEXT,
        ruled_at TEXT,
        ruled_reason TEXT,
        ruled_digest TEXT,
        used INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX holds_pending ON holds (created_at) WHERE ruling IS NULL;
",
    // Decisions bind to the policy and to a nonce as well. A hold of the first form was opened by a
    // process that has ended, and nothing can be decided about it any more.
    "
    DROP TABLE holds;
    CREATE TABLE holds (
        id TEXT PRIMARY KEY,
        request TEXT NOT NULL,
        model TEXT NOT NULL,
        tool TEXT NOT NULL,
        arguments TEXT NOT NULL,
        requester TEXT NOT NULL,
        policy TEXT NOT NULL,
        reason TEXT NOT NULL,
        nonce TEXT NOT NULL,
        opened_at TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        ruling TEXT,
        ruled_by TEXT,
        ruled_at TEXT,
        ruled_reason TEXT,
        used INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX holds_pending ON holds (opened_at) WHERE ruling IS NULL;
    CREATE INDEX holds_open ON holds (opened_at) WHERE used = 0 AND ruling = 'approved';
",
    "
    CREATE TABLE tool_pins (
        server TEXT NOT NULL,
        tool TEXT NOT NULL,
        definition TEXT NOT NULL,
        proposed TEXT,
        pinned_by TEXT NOT NULL,
        pinned_at TEXT NOT NULL,
        PRIMARY KEY (server, tool)
    ) STRICT;
",
];

/// Opens the database, sets it up for one durable writer, and runs the missing steps.
pub(super) fn open(path: &Path) -> Result<Connection, DbError> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    if done > STEPS.len() {
        return Err(DbError(format!(
            "it was written by a newer version of Seawall (schema {version})"
        )));
    }
    for (position, step) in STEPS.iter().enumerate().skip(done) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        let next = i64::try_from(position + 1).unwrap_or(i64::MAX);
        transaction.pragma_update(None, "user_version", next)?;
        transaction.commit()?;
    }
    Ok(connection)
}
