//! What both databases share: orders applied to loaded accounts.

use std::collections::BTreeMap;
use std::sync::Arc;

use seawall_budget::{Account, Order, Reply, Rule, View};
use seawall_ports::Applied;

use crate::db::DbError;

/// Orders with what they are about.
pub(super) struct Batch {
    orders: Vec<(Arc<str>, Order)>,
}

/// The limits and accounts that a batch names, as they are stored.
#[derive(Default)]
pub(super) struct Loaded {
    pub(super) rules: BTreeMap<String, Rule>,
    pub(super) accounts: BTreeMap<String, Account>,
}

impl Batch {
    pub(super) const fn new(orders: Vec<(Arc<str>, Order)>) -> Self {
        Self { orders }
    }

    /// The accounts, sorted, so that two transactions never wait for each other in a ring.
    pub(super) fn accounts(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .orders
            .iter()
            .map(|(account, _)| account.as_ref().to_owned())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Applies the orders in turn. The accounts of a limit that is gone grant nothing.
    pub(super) fn apply(&self, loaded: &mut Loaded, now_ms: i64) -> Vec<Applied> {
        let mut answers = Vec::with_capacity(self.orders.len());
        for (account, order) in &self.orders {
            let Some(rule) = loaded.rules.get(rule_of(account)) else {
                answers.push(gone(order));
                continue;
            };
            let state = loaded.accounts.entry(account.as_ref().to_owned());
            let (reply, alerts) = state.or_default().apply(&rule.terms(), order, now_ms);
            answers.push(Applied { reply, alerts });
        }
        answers
    }
}

/// The limit that an account is named after.
pub(super) fn rule_of(account: &str) -> &str {
    account.split_once('/').map_or(account, |(rule, _)| rule)
}

const fn gone(order: &Order) -> Applied {
    let reply = match order {
        Order::Lease { .. } => Reply::Refused {
            retry_ms: Some(1_000),
        },
        Order::Report(_) => Reply::Noted { usable_ms: 0 },
    };
    Applied {
        reply,
        alerts: Vec::new(),
    }
}

pub(super) fn read_rule(text: &str) -> Result<Rule, DbError> {
    let value = serde_json::from_str(text).map_err(|error| DbError(error.to_string()))?;
    Rule::parse(&value).map_err(|error| DbError(format!("a stored limit cannot be read: {error}")))
}

pub(super) fn read_account(text: &str) -> Result<Account, DbError> {
    Account::decode(text).map_err(|error| DbError(error.to_string()))
}

/// The rule as it replaces what stands under its name.
pub(super) fn revised(mut rule: Rule, before: Option<&str>) -> Result<Rule, DbError> {
    let before = before.map(read_rule).transpose()?;
    let kept = before.as_ref();
    if kept.is_some_and(|before| before.unit != rule.unit || before.scope != rule.scope) {
        return Err(DbError(
            "a limit keeps its unit and scope: what is counted would change its meaning".to_owned(),
        ));
    }
    rule.revision = kept.map_or(1, |before| before.revision.saturating_add(1));
    Ok(rule)
}

pub(super) fn views(
    rule: Option<&str>,
    accounts: Vec<(String, String)>,
    now_ms: i64,
) -> Result<Vec<(String, View)>, DbError> {
    let Some(rule) = rule else {
        return Ok(Vec::new());
    };
    let terms = read_rule(rule)?.terms();
    accounts
        .into_iter()
        .map(|(name, state)| Ok((name, read_account(&state)?.view(&terms, now_ms))))
        .collect()
}
