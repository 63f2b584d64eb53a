//! Which column each node of a diagram stands in: as many steps from the actors as flows need at least.
//!
//! Shortest distances keep a diagram narrow, which longest paths would not; the price is that a flow
//! may stay within its column or point left.

use std::collections::VecDeque;

/// Node and edge counts beyond which a diagram is not drawn; it would not be readable either.
pub(super) const NODES_MAX: usize = 200;
pub(super) const EDGES_MAX: usize = 800;

/// An edge by node positions.
pub(super) type Link = (usize, usize);

/// The column of each node. Flows start at `actors`, then at nodes that nothing enters.
pub(super) fn columns(nodes: usize, links: &[Link], actors: &[usize]) -> Vec<usize> {
    let mut columns: Vec<Option<usize>> = vec![None; nodes];
    spread(&mut columns, links, actors);
    let sources = (0..nodes).filter(|node| !links.iter().any(|(_, to)| to == node));
    for node in sources.chain(0..nodes) {
        if columns.get(node).is_some_and(Option::is_none) {
            beside_its_target(&mut columns, links, node);
            spread(&mut columns, links, &[node]);
        }
    }
    columns.into_iter().map(Option::unwrap_or_default).collect()
}

/// Gives every node that `roots` reach its distance from them, where it has no column yet.
fn spread(columns: &mut [Option<usize>], links: &[Link], roots: &[usize]) {
    let mut waiting = VecDeque::new();
    for root in roots {
        if let Some(column) = columns.get_mut(*root) {
            column.get_or_insert(0);
            waiting.push_back(*root);
        }
    }
    while let Some(node) = waiting.pop_front() {
        let next = columns.get(node).copied().flatten().unwrap_or(0) + 1;
        for (_, to) in links.iter().filter(|(from, _)| *from == node) {
            if let Some(column) = columns.get_mut(*to).filter(|column| column.is_none()) {
                *column = Some(next);
                waiting.push_back(*to);
            }
        }
    }
}

/// A late source moves next to the first column that it points to.
fn beside_its_target(columns: &mut [Option<usize>], links: &[Link], node: usize) {
    let targets = links.iter().filter(|(from, _)| *from == node);
    let nearest = targets
        .filter_map(|(_, to)| columns.get(*to).copied().flatten())
        .min();
    if let Some(column) = columns.get_mut(node) {
        *column = nearest.map(|nearest| nearest.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_column_is_a_distance_from_the_actors() {
        assert_eq!(
            columns(4, &[(0, 1), (1, 2), (2, 1), (0, 2), (2, 3)], &[0]),
            [0, 1, 1, 2]
        );
    }

    #[test]
    fn a_late_source_stands_beside_its_target() {
        assert_eq!(columns(4, &[(0, 1), (1, 2), (3, 2)], &[0]), [0, 1, 2, 1]);
    }

    proptest! {
        #[test]
        fn every_node_has_a_column_and_no_column_is_past_the_last_node(links in proptest::collection::vec((0..12_usize, 0..12_usize), 0..40)) {
            let columns = columns(12, &links, &[3, 4]);
            prop_assert_eq!(columns.len(), 12);
            prop_assert!(columns.iter().all(|column| *column < 12));
        }
    }
}
