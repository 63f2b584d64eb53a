//! Both databases behave alike: one suite, run on SQLite and on PostgreSQL.

use std::sync::Arc;

use seawall_base::{SignedDuration, Timestamp};
use seawall_budget::{Order, Reply, Report, Rule};
use seawall_ports::{Applied, Budgets, BudgetsError};
use seawall_store::{PostgresBudgets, SqliteBudgets};
use seawall_testkit::PostgresServer;
use serde_json::json;

use crate::support::now;

fn rule(id: &str, limit: &str) -> Rule {
    let value =
        json!({"id": id, "scope": "key", "unit": "tokens", "limit": limit, "window": "minute"});
    Rule::parse(&value).unwrap()
}

fn lease(account: &str, lease: &str, need: u64) -> (Arc<str>, Order) {
    let order = Order::Lease {
        lease: lease.to_owned(),
        class: String::new(),
        want: need,
        need,
    };
    (account.into(), order)
}

fn report(account: &str, lease: &str, settled: u64, returned: u64) -> (Arc<str>, Order) {
    let report = Report {
        lease: lease.to_owned(),
        settled,
        over: 0,
        returned,
    };
    (account.into(), Order::Report(report))
}

fn granted(applied: &[Applied]) -> Vec<u64> {
    let amount = |applied: &Applied| match applied.reply {
        Reply::Granted { amount, .. } => amount,
        _ => 0,
    };
    applied.iter().map(amount).collect()
}

fn after(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

/// What every database must do. `again` opens the same database once more.
async fn suite<B: Budgets, F: Fn() -> B>(open: F) -> Result<(), BudgetsError> {
    let budgets = open();
    limits(&budgets).await?;
    spending(&budgets, &open()).await?;
    changes(&budgets).await?;
    together(&budgets, &open()).await
}

async fn limits(budgets: &impl Budgets) -> Result<(), BudgetsError> {
    assert_eq!(budgets.rules().await?, []);
    let stored = budgets.set(rule("b", "100")).await?;
    assert_eq!(stored.revision, 1);
    budgets.set(rule("a", "50")).await?;
    let names: Vec<_> = budgets
        .rules()
        .await?
        .into_iter()
        .map(|rule| rule.id)
        .collect();
    assert_eq!(names, ["a", "b"]);
    let mut other = rule("a", "60");
    other.unit = seawall_budget::Unit::Requests;
    assert!(budgets.set(other).await.is_err(), "a unit was changed");
    Ok(())
}

/// One instance spends, another sees it.
async fn spending(one: &impl Budgets, other: &impl Budgets) -> Result<(), BudgetsError> {
    let both = vec![lease("b/key_1", "r1/1", 60), lease("a/key_1", "r1/2", 50)];
    assert_eq!(granted(&one.apply(both.clone(), now()).await?), [60, 50]);
    // Asked again after an answer that was lost, the same is granted and nothing more is taken.
    assert_eq!(granted(&one.apply(both, now()).await?), [60, 50]);
    let more = vec![lease("b/key_1", "r2/1", 41), lease("b/key_2", "r2/2", 100)];
    let answers = other.apply(more, now()).await?;
    assert_eq!(granted(&answers), [0, 100], "accounts are apart");
    let reports = vec![report("b/key_1", "r1/1", 20, 40)];
    one.apply(reports, now()).await?;
    let views = other.accounts("b", now()).await?;
    assert_eq!(views[0].0, "b/key_1");
    assert_eq!(
        (views[0].1.spent, views[0].1.leased, views[0].1.left),
        (20, 0, 80)
    );
    // A lease that nobody renews lapses as spent.
    let views = other.accounts("b", after(11)).await?;
    assert_eq!((views[1].1.spent, views[1].1.lost), (100, 100));
    Ok(())
}

async fn changes(budgets: &impl Budgets) -> Result<(), BudgetsError> {
    // Below what is spent: nothing more is granted, and what is spent stays.
    assert_eq!(budgets.set(rule("b", "10")).await?.revision, 2);
    let none = budgets
        .apply(vec![lease("b/key_1", "r3/1", 1)], now())
        .await?;
    assert_eq!(granted(&none), [0]);
    assert_eq!(budgets.accounts("b", now()).await?[0].1.left, -10);
    assert!(budgets.remove("b").await?);
    assert!(!budgets.remove("b").await?);
    assert_eq!(budgets.accounts("b", now()).await?, []);
    let gone = vec![lease("b/key_1", "r3/2", 1), report("b/key_1", "r1/1", 1, 0)];
    let gone = budgets.apply(gone, now()).await?;
    assert!(matches!(gone[0].reply, Reply::Refused { .. }));
    assert_eq!(gone[1].reply, Reply::Noted { usable_ms: 0 });
    Ok(())
}

/// Two connections at a time never grant more than there is.
async fn together(one: &impl Budgets, other: &impl Budgets) -> Result<(), BudgetsError> {
    one.set(rule("c", "100")).await?;
    let ask = async |budgets: &dyn Budgets, holder: &str| {
        let mut sum = 0;
        for number in 0..40 {
            // In both orders, so that locks taken carelessly would wait for each other.
            let mut orders = vec![
                lease("c/key_1", &format!("{holder}/{number}"), 3),
                lease("c/key_2", &format!("{holder}/x{number}"), 1),
            ];
            if holder == "other" {
                orders.reverse();
            }
            let position = usize::from(holder == "other");
            let answers = budgets.apply(orders, now()).await.unwrap();
            sum += granted(&answers)[position];
        }
        sum
    };
    let (first, second) = tokio::join!(ask(one, "one"), ask(other, "other"));
    assert_eq!(first + second, 99);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_budgets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("budgets.db");
    suite(|| SqliteBudgets::open(&path).unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_keeps_budgets_and_comes_back() {
    let Some(server) = PostgresServer::start() else {
        seawall_testkit::skip("postgres", "PostgreSQL is not installed");
        return;
    };
    let open = || {
        let budgets = PostgresBudgets::new(&server.connection()).unwrap();
        budgets.with_callers_time()
    };
    suite(open).await.unwrap();

    let budgets = open();
    let before = budgets.accounts("c", now()).await.unwrap();
    server.kill();
    let order = || vec![lease("c/key_3", "r9/1", 5)];
    assert!(budgets.apply(order(), now()).await.is_err());
    assert!(budgets.rules().await.is_err());
    server.resume();
    let answers = budgets.apply(order(), now()).await.unwrap();
    assert_eq!(granted(&answers), [5]);
    let after = budgets.accounts("c", now()).await.unwrap();
    assert_eq!(after[..2], before[..], "a crash forgot what was spent");
}

#[test]
fn a_database_beyond_this_machine_is_refused_without_tls() {
    for connection in [
        "host=db.example.com user=a",
        "host=10.0.0.7 user=a",
        "user=a",
        "=",
    ] {
        assert!(PostgresBudgets::new(connection).is_err(), "{connection}");
    }
    assert!(PostgresBudgets::new("host=127.0.0.1 user=a").is_ok());
}

#[test]
fn an_account_that_cannot_be_read_is_refused_and_not_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("budgets.db");
    let budgets = SqliteBudgets::open(&path).unwrap();
    crate::support::wait(async {
        budgets.set(rule("a", "10")).await.unwrap();
        let order = || vec![lease("a/key_1", "r/1", 10)];
        budgets.apply(order(), now()).await.unwrap();
        let torn = rusqlite::Connection::open(&path).unwrap();
        let update = "UPDATE budget_accounts SET state = substr(state, 1, 30)";
        torn.execute(update, []).unwrap();
        assert!(budgets.apply(order(), now()).await.is_err());
    });
}
