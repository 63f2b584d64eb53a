//! Where everything in a data-flow diagram stands. Deterministic: ties follow the given order.
//!
//! Flows run left to right through columns; each trust boundary is a lane, so boundaries never
//! overlap; an edge that spans columns keeps a slot in each, so it does not run through nodes.

use crate::diagram::{Diagram, NodeKind};
use crate::svg::layer::{Link, columns};
use crate::svg::order::{Slot, lane_ranks, settle, stack_height};

pub(super) const NODE_WIDTH: f64 = 138.0;
const COLUMN_GAP: f64 = 104.0;
const PORT_GAP: f64 = 15.0;
const NODE_HEIGHT: f64 = 54.0;
const BEND_HEIGHT: f64 = 14.0;
const LANE_PADDING: f64 = 22.0;
const LANE_GAP: f64 = 18.0;
const MARGIN: f64 = 24.0;

/// A drawn diagram's places.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Centre and height of each node, in the diagram's order.
    pub(super) nodes: Vec<((f64, f64), f64)>,
    /// Each boundary that has nodes.
    pub(super) lanes: Vec<Lane>,
    /// The routes of the edges that join two known nodes.
    pub(super) routes: Vec<Route>,
}

/// The box around the nodes of one boundary.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Lane {
    /// The boundary's position in the diagram.
    pub(super) boundary: usize,
    /// The top left corner.
    pub(super) corner: (f64, f64),
    /// Width and height.
    pub(super) size: (f64, f64),
}

/// The way of one edge.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Route {
    /// The edge's position in the diagram.
    pub(super) edge: usize,
    /// From the node it leaves to the node it enters; straight within nodes' columns, curved between.
    pub(super) points: Vec<(f64, f64)>,
    /// Whether it runs from right to left.
    pub(super) leftward: bool,
}

/// A link with its slots from left to right.
struct Chain {
    edge: usize,
    slots: Vec<usize>,
    leftward: bool,
}

/// Lays a diagram out.
pub(super) fn layout(diagram: &Diagram) -> Layout {
    let known: Vec<(usize, Link)> = links(diagram);
    let plain: Vec<Link> = known.iter().map(|(_, link)| *link).collect();
    let numbered = diagram.nodes.iter().enumerate();
    let actors: Vec<_> = numbered
        .filter(|(_, node)| node.kind == NodeKind::Actor)
        .map(|(at, _)| at)
        .collect();
    let (columns, reversed) = columns(diagram.nodes.len(), &plain, &actors);
    let lanes = lanes(diagram);
    let crossing: Vec<_> = plain
        .iter()
        .filter_map(|(from, to)| Some((*lanes.get(*from)?, *lanes.get(*to)?)))
        .collect();
    let ranks = lane_ranks(diagram.boundaries.len() + 1, &crossing);
    let mut slots: Vec<Slot> = columns
        .iter()
        .zip(&lanes)
        .enumerate()
        .map(|(node, (column, lane))| Slot {
            column: *column,
            lane: ranks.get(*lane).copied().unwrap_or(0),
            height: node_height(node, &plain, &reversed),
            y: 0.0,
            node: true,
        })
        .collect();
    let chains: Vec<Chain> = known
        .iter()
        .zip(&reversed)
        .map(|((edge, link), back)| chain(&mut slots, *edge, *link, *back))
        .collect();
    let tops = lane_tops(&slots, ranks.len());
    let neighbours: Vec<Link> = chains
        .iter()
        .flat_map(|chain| chain.slots.windows(2))
        .filter_map(|pair| Some((*pair.first()?, *pair.last()?)))
        .collect();
    settle(&mut slots, &neighbours, &tops);
    Layout {
        width: slots
            .iter()
            .map(|slot| x_of(slot) + NODE_WIDTH / 2.0)
            .fold(0.0, f64::max)
            + MARGIN * 2.0,
        height: tops
            .iter()
            .map(|(top, height)| top + height)
            .fold(0.0, f64::max)
            + LANE_PADDING
            + MARGIN,
        lanes: boxes(diagram, &slots, &ranks, &tops),
        routes: routes(&slots, &chains),
        nodes: slots
            .iter()
            .filter(|slot| slot.node)
            .map(|slot| ((x_of(slot), slot.y), slot.height))
            .collect(),
    }
}

/// The edges whose two ends are known and differ, by position.
fn links(diagram: &Diagram) -> Vec<(usize, Link)> {
    let position = |id: &str| diagram.nodes.iter().position(|node| node.id == id);
    let ends = diagram.edges.iter().enumerate().filter_map(|(at, edge)| {
        let link = (position(&edge.from)?, position(&edge.to)?);
        (link.0 != link.1).then_some((at, link))
    });
    ends.collect()
}

/// The lane of each node: that of its boundary, the first lane for nodes outside every boundary.
fn lanes(diagram: &Diagram) -> Vec<usize> {
    let lane = |id: &Option<String>| {
        let id = id.as_ref()?;
        diagram
            .boundaries
            .iter()
            .position(|boundary| boundary.id == *id)
    };
    diagram
        .nodes
        .iter()
        .map(|node| lane(&node.boundary).map_or(0, |at| at + 1))
        .collect()
}

/// High enough for the ports of its busier side.
fn node_height(node: usize, links: &[Link], reversed: &[bool]) -> f64 {
    let side = |right: bool| {
        let here = links.iter().zip(reversed).filter(|((from, to), back)| {
            let leaves = *from == node && **back != right;
            let enters = *to == node && **back == right;
            leaves || enters
        });
        here.fold(10.0, |height, _| height + PORT_GAP)
    };
    NODE_HEIGHT.max(side(true)).max(side(false))
}

/// The slots of a link from left to right: its ends, and a bend in every column between.
fn chain(slots: &mut Vec<Slot>, edge: usize, link: Link, leftward: bool) -> Chain {
    let (left, right) = if leftward { (link.1, link.0) } else { link };
    let start = slots.get(left).copied().unwrap_or_default();
    let end = slots.get(right).copied().unwrap_or_default();
    let mut chain = vec![left];
    for column in start.column + 1..end.column {
        let nearer_start = column - start.column < end.column - column;
        chain.push(slots.len());
        slots.push(Slot {
            column,
            lane: if nearer_start { start.lane } else { end.lane },
            height: BEND_HEIGHT,
            y: 0.0,
            node: false,
        });
    }
    chain.push(right);
    Chain {
        edge,
        slots: chain,
        leftward,
    }
}

/// Top and height of each lane, by rank; a lane without slots has no height.
fn lane_tops(slots: &[Slot], lanes: usize) -> Vec<(f64, f64)> {
    let last = slots.iter().map(|slot| slot.column).max().unwrap_or(0);
    let mut y = MARGIN + LANE_PADDING;
    let mut tops = Vec::with_capacity(lanes);
    for lane in 0..lanes {
        let height = (0..=last)
            .map(|column| {
                let cell = slots
                    .iter()
                    .filter(|slot| slot.lane == lane && slot.column == column);
                stack_height(cell.map(|slot| slot.height))
            })
            .fold(0.0, f64::max);
        tops.push((y, height));
        if height > 0.0 {
            y += height + LANE_PADDING * 2.0 + LANE_GAP;
        }
    }
    tops
}

fn boxes(diagram: &Diagram, slots: &[Slot], ranks: &[usize], tops: &[(f64, f64)]) -> Vec<Lane> {
    let lane_box = |boundary: usize| {
        let rank = *ranks.get(boundary + 1)?;
        let (top, height) = *tops.get(rank)?;
        let inside = || {
            slots
                .iter()
                .filter(|slot| slot.node && slot.lane == rank)
                .map(x_of)
        };
        let left = inside().reduce(f64::min)? - NODE_WIDTH / 2.0 - 16.0;
        let right = inside().reduce(f64::max)? + NODE_WIDTH / 2.0 + 16.0;
        let corner = (left, top - LANE_PADDING - 6.0);
        Some(Lane {
            boundary,
            corner,
            size: (right - left, height + LANE_PADDING * 2.0 + 6.0),
        })
    };
    (0..diagram.boundaries.len()).filter_map(lane_box).collect()
}

/// Each chain as points: ports on the two nodes, and a straight piece at every bend.
fn routes(slots: &[Slot], chains: &[Chain]) -> Vec<Route> {
    let route = |chain: &Chain| {
        let (first, last) = (*chain.slots.first()?, *chain.slots.last()?);
        let (left, right) = (slots.get(first)?, slots.get(last)?);
        let half = NODE_WIDTH / 2.0;
        let mut points = vec![(x_of(left) + half, port(slots, chains, chain, true))];
        for bend in chain
            .slots
            .iter()
            .filter_map(|at| slots.get(*at))
            .filter(|slot| !slot.node)
        {
            points.extend([(x_of(bend) - half, bend.y), (x_of(bend) + half, bend.y)]);
        }
        points.push((x_of(right) - half, port(slots, chains, chain, false)));
        if chain.leftward {
            points.reverse();
        }
        Some(Route {
            edge: chain.edge,
            points,
            leftward: chain.leftward,
        })
    };
    chains.iter().filter_map(route).collect()
}

/// Where a chain touches its left node (on that node's right side) or its right node. The ports of
/// a side are in the order of what they lead to, so edges of one node do not cross at once.
fn port(slots: &[Slot], chains: &[Chain], chain: &Chain, at_start: bool) -> f64 {
    let end = |other: &Chain| {
        let mut slots = other.slots.iter().copied();
        if at_start {
            slots.next()
        } else {
            slots.next_back()
        }
    };
    let toward = |other: &Chain| {
        let at = if at_start {
            other.slots.get(1)
        } else {
            other.slots.iter().nth_back(1)
        };
        at.and_then(|at| slots.get(*at)).map_or(0.0, |slot| slot.y)
    };
    let node = end(chain);
    let mut side: Vec<_> = chains.iter().filter(|other| end(other) == node).collect();
    side.sort_by(|left, right| {
        toward(left)
            .total_cmp(&toward(right))
            .then(left.edge.cmp(&right.edge))
    });
    let before = side.iter().take_while(|other| other.edge != chain.edge);
    let offset = before.fold(0.0, |offset, _| offset + PORT_GAP);
    let span = side.iter().skip(1).fold(0.0, |span, _| span + PORT_GAP);
    let centre = node.and_then(|at| slots.get(at)).map_or(0.0, |slot| slot.y);
    centre - span / 2.0 + offset
}

/// The centre of a slot's column.
fn x_of(slot: &Slot) -> f64 {
    let columns = f64::from(u32::try_from(slot.column).unwrap_or(0));
    MARGIN + 16.0 + NODE_WIDTH / 2.0 + columns * (NODE_WIDTH + COLUMN_GAP)
}
