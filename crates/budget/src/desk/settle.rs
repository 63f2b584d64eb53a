//! Settling: what a call cost is taken from its slices, and what goes beyond is owed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::slice::Slice;
use super::{Cost, Desk, Part, Ticket};
use crate::account::Order;

impl Desk {
    /// Settles a call: `charged` has what each want cost, `None` where nobody knows, which costs the
    /// reservation. What goes beyond is taken from what is free, and else is an overrun, which the
    /// account learns before it leases more.
    pub fn settle(&mut self, ticket: Ticket, charged: &[Option<u64>]) -> Vec<Cost> {
        let Ticket { parts } = ticket;
        let mut costs = vec![Cost::default(); charged.len()];
        for part in &parts {
            if let Some(cost) = costs.get_mut(part.want) {
                cost.reserved = cost.reserved.saturating_add(part.amount);
            }
        }
        for (cost, charged) in costs.iter_mut().zip(charged) {
            cost.charged = charged.unwrap_or(cost.reserved);
        }
        let mut rests: Vec<u64> = costs.iter().map(|cost| cost.charged).collect();
        for part in &parts {
            let rest = rests.get_mut(part.want);
            let paid = rest
                .as_ref()
                .map_or(part.amount, |rest| part.amount.min(**rest));
            if let Some(rest) = rest {
                *rest = rest.saturating_sub(paid);
            }
            if let Some(slice) = self.slice(&part.account, part.lease) {
                slice.reserved = slice.reserved.saturating_sub(part.amount);
                slice.settled = slice.settled.saturating_add(paid);
            }
        }
        for (want, rest) in rests.into_iter().enumerate() {
            let part = parts.iter().find(|part| part.want == want);
            if let (Some(part), true) = (part, rest > 0) {
                self.overrun(part, rest);
            }
        }
        costs
    }

    pub(super) fn slice(&mut self, account: &Arc<str>, lease: u64) -> Option<&mut Slice> {
        self.slices.get_mut(account)?.get_mut(&lease)
    }

    /// Charges what a call used beyond its reservation.
    fn overrun(&mut self, part: &Part, mut rest: u64) {
        let Some(slices) = self.slices.get_mut(&part.account) else {
            return;
        };
        let Some(class) = slices.get(&part.lease).map(|slice| slice.class.clone()) else {
            return;
        };
        for slice in slices.values_mut().filter(|slice| slice.class == class) {
            let paid = slice.free().min(rest);
            slice.settled = slice.settled.saturating_add(paid);
            rest = rest.saturating_sub(paid);
        }
        if let Some(slice) = slices.get_mut(&part.lease) {
            slice.over = slice.over.saturating_add(rest);
        }
    }

    /// Whether an overrun waits to be reported: then the account is asked before the next call, even
    /// where slices would do.
    pub(super) fn owes(&self, account: &str) -> bool {
        let mut slices = self
            .slices
            .get(account)
            .into_iter()
            .flat_map(BTreeMap::values);
        slices.any(|slice| slice.over > slice.reported.1)
    }

    /// Reports of the overruns that an account does not know yet.
    pub(super) fn debts(&self, account: &Arc<str>) -> Vec<(Arc<str>, Order)> {
        let slices = self.slices.get(account).into_iter().flatten();
        slices
            .filter(|(_, slice)| slice.over > slice.reported.1)
            .map(|(number, slice)| {
                let report = slice.report(self.name(*number));
                (Arc::clone(account), Order::Report(report))
            })
            .collect()
    }
}
