//! The inner loops of the risk engine.

use seawall_risk::bench::{GraphBench, scenario_years};

use crate::measure::per_second;
use crate::row::Row;

/// The rows.
pub(crate) fn rows() -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (rate, count, bar) in [(0.1, 20_000_000, "≥ 50 M"), (1.0, 8_000_000, "≥ 15 M")] {
        scenario_years(rate, 1, 7)?;
        let samples = per_second(count as f64 / 1e6, || scenario_years(rate, count, 7));
        let small = count / 10;
        let plain = per_second(small as f64 / 1e6, || textbook(rate, small));
        let name = format!("scenario-years rate {rate}");
        rows.push(Row::new(name, "M/CPU-s", bar, samples).against("textbook loop", plain));
    }
    let graph = GraphBench::new(20_000, 7);
    let groups = 50;
    let trials = groups * GraphBench::group();
    let samples = per_second(trials as f64, || graph.trials(groups, 7));
    let name = format!("whole-graph trials, 20,000 nodes, {} steps", graph.steps());
    rows.push(Row::new(name, "trials/CPU-s", "≥ 100,000", samples));
    Ok(rows)
}

/// What one writes first: Knuth's Poisson and Box and Muller's normal from an xorshift generator.
fn textbook(rate: f64, count: usize) -> f64 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64 + f64::MIN_POSITIVE
    };
    let (limit, mut total) = ((-rate).exp(), 0.0);
    for _ in 0..count {
        let mut product = uniform();
        while product > limit {
            let radius = (-2.0 * uniform().ln()).sqrt();
            let normal = radius * (std::f64::consts::TAU * uniform()).cos();
            total += (13.8 + 1.4 * normal).exp();
            product *= uniform();
        }
    }
    total
}
