//! The waiting room in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use seawall_base::Digest;
use seawall_evidence::decision::Ruling;
use seawall_ports::{BoxFuture, Hold, HoldState, Holds, HoldsError, Ruled};
use tokio::sync::Notify;

use super::lock;

/// Holds in memory.
#[derive(Debug, Default)]
pub struct MemoryHolds {
    holds: Mutex<BTreeMap<String, Hold>>,
    changed: Notify,
}

impl MemoryHolds {
    /// Waits until a hold is pending; the caller brings the time limit.
    pub async fn wait_pending(&self) -> Hold {
        loop {
            let changed = self.changed.notified();
            let pending = lock(&self.holds)
                .values()
                .find(|hold| hold.state == HoldState::Pending)
                .cloned();
            if let Some(hold) = pending {
                return hold;
            }
            changed.await;
        }
    }

    fn change<T>(
        &self,
        id: &str,
        change: impl FnOnce(&mut Hold) -> Result<T, HoldsError>,
    ) -> Result<T, HoldsError> {
        let mut holds = lock(&self.holds);
        let hold = holds.get_mut(id);
        let changed = change(hold.ok_or_else(|| HoldsError::NotFound(id.to_owned()))?);
        drop(holds);
        self.changed.notify_waiters();
        changed
    }
}

impl Holds for MemoryHolds {
    fn put(&self, hold: Hold) -> BoxFuture<'_, Result<(), HoldsError>> {
        lock(&self.holds).insert(hold.id.clone(), hold);
        self.changed.notify_waiters();
        Box::pin(async { Ok(()) })
    }

    fn get<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Hold, HoldsError>> {
        let hold = lock(&self.holds).get(id).cloned();
        Box::pin(async move { hold.ok_or_else(|| HoldsError::NotFound(id.to_owned())) })
    }

    fn list(&self, pending_only: bool) -> BoxFuture<'_, Result<Vec<Hold>, HoldsError>> {
        let mut all: Vec<_> = lock(&self.holds).values().cloned().collect();
        all.retain(|hold| !pending_only || hold.state == HoldState::Pending);
        Box::pin(async move { Ok(all) })
    }

    fn decide<'a>(&'a self, id: &'a str, ruled: Ruled) -> BoxFuture<'a, Result<Hold, HoldsError>> {
        let decided = self.change(id, |hold| {
            if hold.state != HoldState::Pending {
                return Err(HoldsError::NotPending(id.to_owned()));
            }
            if hold.arguments_digest != ruled.arguments_digest {
                return Err(HoldsError::ArgumentsDiffer(id.to_owned()));
            }
            if ruled.at > hold.expires_at && ruled.ruling != Ruling::Expired {
                return Err(HoldsError::Expired(id.to_owned()));
            }
            hold.state = HoldState::Decided(ruled);
            Ok(hold.clone())
        });
        Box::pin(async move { decided })
    }

    fn redeem<'a>(
        &'a self,
        id: &'a str,
        arguments: Digest,
    ) -> BoxFuture<'a, Result<Ruled, HoldsError>> {
        let redeemed = self.change(id, |hold| match hold.state.clone() {
            HoldState::Pending => Err(HoldsError::NotDecided(id.to_owned())),
            HoldState::Used(_) => Err(HoldsError::Used(id.to_owned())),
            HoldState::Decided(ruled) if ruled.arguments_digest != arguments => {
                Err(HoldsError::ArgumentsDiffer(id.to_owned()))
            }
            HoldState::Decided(ruled) => {
                hold.state = HoldState::Used(ruled.clone());
                Ok(ruled)
            }
        });
        Box::pin(async move { redeemed })
    }

    fn decided<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Hold, HoldsError>> {
        Box::pin(self.settled(id))
    }
}

impl MemoryHolds {
    async fn settled(&self, id: &str) -> Result<Hold, HoldsError> {
        loop {
            let changed = self.changed.notified();
            let hold = self.get(id).await?;
            if hold.state != HoldState::Pending {
                return Ok(hold);
            }
            changed.await;
        }
    }
}
