//! Runaway detection on simulated traffic; `cargo xtask eval runaway` measures it at full size.

use seawall_budget::runaway::{Settings, Watch};
use seawall_testkit::traffic::{Ordinary, Runaway, Traffic};

/// The call of the runaway at which it is first noticed.
fn noticed(traffic: &mut Traffic, kind: Runaway) -> Option<usize> {
    let (steps, begins) = traffic.runaway(kind);
    let mut watch = Watch::new(Settings::default());
    let mut found = steps.iter().enumerate().filter_map(|(at, step)| {
        let heard = !watch.step(step).is_empty();
        (heard && at >= begins).then(|| at - begins + 1)
    });
    found.next()
}

#[test]
fn runaways_are_found_within_twenty_calls() {
    let mut traffic = Traffic::new(11);
    for kind in Runaway::ALL {
        let calls: Vec<_> = (0..400).map(|_| noticed(&mut traffic, *kind)).collect();
        let late = calls
            .iter()
            .filter(|calls| calls.is_none_or(|calls| calls > 20));
        // Chance may put detours or an uneven mix at the beginning of these two.
        let most = match kind {
            Runaway::Detours | Runaway::Growing => 40,
            _ => 0,
        };
        assert!(late.count() <= most, "{kind:?}: {calls:?}");
    }
}

#[test]
fn ordinary_sessions_are_left_alone() {
    let mut traffic = Traffic::new(12);
    for round in 0..2_000 {
        let kind = Ordinary::ALL[round % Ordinary::ALL.len()];
        let mut watch = Watch::new(Settings::default());
        let steps = traffic.ordinary(kind);
        let heard: Vec<_> = steps.iter().flat_map(|step| watch.step(step)).collect();
        assert_eq!(heard, [], "{kind:?}");
    }
}
