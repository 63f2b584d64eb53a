//! The real desks and accounts in every interleaving of small scenarios. `cargo xtask bench budget`
//! runs them at full size.

use seawall_testkit::interleave::{Explored, Faults, Sabotage, Scenario, explore};

fn scenario(depth: usize, faults: Faults) -> Scenario {
    Scenario {
        replicas: 2,
        limits: vec![40],
        sizes: vec![11],
        depth,
        minute: false,
        faults,
        sabotage: None,
        schedules_max: u64::MAX,
    }
}

fn hold(scenario: &Scenario) -> Explored {
    match explore(scenario) {
        Ok(explored) => {
            #[expect(
                clippy::print_stdout,
                reason = "a person running the test sees the count"
            )]
            {
                println!("{} interleavings", explored.schedules);
            }
            explored
        }
        Err(violation) => panic!("{}\n{}", violation.what, violation.schedule.join("\n")),
    }
}

#[test]
fn the_ceiling_holds_in_every_interleaving_without_faults() {
    let explored = hold(&scenario(9, Faults::NONE));
    assert!(explored.complete && explored.granted > 0, "{explored:?}");
}

#[test]
fn the_ceiling_holds_when_everything_goes_wrong() {
    let explored = hold(&scenario(5, Faults::ALL));
    assert!(explored.complete && explored.granted > 0, "{explored:?}");
    assert!(explored.lapsed > 0, "{explored:?}");
}

#[test]
fn nested_limits_hold_together() {
    let explored = hold(&Scenario {
        limits: vec![30, 35],
        ..scenario(7, Faults::NONE)
    });
    assert!(explored.complete && explored.granted > 0, "{explored:?}");
}

#[test]
fn windows_that_end_grant_one_limit_each() {
    let explored = hold(&Scenario {
        minute: true,
        ..scenario(
            6,
            Faults {
                clocks: true,
                ..Faults::NONE
            },
        )
    });
    assert!(explored.complete && explored.granted > 0, "{explored:?}");
}

#[test]
fn planted_mistakes_are_found() {
    for sabotage in [
        Sabotage::RefundLapsed,
        Sabotage::GrantTwice,
        Sabotage::ForgiveOverruns,
        Sabotage::ForgetSettled,
    ] {
        let outcome = explore(&Scenario {
            sabotage: Some(sabotage),
            sizes: vec![23],
            ..scenario(8, Faults::ALL)
        });
        assert!(outcome.is_err(), "{sabotage:?} was not found: {outcome:?}");
    }
}
