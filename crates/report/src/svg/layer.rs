//! Which column each node of a diagram stands in: flows point right, cycles are broken first.

/// Node and edge counts beyond which a diagram is not drawn; it would not be readable either.
pub(super) const NODES_MAX: usize = 200;
pub(super) const EDGES_MAX: usize = 800;

/// An edge by node positions.
pub(super) type Link = (usize, usize);

/// The column of each node, and for each edge whether it points left (it closes a cycle). Flows start
/// at `actors`, so that what comes back to an actor points left.
pub(super) fn columns(nodes: usize, links: &[Link], actors: &[usize]) -> (Vec<usize>, Vec<bool>) {
    let reversed = back_edges(nodes, links, actors);
    let forward: Vec<Link> = links
        .iter()
        .zip(&reversed)
        .map(|((from, to), back)| if *back { (*to, *from) } else { (*from, *to) })
        .collect();
    let mut columns = vec![0_usize; nodes];
    // Longest path by relaxation; without cycles it settles within as many rounds as nodes.
    for _ in 0..nodes {
        let mut settled = true;
        for (from, to) in &forward {
            let least = columns.get(*from).map_or(0, |column| column + 1);
            if let Some(column) = columns.get_mut(*to).filter(|column| **column < least) {
                *column = least;
                settled = false;
            }
        }
        if settled {
            break;
        }
    }
    pull_sources(&mut columns, &forward);
    (columns, reversed)
}

/// A node that nothing enters moves next to the first node it points to.
fn pull_sources(columns: &mut [usize], forward: &[Link]) {
    for node in 0..columns.len() {
        if forward.iter().any(|(_, to)| *to == node) {
            continue;
        }
        let targets = forward.iter().filter(|(from, _)| *from == node);
        let nearest = targets
            .filter_map(|(_, to)| columns.get(*to))
            .min()
            .copied();
        if let (Some(nearest), Some(column)) = (nearest, columns.get_mut(node)) {
            *column = nearest.saturating_sub(1);
        }
    }
}

/// For each edge, whether a walk in depth from actors and sources finds it closing a cycle.
fn back_edges(nodes: usize, links: &[Link], actors: &[usize]) -> Vec<bool> {
    let mut walk = Walk {
        links,
        state: vec![State::New; nodes],
        back: vec![false; links.len()],
    };
    let sources = (0..nodes).filter(|node| !links.iter().any(|(_, to)| to == node));
    for node in actors.iter().copied().chain(sources).chain(0..nodes) {
        walk.visit(node);
    }
    walk.back
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

struct Walk<'a> {
    links: &'a [Link],
    state: Vec<State>,
    back: Vec<bool>,
}

impl Walk<'_> {
    /// Goes as deep as there are nodes at most, which `NODES_MAX` bounds.
    fn visit(&mut self, node: usize) {
        if self.state.get(node) != Some(&State::New) {
            return;
        }
        self.mark(node, State::Open);
        let links = self.links;
        for (edge, (_, to)) in links.iter().enumerate().filter(|(_, link)| link.0 == node) {
            let open = self.state.get(*to) == Some(&State::Open);
            if let Some(back) = self.back.get_mut(edge) {
                *back = open;
            }
            self.visit(*to);
        }
        self.mark(node, State::Done);
    }

    fn mark(&mut self, node: usize, state: State) {
        if let Some(slot) = self.state.get_mut(node) {
            *slot = state;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn flows_point_right_and_answers_point_left() {
        let (columns, reversed) = columns(3, &[(0, 1), (1, 2), (2, 1), (0, 2)], &[]);
        assert_eq!(columns, [0, 1, 2]);
        assert_eq!(reversed, [false, false, true, false]);
    }

    #[test]
    fn a_late_source_stands_beside_its_target() {
        assert_eq!(columns(4, &[(0, 1), (1, 2), (3, 2)], &[]).0, [0, 1, 2, 1]);
    }

    proptest! {
        #[test]
        fn every_edge_leads_to_another_column(links in proptest::collection::vec((0..12_usize, 0..12_usize), 0..40)) {
            let links: Vec<_> = links.into_iter().filter(|(from, to)| from != to).collect();
            let (columns, reversed) = columns(12, &links, &[3, 4]);
            for ((from, to), back) in links.iter().zip(reversed) {
                prop_assert_eq!(columns[*from] > columns[*to], back);
                prop_assert_ne!(columns[*from], columns[*to]);
            }
        }
    }
}
