//! Draws a data-flow diagram: lanes behind, then edges, then nodes, labels on top.

use crate::diagram::{Diagram, Edge, Node, NodeKind};
use crate::document::Tone;
use crate::svg::layer::{EDGES_MAX, NODES_MAX};
use crate::svg::layout::{BULGE_MAX, Course, NODE_WIDTH, Route, layout};
use crate::svg::write::{Anchor, Svg, number, shorten, tone_class};

/// Characters of a flow's label between two columns; the tooltip has all of it.
const FLOW_LABEL: usize = 18;
/// Where the legend begins, how long its samples are, and how wide a letter is at most.
const LEGEND_LEFT: f64 = 24.0;
const LEGEND_SAMPLE: f64 = 34.0;
const LEGEND_LETTER: f64 = 6.6;
/// Characters of a line of a node's label.
const NODE_LABEL: usize = 17;

/// Draws the diagram.
pub(super) fn draw(diagram: &Diagram) -> String {
    let mut svg = Svg::default();
    if diagram.nodes.len() > NODES_MAX || diagram.edges.len() > EDGES_MAX {
        let text = format!(
            "too large to draw: {} nodes and {} flows",
            diagram.nodes.len(),
            diagram.edges.len()
        );
        svg.text("c-text", (20.0, 30.0), Anchor::Start, &text);
        return svg.finish(480.0, 48.0, &text);
    }
    let places = layout(diagram);
    for lane in &places.lanes {
        let (corner, size) = (lane.corner, lane.size);
        svg.rect("d-lane", corner, size, 10.0);
        let label = diagram
            .boundaries
            .get(lane.boundary)
            .map_or("", |boundary| &boundary.label);
        let at = (corner.0 + 12.0, corner.1 + 17.0);
        svg.text("d-lane-label", at, Anchor::Start, label);
    }
    for route in &places.routes {
        if let Some(edge) = diagram.edges.get(route.edge) {
            draw_edge(&mut svg, edge, route, &diagram.legend);
        }
    }
    for (node, (centre, height)) in diagram.nodes.iter().zip(&places.nodes) {
        draw_node(&mut svg, node, *centre, *height);
    }
    let height = draw_legend(&mut svg, &diagram.legend, places.width, places.height);
    svg.finish(places.width, height, &summary(diagram))
}

/// Draws a sample of each tone below the diagram, row by row; returns where the figure ends.
fn draw_legend(svg: &mut Svg, legend: &[(Tone, String)], width: f64, height: f64) -> f64 {
    let (mut x, mut y) = (LEGEND_LEFT, height + 4.0);
    for (tone, text) in legend {
        let room = text
            .chars()
            .fold(LEGEND_SAMPLE + 30.0, |room, _| room + LEGEND_LETTER);
        if x + room > width && x > LEGEND_LEFT {
            (x, y) = (LEGEND_LEFT, y + 20.0);
        }
        let (class, end) = (tone_class(*tone), x + LEGEND_SAMPLE);
        svg.line(
            &format!("d-edge {class}"),
            (x, y - 4.0),
            (end - 6.0, y - 4.0),
        );
        svg.path(&format!("d-head {class}"), &head((end, y - 4.0), -8.0));
        svg.text("d-legend", (end + 8.0, y), Anchor::Start, text);
        x += room;
    }
    if legend.is_empty() { height } else { y + 20.0 }
}

/// An arrowhead whose tip is at a point and whose base lies `back` from it.
fn head((x, y): (f64, f64), back: f64) -> String {
    let (tip, base) = (number(x), number(x + back));
    let [above, below] = [y - 4.0, y + 4.0].map(number);
    format!("M{tip} {}L{base} {above}L{base} {below}Z", number(y))
}

fn draw_edge(svg: &mut Svg, edge: &Edge, route: &Route, legend: &[(Tone, String)]) {
    let tone = tone_class(edge.tone);
    svg.open("d-flow-group", &title(edge, legend));
    svg.path(&format!("d-edge {tone}"), &curve(route));
    if let Some((x, y)) = route.points.last() {
        let back = if route.course == Course::Right {
            -8.0
        } else {
            8.0
        };
        svg.path(&format!("d-head {tone}"), &head((*x, *y), back));
    }
    if let Some((x, y)) = route.points.first() {
        let (anchor, shift) = if route.course == Course::Left {
            (Anchor::End, -7.0)
        } else {
            (Anchor::Start, 7.0)
        };
        let label = shorten(&edge.label, FLOW_LABEL);
        svg.text(
            &format!("d-flow {tone}"),
            (x + shift, y - 3.0),
            anchor,
            &label,
        );
    }
    svg.close();
}

/// What a tooltip says: the flow, what it carries, and what its tone means.
fn title(edge: &Edge, legend: &[(Tone, String)]) -> String {
    let mut title = format!("{} → {}: {}", edge.from, edge.to, edge.label);
    if let Some((_, text)) = legend.iter().find(|(tone, _)| *tone == edge.tone) {
        title.push_str(&format!(" ({text})"));
    }
    title
}

/// Pairs of points are joined by curves that leave and arrive level; pieces within a column (every
/// second pair) are straight.
fn curve(route: &Route) -> String {
    let points = &route.points;
    if let (Course::Within, [(x, y), (to_x, to_y)]) = (route.course, points.as_slice()) {
        // Bulges more the further apart its ends are, so that nested edges stay apart.
        let bulge = x + (28.0 + (to_y - y).abs() * 0.12).min(BULGE_MAX);
        let bulge = number(bulge);
        let [x, y, to_x, to_y] = [x, y, to_x, to_y].map(|value| number(*value));
        return format!("M{x} {y}C{bulge} {y} {bulge} {to_y} {to_x} {to_y}");
    }
    let mut commands = String::new();
    let mut last: Option<(f64, f64)> = None;
    for (position, (x, y)) in points.iter().enumerate() {
        let piece = match last {
            None => format!("M{} {}", number(*x), number(*y)),
            Some((from_x, from_y)) if position % 2 == 1 => {
                let middle = number(f64::midpoint(from_x, *x));
                let (from_y, x, to_y) = (number(from_y), number(*x), number(*y));
                format!("C{middle} {from_y} {middle} {to_y} {x} {to_y}")
            }
            Some(_) => format!("L{} {}", number(*x), number(*y)),
        };
        commands.push_str(&piece);
        last = Some((*x, *y));
    }
    commands
}

fn draw_node(svg: &mut Svg, node: &Node, (x, y): (f64, f64), height: f64) {
    let (left, top) = (x - NODE_WIDTH / 2.0, y - height / 2.0);
    let class = format!("d-node {}", kind_word(node.kind));
    svg.open("d-node-group", &node.label);
    let size = (NODE_WIDTH, height);
    match node.kind {
        NodeKind::Actor => svg.rect(&class, (left, top), size, height / 2.0),
        NodeKind::Process | NodeKind::Control => svg.rect(&class, (left, top), size, 8.0),
        NodeKind::Model => {
            let cut = 14.0;
            let (right, bottom) = (left + NODE_WIDTH, top + height);
            let corners = [
                (left + cut, top),
                (right - cut, top),
                (right, y),
                (right - cut, bottom),
                (left + cut, bottom),
                (left, y),
            ];
            let points = corners.map(|(x, y)| format!("{} {}", number(x), number(y)));
            svg.path(&class, &format!("M{}Z", points.join("L")));
        }
        NodeKind::Store => {
            svg.rect(&class, (left, top), size, 0.0);
            svg.line(&class, (left, top + 4.0), (left + NODE_WIDTH, top + 4.0));
            svg.line(
                &class,
                (left, top + height - 4.0),
                (left + NODE_WIDTH, top + height - 4.0),
            );
        }
    }
    let lines = label_lines(&node.label);
    let rows = lines.iter().skip(1).fold(0.0, |rows, _| rows + 14.0);
    let mut base = y - rows / 2.0 + 10.0;
    svg.text(
        "d-kind",
        (x, base - 15.0),
        Anchor::Middle,
        &kind_word(node.kind).to_uppercase(),
    );
    for line in lines {
        svg.text("d-label", (x, base), Anchor::Middle, &line);
        base += 14.0;
    }
    svg.close();
}

/// A label on at most two lines, broken at a space or after a hyphen where there is one.
fn label_lines(label: &str) -> Vec<String> {
    if label.chars().count() <= NODE_LABEL {
        return vec![label.to_owned()];
    }
    let fits = |(position, _): &(usize, &str)| {
        label
            .get(..*position)
            .is_some_and(|head| head.chars().count() < NODE_LABEL)
    };
    let mut breaks = label.match_indices([' ', '-', '/', '_']).filter(fits);
    match breaks
        .next_back()
        .and_then(|(position, _)| label.split_at_checked(position + 1))
    {
        Some((head, tail)) => vec![head.trim().to_owned(), shorten(tail.trim(), NODE_LABEL)],
        None => vec![shorten(label, NODE_LABEL)],
    }
}

const fn kind_word(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Actor => "actor",
        NodeKind::Process => "process",
        NodeKind::Store => "store",
        NodeKind::Model => "model",
        NodeKind::Control => "control",
    }
}

fn summary(diagram: &Diagram) -> String {
    let label = |id: &str| {
        let node = diagram.nodes.iter().find(|node| node.id == id);
        node.map_or_else(|| id.to_owned(), |node| node.label.clone())
    };
    let flows = diagram.edges.iter().map(|edge| {
        let what = if edge.label.is_empty() { "" } else { ": " };
        format!(
            "{} to {}{what}{}",
            label(&edge.from),
            label(&edge.to),
            edge.label
        )
    });
    format!(
        "Data-flow diagram. {}",
        flows.collect::<Vec<_>>().join("; ")
    )
}
