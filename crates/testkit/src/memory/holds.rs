//! The waiting room in memory, over a ledger in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use seawall_base::Timestamp;
use seawall_crypto::SigningKey;
use seawall_evidence::Draft;
use seawall_oversight::{Decision, Hold, HoldError, HoldRequest, HoldState, Lapse, record};
use seawall_ports::{BoxFuture, Holds, HoldsError, Use};
use tokio::sync::Notify;

use super::{MemoryLedger, lock};

/// Holds in memory. Their entries go to the ledger that it was made with.
#[derive(Debug, Default)]
pub struct MemoryHolds {
    ledger: Arc<MemoryLedger>,
    holds: Mutex<BTreeMap<String, Hold>>,
    changed: Notify,
}

impl MemoryHolds {
    /// A waiting room that records into `ledger`.
    #[must_use]
    pub fn new(ledger: Arc<MemoryLedger>) -> Self {
        Self {
            ledger,
            ..Self::default()
        }
    }

    /// The key that signs its receipts.
    #[must_use]
    pub fn key() -> SigningKey {
        SigningKey::ed25519(&[42; 32])
    }

    /// Waits until a hold is pending; the caller brings the time limit.
    pub async fn wait_pending(&self) -> Hold {
        loop {
            let changed = self.changed.notified();
            let pending = lock(&self.holds)
                .values()
                .find(|hold| *hold.state() == HoldState::Pending)
                .cloned();
            if let Some(hold) = pending {
                return hold;
            }
            changed.await;
        }
    }

    fn add(&self, request: HoldRequest) -> Result<Hold, HoldsError> {
        let hold = Hold::open(request);
        self.record(record::opened(&hold))?;
        lock(&self.holds).insert(hold.request().id.clone(), hold.clone());
        self.changed.notify_waiters();
        Ok(hold)
    }

    fn step(
        &self,
        id: &str,
        step: impl FnOnce(&mut Hold) -> Result<(), HoldError>,
    ) -> Result<Hold, HoldsError> {
        let mut holds = lock(&self.holds);
        let stored = holds.get_mut(id);
        let stored = stored.ok_or_else(|| HoldsError::NotFound(id.to_owned()))?;
        let mut hold = stored.clone();
        step(&mut hold)?;
        if let HoldState::Decided(_) = hold.state()
            && let Some(entry) = record::ruled(&hold, &Self::key())
        {
            self.record(entry)?;
        }
        stored.clone_from(&hold);
        drop(holds);
        self.changed.notify_waiters();
        Ok(hold)
    }

    fn record(&self, entry: Draft) -> Result<(), HoldsError> {
        let added = self.ledger.add(vec![entry]);
        added
            .map(drop)
            .map_err(|error| HoldsError::Unrecorded(error.to_string()))
    }

    fn load(&self, id: &str) -> Result<Hold, HoldsError> {
        let hold = lock(&self.holds).get(id).cloned();
        hold.ok_or_else(|| HoldsError::NotFound(id.to_owned()))
    }

    async fn settled(&self, id: &str) -> Result<Hold, HoldsError> {
        loop {
            let changed = self.changed.notified();
            let hold = self.load(id)?;
            if *hold.state() != HoldState::Pending {
                return Ok(hold);
            }
            changed.await;
        }
    }
}

impl Holds for MemoryHolds {
    fn open(&self, request: HoldRequest) -> BoxFuture<'_, Result<Hold, HoldsError>> {
        let opened = self.add(request);
        Box::pin(async move { opened })
    }

    fn get<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Hold, HoldsError>> {
        let hold = self.load(id);
        Box::pin(async move { hold })
    }

    fn list(&self, pending_only: bool) -> BoxFuture<'_, Result<Vec<Hold>, HoldsError>> {
        let mut all: Vec<_> = lock(&self.holds).values().cloned().collect();
        all.retain(|hold| !pending_only || *hold.state() == HoldState::Pending);
        Box::pin(async move { Ok(all) })
    }

    fn decide<'a>(
        &'a self,
        id: &'a str,
        decision: Decision,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Hold, HoldsError>> {
        let decided = self.step(id, |hold| hold.decide(&decision, now).map(drop));
        Box::pin(async move { decided })
    }

    fn lapse<'a>(
        &'a self,
        id: &'a str,
        why: Lapse,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Hold, HoldsError>> {
        let lapsed = self.step(id, |hold| hold.lapse(why, now).map(drop));
        Box::pin(async move { lapsed })
    }

    fn redeem<'a>(
        &'a self,
        id: &'a str,
        used: Use,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Hold, HoldsError>> {
        let Use {
            action,
            requester,
            policy,
        } = used;
        let redeemed = self.step(id, |hold| hold.consume(&action, &requester, &policy, now));
        Box::pin(async move { redeemed })
    }

    fn decided<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Hold, HoldsError>> {
        Box::pin(self.settled(id))
    }
}
