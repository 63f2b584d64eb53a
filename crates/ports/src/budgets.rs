//! Shared budgets: limits that an owner states, and the accounts that all replicas draw on.

use std::sync::Arc;

use seawall_base::Timestamp;
use seawall_budget::{Alert, Order, Reply, Rule, View};

use crate::BoxFuture;

/// The limits and their accounts. An account is named after its limit, see [`Rule::account`].
pub trait Budgets: Send + Sync {
    /// Carries out orders, each account's in the order given, durably and all in one transaction.
    ///
    /// # Errors
    /// When the accounts cannot be read or written. The orders may have been carried out even so;
    /// repeating them is harmless.
    fn apply(
        &self,
        orders: Vec<(Arc<str>, Order)>,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<Applied>, BudgetsError>>;

    /// All limits, by name.
    ///
    /// # Errors
    /// When they cannot be read.
    fn rules(&self) -> BoxFuture<'_, Result<Vec<Rule>, BudgetsError>>;

    /// Adds a limit or replaces the one of its name, and counts the change. What is spent stays.
    ///
    /// # Errors
    /// When it cannot be stored.
    fn set(&self, rule: Rule) -> BoxFuture<'_, Result<Rule, BudgetsError>>;

    /// Removes a limit with its accounts. False where there is none.
    ///
    /// # Errors
    /// When it cannot be removed.
    fn remove<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, BudgetsError>>;

    /// The accounts of a limit as they stand, by name.
    ///
    /// # Errors
    /// When they cannot be read.
    fn accounts<'a>(
        &'a self,
        rule: &'a str,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Vec<(String, View)>, BudgetsError>>;
}

/// An order that was carried out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Applied {
    /// The answer.
    pub reply: Reply,
    /// What its owner wants to know.
    pub alerts: Vec<Alert>,
}

/// Why the budgets did not answer.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the budgets are unavailable: {0}")]
pub struct BudgetsError(pub String);
