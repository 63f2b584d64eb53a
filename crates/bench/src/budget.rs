//! Budgets: what a reservation costs while slices last, how much of a limit is used before the first
//! denial, and how many interleavings the checker runs through.

use std::sync::Arc;

use seawall_budget::{Account, Desk, Order, Reply, Reserved, Rule, Ticket, Want};
use seawall_testkit::interleave::{Explored, Faults, Scenario, explore};
use serde_json::json;

use crate::measure::per_second;
use crate::row::Row;

/// Replicas that share one limit.
const REPLICAS: usize = 3;

/// The rows.
pub(crate) fn rows() -> anyhow::Result<Vec<Row>> {
    let mut rows = vec![
        hot_path("reserve and settle, one limit, slice warm", 1)?,
        hot_path("reserve and settle, six nested limits, slices warm", 6)?,
    ];
    for (name, sizes) in [
        (
            "used before the first denial, 3 replicas, equal calls",
            [100, 100],
        ),
        (
            "used before the first denial, 3 replicas, unequal calls",
            [40, 260],
        ),
    ] {
        let used = utilisation(sizes)?;
        rows.push(Row::new(name, "% of the limit", "≥ 98", vec![used]));
    }
    let (explored, scenarios) = interleavings()?;
    rows.push(Row::new(
        format!("distinct interleavings in {scenarios} scenarios, no invariant broken"),
        "schedules",
        "≥ 1,000,000",
        vec![explored.schedules as f64],
    ));
    rows.push(Row::new(
        "reservations granted in them",
        "calls",
        "none",
        vec![explored.granted as f64],
    ));
    Ok(rows)
}

/// Microseconds of processor time of one call.
fn hot_path(name: &str, limits: usize) -> anyhow::Result<Row> {
    let mut desk = Desk::new("bench");
    let wants: Vec<Want> = (0..limits)
        .map(|limit| Want {
            account: format!("limit-{limit}/key_01jd").into(),
            class: "".into(),
            amount: 5_000,
            slice: u64::MAX / 4,
        })
        .collect();
    let Reserved::Missing(orders) = desk.reserve(&wants, 0) else {
        anyhow::bail!("a desk without slices grants");
    };
    for (account, order) in &orders {
        let reply = Reply::Granted {
            amount: u64::MAX / 4,
            usable_ms: i64::MAX,
        };
        desk.take_reply(account, order, &reply, 0);
    }
    let charged = vec![Some(1); limits];
    let samples = per_second(1.0, || match desk.reserve(&wants, 1) {
        Reserved::Granted(ticket) => desk.settle(ticket, &charged).len(),
        Reserved::Missing(_) => 0,
    });
    let one = desk.reserve(&wants, 1);
    anyhow::ensure!(matches!(one, Reserved::Granted(_)), "the slices ran out");
    let micros = samples.iter().map(|rate| 1e6 / rate).collect();
    Ok(Row::new(name, "µs, CPU", "≤ 5", micros))
}

/// How much of a limit three replicas have spent when the first call is refused.
fn utilisation(sizes: [u64; 2]) -> anyhow::Result<f64> {
    let rule =
        json!({"id": "a", "scope": "all", "unit": "tokens", "limit": "1000000", "window": "ever"});
    let rule = Rule::parse(&rule)?;
    let (mut account, terms) = (Account::default(), rule.terms());
    let mut desks: Vec<Desk> = (0..REPLICAS)
        .map(|number| Desk::new(&format!("r{number}")))
        .collect();
    let mut spent = 0_u64;
    for call in 0_usize.. {
        let size = sizes.get(call % 2).copied().unwrap_or_default();
        let Some(desk) = desks.get_mut(call % REPLICAS) else {
            break;
        };
        let want = Want {
            account: "a".into(),
            class: "".into(),
            amount: size,
            slice: 32 * size,
        };
        let Some(ticket) = reserved(desk, &mut account, &terms, &want) else {
            break;
        };
        spent += size;
        desk.settle(ticket, &[None]);
    }
    Ok(100.0 * spent as f64 / rule.limit as f64)
}

fn reserved(
    desk: &mut Desk,
    account: &mut Account,
    terms: &seawall_budget::Terms,
    want: &Want,
) -> Option<Ticket> {
    let wants = std::slice::from_ref(want);
    let orders: Vec<(Arc<str>, Order)> = match desk.reserve(wants, 0) {
        Reserved::Granted(ticket) => return Some(ticket),
        Reserved::Missing(orders) => orders,
    };
    for (name, order) in &orders {
        let (reply, _) = account.apply(terms, order, 0);
        desk.take_reply(name, order, &reply, 0);
    }
    match desk.reserve(wants, 0) {
        Reserved::Granted(ticket) => Some(ticket),
        Reserved::Missing(_) => None,
    }
}

/// The scenarios of the checker, each in full.
fn interleavings() -> anyhow::Result<(Explored, usize)> {
    let scenario = |depth, faults, limits: &[u64]| Scenario {
        replicas: 2,
        limits: limits.to_vec(),
        sizes: vec![11],
        depth,
        minute: false,
        faults,
        sabotage: None,
        schedules_max: u64::MAX,
    };
    let only = Faults::NONE;
    let scenarios = [
        scenario(11, only, &[40]),
        scenario(6, Faults::ALL, &[40]),
        scenario(
            7,
            Faults {
                crashes: true,
                clocks: true,
                ..only
            },
            &[40],
        ),
        scenario(
            7,
            Faults {
                losses: true,
                overruns: true,
                ..only
            },
            &[40],
        ),
        scenario(8, only, &[30, 35]),
        Scenario {
            replicas: 3,
            ..scenario(
                6,
                Faults {
                    crashes: true,
                    ..only
                },
                &[40],
            )
        },
        Scenario {
            minute: true,
            ..scenario(
                7,
                Faults {
                    clocks: true,
                    ..only
                },
                &[40],
            )
        },
        Scenario {
            sizes: vec![3, 17],
            ..scenario(7, only, &[60])
        },
    ];
    let mut sum = Explored::default();
    for scenario in &scenarios {
        let explored = explore(scenario)
            .map_err(|found| anyhow::anyhow!("{}\n{}", found.what, found.schedule.join("\n")))?;
        anyhow::ensure!(explored.complete, "a scenario was not run through");
        sum.schedules += explored.schedules;
        sum.granted += explored.granted;
    }
    Ok((sum, scenarios.len()))
}
