//! What `cargo xtask bench risk` times: the inner loops, as functions of their size alone.
//!
//! The caller holds the clock; nothing here reads one.

use seawall_stats::dist::{LogNormal, ParameterError};
use seawall_stats::{Philox, Threshold};
use seawall_system::Severity;

use crate::graph::{Graph, Step};
use crate::lanes::Lanes;
use crate::years::plain;

/// A random graph with the shape of published large ones: 20,000 steps have 28,000 edges.
#[derive(Debug)]
pub struct GraphBench {
    graph: Graph,
    chances: Vec<Threshold>,
}

/// Simulates `count` scenario-years with a Poisson rate and a lognormal loss, and gives their sum,
/// so that nothing can be left out.
///
/// # Errors
/// When the loss has no distribution.
pub fn scenario_years(rate: f64, count: usize, seed: u64) -> Result<f64, ParameterError> {
    let severity = Severity::LogNormal(LogNormal::from_range90(1e5, 1e7)?);
    let philox = Philox::new(seed);
    // Years come in chunks that stay in the cache, each with its own stream.
    let mut years = vec![0.0; 4_096];
    let mut sum = 0.0;
    let mut left = count;
    let mut chunk = 0;
    while left > 0 {
        let size = left.min(years.len());
        let Some(part) = years.get_mut(..size) else {
            break;
        };
        part.fill(0.0);
        plain(rate, severity, philox.stream(chunk), part);
        sum += part.iter().sum::<f64>();
        left -= size;
        chunk += 1;
    }
    Ok(sum)
}

impl GraphBench {
    /// A graph of `nodes` steps, each with a chance of its own, 1.4 times as many edges into them,
    /// five states for seven steps, and a cycle now and then.
    #[must_use]
    pub fn new(nodes: u32, seed: u64) -> Self {
        let mut stream = Philox::new(seed).stream(1);
        let states = (nodes / 7 * 5).max(2);
        let mut below = |bound: u32| u32::try_from(stream.below(u64::from(bound))).unwrap_or(0);
        let steps = (0..nodes)
            .map(|number| {
                let gives = 1 + number % (states - 1);
                let sources = if number % 5 < 2 { 2 } else { 1 };
                let requires = (0..sources)
                    .map(|_| match below(50) {
                        // Mostly from the two hundred states before, one in fifty from anywhere.
                        0 => below(states),
                        _ => gives - 1 - below(gives.min(200)),
                    })
                    .collect();
                Step {
                    requires,
                    gives,
                    tag: 0,
                }
            })
            .collect();
        let nodes = states;
        let graph = Graph::new(nodes as usize, steps);
        let chances = graph
            .steps()
            .iter()
            .map(|_| Threshold::new(0.8 + 0.2 * stream.uniform()))
            .collect();
        Self { graph, chances }
    }

    /// How many steps the graph has.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.graph.steps().len()
    }

    /// Samples the whole graph in `groups` times 256 trials and gives how many states were reached.
    #[must_use]
    pub fn trials(&self, groups: u64, seed: u64) -> u64 {
        let philox = Philox::new(seed);
        let mut total = 0;
        let mut reached = vec![Lanes::NONE; self.graph.states()];
        let mut bits = vec![Lanes::NONE; self.chances.len()];
        for group in 0..groups {
            reached.fill(Lanes::NONE);
            // Nearly every step is asked for, so all are drawn, one after the other.
            for (step, (bits, chance)) in bits.iter_mut().zip(&self.chances).enumerate() {
                *bits = Lanes::new(chance.words(philox, step as u64, group));
            }
            if let Some(start) = reached.first_mut() {
                *start = Lanes::ALL;
            }
            self.graph.fixpoint(&mut reached, |step, ready| {
                ready & bits.get(step).copied().unwrap_or(Lanes::NONE)
            });
            total += reached.iter().map(|lanes| lanes.count()).sum::<u64>();
        }
        total
    }

    /// Trials of one group.
    #[must_use]
    pub const fn group() -> u64 {
        Lanes::COUNT as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_benchmark_graph_is_mostly_reached() {
        let bench = GraphBench::new(2_000, 1);
        let share = bench.trials(1, 1) as f64 / (256.0 * 1_425.0);
        assert!(share > 0.2, "{share}");
        assert_eq!(bench.steps(), 2_000);
        assert!(scenario_years(0.1, 10_000, 1).unwrap() > 0.0);
    }
}
