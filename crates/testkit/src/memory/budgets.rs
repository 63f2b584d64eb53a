//! Budgets in memory, which can go away.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use seawall_base::Timestamp;
use seawall_budget::{Account, Order, Reply, Rule, View};
use seawall_ports::{Applied, BoxFuture, Budgets, BudgetsError};

use super::lock;

/// Budgets in memory.
#[derive(Debug, Default)]
pub struct MemoryBudgets {
    kept: Mutex<Kept>,
    is_down: AtomicBool,
}

#[derive(Debug, Default)]
struct Kept {
    rules: BTreeMap<String, Rule>,
    accounts: BTreeMap<String, Account>,
}

impl MemoryBudgets {
    /// Lets every call fail from now on, or no longer.
    pub fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    /// The account as it stands; none where nobody drew on it.
    #[must_use]
    pub fn view(&self, account: &str, now: Timestamp) -> Option<View> {
        let kept = lock(&self.kept);
        let rule = kept.rules.get(rule_of(account))?;
        let state = kept.accounts.get(account)?;
        Some(state.view(&rule.terms(), now.as_millisecond()))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Kept) -> T) -> BoxFuture<'_, Result<T, BudgetsError>>
    where
        T: Send + 'static,
    {
        let done = match self.is_down.load(Ordering::SeqCst) {
            true => Err(BudgetsError("they are away, as a test wants".to_owned())),
            false => Ok(work(&mut lock(&self.kept))),
        };
        Box::pin(std::future::ready(done))
    }
}

impl Kept {
    fn apply(&mut self, account: &Arc<str>, order: &Order, now_ms: i64) -> Applied {
        let Some(rule) = self.rules.get(rule_of(account)) else {
            return Applied {
                reply: Reply::Refused { retry_ms: None },
                alerts: Vec::new(),
            };
        };
        let name = account.as_ref().to_owned();
        let state = self.accounts.entry(name).or_default();
        let (reply, alerts) = state.apply(&rule.terms(), order, now_ms);
        Applied { reply, alerts }
    }
}

impl Budgets for MemoryBudgets {
    fn apply(
        &self,
        orders: Vec<(Arc<str>, Order)>,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<Applied>, BudgetsError>> {
        self.with(|kept| {
            let orders = orders.iter();
            let apply = |(account, order): &_| kept.apply(account, order, now.as_millisecond());
            orders.map(apply).collect()
        })
    }

    fn rules(&self) -> BoxFuture<'_, Result<Vec<Rule>, BudgetsError>> {
        self.with(|kept| kept.rules.values().cloned().collect())
    }

    fn set(&self, mut rule: Rule) -> BoxFuture<'_, Result<Rule, BudgetsError>> {
        self.with(|kept| {
            let before = kept.rules.get(&rule.id);
            rule.revision = before.map_or(1, |before| before.revision + 1);
            kept.rules.insert(rule.id.clone(), rule.clone());
            rule
        })
    }

    fn remove<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, BudgetsError>> {
        self.with(|kept| {
            kept.accounts.retain(|account, _| rule_of(account) != id);
            kept.rules.remove(id).is_some()
        })
    }

    fn accounts<'a>(
        &'a self,
        rule: &'a str,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Vec<(String, View)>, BudgetsError>> {
        self.with(|kept| {
            let terms = kept.rules.get(rule).map(Rule::terms);
            let accounts = kept.accounts.iter();
            let of_rule = accounts.filter(|(account, _)| rule_of(account) == rule);
            let view = |(name, account): (&String, &Account)| {
                let terms = terms.as_ref()?;
                Some((name.clone(), account.view(terms, now.as_millisecond())))
            };
            of_rule.filter_map(view).collect()
        })
    }
}

fn rule_of(account: &str) -> &str {
    account.split_once('/').map_or(account, |(rule, _)| rule)
}
