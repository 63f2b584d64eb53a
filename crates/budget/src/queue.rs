//! A bounded line of callers who wait for a place, fair among tenants rather than among requests.
//!
//! Places go round: one caller of each tenant in turn, so a tenant that sends a thousand requests
//! waits behind itself. The line is bounded as a whole and per tenant; who comes later is refused.

use std::collections::{BTreeMap, VecDeque};

/// The line.
#[derive(Clone, Debug)]
pub struct FairQueue<T> {
    waiting: BTreeMap<String, VecDeque<T>>,
    turn: VecDeque<String>,
    length: usize,
    length_max: usize,
    tenant_max: usize,
}

/// The line is full, as a whole or for this tenant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Full;

impl<T> FairQueue<T> {
    /// An empty line.
    #[must_use]
    pub const fn new(length_max: usize, tenant_max: usize) -> Self {
        Self {
            waiting: BTreeMap::new(),
            turn: VecDeque::new(),
            length: 0,
            length_max,
            tenant_max,
        }
    }

    /// Puts a caller at the end of its tenant's line.
    ///
    /// # Errors
    /// When the line is full.
    pub fn push(&mut self, tenant: &str, caller: T) -> Result<(), Full> {
        let own = self.waiting.get(tenant).map_or(0, VecDeque::len);
        if self.length >= self.length_max || own >= self.tenant_max {
            return Err(Full);
        }
        if own == 0 {
            self.turn.push_back(tenant.to_owned());
        }
        self.waiting
            .entry(tenant.to_owned())
            .or_default()
            .push_back(caller);
        self.length += 1;
        Ok(())
    }

    /// The next caller.
    pub fn pop(&mut self) -> Option<T> {
        let tenant = self.turn.pop_front()?;
        let line = self.waiting.get_mut(&tenant)?;
        let caller = line.pop_front();
        if line.is_empty() {
            self.waiting.remove(&tenant);
        } else {
            self.turn.push_back(tenant);
        }
        self.length = self.length.saturating_sub(1);
        caller
    }

    /// How many wait.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether nobody waits.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tenants_take_turns() {
        let mut queue = FairQueue::new(10, 4);
        for caller in ["a1", "a2", "a3", "a4", "b1", "b2", "c1"] {
            queue
                .push(&caller.replace(char::is_numeric, ""), caller)
                .unwrap();
        }
        assert_eq!(queue.push("a", "a5"), Err(Full));
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]);
        assert!(queue.is_empty());
    }

    proptest! {
        #[test]
        fn nobody_is_lost_and_bounds_hold(tenants in proptest::collection::vec(0u8..5, 0..60)) {
            let mut queue = FairQueue::new(20, 6);
            let mut inside = 0;
            for tenant in tenants {
                inside += usize::from(queue.push(&tenant.to_string(), tenant).is_ok());
                prop_assert!(queue.len() <= 20);
            }
            prop_assert_eq!(queue.len(), inside);
            prop_assert_eq!(std::iter::from_fn(|| queue.pop()).count(), inside);
        }
    }
}
