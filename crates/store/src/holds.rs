//! Held tool calls in SQLite: one step at a time, in the ledger before it takes effect.

mod rows;

use std::sync::Arc;

use rusqlite::Connection;
use seawall_base::Timestamp;
use seawall_crypto::SigningKey;
use seawall_evidence::Draft;
use seawall_evidence::decision::Ruling;
use seawall_oversight::{Decision, Hold, HoldError, HoldRequest, HoldState, Lapse, record};
use seawall_ports::{BoxFuture, Holds, HoldsError, Use};
use tokio::sync::Notify;

use crate::db::{Database, DbError};
use crate::ledger::FileLedger;

/// The waiting room of a state folder.
pub(crate) struct StoredHolds {
    database: Arc<Database>,
    desk: Arc<Desk>,
}

/// What a step needs on the database's thread.
struct Desk {
    ledger: Arc<FileLedger>,
    key: SigningKey,
    changed: Notify,
}

impl Desk {
    /// Loads a hold, takes a step, records what was ruled by it, stores it, and wakes who waits.
    ///
    /// It runs on the database's one thread from start to end: of two deciders one finds the other's
    /// decision, and a caller that goes away cannot leave a decision recorded and not stored.
    fn step(
        &self,
        connection: &Connection,
        id: &str,
        step: impl FnOnce(&mut Hold) -> Result<(), HoldError>,
    ) -> Result<Hold, HoldsError> {
        let mut hold = rows::load(connection, id)?;
        step(&mut hold)?;
        if let HoldState::Decided(_) = hold.state()
            && let Some(entry) = record::ruled(&hold, &self.key)
        {
            self.record(entry)?;
        }
        rows::update(connection, &hold)?;
        self.changed.notify_waiters();
        Ok(hold)
    }

    fn record(&self, entry: Draft) -> Result<(), HoldsError> {
        let appended = self.ledger.append_now(entry);
        appended.map_err(|error| HoldsError::Unrecorded(error.to_string()))
    }
}

impl StoredHolds {
    pub(crate) fn new(database: Arc<Database>, ledger: Arc<FileLedger>, key: SigningKey) -> Self {
        Self {
            database,
            desk: Arc::new(Desk {
                ledger,
                key,
                changed: Notify::new(),
            }),
        }
    }

    /// Ends what a process that has ended left open: nobody waits for those calls.
    pub(crate) fn withdraw_all(&self, now: Timestamp) -> Result<usize, DbError> {
        let desk = Arc::clone(&self.desk);
        self.database.call_now(move |connection| {
            let failed = |error: HoldsError| DbError(error.to_string());
            let left = rows::open(connection).map_err(failed)?;
            for hold in &left {
                let withdraw = |hold: &mut Hold| hold.lapse(Lapse::Withdrawn, now).map(drop);
                desk.step(connection, &hold.request().id, withdraw)
                    .map_err(failed)?;
            }
            Ok(left.len())
        })
    }

    async fn load(&self, id: &str) -> Result<Hold, HoldsError> {
        let id = id.to_owned();
        self.database
            .call(move |connection| rows::load(connection, &id))
            .await
    }

    async fn open_hold(&self, request: HoldRequest) -> Result<Hold, HoldsError> {
        let (hold, desk) = (Hold::open(request), Arc::clone(&self.desk));
        self.database
            .call(move |connection| {
                desk.record(record::opened(&hold))?;
                rows::insert(connection, &hold)?;
                Ok(hold)
            })
            .await
    }

    async fn step(
        &self,
        id: &str,
        step: impl FnOnce(&mut Hold) -> Result<(), HoldError> + Send + 'static,
    ) -> Result<Hold, HoldsError> {
        let (id, desk) = (id.to_owned(), Arc::clone(&self.desk));
        self.database
            .call(move |connection| desk.step(connection, &id, step))
            .await
    }

    async fn wait(&self, id: &str) -> Result<Hold, HoldsError> {
        loop {
            // Registered before the look, so that a decision in between is not missed.
            let changed = self.desk.changed.notified();
            let hold = self.load(id).await?;
            if *hold.state() != HoldState::Pending {
                return Ok(hold);
            }
            changed.await;
        }
    }
}

impl Holds for StoredHolds {
    fn open(&self, request: HoldRequest) -> BoxFuture<'_, Result<Hold, HoldsError>> {
        Box::pin(self.open_hold(request))
    }

    fn get<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Hold, HoldsError>> {
        Box::pin(self.load(id))
    }

    fn list(&self, pending_only: bool) -> BoxFuture<'_, Result<Vec<Hold>, HoldsError>> {
        Box::pin(
            self.database
                .call(move |connection| rows::list(connection, pending_only)),
        )
    }

    fn decide<'a>(
        &'a self,
        id: &'a str,
        decision: Decision,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Hold, HoldsError>> {
        Box::pin(self.step(id, move |hold| hold.decide(&decision, now).map(drop)))
    }

    fn lapse<'a>(
        &'a self,
        id: &'a str,
        why: Lapse,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Hold, HoldsError>> {
        Box::pin(self.step(id, move |hold| hold.lapse(why, now).map(drop)))
    }

    fn redeem<'a>(
        &'a self,
        id: &'a str,
        used: Use,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Hold, HoldsError>> {
        Box::pin(self.step(id, move |hold| {
            hold.consume(&used.action, &used.requester, &used.policy, now)
        }))
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

/// A ruling as the table keeps it.
fn ruling(word: &str) -> Result<Ruling, DbError> {
    Ruling::from_word(word).ok_or_else(|| DbError("a stored ruling is not known".to_owned()))
}
