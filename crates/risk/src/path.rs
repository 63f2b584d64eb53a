//! Paths: the derivations of sampled successes, gathered by what they are made of.

use std::collections::BTreeMap;

use crate::graph::Graph;
use crate::lanes::Lanes;

/// The derivation of one sampled success.
#[derive(Clone, Debug)]
pub(crate) struct Sampled {
    pub(crate) loss: usize,
    /// Positions in the model's steps.
    pub(crate) steps: Vec<u32>,
}

/// A derivation with the annual loss it stands for.
#[derive(Clone, Debug)]
pub(crate) struct PathSample {
    pub(crate) actor: usize,
    pub(crate) loss: usize,
    pub(crate) steps: Vec<u32>,
    pub(crate) annual: f64,
}

/// What makes two derivations the same path.
pub(crate) type PathKey = (usize, usize, Vec<u32>);

impl PathSample {
    /// Shares the annual loss of an actor among the derivations that were taken of each loss.
    pub(crate) fn weigh(samples: Vec<Sampled>, actor: usize, annual: &[f64]) -> Vec<Self> {
        let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
        for sample in &samples {
            *taken.entry(sample.loss).or_default() += 1;
        }
        samples
            .into_iter()
            .map(|sample| {
                let all = annual.get(sample.loss).copied().unwrap_or(0.0);
                let parts = taken.get(&sample.loss).copied().unwrap_or(1).max(1);
                Self {
                    actor,
                    loss: sample.loss,
                    steps: sample.steps,
                    annual: all / parts as f64,
                }
            })
            .collect()
    }
}

/// The steps by which `goal` was gained, as positions in the model, in ascending order.
pub(crate) fn derivation(
    graph: &Graph,
    mut reached: Vec<Lanes>,
    goal: u32,
    mut fires: impl FnMut(usize, Lanes) -> Lanes,
) -> Vec<u32> {
    let mut gained: Vec<Option<usize>> = vec![None; graph.states()];
    // Rounds of breadth-first search give short derivations, and never a circular one.
    loop {
        let mut news = Vec::new();
        for (position, step) in graph.steps().iter().enumerate() {
            let is_new = reached
                .get(step.gives as usize)
                .is_some_and(|lanes| lanes.is_empty());
            let ready = step.requires.iter().fold(Lanes::ALL, |ready, state| {
                ready & reached.get(*state as usize).copied().unwrap_or(Lanes::NONE)
            });
            if is_new && !ready.is_empty() && !fires(position, ready).is_empty() {
                news.push((position, step.gives, ready));
            }
        }
        for (position, gives, ready) in &news {
            if let Some(slot) = gained
                .get_mut(*gives as usize)
                .filter(|slot| slot.is_none())
            {
                *slot = Some(*position);
            }
            if let Some(lanes) = reached.get_mut(*gives as usize) {
                *lanes = *ready;
            }
        }
        let is_there = reached
            .get(goal as usize)
            .is_some_and(|lanes| !lanes.is_empty());
        if news.is_empty() || is_there {
            break;
        }
    }
    let mut used = Vec::new();
    let mut queue = vec![goal];
    while let Some(state) = queue.pop() {
        let position = gained.get_mut(state as usize).and_then(Option::take);
        if let Some(step) = position.and_then(|position| graph.steps().get(position)) {
            used.push(step.tag);
            queue.extend(&step.requires);
        }
    }
    used.sort_unstable();
    used
}

/// Annual loss by path over `draws` draws, the largest first.
pub(crate) fn gather<'a>(
    samples: impl Iterator<Item = &'a PathSample>,
    draws: usize,
) -> Vec<(PathKey, f64)> {
    let mut sums: BTreeMap<PathKey, f64> = BTreeMap::new();
    for sample in samples {
        let key = (sample.actor, sample.loss, sample.steps.clone());
        *sums.entry(key).or_default() += sample.annual / draws.max(1) as f64;
    }
    let mut paths: Vec<(PathKey, f64)> = sums.into_iter().collect();
    paths.sort_by(|left, right| {
        right
            .1
            .total_cmp(&left.1)
            .then_with(|| left.0.cmp(&right.0))
    });
    paths
}
