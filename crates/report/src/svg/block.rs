//! Where the boundaries of a diagram stand: beside each other in stacks, so that flows run from left
//! to right between them and each one is a box of its own. Searched, not guessed: there are few.

use crate::svg::layer::{Link, columns};
use crate::svg::order::permutations;

/// Arrangements that are tried at most; beyond, groups stand by their distance from the first.
const TRIED_MAX: usize = 20_000;
/// Groups of one stack whose order is searched.
const ORDERED_MAX: usize = 6;
/// Stacks beside each other at most.
const STACKS_MAX: usize = 4;

/// The places of groups and of the nodes in them. A group is the nodes of one boundary.
#[derive(Clone, Debug, Default)]
pub(super) struct Blocks {
    /// The column of each node.
    pub(super) columns: Vec<usize>,
    /// The lanes of each stack from top to bottom: corridors for flows that pass by, and groups.
    pub(super) stacks: Vec<Vec<usize>>,
    /// The stack of each column.
    stack_of: Vec<usize>,
    /// The estimated middle of each group.
    middles: Vec<f64>,
}

/// Arranges `groups` groups; `group_of` says where each node belongs.
pub(super) fn arrange(
    groups: usize,
    group_of: &[usize],
    links: &[Link],
    actors: &[usize],
) -> Blocks {
    let of = |node: &usize| group_of.get(*node).copied().unwrap_or(0);
    let local: Vec<Vec<usize>> = (0..groups)
        .map(|group| inside(group, group_of, links))
        .collect();
    let crossings: Vec<Link> = links
        .iter()
        .map(|(from, to)| (of(from), of(to)))
        .filter(|(from, to)| from != to)
        .collect();
    let heights: Vec<usize> = local.iter().map(|columns| tallest(columns)).collect();
    let fronts: Vec<usize> = actors.iter().map(of).collect();
    let stack = stacks(&heights, &crossings, &fronts);
    let count = stack.iter().max().map_or(0, |last| last + 1);
    let members = |at: usize| {
        (0..groups)
            .filter(|group| stack.get(*group) == Some(&at))
            .collect()
    };
    let mut order: Vec<Vec<usize>> = (0..count).map(members).collect();
    let middles = settle_order(&mut order, &heights, &crossings);
    let mut blocks = Blocks {
        columns: vec![0; group_of.len()],
        middles,
        ..Blocks::default()
    };
    let mut corridor = groups;
    let mut first = 0;
    for (at, groups) in order.iter().enumerate() {
        let width = |group: &usize| local.get(*group)?.iter().max().map(|last| last + 1);
        let width = groups.iter().filter_map(width).max().unwrap_or(1);
        let mut lanes = vec![corridor];
        corridor += 1;
        for group in groups {
            lanes.extend([*group, corridor]);
            corridor += 1;
            let nodes = (0..group_of.len()).filter(|node| of(node) == *group);
            let places = local.get(*group).cloned().unwrap_or_default();
            blocks.fill(nodes.zip(spread(places, width)), first);
        }
        blocks.stack_of.extend(std::iter::repeat_n(at, width));
        blocks.stacks.push(lanes);
        first += width;
    }
    blocks
}

impl Blocks {
    /// Puts nodes into their columns, counted from `first`.
    fn fill(&mut self, nodes: impl Iterator<Item = (usize, usize)>, first: usize) {
        for (node, column) in nodes {
            if let Some(place) = self.columns.get_mut(node) {
                *place = first + column;
            }
        }
    }

    /// The lane of `column` through which a flow between two groups passes.
    pub(super) fn passage(&self, column: usize, (from, to): Link, share: f64) -> usize {
        let Some(stack) = self
            .stack_of
            .get(column)
            .and_then(|at| self.stacks.get(*at))
        else {
            return from;
        };
        if let Some(own) = [from, to].into_iter().find(|group| stack.contains(group)) {
            return own;
        }
        let middle = |group: usize| self.middles.get(group).copied().unwrap_or(0.0);
        let wish = middle(from) + (middle(to) - middle(from)) * share;
        // Corridors and groups alternate: so many groups lie above the wish.
        let groups = stack.iter().skip(1).step_by(2);
        let above = groups.filter(|group| middle(**group) < wish).count();
        stack.get(above * 2).copied().unwrap_or(from)
    }
}

/// The columns of a group's nodes among themselves.
fn inside(group: usize, group_of: &[usize], links: &[Link]) -> Vec<usize> {
    let nodes: Vec<usize> = (0..group_of.len())
        .filter(|node| group_of.get(*node) == Some(&group))
        .collect();
    let place = |node: &usize| nodes.iter().position(|other| other == node);
    let own: Vec<Link> = links
        .iter()
        .filter_map(|(from, to)| Some((place(from)?, place(to)?)))
        .collect();
    columns(nodes.len(), &own, &[])
}

/// Nodes without flows among themselves use the width that their stack has anyway.
fn spread(columns: Vec<usize>, width: usize) -> Vec<usize> {
    if columns.iter().any(|column| *column > 0) || columns.len() < 4 {
        return columns;
    }
    let rows = columns.len().div_ceil(width.max(1)).max(2);
    (0..columns.len()).map(|at| at / rows).collect()
}

/// Nodes in the fullest column, and one for the head of the box.
fn tallest(columns: &[usize]) -> usize {
    let full = |column: &usize| columns.iter().filter(|other| *other == column).count();
    columns.iter().map(full).max().map_or(0, |count| count + 1)
}

/// The stack of each group: flows should lead to the next one, and no stack be too high.
fn stacks(heights: &[usize], crossings: &[Link], fronts: &[usize]) -> Vec<usize> {
    let groups = heights.len();
    let count = groups.min(STACKS_MAX);
    let tries = u32::try_from(groups)
        .ok()
        .and_then(|groups| count.checked_pow(groups));
    let Some(tries) = tries.filter(|tries| *tries <= TRIED_MAX) else {
        let steps = columns(groups, crossings, fronts);
        return steps
            .into_iter()
            .map(|step| step.min(STACKS_MAX - 1))
            .collect();
    };
    let mut best = (usize::MAX, vec![0; groups]);
    for number in 0..tries {
        let mut rest = number;
        let mut stack = Vec::with_capacity(groups);
        for _ in 0..groups {
            stack.push(rest % count);
            rest /= count;
        }
        let cost = cost(&stack, heights, crossings, fronts);
        if cost < best.0 {
            best = (cost, stack);
        }
    }
    compact(&best.1)
}

/// Numbers the stacks that are used from 0.
fn compact(stack: &[usize]) -> Vec<usize> {
    let mut used = stack.to_vec();
    used.sort_unstable();
    used.dedup();
    let place = |at: &usize| used.iter().position(|other| other == at).unwrap_or(0);
    stack.iter().map(place).collect()
}

fn cost(stack: &[usize], heights: &[usize], crossings: &[Link], fronts: &[usize]) -> usize {
    let at = |group: &usize| stack.get(*group).copied().unwrap_or(0);
    let flow = |(from, to): &Link| match (at(from), at(to)) {
        (from, to) if to > from => (to - from - 1) * 9,
        (from, to) if to == from => 8,
        (from, to) => 7 + (from - to) * 9,
    };
    let flows: usize = crossings.iter().map(flow).sum();
    let front: usize = fronts.iter().map(|group| at(group) * 12).sum();
    let height = |wanted: usize| -> usize {
        let here = stack.iter().zip(heights).filter(|(at, _)| **at == wanted);
        here.map(|(_, height)| *height).sum()
    };
    let tallest = (0..STACKS_MAX).map(height).max().unwrap_or(0);
    flows + front + tallest * 14
}

/// Orders each stack so that flows between stacks stay level; returns the middle of each group.
fn settle_order(order: &mut [Vec<usize>], heights: &[usize], crossings: &[Link]) -> Vec<f64> {
    let mut middles = vec![0.0; heights.len()];
    for groups in order.iter() {
        place(groups, heights, &mut middles);
    }
    for _ in 0..3 {
        for groups in order.iter_mut() {
            if groups.len() < 2 || groups.len() > ORDERED_MAX {
                continue;
            }
            let span = |candidate: &Vec<usize>| {
                let mut middles = middles.clone();
                place(candidate, heights, &mut middles);
                let middle = |group: &usize| middles.get(*group).copied().unwrap_or(0.0);
                let spans = crossings
                    .iter()
                    .map(|(from, to)| (middle(from) - middle(to)).abs());
                spans.sum::<f64>()
            };
            let all = permutations(groups).into_iter();
            let best = all.min_by(|left, right| span(left).total_cmp(&span(right)));
            *groups = best.unwrap_or_else(|| groups.clone());
            place(groups, heights, &mut middles);
        }
    }
    middles
}

/// Sets the middles of one stack, around zero.
fn place(groups: &[usize], heights: &[usize], middles: &mut [f64]) {
    let rows = |group: &usize| {
        heights
            .get(*group)
            .map_or(0.0, |rows| f64::from(u32::try_from(*rows).unwrap_or(0)))
    };
    let mut top = -groups.iter().map(rows).sum::<f64>() / 2.0;
    for group in groups {
        if let Some(middle) = middles.get_mut(*group) {
            *middle = top + rows(group) / 2.0;
        }
        top += rows(group);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where groups stand: the stack of each, by the lanes of the stacks.
    fn stack_of(blocks: &Blocks, group: usize) -> Option<usize> {
        blocks
            .stacks
            .iter()
            .position(|lanes| lanes.contains(&group))
    }

    #[test]
    fn flows_lead_from_stack_to_stack() {
        // Three groups of one node each, in a row.
        let blocks = arrange(3, &[0, 1, 2], &[(0, 1), (1, 2)], &[0]);
        assert_eq!(blocks.columns, [0, 1, 2]);
        assert_eq!(
            (0..3)
                .map(|group| stack_of(&blocks, group))
                .collect::<Vec<_>>(),
            [Some(0), Some(1), Some(2)]
        );
        // What passes from the first to the last takes a corridor, not the group between.
        let lane = blocks.passage(1, (0, 2), 0.5);
        assert!(lane >= 3 && stack_of(&blocks, lane) == Some(1));
    }

    #[test]
    fn more_groups_than_can_be_searched_are_still_placed() {
        let group_of: Vec<usize> = (0..12).collect();
        let links: Vec<Link> = (0..11).map(|at| (at, at + 1)).collect();
        let blocks = arrange(12, &group_of, &links, &[0]);
        assert!((0..12).all(|group| stack_of(&blocks, group).is_some()));
    }
}
