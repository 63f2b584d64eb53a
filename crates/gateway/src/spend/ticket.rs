//! What a call holds of its budgets until it settles, which dropping it does too.

use std::sync::Arc;

use seawall_budget::{Price, Ticket, Unit, Used};
use seawall_evidence::settlement::Charge;

use super::Spender;

/// One limit that a call falls under.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(super) account: Arc<str>,
    pub(super) rule: String,
    pub(super) unit: Unit,
}

/// The reservations of one call.
pub(crate) struct Spending {
    spender: Arc<Spender>,
    ticket: Option<Ticket>,
    lines: Vec<Line>,
    price: Option<Price>,
}

/// What is known about a call when it settles.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    /// What the upstream bills: none where nobody reported it.
    pub(crate) used: Option<Used>,
    /// Tool calls of the answer, where they were counted.
    pub(crate) tool_calls: Option<u64>,
    /// How long the upstream worked.
    pub(crate) elapsed_ms: u64,
    /// Whether the upstream was asked at all and did not refuse.
    pub(crate) billed: bool,
}

impl Spending {
    pub(super) const fn new(
        spender: Arc<Spender>,
        ticket: Ticket,
        lines: Vec<Line>,
        price: Option<Price>,
    ) -> Self {
        Self {
            spender,
            ticket: Some(ticket),
            lines,
            price,
        }
    }

    /// Settles, and says what each limit is charged.
    pub(crate) fn settle(mut self, outcome: &Outcome) -> Vec<Charge> {
        let Some(ticket) = self.ticket.take() else {
            return Vec::new();
        };
        let charged: Vec<Option<u64>> = self
            .lines
            .iter()
            .map(|line| self.charged(line.unit, outcome))
            .collect();
        let costs = self.spender.settle(ticket, &charged);
        let charges = self.lines.iter().zip(costs);
        charges
            .map(|(line, cost)| Charge {
                account: line.account.as_ref().to_owned(),
                unit: line.unit.to_string(),
                reserved: cost.reserved,
                charged: cost.charged,
            })
            .collect()
    }

    /// What a limit is charged; none costs the reservation.
    fn charged(&self, unit: Unit, outcome: &Outcome) -> Option<u64> {
        match unit {
            Unit::Requests => Some(1),
            // Held, not spent.
            Unit::Streams | Unit::Replicas => Some(0),
            _ if !outcome.billed => Some(0),
            Unit::Money => {
                let price = self.price?;
                outcome.used.map(|used| price.cost(&dearest(&price, used)))
            }
            Unit::Tokens => outcome
                .used
                .map(|used| used.input.saturating_add(used.output)),
            Unit::ToolCalls => outcome.tool_calls,
            Unit::GpuSeconds => Some(outcome.elapsed_ms.saturating_mul(self.price?.gpus)),
        }
    }
}

/// An upstream that does not say what went into a cache may have put all of it there.
fn dearest(price: &Price, used: Used) -> Used {
    let unsaid = used.cache_read == 0 && used.cache_write == 0;
    if unsaid && price.cache_write > price.input {
        return Used {
            cache_write: used.input,
            ..used
        };
    }
    used
}

impl Drop for Spending {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            // Nobody settled it, so nobody knows what it used.
            let unknown = vec![None; self.lines.len()];
            drop(self.spender.settle(ticket, &unknown));
        }
    }
}
