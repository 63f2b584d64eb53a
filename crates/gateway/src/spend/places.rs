//! Places for calls that run at a time, and the fair line of those that wait for one.
//!
//! All listeners of a process share them. A call waits before it reserves anything, so that who waits
//! holds nothing that others need; whatever ends the wait gives the place to the next.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seawall_base::ErrorCode;
use seawall_budget::FairQueue;
use seawall_ports::VirtualKey;
use tokio::sync::oneshot;

use crate::refusal::Refusal;

/// How many calls run and wait.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PlaceLimits {
    /// Calls that run at a time.
    pub open_max: usize,
    /// Calls that wait, as a whole.
    pub waiting_max: usize,
    /// Calls that wait, of one key.
    pub waiting_per_key_max: usize,
    /// The longest wait.
    pub wait_max: Duration,
    /// How many calls of a key, by its name, go in when it is its turn; one where it is not named.
    pub weights: BTreeMap<String, u32>,
}

/// The places of a process.
pub struct Places {
    limits: PlaceLimits,
    state: Mutex<State>,
}

struct State {
    open: usize,
    line: FairQueue<oneshot::Sender<Place>>,
}

/// A place, which the next in line gets once it is dropped.
pub(crate) struct Place(Option<Arc<Places>>);

impl Places {
    /// Free places.
    #[must_use]
    pub fn new(limits: PlaceLimits) -> Self {
        let line = FairQueue::new(limits.waiting_max, limits.waiting_per_key_max);
        Self {
            limits,
            state: Mutex::new(State { open: 0, line }),
        }
    }

    /// How many calls wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.state().line.len()
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// When the line is full, or its end was not reached in time.
    pub(crate) async fn enter(self: &Arc<Self>, key: &VirtualKey) -> Result<Place, Refusal> {
        let waiting = {
            let mut state = self.state();
            if state.open < self.limits.open_max && state.line.is_empty() {
                state.open += 1;
                return Ok(Place(Some(Arc::clone(self))));
            }
            let (sender, receiver) = oneshot::channel();
            state.line.retain(|waiting| !waiting.is_closed());
            let weight = self.limits.weights.get(&key.name).copied().unwrap_or(1);
            let joined = state.line.push(&key.id, weight, sender);
            joined.map_err(|_| full())?;
            receiver
        };
        let place = tokio::time::timeout(self.limits.wait_max, waiting).await;
        place.ok().and_then(Result::ok).ok_or_else(full)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next in line; where there is none, the place is free.
    fn next(&self) -> Option<oneshot::Sender<Place>> {
        let mut state = self.state();
        let next = state.line.pop();
        if next.is_none() {
            state.open = state.open.saturating_sub(1);
        }
        next
    }

    /// Gives a place to the next who still waits.
    fn pass_on(self: Arc<Self>) {
        let mut place = Place(Some(Arc::clone(&self)));
        while let Some(next) = self.next() {
            match next.send(place) {
                Ok(()) => return,
                // It has left meanwhile.
                Err(back) => place = back,
            }
        }
        place.0 = None;
    }
}

fn full() -> Refusal {
    Refusal {
        retry_after: Some(1),
        ..Refusal::new(
            ErrorCode::RateLimited,
            "The limit of concurrent calls is reached, and too many wait already. Retry after 1 \
             seconds.",
        )
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(places) = self.0.take() {
            places.pass_on();
        }
    }
}

impl std::fmt::Debug for Places {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Places")
    }
}

#[cfg(test)]
mod tests {
    use seawall_base::{Principal, PrincipalKind};
    use seawall_ports::KeyLimits;

    use super::*;

    fn key(id: &str) -> VirtualKey {
        VirtualKey {
            id: id.to_owned(),
            name: id.to_owned(),
            principal: Principal::new(PrincipalKind::Key, id),
            limits: KeyLimits::default(),
            scope: Vec::new(),
            created_at: seawall_base::Timestamp::UNIX_EPOCH,
            revoked_at: None,
        }
    }

    fn places(open_max: usize, waiting_max: usize) -> Arc<Places> {
        Arc::new(Places::new(PlaceLimits {
            open_max,
            waiting_max,
            waiting_per_key_max: 2,
            wait_max: Duration::from_secs(30),
            weights: BTreeMap::new(),
        }))
    }

    async fn waited(
        places: &Arc<Places>,
        order: &Mutex<Vec<(&'static str, bool)>>,
        id: &'static str,
    ) {
        let place = places.enter(&key(id)).await;
        order.lock().unwrap().push((id, place.is_ok()));
    }

    #[tokio::test(start_paused = true)]
    async fn places_go_round_among_keys_and_the_line_is_bounded() {
        let places = places(1, 3);
        let first = places.enter(&key("a")).await.unwrap();
        let order = Mutex::new(Vec::new());
        let wait = |id| waited(&places, &order, id);
        let run = async {
            tokio::task::yield_now().await;
            drop(first);
        };
        tokio::join!(wait("a"), wait("a"), wait("a"), wait("b"), wait("c"), run);
        let order = order.lock().unwrap().clone();
        // The third of one key and the fourth of all find the line full.
        let expected = [
            ("a", false),
            ("c", false),
            ("a", true),
            ("b", true),
            ("a", true),
        ];
        assert_eq!(order, expected);
        assert_eq!(places.state().open, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_or_waits_too_long_loses_no_place() {
        let places = places(1, 8);
        let first = places.enter(&key("a")).await.unwrap();
        let gone = tokio::time::timeout(Duration::from_secs(1), places.enter(&key("b"))).await;
        assert!(gone.is_err());
        let late = places.enter(&key("c")).await;
        assert_eq!(late.err().unwrap().retry_after, Some(1));
        drop(first);
        assert_eq!(places.state().open, 0);
        assert!(places.enter(&key("d")).await.is_ok());
    }
}
