//! Where everything in a data-flow diagram stands. Deterministic: ties follow the given order.
//!
//! Flows run left to right through columns; each trust boundary is a lane of
//! its own stack of columns, so boundaries never overlap; an edge that spans columns keeps a slot in each, so it does not run through nodes. An
//! edge within a column leaves and enters on the right.

use std::cmp::Ordering;

use crate::diagram::{Diagram, NodeKind};
use crate::svg::block::{Blocks, arrange};
use crate::svg::layer::Link;
use crate::svg::order::{Slot, settle, stack_height};

pub(super) const NODE_WIDTH: f64 = 138.0;
const COLUMN_GAP: f64 = 136.0;
const PORT_GAP: f64 = 15.0;
const NODE_HEIGHT: f64 = 54.0;
const BEND_HEIGHT: f64 = 14.0;
const LANE_PADDING: f64 = 22.0;
const LANE_GAP: f64 = 18.0;
const MARGIN: f64 = 24.0;
/// How far an edge within a column reaches out to the right.
pub(super) const BULGE_MAX: f64 = 88.0;

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
    /// Where it runs.
    pub(super) course: Course,
}

/// Where an edge runs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Course {
    /// From left to right.
    #[default]
    Right,
    /// From right to left.
    Left,
    /// Within a column.
    Within,
}

/// A link with its slots from left to right.
struct Chain {
    edge: usize,
    slots: Vec<usize>,
    course: Course,
}

/// One end of a chain at a node: which side it is on, and what it leads to.
#[derive(Clone, Copy)]
struct End {
    node: usize,
    right: bool,
    toward: usize,
    edge: usize,
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
    let lanes = lanes(diagram);
    let blocks = arrange(diagram.boundaries.len() + 1, &lanes, &plain, &actors);
    let mut slots: Vec<Slot> = blocks
        .columns
        .iter()
        .zip(&lanes)
        .map(|(column, lane)| Slot {
            column: *column,
            lane: *lane,
            height: 0.0,
            y: 0.0,
            node: true,
        })
        .collect();
    let chains: Vec<Chain> = known
        .iter()
        .map(|(edge, link)| chain(&mut slots, &blocks, *edge, *link))
        .collect();
    let ends: Vec<End> = chains.iter().flat_map(Chain::ends).collect();
    for (position, slot) in slots.iter_mut().enumerate().filter(|(_, slot)| slot.node) {
        slot.height = node_height(position, &ends);
    }
    let tops = lane_tops(&slots, &blocks.stacks);
    let neighbours: Vec<Link> = chains
        .iter()
        .flat_map(|chain| chain.slots.windows(2))
        .filter_map(|pair| Some((*pair.first()?, *pair.last()?)))
        .collect();
    settle(&mut slots, &neighbours, &tops);
    let last = slots.iter().map(|slot| slot.column).max();
    let bulges = |chain: &Chain| {
        let start = chain.slots.first().and_then(|at| slots.get(*at));
        chain.course == Course::Within && start.map(|slot| slot.column) == last
    };
    let within = chains.iter().any(bulges);
    let bulge = if within { BULGE_MAX } else { 0.0 };
    Layout {
        width: slots
            .iter()
            .map(|slot| x_of(slot) + NODE_WIDTH / 2.0)
            .fold(0.0, f64::max)
            + MARGIN * 2.0
            + bulge,
        height: tops
            .iter()
            .map(|(top, height)| top + height)
            .fold(0.0, f64::max)
            + LANE_PADDING
            + MARGIN,
        lanes: boxes(diagram, &slots, &tops),
        routes: routes(&slots, &chains, &ends),
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
fn node_height(node: usize, ends: &[End]) -> f64 {
    let side = |right: bool| {
        let here = ends
            .iter()
            .filter(|end| end.node == node && end.right == right);
        here.fold(10.0, |height, _| height + PORT_GAP)
    };
    NODE_HEIGHT.max(side(true)).max(side(false))
}

/// The slots of a link from left to right: its ends, and a bend in every column between.
fn chain(slots: &mut Vec<Slot>, blocks: &Blocks, edge: usize, (from, to): Link) -> Chain {
    let column = |node: usize| slots.get(node).map_or(0, |slot| slot.column);
    let (course, left, right) = match column(from).cmp(&column(to)) {
        Ordering::Less => (Course::Right, from, to),
        Ordering::Equal => (Course::Within, from, to),
        Ordering::Greater => (Course::Left, to, from),
    };
    let start = slots.get(left).copied().unwrap_or_default();
    let end = slots.get(right).copied().unwrap_or_default();
    let mut chain = vec![left];
    for column in start.column + 1..end.column {
        let ends = (start.lane, end.lane);
        let steps = |columns: usize| f64::from(u32::try_from(columns).unwrap_or(0));
        let share = steps(column - start.column) / steps(end.column - start.column);
        chain.push(slots.len());
        slots.push(Slot {
            column,
            lane: blocks.passage(column, ends, share),
            height: BEND_HEIGHT,
            y: 0.0,
            node: false,
        });
    }
    chain.push(right);
    Chain {
        edge,
        slots: chain,
        course,
    }
}

impl Chain {
    /// Its two ends, left one first.
    fn ends(&self) -> [End; 2] {
        let at = |position: usize| self.slots.get(position).copied().unwrap_or(0);
        let last = self.slots.len().saturating_sub(1);
        let end = |node, right, toward| End {
            node,
            right,
            toward,
            edge: self.edge,
        };
        [
            end(at(0), true, at(1)),
            end(
                at(last),
                self.course == Course::Within,
                at(last.saturating_sub(1)),
            ),
        ]
    }
}

/// Top and height of each lane, stack by stack, each stack in the middle of the tallest.
fn lane_tops(slots: &[Slot], stacks: &[Vec<usize>]) -> Vec<(f64, f64)> {
    let last = slots.iter().map(|slot| slot.column).max().unwrap_or(0);
    let lanes = stacks.iter().flatten().max().map_or(0, |last| last + 1);
    let height_of = |lane: usize| {
        let cell = |column| {
            let cell = slots
                .iter()
                .filter(move |slot| slot.lane == lane && slot.column == column);
            stack_height(cell.map(|slot| slot.height))
        };
        (0..=last).map(cell).fold(0.0, f64::max)
    };
    let heights: Vec<f64> = (0..lanes).map(height_of).collect();
    let room = |lane: &usize| match heights.get(*lane).copied().unwrap_or(0.0) {
        0.0 => 0.0,
        height => height + LANE_PADDING * 2.0 + LANE_GAP,
    };
    let total = |stack: &Vec<usize>| stack.iter().map(room).sum::<f64>();
    let tallest = stacks.iter().map(total).fold(0.0, f64::max);
    let mut tops = vec![(MARGIN + LANE_PADDING, 0.0); lanes];
    for stack in stacks {
        let mut y = MARGIN + LANE_PADDING + (tallest - total(stack)) / 2.0;
        for lane in stack {
            if let (Some(top), Some(height)) = (tops.get_mut(*lane), heights.get(*lane)) {
                *top = (y, *height);
            }
            y += room(lane);
        }
    }
    tops
}

fn boxes(diagram: &Diagram, slots: &[Slot], tops: &[(f64, f64)]) -> Vec<Lane> {
    let lane_box = |boundary: usize| {
        let (top, height) = *tops.get(boundary + 1)?;
        let inside = || {
            slots
                .iter()
                .filter(|slot| slot.node && slot.lane == boundary + 1)
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
fn routes(slots: &[Slot], chains: &[Chain], ends: &[End]) -> Vec<Route> {
    let half = NODE_WIDTH / 2.0;
    let port = |end: &End| {
        let slot = slots.get(end.node)?;
        let side = if end.right { half } else { -half };
        Some((x_of(slot) + side, port_y(slots, ends, end)))
    };
    let route = |chain: &Chain| {
        let [first, last] = chain.ends();
        let mut points = vec![port(&first)?];
        for bend in chain
            .slots
            .iter()
            .filter_map(|at| slots.get(*at))
            .filter(|slot| !slot.node)
        {
            points.extend([(x_of(bend) - half, bend.y), (x_of(bend) + half, bend.y)]);
        }
        points.push(port(&last)?);
        if chain.course == Course::Left {
            points.reverse();
        }
        Some(Route {
            edge: chain.edge,
            points,
            course: chain.course,
        })
    };
    chains.iter().filter_map(route).collect()
}

/// The height of a port. The ports of a side are in the order of what they lead to, so that edges of
/// one node do not cross at once.
fn port_y(slots: &[Slot], ends: &[End], end: &End) -> f64 {
    let height = |end: &End| slots.get(end.toward).map_or(0.0, |slot| slot.y);
    let mut side: Vec<&End> = ends
        .iter()
        .filter(|other| other.node == end.node && other.right == end.right)
        .collect();
    side.sort_by(|left, right| {
        height(left)
            .total_cmp(&height(right))
            .then(left.edge.cmp(&right.edge))
    });
    let before = side.iter().take_while(|other| other.edge != end.edge);
    let offset = before.fold(0.0, |offset, _| offset + PORT_GAP);
    let span = side.iter().skip(1).fold(0.0, |span, _| span + PORT_GAP);
    slots.get(end.node).map_or(0.0, |slot| slot.y) - span / 2.0 + offset
}

/// The centre of a slot's column.
fn x_of(slot: &Slot) -> f64 {
    let columns = f64::from(u32::try_from(slot.column).unwrap_or(0));
    MARGIN + 16.0 + NODE_WIDTH / 2.0 + columns * (NODE_WIDTH + COLUMN_GAP)
}
