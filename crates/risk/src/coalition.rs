//! Which losses are reached under which sets of controls: all, none, all but one, one alone, all
//! but two, and one after the other in sampled orders (Shapley).

use std::collections::BTreeMap;

use seawall_stats::Philox;

use crate::lanes::Lanes;
use crate::path::Sampled;
use crate::sampler::Sampler;

/// Paths taken for each actor and loss of a draw.
const PATHS_MAX: usize = 4;
/// Up to this many controls every set is tried, above it orders are sampled.
pub(crate) const EXACT_MAX: usize = 6;
/// The purpose of the orders; the sampler and the years have those below.
const ORDERS: u64 = 6;

/// What is asked of a run beside what all controls leave and none.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Ask {
    /// All but one, and the Shapley shares.
    pub(crate) values: bool,
    /// One alone, all but two, and paths: dear, so asked of some draws only.
    pub(crate) details: bool,
}

/// In how many campaigns each loss was reached, by set of controls.
#[derive(Default)]
pub(crate) struct Counted {
    pub(crate) with: Vec<u64>,
    pub(crate) without: Vec<u64>,
    /// By control: without it alone.
    pub(crate) minus_one: Vec<Vec<u64>>,
    /// By control: with it alone.
    pub(crate) alone: Vec<Vec<u64>>,
    /// By pair of controls, the lower number first: what both stop beyond what each stops last.
    pub(crate) interaction: BTreeMap<(usize, usize), Vec<f64>>,
    /// By control: its Shapley share of the campaigns that controls stop.
    pub(crate) shapley: Vec<Vec<f64>>,
    /// For each group, the trials in which each loss was reached.
    pub(crate) hits_with: Vec<Vec<Lanes>>,
    pub(crate) hits_without: Vec<Vec<Lanes>>,
    pub(crate) paths_with: Vec<Sampled>,
    pub(crate) paths_without: Vec<Sampled>,
}

/// What one group of campaigns comes to with and without all controls.
struct Ends {
    start: Vec<Lanes>,
    /// States reached with all controls.
    reached: Vec<Lanes>,
    with: Vec<Lanes>,
    without: Vec<Lanes>,
}

/// Runs `groups` groups of campaigns.
pub(crate) fn run(sampler: &mut Sampler<'_>, groups: usize, ask: Ask, philox: Philox) -> Counted {
    let losses = sampler.model.losses.len();
    let controls = sampler.model.controls.len();
    let zero = vec![0; losses];
    let mut counted = Counted {
        with: zero.clone(),
        without: zero.clone(),
        minus_one: vec![zero.clone(); controls],
        alone: vec![zero; controls],
        shapley: vec![vec![0.0; losses]; controls],
        ..Counted::default()
    };
    let (all, none) = (vec![true; controls], vec![false; controls]);
    for group in 0..groups {
        sampler.turn(group);
        let start = sampler.start(Lanes::ALL);
        let without = sampler.spread(&none, start.clone());
        let without = sampler.goals(&without);
        let reached = sampler.spread(&all, start.clone());
        let with = sampler.goals(&reached);
        count(&mut counted.without, &without);
        count(&mut counted.with, &with);
        let ends = Ends {
            start,
            reached,
            with,
            without,
        };
        if ask.values {
            last_in(sampler, &ends, ask.details, &mut counted);
            let orders = philox.domain(ORDERS);
            shapley(sampler, &ends, orders, &mut counted.shapley);
        }
        if ask.details {
            first_in(sampler, &ends, &mut counted.alone);
            take(sampler, &all, &ends.with, &mut counted.paths_with);
            take(sampler, &none, &ends.without, &mut counted.paths_without);
        }
        counted.hits_with.push(ends.with);
        counted.hits_without.push(ends.without);
    }
    counted
}

fn count(counts: &mut [u64], goals: &[Lanes]) {
    for (count, goal) in counts.iter_mut().zip(goals) {
        *count += goal.count();
    }
}

impl Ends {
    /// Whether controls stopped anything at all.
    fn differ(&self) -> bool {
        self.with != self.without
    }
}

/// What is reached without one control, and who acts then.
struct Without {
    reached: Vec<Lanes>,
    goals: Vec<Lanes>,
    acted: Vec<bool>,
}

/// Counts without each control, and how pairs interact where that is asked for.
fn last_in(sampler: &mut Sampler<'_>, ends: &Ends, pairs: bool, counted: &mut Counted) {
    let mut on = vec![true; counted.minus_one.len()];
    let acted = sampler.acted.clone();
    let mut gone: Vec<Option<Without>> = Vec::with_capacity(on.len());
    for (control, counts) in counted.minus_one.iter_mut().enumerate() {
        // One that did not act changes nothing by going.
        if !ends.differ() || acted.get(control) != Some(&true) {
            count(counts, &ends.with);
            gone.push(None);
            continue;
        }
        sampler.acted.clone_from(&acted);
        set(&mut on, control, false);
        // Fewer controls reach at least as much: go on from there.
        let reached = sampler.spread(&on, ends.reached.clone());
        set(&mut on, control, true);
        let goals = sampler.goals(&reached);
        count(counts, &goals);
        gone.push(Some(Without {
            reached,
            goals,
            acted: sampler.acted.clone(),
        }));
    }
    if pairs {
        interact(sampler, ends, &gone, &mut counted.interaction);
    }
    sampler.acted = acted;
}

/// Adds, for each pair, in how many more campaigns a loss is reached without both than without one
/// and without the other taken together: more than none where they back each other up.
fn interact(
    sampler: &mut Sampler<'_>,
    ends: &Ends,
    gone: &[Option<Without>],
    sums: &mut BTreeMap<(usize, usize), Vec<f64>>,
) {
    let mut on = vec![true; gone.len()];
    for (first, without) in gone.iter().enumerate() {
        let Some(without) = without else {
            continue;
        };
        for second in 0..gone.len() {
            let other = gone.get(second).and_then(Option::as_ref);
            // A pair of which both act is counted from its lower number.
            let is_counted = second < first && other.is_some();
            let acts = without.acted.get(second) == Some(&true);
            if second == first || is_counted || !acts {
                continue;
            }
            set(&mut on, first, false);
            set(&mut on, second, false);
            let both = sampler.spread(&on, without.reached.clone());
            let both = sampler.goals(&both);
            set(&mut on, first, true);
            set(&mut on, second, true);
            let pair = (first.min(second), first.max(second));
            let sum = sums.entry(pair).or_insert_with(|| vec![0.0; both.len()]);
            add_more(sum, &both, &without.goals, 1.0);
            if let Some(other) = other {
                add_more(sum, &other.goals, &ends.with, -1.0);
            }
        }
    }
}

/// Counts with each control alone.
fn first_in(sampler: &mut Sampler<'_>, ends: &Ends, alone: &mut [Vec<u64>]) {
    let mut on = vec![false; alone.len()];
    for (control, counts) in alone.iter_mut().enumerate() {
        set(&mut on, control, true);
        let reached = sampler.spread(&on, ends.start.clone());
        let goals = sampler.goals(&reached);
        count(counts, &goals);
        set(&mut on, control, false);
    }
}

/// Adds each control's Shapley share of what controls stop in this group.
fn shapley(sampler: &mut Sampler<'_>, ends: &Ends, orders: Philox, shares: &mut [Vec<f64>]) {
    if !ends.differ() {
        return;
    }
    let acted = sampler.acted.clone();
    if shares.len() <= EXACT_MAX {
        let mut on = vec![true; shares.len()];
        every_set(sampler, &mut on, 0, &ends.reached, shares);
    } else {
        one_order(sampler, ends, orders, shares);
    }
    sampler.acted = acted;
}

/// Removes controls one after the other in an order that the group decides; every other group takes
/// the order of the one before it backwards, which evens out who comes first.
fn one_order(sampler: &mut Sampler<'_>, ends: &Ends, orders: Philox, shares: &mut [Vec<f64>]) {
    let mut stream = orders.stream(sampler.group >> 1);
    let mut order: Vec<usize> = (0..shares.len()).collect();
    for last in (1..order.len()).rev() {
        order.swap(last, stream.below(last as u64 + 1) as usize);
    }
    if sampler.group & 1 == 1 {
        order.reverse();
    }
    let mut on = vec![true; shares.len()];
    let mut reached = ends.reached.clone();
    let mut goals = ends.with.clone();
    for control in order {
        set(&mut on, control, false);
        // One that stopped nothing so far changes nothing by going.
        if sampler.acted.get(control) != Some(&true) {
            continue;
        }
        reached = sampler.spread(&on, reached);
        let more = sampler.goals(&reached);
        if let Some(share) = shares.get_mut(control) {
            add_more(share, &more, &goals, 1.0);
        }
        goals = more;
    }
}

/// Visits every set of controls, each from the one with one more control, and weighs what the
/// removal adds by the share of orders in which it happens.
fn every_set(
    sampler: &mut Sampler<'_>,
    on: &mut [bool],
    from: usize,
    reached: &[Lanes],
    shares: &mut [Vec<f64>],
) {
    let goals = sampler.goals(reached);
    let others = on.iter().filter(|on| **on).count().saturating_sub(1);
    let weight = order_share(others, on.len());
    for control in 0..on.len() {
        if on.get(control) != Some(&true) {
            continue;
        }
        set(on, control, false);
        let less = sampler.spread(on, reached.to_vec());
        let more = sampler.goals(&less);
        if let Some(share) = shares.get_mut(control) {
            add_more(share, &more, &goals, weight);
        }
        // Sets are visited once: only in ascending order of what is removed.
        if control >= from {
            every_set(sampler, on, control + 1, &less, shares);
        }
        set(on, control, true);
    }
}

/// `k! (n - k - 1)! / n!`: the share of orders in which exactly these `k` come before.
pub(crate) fn order_share(before: usize, count: usize) -> f64 {
    let mut share = 1.0 / count.max(1) as f64;
    for step in 1..=before {
        share *= step as f64 / count.saturating_sub(step).max(1) as f64;
    }
    share
}

fn add_more(sums: &mut [f64], more: &[Lanes], goals: &[Lanes], weight: f64) {
    for (sum, (more, goal)) in sums.iter_mut().zip(more.iter().zip(goals)) {
        *sum += weight * (*more & !*goal).count() as f64;
    }
}

fn set(on: &mut [bool], control: usize, value: bool) {
    on.get_mut(control)
        .into_iter()
        .for_each(|slot| *slot = value);
}

/// Takes the derivation of some of the trials in which a loss is reached.
fn take(sampler: &mut Sampler<'_>, on: &[bool], goals: &[Lanes], paths: &mut Vec<Sampled>) {
    for (loss, hits) in goals.iter().enumerate() {
        let taken = paths.iter().filter(|path| path.loss == loss).count();
        let goal = sampler.actor.goals.get(loss).copied().flatten();
        let trial = hits.ones().next();
        if let Some((goal, trial)) = goal.zip(trial).filter(|_| taken < PATHS_MAX) {
            let steps = sampler.derive(on, goal, trial);
            paths.push(Sampled { loss, steps });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_orders_sum_to_one() {
        for count in 1..8_usize {
            // The sets of `before` others out of `count - 1`.
            let mut sets = 1.0;
            let mut sum = 0.0;
            for before in 0..count {
                sum += sets * order_share(before, count);
                sets *= (count - 1 - before) as f64 / (before + 1) as f64;
            }
            assert!((sum - 1.0).abs() < 1e-12, "{count}: {sum}");
        }
        assert!((order_share(1, 3) - 1.0 / 6.0).abs() < 1e-12);
    }
}
