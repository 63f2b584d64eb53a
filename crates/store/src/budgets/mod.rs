//! Shared budgets in a database: SQLite for replicas on one machine, PostgreSQL for all others.
//!
//! Both keep the same two tables and run the same code: load the accounts that orders name, locked;
//! apply the orders, which is pure; save. What differs is how a transaction is begun.

mod batch;
mod postgres;
mod sqlite;

pub use postgres::PostgresBudgets;
pub use sqlite::SqliteBudgets;

/// What is kept: limits, and the accounts under them.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS budget_rules (
        id TEXT PRIMARY KEY,
        rule TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS budget_accounts (
        id TEXT PRIMARY KEY,
        rule TEXT NOT NULL,
        state TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS budget_accounts_rule ON budget_accounts (rule);
";
