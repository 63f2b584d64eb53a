//! Budgets in PostgreSQL, for replicas on many machines.
//!
//! One connection, opened when it is needed and again after it broke; orders may be repeated, so a
//! transaction whose answer was lost needs no repair. The database's clock decides what time it is
//! for all replicas, unless a test brings its own.

use std::sync::Arc;
use std::time::Duration;

use seawall_base::Timestamp;
use seawall_budget::{Order, Rule, View};
use seawall_ports::{Applied, BoxFuture, Budgets, BudgetsError};
use tokio::sync::Mutex;
use tokio_postgres::{Client, Config, NoTls, Transaction};

use super::TABLES;
use super::batch::{Batch, Loaded, read_account, read_rule, revised, rule_of, views};
use crate::db::DbError;

/// How long a connection or a transaction may take.
const WAIT_MAX: Duration = Duration::from_secs(5);
/// Two processes must not make the tables at the same time.
const TABLES_LOCK: i64 = 0x5345_4157_414c_4c01;

/// Budgets in a PostgreSQL database.
pub struct PostgresBudgets {
    config: Config,
    client: Mutex<Option<Client>>,
    clock: ClockSource,
}

/// Whose time counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum ClockSource {
    Database,
    Caller,
}

impl PostgresBudgets {
    /// Budgets behind a connection string such as `host=/run/postgresql user=seawall dbname=seawall`.
    /// Nothing is connected yet, so a database that is down is found at the first call.
    ///
    /// # Errors
    /// When the string is none, or names a host that is reached over a network: there is no TLS here
    /// yet, and passwords and limits do not travel in the open.
    pub fn new(connection: &str) -> Result<Self, BudgetsError> {
        let mut config: Config = connection
            .parse()
            .map_err(|_| BudgetsError("the connection string cannot be understood".to_owned()))?;
        let local = |host: &tokio_postgres::config::Host| match host {
            tokio_postgres::config::Host::Unix(_) => true,
            tokio_postgres::config::Host::Tcp(name) => {
                name == "localhost"
                    || name
                        .parse()
                        .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
            }
        };
        if config.get_hosts().is_empty() || !config.get_hosts().iter().all(local) {
            return Err(BudgetsError(
                "the database is reached over a socket or loopback only, because there is no TLS; \
                 put a local proxy that adds it in between"
                    .to_owned(),
            ));
        }
        config.connect_timeout(WAIT_MAX);
        Ok(Self {
            config,
            client: Mutex::new(None),
            clock: ClockSource::Database,
        })
    }

    /// The same with the caller's time, so that a test can move it.
    #[must_use]
    pub fn with_callers_time(mut self) -> Self {
        self.clock = ClockSource::Caller;
        self
    }

    async fn connected(&self) -> Result<Client, DbError> {
        let (mut client, connection) = self.config.connect(NoTls).await.map_err(failed)?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the task ends with the client, which is dropped before the runtime"
        )]
        drop(tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(error = %error, "the connection to the budgets broke");
            }
        }));
        let transaction = client.transaction().await.map_err(failed)?;
        let lock = "SELECT pg_advisory_xact_lock($1)";
        transaction
            .execute(lock, &[&TABLES_LOCK])
            .await
            .map_err(failed)?;
        transaction.batch_execute(TABLES).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(client)
    }

    /// Runs `work` in a transaction with a time limit. Whatever fails drops the connection, which
    /// rolls back.
    async fn within<T, W>(&self, work: W) -> Result<T, BudgetsError>
    where
        W: AsyncFnOnce(&Transaction<'_>) -> Result<T, DbError>,
    {
        let mut slot = self.client.lock().await;
        let kept = slot.take().filter(|client| !client.is_closed());
        let attempt = async {
            let mut client = match kept {
                Some(client) => client,
                None => self.connected().await?,
            };
            let transaction = client.transaction().await.map_err(failed)?;
            let done = work(&transaction).await?;
            transaction.commit().await.map_err(failed)?;
            Ok::<_, DbError>((done, client))
        };
        let timed = tokio::time::timeout(WAIT_MAX, attempt).await;
        let done =
            timed.map_err(|_| BudgetsError("the database did not answer in time".to_owned()));
        let (done, client) = done?.map_err(|error| BudgetsError(error.0))?;
        *slot = Some(client);
        Ok(done)
    }

    async fn now_ms(
        &self,
        transaction: &Transaction<'_>,
        caller: Timestamp,
    ) -> Result<i64, DbError> {
        if self.clock == ClockSource::Caller {
            return Ok(caller.as_millisecond());
        }
        let ask = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
        let row = transaction.query_one(ask, &[]).await.map_err(failed)?;
        row.try_get(0).map_err(failed)
    }

    async fn apply_batch(
        &self,
        batch: Batch,
        now: Timestamp,
    ) -> Result<Vec<Applied>, BudgetsError> {
        self.within(async move |transaction| {
            let names = batch.accounts();
            let rule_names: Vec<&str> = names.iter().map(|name| rule_of(name)).collect();
            let mut loaded = Loaded::default();
            let ask = "SELECT id, rule FROM budget_rules WHERE id = ANY($1)";
            for row in transaction
                .query(ask, &[&rule_names])
                .await
                .map_err(failed)?
            {
                let (id, rule): (String, String) = columns(&row)?;
                loaded.rules.insert(id, read_rule(&rule)?);
            }
            // A row to lock must be there before it is read. Sorted, like the locks.
            let known = names
                .iter()
                .filter(|name| loaded.rules.contains_key(rule_of(name)));
            let (ids, rules): (Vec<&str>, Vec<&str>) =
                known.map(|name| (name.as_str(), rule_of(name))).unzip();
            let fresh = seawall_budget::Account::default().encode();
            let make = "INSERT INTO budget_accounts (id, rule, state)
                 SELECT id, rule, $3 FROM unnest($1::text[], $2::text[]) AS new (id, rule)
                 ORDER BY id ON CONFLICT (id) DO NOTHING";
            transaction
                .execute(make, &[&ids, &rules, &fresh])
                .await
                .map_err(failed)?;
            let ask = "SELECT id, state FROM budget_accounts WHERE id = ANY($1)
                 ORDER BY id FOR UPDATE";
            for row in transaction.query(ask, &[&ids]).await.map_err(failed)? {
                let (id, state): (String, String) = columns(&row)?;
                loaded.accounts.insert(id, read_account(&state)?);
            }
            let now_ms = self.now_ms(transaction, now).await?;
            let answers = batch.apply(&mut loaded, now_ms);
            let (ids, states): (Vec<&str>, Vec<String>) = loaded
                .accounts
                .iter()
                .map(|(id, account)| (id.as_str(), account.encode()))
                .unzip();
            let save = "UPDATE budget_accounts SET state = new.state
                 FROM unnest($1::text[], $2::text[]) AS new (id, state)
                 WHERE budget_accounts.id = new.id";
            transaction
                .execute(save, &[&ids, &states])
                .await
                .map_err(failed)?;
            Ok(answers)
        })
        .await
    }

    async fn set_rule(&self, rule: Rule) -> Result<Rule, BudgetsError> {
        self.within(async move |transaction| {
            // The lock of the tables serialises changes of limits too; they are rare.
            let lock = "SELECT pg_advisory_xact_lock($1)";
            transaction
                .execute(lock, &[&TABLES_LOCK])
                .await
                .map_err(failed)?;
            let before = rule_text(transaction, &rule.id).await?;
            let rule = revised(rule, before.as_deref())?;
            let save = "INSERT INTO budget_rules (id, rule) VALUES ($1, $2)
                 ON CONFLICT (id) DO UPDATE SET rule = excluded.rule";
            let text = rule.to_value().to_string();
            transaction
                .execute(save, &[&rule.id, &text])
                .await
                .map_err(failed)?;
            Ok(rule)
        })
        .await
    }

    async fn all_rules(&self) -> Result<Vec<Rule>, BudgetsError> {
        self.within(async |transaction| {
            let ask = "SELECT rule FROM budget_rules ORDER BY id COLLATE \"C\"";
            let rows = transaction.query(ask, &[]).await.map_err(failed)?;
            rows.iter()
                .map(|row| read_rule(row.try_get(0).map_err(failed)?))
                .collect()
        })
        .await
    }

    async fn remove_rule(&self, id: &str) -> Result<bool, BudgetsError> {
        self.within(async |transaction| {
            let delete = "DELETE FROM budget_rules WHERE id = $1";
            let removed = transaction.execute(delete, &[&id]).await.map_err(failed)?;
            let delete = "DELETE FROM budget_accounts WHERE rule = $1";
            transaction.execute(delete, &[&id]).await.map_err(failed)?;
            Ok(removed > 0)
        })
        .await
    }

    async fn look(&self, rule: &str, now: Timestamp) -> Result<Vec<(String, View)>, BudgetsError> {
        self.within(async |transaction| {
            let ask = "SELECT id, state FROM budget_accounts WHERE rule = $1
                 ORDER BY id COLLATE \"C\"";
            let rows = transaction.query(ask, &[&rule]).await.map_err(failed)?;
            let stored = rows.iter().map(columns).collect::<Result<Vec<_>, _>>()?;
            let now_ms = self.now_ms(transaction, now).await?;
            let text = rule_text(transaction, rule).await?;
            views(text.as_deref(), stored, now_ms)
        })
        .await
    }
}

async fn rule_text(transaction: &Transaction<'_>, id: &str) -> Result<Option<String>, DbError> {
    let ask = "SELECT rule FROM budget_rules WHERE id = $1";
    let row = transaction.query_opt(ask, &[&id]).await.map_err(failed)?;
    row.map(|row| row.try_get(0).map_err(failed)).transpose()
}

fn columns(row: &tokio_postgres::Row) -> Result<(String, String), DbError> {
    Ok((
        row.try_get(0).map_err(failed)?,
        row.try_get(1).map_err(failed)?,
    ))
}

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err takes")]
fn failed(error: tokio_postgres::Error) -> DbError {
    // The server's own words, where it has any; they name tables and never values.
    let said = error.as_db_error().map(|said| said.message().to_owned());
    DbError(said.unwrap_or_else(|| error.to_string()))
}

impl Budgets for PostgresBudgets {
    fn apply(
        &self,
        orders: Vec<(Arc<str>, Order)>,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Vec<Applied>, BudgetsError>> {
        Box::pin(self.apply_batch(Batch::new(orders), now))
    }

    fn rules(&self) -> BoxFuture<'_, Result<Vec<Rule>, BudgetsError>> {
        Box::pin(self.all_rules())
    }

    fn set(&self, rule: Rule) -> BoxFuture<'_, Result<Rule, BudgetsError>> {
        Box::pin(self.set_rule(rule))
    }

    fn remove<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, BudgetsError>> {
        Box::pin(self.remove_rule(id))
    }

    fn accounts<'a>(
        &'a self,
        rule: &'a str,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Vec<(String, View)>, BudgetsError>> {
        Box::pin(self.look(rule, now))
    }
}

impl std::fmt::Debug for PostgresBudgets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The configuration may hold a password.
        formatter.write_str("PostgresBudgets")
    }
}
