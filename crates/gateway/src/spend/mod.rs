//! Budgets on the way of a call: its bound is reserved before the upstream is asked, and settled once
//! whatever happens then.
//!
//! All listeners of a process share one [`Spender`]. It spends from leased slices, so a call waits
//! for the database only when a slice has run out; [`Spender::run`] reports in rounds, which keeps
//! slices alive and brings changed limits in.

mod patrol;
mod places;
mod talk;
mod tell;
mod ticket;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use seawall_base::{Clock, ErrorCode, OnError};
use seawall_budget::{
    Desk, Facts, Order, Prices, Reply, Reserved, Rule, Shape, Ticket, Unit, Want,
};
use seawall_net::CancellationToken;
use seawall_ports::{Applied, Budgets, BudgetsError, Ledger};
use seawall_telemetry::Metrics;

use crate::refusal::Refusal;

pub use self::patrol::Runaways;
pub(crate) use self::patrol::{Caller, patrolled};
pub(crate) use self::places::Place;
pub use self::places::{PlaceLimits, Places};
pub(crate) use self::ticket::{Line, Outcome, Spending};

/// How often slices are reported: three times in the life of one.
const ROUND: Duration = Duration::from_secs(3);
/// Tool calls that are reserved for an answer; what an answer has beyond is an overrun.
const TOOL_CALLS: u64 = 8;
/// Calls like this one that a slice is asked for.
const SLICE_CALLS: u64 = 16;

/// How budgets are applied.
#[derive(Clone, Debug)]
pub struct SpendOptions {
    /// What models cost.
    pub prices: Prices,
    /// Whether a model without a price passes limits of money uncounted; else it is refused.
    pub unpriced: OnError,
    /// What happens to calls while the budgets cannot be reached and slices have run out.
    pub on_error: OnError,
    /// After how many milliseconds an upstream is given up, which bounds accelerator time.
    pub upstream_timeout_ms: u64,
}

/// The budgets of one process.
pub struct Spender {
    budgets: Arc<dyn Budgets>,
    clock: Arc<dyn Clock>,
    options: SpendOptions,
    desk: Mutex<Desk>,
    /// None until they could be read once: what is not known cannot be held to.
    rules: RwLock<Option<Arc<Vec<Rule>>>>,
    /// One asks at a time; who waits finds the slice that the one before brought.
    asking: tokio::sync::Mutex<()>,
    /// Where alerts go besides the log.
    evidence: Option<(Arc<dyn Ledger>, Arc<Metrics>)>,
}

/// Why a call cannot be paid for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Denied {
    /// A limit has too little left.
    Limit {
        /// Its name.
        rule: String,
        /// What it limits.
        unit: Unit,
        /// Seconds after which a retry can succeed; none where it never will.
        retry_after: Option<u64>,
    },
    /// A limit of money, and a model without a price.
    Unpriced,
    /// A part of the request has no upper bound.
    Unbounded,
    /// The budgets cannot be reached.
    Unavailable,
}

impl Spender {
    /// The budgets of a process that calls itself `holder`, which no other start ever did.
    #[must_use]
    pub fn new(
        budgets: Arc<dyn Budgets>,
        clock: Arc<dyn Clock>,
        holder: &str,
        options: SpendOptions,
    ) -> Self {
        Self {
            budgets,
            clock,
            options,
            desk: Mutex::new(Desk::new(holder)),
            rules: RwLock::new(None),
            asking: tokio::sync::Mutex::new(()),
            evidence: None,
        }
    }

    /// The same with a ledger and metrics that alerts go to.
    #[must_use]
    pub fn with_evidence(mut self, ledger: Arc<dyn Ledger>, metrics: Arc<Metrics>) -> Self {
        self.evidence = Some((ledger, metrics));
        self
    }

    /// Reports in rounds until `stop`, then gives back what no call holds.
    pub async fn run(&self, stop: CancellationToken) {
        loop {
            if let Err(error) = self.round().await {
                tracing::warn!(error = %error, "the budgets did not answer");
            }
            let waited = stop.run_until_cancelled(tokio::time::sleep(ROUND)).await;
            if waited.is_none() {
                return self.close().await;
            }
        }
    }

    /// One round: limits are read again, slices are reported, lost orders are cleared up.
    ///
    /// # Errors
    /// When the budgets cannot be reached.
    pub async fn round(&self) -> Result<(), BudgetsError> {
        let rules = self.budgets.rules().await?;
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(rules));
        let _asking = self.asking.lock().await;
        let orders = {
            let mut desk = self.desk();
            let mut orders = desk.round(self.now_ms());
            orders.extend(desk.unanswered());
            orders
        };
        self.carry(orders).await.map(drop)
    }

    /// Gives back what no call holds.
    pub async fn close(&self) {
        let orders = self.desk().close(self.now_ms());
        if let Err(error) = self.carry(orders).await {
            tracing::warn!(error = %error, "slices of budgets lapse: they could not be given back");
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().as_millisecond()
    }

    /// Takes orders to the accounts and their replies to the desk.
    async fn carry(&self, orders: Vec<(Arc<str>, Order)>) -> Result<Vec<Applied>, BudgetsError> {
        if orders.is_empty() {
            return Ok(Vec::new());
        }
        let sent = self.clock.now();
        let applied = self.budgets.apply(orders.clone(), sent).await?;
        let mut raised = Vec::new();
        {
            let mut desk = self.desk();
            for ((account, order), applied) in orders.iter().zip(&applied) {
                desk.take_reply(account, order, &applied.reply, sent.as_millisecond());
                raised.extend(applied.alerts.iter().map(|alert| (account, *alert)));
            }
        }
        for (account, alert) in raised {
            self.tell(account, alert).await;
        }
        Ok(applied)
    }

    /// Reserves the bound of a call in every limit that it falls under, or in none. None where it
    /// falls under no limit.
    pub(crate) async fn reserve(
        self: &Arc<Self>,
        facts: &Facts<'_>,
        shape: &Shape,
    ) -> Result<Option<Spending>, Denied> {
        let Some(rules) = self.rules().await else {
            return self.unreachable();
        };
        let (wants, lines) = self.wants(&rules, facts, shape)?;
        if wants.is_empty() {
            return Ok(None);
        }
        let price = self.options.prices.of(facts.model).copied();
        let spending = |ticket| {
            Some(Spending::new(
                Arc::clone(self),
                ticket,
                lines.clone(),
                price,
            ))
        };
        if let Some(ticket) = self.desk().reserve_warm(&wants, self.now_ms()) {
            return Ok(spending(ticket));
        }
        let _asking = self.asking.lock().await;
        // A debt that is told and a slice that is fetched may each take one turn.
        for _ in 0..3 {
            let reserved = self.desk().reserve(&wants, self.now_ms());
            let orders = match reserved {
                Reserved::Granted(ticket) => return Ok(spending(ticket)),
                Reserved::Missing(orders) => orders,
            };
            let accounts: Vec<Arc<str>> =
                orders.iter().map(|(account, _)| account.clone()).collect();
            let Ok(applied) = self.carry(orders).await else {
                return self.unreachable();
            };
            if let Some(denied) = denied(&accounts, &applied, &lines) {
                return Err(denied);
            }
        }
        self.unreachable()
    }

    fn known(&self) -> Option<Arc<Vec<Rule>>> {
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        rules.as_ref().map(Arc::clone)
    }

    /// The limits; read now where they never were.
    async fn rules(&self) -> Option<Arc<Vec<Rule>>> {
        let known = self.known();
        if known.is_some() {
            return known;
        }
        let rules = Arc::new(self.budgets.rules().await.ok()?);
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&rules));
        Some(rules)
    }

    fn unreachable(&self) -> Result<Option<Spending>, Denied> {
        match self.options.on_error {
            OnError::Deny => Err(Denied::Unavailable),
            OnError::Allow => {
                tracing::error!("a call passes its budgets uncounted, as policy says");
                Ok(None)
            }
        }
    }

    /// What a call draws on which accounts.
    fn wants(
        &self,
        rules: &[Rule],
        facts: &Facts<'_>,
        shape: &Shape,
    ) -> Result<(Vec<Want>, Vec<Line>), Denied> {
        let (mut wants, mut lines) = (Vec::new(), Vec::new());
        for rule in rules {
            let Some(account) = rule.account(facts) else {
                continue;
            };
            let Some(amount) = self.amount(rule.unit, facts.model, shape)? else {
                continue;
            };
            let account: Arc<str> = account.into();
            let slice_calls = if rule.unit == Unit::Streams {
                2
            } else {
                SLICE_CALLS
            };
            wants.push(Want {
                account: Arc::clone(&account),
                class: rule.class(facts).into(),
                amount,
                slice: amount.saturating_mul(slice_calls),
            });
            lines.push(Line {
                account,
                rule: rule.id.clone(),
                unit: rule.unit,
            });
        }
        Ok((wants, lines))
    }

    /// The upper bound of a call in a unit; none where calls do not use it.
    fn amount(&self, unit: Unit, model: &str, shape: &Shape) -> Result<Option<u64>, Denied> {
        let price = self.options.prices.of(model);
        let known = price.copied().unwrap_or_default();
        let amount = match unit {
            Unit::Money => match price {
                Some(price) => price.cost_max(shape).ok_or(Denied::Unbounded)?,
                None if self.options.unpriced == OnError::Allow => return Ok(None),
                None => return Err(Denied::Unpriced),
            },
            Unit::Tokens => shape.tokens_max(&known).ok_or(Denied::Unbounded)?,
            Unit::Requests | Unit::Streams => 1,
            Unit::ToolCalls => TOOL_CALLS,
            Unit::GpuSeconds => shape.gpu_ms_max(&known, self.options.upstream_timeout_ms),
            Unit::Replicas => return Ok(None),
        };
        Ok(Some(amount))
    }

    /// Settles the reservation of a call.
    fn settle(&self, ticket: Ticket, charged: &[Option<u64>]) -> Vec<seawall_budget::Cost> {
        self.desk().settle(ticket, charged)
    }
}

/// The first limit that refused.
fn denied(accounts: &[Arc<str>], applied: &[Applied], lines: &[Line]) -> Option<Denied> {
    let mut replies = accounts.iter().zip(applied);
    replies.find_map(|(account, applied)| {
        let Reply::Refused { retry_ms } = applied.reply else {
            return None;
        };
        let line = lines.iter().find(|line| line.account == *account)?;
        let seconds = |ms: i64| u64::try_from(ms).unwrap_or(0).div_ceil(1_000).max(1);
        Some(Denied::Limit {
            rule: line.rule.clone(),
            unit: line.unit,
            retry_after: retry_ms.map(seconds),
        })
    })
}

impl From<Denied> for Refusal {
    /// Names the limit and when to come back; what others have spent is nobody's business.
    fn from(denied: Denied) -> Self {
        let (code, message, retry_after) = match denied {
            Denied::Limit {
                rule,
                unit,
                retry_after: Some(seconds),
            } => (
                ErrorCode::BudgetExceeded,
                format!(
                    "The limit `{rule}` ({unit}) has too little left. Retry after {seconds} seconds."
                ),
                Some(seconds),
            ),
            Denied::Limit { rule, unit, .. } => (
                ErrorCode::BudgetExceeded,
                format!(
                    "The limit `{rule}` ({unit}) cannot cover this request. Set a smaller \
                     max_tokens or send a shorter prompt."
                ),
                None,
            ),
            Denied::Unpriced => (
                ErrorCode::BudgetExceeded,
                "The model has no price, and a limit of money applies.".to_owned(),
                None,
            ),
            Denied::Unbounded => (
                ErrorCode::BudgetExceeded,
                "The cost of an image, audio or file part has no bound for this model, and a \
                 limit applies."
                    .to_owned(),
                None,
            ),
            Denied::Unavailable => (
                ErrorCode::BudgetUnavailable,
                "The budgets cannot be read. Try again later.".to_owned(),
                Some(1),
            ),
        };
        Self {
            retry_after,
            ..Self::new(code, message)
        }
    }
}

impl std::fmt::Debug for Spender {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Spender")
    }
}
