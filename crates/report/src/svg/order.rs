//! In which order the slots of a column lie within a lane, and every order of a few things.

use std::collections::BTreeMap;

/// A place in the grid of columns and lanes: a node, or a bend of an edge that passes by.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slot {
    pub(super) column: usize,
    pub(super) lane: usize,
    pub(super) height: f64,
    /// The vertical centre, once it is settled.
    pub(super) y: f64,
    /// Whether this is a node.
    pub(super) node: bool,
}

/// Every order of `items`, the given one first where it is ascending.
pub(super) fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
    let mut next = items.to_vec();
    next.sort_unstable();
    let mut all = vec![next.clone()];
    while next_permutation(&mut next) {
        all.push(next.clone());
    }
    all
}

/// The next permutation in lexicographic order, false after the last one.
fn next_permutation(items: &mut [usize]) -> bool {
    let Some(pivot) = items
        .windows(2)
        .rposition(|pair| pair.first() < pair.last())
    else {
        return false;
    };
    let value = items.get(pivot).copied().unwrap_or(0);
    if let Some(swap) = items.iter().rposition(|item| *item > value) {
        items.swap(pivot, swap);
    }
    if let Some(rest) = items.get_mut(pivot + 1..) {
        rest.reverse();
    }
    true
}

/// Settles the vertical centres: slots of a cell are sorted by the mean height of their neighbours,
/// swept left and right a few times, and stacked in the middle of their lane.
pub(super) fn settle(slots: &mut [Slot], neighbours: &[(usize, usize)], tops: &[(f64, f64)]) {
    let mut cells: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (position, slot) in slots.iter().enumerate() {
        cells
            .entry((slot.column, slot.lane))
            .or_default()
            .push(position);
    }
    for cell in cells.values() {
        stack(slots, cell, tops);
    }
    for round in 0..8 {
        let order: Vec<_> = if round % 2 == 0 {
            cells.keys().copied().collect()
        } else {
            cells.keys().rev().copied().collect()
        };
        for key in order {
            if let Some(cell) = cells.get_mut(&key) {
                sort_by_neighbours(slots, neighbours, cell);
                stack(slots, cell, tops);
            }
        }
    }
}

fn sort_by_neighbours(slots: &[Slot], neighbours: &[(usize, usize)], cell: &mut [usize]) {
    let wish = |position: usize| {
        let ends = neighbours
            .iter()
            .filter_map(|(left, right)| match position {
                _ if *left == position => slots.get(*right),
                _ if *right == position => slots.get(*left),
                _ => None,
            });
        let (sum, count) = ends.fold((0.0, 0.0), |(sum, count), end| (sum + end.y, count + 1.0));
        let own = slots.get(position).map_or(0.0, |slot| slot.y);
        if count > 0.0 { sum / count } else { own }
    };
    cell.sort_by(|left, right| wish(*left).total_cmp(&wish(*right)).then(left.cmp(right)));
}

/// Space between two slots of a cell.
pub(super) const SLOT_GAP: f64 = 18.0;

/// The height of slots on top of each other.
pub(super) fn stack_height(heights: impl Iterator<Item = f64>) -> f64 {
    heights
        .fold(-SLOT_GAP, |sum, height| sum + height + SLOT_GAP)
        .max(0.0)
}

fn stack(slots: &mut [Slot], cell: &[usize], tops: &[(f64, f64)]) {
    let heights = cell
        .iter()
        .filter_map(|at| slots.get(*at))
        .map(|slot| slot.height);
    let height = stack_height(heights);
    let lane = cell
        .first()
        .and_then(|at| slots.get(*at))
        .map_or(0, |slot| slot.lane);
    let (top, lane_height) = tops.get(lane).copied().unwrap_or_default();
    let mut y = top + (lane_height - height) / 2.0;
    for at in cell {
        if let Some(slot) = slots.get_mut(*at) {
            slot.y = y + slot.height / 2.0;
            y += slot.height + SLOT_GAP;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permutations_are_all_visited_once() {
        let mut items = vec![0, 1, 2, 3];
        let mut seen = std::collections::BTreeSet::from([items.clone()]);
        while next_permutation(&mut items) {
            assert!(seen.insert(items.clone()));
        }
        assert_eq!(seen.len(), 24);
    }
}
