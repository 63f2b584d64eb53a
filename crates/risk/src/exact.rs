//! The exact probability of a goal by enumeration: the oracle that sampling is held to.

use crate::graph::Graph;
use crate::lanes::Lanes;

/// More uncertain steps than this are not enumerated.
pub(crate) const UNCERTAIN_MAX: usize = 20;

/// The probability that `goal` is reached from `starts` where step `i` of the graph comes out with
/// `chances[i]`, all independently; `None` when too many steps are uncertain.
pub(crate) fn probability(
    graph: &Graph,
    starts: &[u32],
    goal: u32,
    chances: &[f64],
) -> Option<f64> {
    let uncertain: Vec<usize> = (0..chances.len())
        .filter(|step| {
            chances
                .get(*step)
                .is_some_and(|chance| *chance > 0.0 && *chance < 1.0)
        })
        .collect();
    if uncertain.len() > UNCERTAIN_MAX {
        return None;
    }
    let worlds = 1_u64 << uncertain.len();
    let mut sum = 0.0;
    // As many worlds share one evaluation as trials do.
    for first in (0..worlds).step_by(Lanes::COUNT) {
        let (words, weights) = lanes(first, worlds, &uncertain, chances);
        let mut reached = vec![Lanes::NONE; graph.states()];
        for start in starts {
            if let Some(lanes) = reached.get_mut(*start as usize) {
                *lanes = Lanes::ALL;
            }
        }
        graph.fixpoint(&mut reached, |step, ready| {
            ready & words.get(step).copied().unwrap_or(Lanes::NONE)
        });
        let goals = reached.get(goal as usize).copied().unwrap_or(Lanes::NONE);
        sum += goals
            .ones()
            .filter_map(|lane| weights.get(lane))
            .sum::<f64>();
    }
    Some(sum)
}

/// For the worlds from `first` on: in which of them each step comes out, and how likely each is.
fn lanes(
    first: u64,
    worlds: u64,
    uncertain: &[usize],
    chances: &[f64],
) -> (Vec<Lanes>, [f64; Lanes::COUNT]) {
    let certain = |chance: &f64| {
        if *chance >= 1.0 {
            Lanes::ALL
        } else {
            Lanes::NONE
        }
    };
    let mut words: Vec<Lanes> = chances.iter().map(certain).collect();
    let mut weights = [0.0; Lanes::COUNT];
    for ((lane, weight), world) in weights.iter_mut().enumerate().zip(first..worlds) {
        *weight = 1.0;
        for (bit, step) in uncertain.iter().enumerate() {
            let chance = chances.get(*step).copied().unwrap_or(0.0);
            let comes_out = world >> bit & 1;
            *weight *= [1.0 - chance, chance]
                .get(comes_out as usize)
                .unwrap_or(&0.0);
            if comes_out == 1
                && let Some(words) = words.get_mut(*step)
            {
                *words |= Lanes::only(lane);
            }
        }
    }
    (words, weights)
}

#[cfg(test)]
mod tests {
    use seawall_stats::{Philox, Threshold};

    use super::*;
    use crate::graph::tests::step;

    fn sampled(graph: &Graph, starts: &[u32], goal: u32, chances: &[f64], words: u64) -> f64 {
        let philox = Philox::new(42);
        let mut hits = 0;
        for group in 0..words / 4 {
            let mut reached = vec![Lanes::NONE; graph.states()];
            for start in starts {
                reached[*start as usize] = Lanes::ALL;
            }
            graph.fixpoint(&mut reached, |step, ready| {
                ready & Lanes::new(Threshold::new(chances[step]).words(philox, step as u64, group))
            });
            hits += reached[goal as usize].count();
        }
        hits as f64 / (words * 64) as f64
    }

    #[test]
    fn the_bridge_has_its_known_probability() {
        // A bridge with all edges at 1/2: treating it as a tree gives another answer.
        let graph = Graph::new(
            4,
            vec![
                step(&[0], 1, 0),
                step(&[0], 2, 1),
                step(&[1], 2, 2),
                step(&[2], 1, 2),
                step(&[1], 3, 3),
                step(&[2], 3, 4),
            ],
        );
        // Both directions of the middle edge are independent here.
        let exact = probability(&graph, &[0], 3, &[0.5; 6]).unwrap();
        let connects = |world: &u32| {
            let on = |bit: u32| world >> bit & 1 == 1;
            let (one, two) = (on(0) || on(1) && on(3), on(1) || on(0) && on(2));
            one && on(4) || two && on(5)
        };
        let by_hand = (0..64).filter(connects).count() as f64 / 64.0;
        assert!((exact - by_hand).abs() < 1e-12, "{exact} is not {by_hand}");
    }

    #[test]
    fn sampling_stays_within_four_standard_errors_of_exact() {
        let mut stream = Philox::new(2026).stream(9);
        for case in 0..60 {
            let count = 3 + stream.below(12) as usize;
            let mut state = |bound| stream.below(bound) as u32;
            let steps = (0..count)
                .map(|_| step(&[state(7), state(7)], 1 + state(7), 0))
                .collect();
            let graph = Graph::new(8, steps);
            let chances: Vec<f64> = (0..count).map(|_| 0.05 + 0.9 * stream.uniform()).collect();
            let exact = probability(&graph, &[0, 1], 7, &chances).unwrap();
            let words = 400;
            let error = (exact * (1.0 - exact) / (words * 64) as f64).sqrt();
            let found = sampled(&graph, &[0, 1], 7, &chances, words);
            assert!(
                (found - exact).abs() <= 4.0 * error + 1e-12,
                "{case}: {found}, {exact}"
            );
        }
    }
}
