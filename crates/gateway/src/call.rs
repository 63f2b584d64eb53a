//! One call: what it reserved, what it used, and the one settlement that ends it.

use std::sync::Arc;

use seawall_base::{ErrorCode, Principal, Timestamp};
use seawall_budget::{Facts, Meter, Reservation, Shape, Used as Billed};
use seawall_evidence::Kind;
use seawall_evidence::settlement::{Charge, End, Settlement};
use seawall_llm::Usage;
use seawall_ports::{Rate, Take, Taken, VirtualKey};
use seawall_telemetry::Outcome;

use crate::record::{Adjustment, Subject, draft};
use crate::refusal::Refusal;
use crate::server::Shared;
use crate::spend::{Denied, Outcome as Spent, Place, Spending};

/// A call from its reservation to its settlement, which happens when it is dropped.
///
/// Whatever ends a request early (a refusal, a panic, a client that went away) drops the call, so it
/// cannot be forgotten. Until somebody says otherwise it counts as abandoned.
pub(crate) struct Call {
    shared: Arc<Shared>,
    pub(crate) id: String,
    pub(crate) route: String,
    pub(crate) model: String,
    pub(crate) principal: Principal,
    pub(crate) choices: u64,
    started: Timestamp,
    reservation: Option<Reservation>,
    tokens: Option<(String, Rate)>,
    spending: Option<Spending>,
    // Held so that the next in line gets it when the call ends.
    _place: Option<Place>,
    output_tokens_max: u64,
    tool_calls: Option<u64>,
    used: Used,
    end: End,
    outcome: Outcome,
    status: u16,
}

/// What is known about a call's use.
#[derive(Clone, Copy, Debug)]
enum Used {
    /// It never reached the upstream.
    Nothing,
    /// It did, and nobody reported yet.
    Unknown,
    /// The upstream reported.
    Reported(Usage),
}

/// What a call is before it has reserved.
pub(crate) struct Opening {
    pub(crate) id: String,
    pub(crate) route: String,
    pub(crate) model: String,
    pub(crate) started: Timestamp,
    pub(crate) tokens_max: u64,
    /// What the request looks like to a budget.
    pub(crate) shape: Shape,
    /// The session and the run that the client names.
    pub(crate) session: Option<String>,
    pub(crate) run: Option<String>,
    /// The class that it puts itself in.
    pub(crate) class: Option<String>,
    /// Its place among the calls that run at a time.
    pub(crate) place: Option<Place>,
}

impl Call {
    /// Takes one request and an upper bound of tokens from the key's limits, or neither.
    pub(crate) async fn reserve(
        shared: &Arc<Shared>,
        key: &VirtualKey,
        opening: Opening,
    ) -> Result<Self, Refusal> {
        let mut takes = Vec::new();
        if let Some(limit) = key.limits.requests_per_minute {
            takes.push(take(&key.id, "requests", 1, limit));
        }
        if let Some(limit) = key.limits.tokens_per_minute {
            takes.push(take(&key.id, "tokens", opening.tokens_max, limit));
        }
        let tokens = key
            .limits
            .tokens_per_minute
            .map(|limit| (format!("{}/tokens", key.id), Rate::per_minute(limit)));
        if !takes.is_empty() {
            let now = shared.ports.clock.now();
            let taken = shared.ports.counters.take(takes, now).await;
            let taken = taken.map_err(|error| {
                tracing::error!(error = %error, "the counters did not answer");
                Refusal::internal()
            })?;
            if let Taken::Refused {
                bucket,
                retry_after,
            } = taken
            {
                return Err(limited(&bucket, retry_after, opening.tokens_max));
            }
        }
        let spending = match spend(shared, key, &opening).await {
            Ok(spending) => spending,
            Err(denied) => {
                if let Some((bucket, rate)) = tokens {
                    let more = i64::try_from(opening.tokens_max).map_or(i64::MIN, |taken| -taken);
                    shared.recorder.adjust(Adjustment { bucket, more, rate });
                }
                return Err(denied.into());
            }
        };
        Ok(Self {
            shared: Arc::clone(shared),
            id: opening.id,
            route: opening.route,
            model: opening.model,
            principal: key.principal.clone(),
            started: opening.started,
            reservation: Some(Reservation::new(opening.tokens_max)),
            tokens,
            spending,
            _place: opening.place,
            choices: opening.shape.choices,
            output_tokens_max: opening.shape.output_tokens_max(),
            tool_calls: None,
            used: Used::Nothing,
            end: End::Abandoned,
            outcome: Outcome::Abandoned,
            status: 499,
        })
    }

    /// From here on the upstream may bill.
    pub(crate) const fn sent(&mut self) {
        self.used = Used::Unknown;
    }

    /// The upstream refused the call, so it bills nothing.
    pub(crate) const fn unbilled(&mut self) {
        self.used = Used::Nothing;
    }

    /// The upstream reported what it bills.
    pub(crate) fn used(&mut self, usage: Option<Usage>) {
        if let Some(usage) = usage {
            self.used = Used::Reported(usage);
        }
    }

    /// So many tool calls were in the answer.
    pub(crate) const fn called_tools(&mut self, count: u64) {
        self.tool_calls = Some(count);
    }

    /// What meters the call's stream, where somebody pays for it.
    pub(crate) fn meter(&self) -> Option<Meter> {
        let is_paid = self.spending.is_some() || self.tokens.is_some();
        is_paid.then(|| Meter::new(self.output_tokens_max))
    }

    /// Settles with the budgets.
    fn charges(&mut self, elapsed_ms: i128) -> Vec<Charge> {
        let Some(spending) = self.spending.take() else {
            return Vec::new();
        };
        let used = match self.used {
            Used::Reported(usage) => Some(Billed {
                input: usage.prompt_tokens,
                output: usage.completion_tokens,
                cache_read: usage.cache_read_tokens,
                cache_write: usage.cache_write_tokens,
                tool_uses: 0,
            }),
            Used::Nothing | Used::Unknown => None,
        };
        spending.settle(&Spent {
            used,
            tool_calls: self.tool_calls,
            elapsed_ms: u64::try_from(elapsed_ms).unwrap_or(0),
            billed: !matches!(self.used, Used::Nothing),
        })
    }

    /// Ends the call with an answer in full.
    pub(crate) fn complete(mut self) {
        self.end = End::Completed;
        self.outcome = Outcome::Completed;
        self.status = 200;
    }

    /// Ends the call with a refusal; `status` is what the client sees.
    pub(crate) fn refuse(mut self, code: ErrorCode, status: u16) {
        self.end = match code {
            ErrorCode::BlockedByPolicy
            | ErrorCode::ApprovalDenied
            | ErrorCode::ApprovalTimeout
            | ErrorCode::SessionStopped => End::Stopped,
            _ => End::Failed,
        };
        self.outcome = Outcome::Refused(code);
        self.status = status;
    }

    /// What evidence about this call is about, now.
    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            id: &self.id,
            route: &self.route,
            model: &self.model,
            principal: &self.principal,
            at: self.shared.ports.clock.now(),
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let Some(reservation) = self.reservation.take() else {
            return;
        };
        let used = match self.used {
            Used::Nothing => Some(0),
            Used::Unknown => None,
            Used::Reported(usage) => Some(usage.total()),
        };
        let settled = reservation.settle(used);
        if let (Some((bucket, rate)), true) = (self.tokens.take(), settled.more() != 0) {
            let more = settled.more();
            self.shared
                .recorder
                .adjust(Adjustment { bucket, more, rate });
        }
        let usage = match self.used {
            Used::Reported(usage) => usage,
            Used::Nothing => Usage::default(),
            // Nobody knows how a bound splits; the whole of it stands as prompt.
            Used::Unknown => Usage::new(settled.charged, 0),
        };
        let at = self.shared.ports.clock.now();
        let elapsed = at.duration_since(self.started);
        let charges = self.charges(elapsed.as_millis());
        let metrics = &self.shared.ports.metrics;
        metrics.prompt_tokens.inc_by(usage.prompt_tokens);
        metrics.completion_tokens.inc_by(usage.completion_tokens);
        metrics.overrun_tokens.inc_by(settled.overrun());
        metrics.ended(self.outcome);
        let subject = Subject {
            at,
            ..self.subject()
        };
        metrics
            .request_seconds
            .observe(elapsed.as_secs_f64().max(0.0));
        let body = Settlement {
            request: self.id.clone(),
            route: self.route.clone(),
            model: self.model.clone(),
            end: self.end,
            status: self.status,
            reserved_tokens: settled.reserved,
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens,
            estimated: settled.estimated,
            latency_us: u64::try_from(elapsed.as_micros()).unwrap_or(0),
            charges,
        };
        self.shared
            .recorder
            .queue(draft(&subject, Kind::Settlement, body.to_body()));
    }
}

/// Reserves the call's bound in the budgets, where there are any.
async fn spend(
    shared: &Shared,
    key: &VirtualKey,
    opening: &Opening,
) -> Result<Option<Spending>, Denied> {
    let Some(spender) = &shared.config.budgets else {
        return Ok(None);
    };
    let facts = Facts {
        key: &key.id,
        key_name: &key.name,
        model: &opening.model,
        route: &opening.route,
        session: opening.session.as_deref(),
        run: opening.run.as_deref(),
        class: opening.class.as_deref(),
    };
    spender.reserve(&facts, &opening.shape).await
}

fn take(key: &str, what: &str, cost: u64, limit: u64) -> Take {
    Take {
        bucket: format!("{key}/{what}"),
        cost,
        rate: Rate::per_minute(limit),
    }
}

fn limited(
    bucket: &str,
    retry_after: Option<seawall_base::SignedDuration>,
    tokens_max: u64,
) -> Refusal {
    let what = if bucket.ends_with("/tokens") {
        "tokens"
    } else {
        "requests"
    };
    let Some(wait) = retry_after else {
        return Refusal::new(
            ErrorCode::RateLimited,
            format!(
                "The request may use up to {tokens_max} tokens, more than the key has per minute. \
                 Set a smaller max_tokens or send a shorter prompt."
            ),
        );
    };
    let whole = u64::try_from(wait.as_secs()).unwrap_or(0);
    let seconds = whole
        .saturating_add(u64::from(wait.subsec_nanos() > 0))
        .max(1);
    Refusal {
        retry_after: Some(seconds),
        ..Refusal::new(
            ErrorCode::RateLimited,
            format!("The key has used up its {what} per minute. Retry after {seconds} seconds."),
        )
    }
}
