//! A bounded line of callers who wait for a place, fair among tenants rather than among requests.
//!
//! Places go round: each tenant in turn sends in as many callers as its weight says, so a tenant that
//! sends a thousand requests waits behind itself. The line is bounded as a whole and per tenant; who
//! comes later is refused.

use std::collections::{BTreeMap, VecDeque};

/// The line.
#[derive(Clone, Debug)]
pub struct FairQueue<T> {
    waiting: BTreeMap<String, Line<T>>,
    turn: VecDeque<String>,
    length: usize,
    length_max: usize,
    tenant_max: usize,
}

/// The callers of one tenant.
#[derive(Clone, Debug)]
struct Line<T> {
    callers: VecDeque<T>,
    weight: u32,
    /// How many more may go in this turn.
    rest: u32,
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

    /// Puts a caller at the end of its tenant's line. A weight of zero counts as one: nobody starves.
    ///
    /// # Errors
    /// When the line is full.
    pub fn push(&mut self, tenant: &str, weight: u32, caller: T) -> Result<(), Full> {
        let own = self
            .waiting
            .get(tenant)
            .map_or(0, |line| line.callers.len());
        if self.length >= self.length_max || own >= self.tenant_max {
            return Err(Full);
        }
        if own == 0 {
            self.turn.push_back(tenant.to_owned());
        }
        let weight = weight.max(1);
        let line = self.waiting.entry(tenant.to_owned());
        let line = line.or_insert_with(|| Line {
            callers: VecDeque::new(),
            weight,
            rest: weight,
        });
        line.weight = weight;
        line.callers.push_back(caller);
        self.length += 1;
        Ok(())
    }

    /// The next caller.
    pub fn pop(&mut self) -> Option<T> {
        let tenant = self.turn.front()?;
        let line = self.waiting.get_mut(tenant)?;
        let caller = line.callers.pop_front();
        line.rest = line.rest.saturating_sub(1);
        if line.callers.is_empty() {
            self.waiting.remove(tenant);
            self.turn.pop_front();
        } else if line.rest == 0 {
            line.rest = line.weight;
            self.turn.rotate_left(1);
        }
        self.length = self.length.saturating_sub(1);
        caller
    }

    /// Takes callers out that do not wait any more, so that they take no place in the line.
    pub fn retain(&mut self, mut waits: impl FnMut(&T) -> bool) {
        for line in self.waiting.values_mut() {
            line.callers.retain(&mut waits);
        }
        self.waiting.retain(|_, line| !line.callers.is_empty());
        self.turn.retain(|tenant| self.waiting.contains_key(tenant));
        self.length = self.waiting.values().map(|line| line.callers.len()).sum();
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

    fn line(callers: &[&'static str], weight: impl Fn(&str) -> u32) -> FairQueue<&'static str> {
        let mut queue = FairQueue::new(10, 4);
        for caller in callers {
            let tenant = caller.trim_end_matches(char::is_numeric);
            queue.push(tenant, weight(tenant), *caller).unwrap();
        }
        queue
    }

    #[test]
    fn tenants_take_turns() {
        let mut queue = line(&["a1", "a2", "a3", "a4", "b1", "b2", "c1"], |_| 1);
        assert_eq!(queue.push("a", 1, "a5"), Err(Full));
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_heavier_tenant_sends_more_in_a_turn_and_starves_nobody() {
        let weight = |tenant: &str| if tenant == "a" { 2 } else { 0 };
        let mut queue = line(&["b1", "a1", "a2", "a3", "b2", "b3"], weight);
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, ["b1", "a1", "a2", "b2", "a3", "b3"]);
    }

    #[test]
    fn who_has_left_takes_no_place() {
        let mut queue = line(&["a1", "a2", "a3", "a4", "b1"], |_| 1);
        queue.retain(|caller| !caller.starts_with('a'));
        assert_eq!(queue.len(), 1);
        assert!(queue.push("a", 1, "a5").is_ok());
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, ["b1", "a5"]);
    }

    proptest! {
        #[test]
        fn nobody_is_lost_and_bounds_hold(
            tenants in proptest::collection::vec((0u8..5, 0u32..4), 0..60),
        ) {
            let mut queue = FairQueue::new(20, 6);
            let mut inside = 0;
            for (tenant, weight) in tenants {
                inside += usize::from(queue.push(&tenant.to_string(), weight, tenant).is_ok());
                prop_assert!(queue.len() <= 20);
            }
            prop_assert_eq!(queue.len(), inside);
            prop_assert_eq!(std::iter::from_fn(|| queue.pop()).count(), inside);
        }
    }
}
