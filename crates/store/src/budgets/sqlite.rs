//! Budgets in a SQLite file of their own, which several processes on one machine may open.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use seawall_base::Timestamp;
use seawall_budget::{Order, Rule, View};
use seawall_ports::{Applied, BoxFuture, Budgets, BudgetsError};

use super::TABLES;
use super::batch::{Batch, Loaded, read_account, read_rule, revised, rule_of, views};
use crate::db::{Database, DbError, failure};
use crate::error::StoreError;

/// Budgets in a file.
#[derive(Clone, Debug)]
pub struct SqliteBudgets {
    database: Arc<Database>,
}

impl SqliteBudgets {
    /// Opens the file at `path`, or makes it.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = open(path).map_err(failure(path))?;
        Ok(Self {
            database: Arc::new(Database::run(connection, path)?),
        })
    }
}

fn open(path: &Path) -> Result<Connection, DbError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    connection.execute_batch(TABLES)?;
    Ok(connection)
}

impl Budgets for SqliteBudgets {
    fn apply(
        &self,
        orders: Vec<(Arc<str>, Order)>,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<Applied>, BudgetsError>> {
        let now_ms = now.as_millisecond();
        let batch = Batch::new(orders);
        Box::pin(
            self.database
                .call(move |connection| Ok(apply(connection, &batch, now_ms)?)),
        )
    }

    fn rules(&self) -> BoxFuture<'_, Result<Vec<Rule>, BudgetsError>> {
        Box::pin(self.database.call(|connection| Ok(rules(connection)?)))
    }

    fn set(&self, rule: Rule) -> BoxFuture<'_, Result<Rule, BudgetsError>> {
        Box::pin(self.database.call(|connection| Ok(set(connection, rule)?)))
    }

    fn remove<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, BudgetsError>> {
        let id = id.to_owned();
        Box::pin(
            self.database
                .call(move |connection| Ok(remove(connection, &id)?)),
        )
    }

    fn accounts<'a>(
        &'a self,
        rule: &'a str,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Vec<(String, View)>, BudgetsError>> {
        let rule = rule.to_owned();
        let now_ms = now.as_millisecond();
        Box::pin(
            self.database
                .call(move |connection| Ok(accounts(connection, &rule, now_ms)?)),
        )
    }
}

impl From<DbError> for BudgetsError {
    fn from(error: DbError) -> Self {
        Self(error.0)
    }
}

fn apply(connection: &mut Connection, batch: &Batch, now_ms: i64) -> Result<Vec<Applied>, DbError> {
    // Immediate: two writers must not both read before one of them writes.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let names = batch.accounts();
    let mut loaded = Loaded::default();
    for name in &names {
        let rule = rule_of(name);
        if !loaded.rules.contains_key(rule)
            && let Some(text) = rule_text(&transaction, rule)?
        {
            loaded.rules.insert(rule.to_owned(), read_rule(&text)?);
        }
        let mut statement =
            transaction.prepare("SELECT state FROM budget_accounts WHERE id = ?1")?;
        let state: Option<String> = statement.query_row([name], |row| row.get(0)).optional()?;
        if let Some(state) = state {
            loaded.accounts.insert(name.clone(), read_account(&state)?);
        }
    }
    let answers = batch.apply(&mut loaded, now_ms);
    for (name, account) in &loaded.accounts {
        let mut statement = transaction.prepare(
            "INSERT INTO budget_accounts (id, rule, state) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET state = excluded.state",
        )?;
        statement.execute(params![name, rule_of(name), account.encode()])?;
    }
    transaction.commit()?;
    Ok(answers)
}

fn rule_text(connection: &Connection, id: &str) -> Result<Option<String>, DbError> {
    let mut statement = connection.prepare("SELECT rule FROM budget_rules WHERE id = ?1")?;
    Ok(statement.query_row([id], |row| row.get(0)).optional()?)
}

fn rules(connection: &Connection) -> Result<Vec<Rule>, DbError> {
    let mut statement = connection.prepare("SELECT rule FROM budget_rules ORDER BY id")?;
    let texts = statement.query_map([], |row| row.get::<_, String>(0))?;
    texts.map(|text| read_rule(&text?)).collect()
}

fn set(connection: &mut Connection, rule: Rule) -> Result<Rule, DbError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let before = rule_text(&transaction, &rule.id)?;
    let rule = revised(rule, before.as_deref())?;
    transaction.execute(
        "INSERT INTO budget_rules (id, rule) VALUES (?1, ?2)
         ON CONFLICT (id) DO UPDATE SET rule = excluded.rule",
        params![rule.id, rule.to_value().to_string()],
    )?;
    transaction.commit()?;
    Ok(rule)
}

fn remove(connection: &mut Connection, id: &str) -> Result<bool, DbError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let removed = transaction.execute("DELETE FROM budget_rules WHERE id = ?1", [id])?;
    transaction.execute("DELETE FROM budget_accounts WHERE rule = ?1", [id])?;
    transaction.commit()?;
    Ok(removed > 0)
}

fn accounts(
    connection: &Connection,
    rule: &str,
    now_ms: i64,
) -> Result<Vec<(String, View)>, DbError> {
    let mut statement =
        connection.prepare("SELECT id, state FROM budget_accounts WHERE rule = ?1 ORDER BY id")?;
    let rows = statement.query_map([rule], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let stored = rows.collect::<Result<Vec<(String, String)>, _>>()?;
    views(rule_text(connection, rule)?.as_deref(), stored, now_ms)
}
