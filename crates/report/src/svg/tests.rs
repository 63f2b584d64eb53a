//! What every figure keeps: the same bytes each time, no markup from outside, no overlap.

use proptest::prelude::*;

use super::*;
use crate::chart::{Appetite, Bar, Series, Span};
use crate::diagram::{Boundary, Edge, Node, NodeKind};
use crate::document::Tone;
use crate::svg::layout::{Lane, NODE_WIDTH, layout};

fn diagram(nodes: usize, links: &[(usize, usize)], lanes: usize) -> Diagram {
    Diagram {
        nodes: (0..nodes)
            .map(|at| Node {
                id: format!("n{at}"),
                label: format!("node {at}"),
                kind: NodeKind::Process,
                boundary: (at % (lanes + 1))
                    .checked_sub(1)
                    .map(|lane| format!("b{lane}")),
            })
            .collect(),
        edges: links
            .iter()
            .map(|(from, to)| Edge {
                from: format!("n{from}"),
                to: format!("n{to}"),
                label: "flow".into(),
                tone: Tone::Plain,
            })
            .collect(),
        boundaries: (0..lanes)
            .map(|lane| Boundary {
                id: format!("b{lane}"),
                label: format!("boundary {lane}"),
            })
            .collect(),
        legend: vec![
            (Tone::Plain, "plain".into()),
            (Tone::Bad, "unguarded".into()),
        ],
    }
}

#[test]
fn an_exceedance_chart_has_ticks_a_band_and_the_appetite() {
    let chart = Chart::Exceedance {
        currency: "EUR".into(),
        series: vec![Series {
            label: "with <controls>".into(),
            points: vec![(1e4, 0.4), (1e5, 0.2), (1e6, 0.02)],
            band: Some(vec![(1e4, 0.3, 0.5), (1e6, 0.01, 0.04)]),
            tone: Tone::Good,
        }],
        appetite: Some(Appetite {
            loss: 5e5,
            probability: Some(0.05),
        }),
    };
    let svg = svg_chart(&chart);
    for part in [
        "100k",
        "40 %",
        "c-band good",
        "appetite EUR 500k at 5",
        "with &lt;controls&gt;",
    ] {
        assert!(svg.contains(part), "{part} is missing in {svg}");
    }
}

#[test]
fn a_chart_without_losses_says_so() {
    let chart = Chart::Exceedance {
        currency: "EUR".into(),
        series: vec![],
        appetite: None,
    };
    assert!(svg_chart(&chart).contains("no loss in any simulated year"));
}

#[test]
fn bars_below_zero_are_drawn_to_the_left() {
    let bar = |value: f64| Bar {
        label: "c".into(),
        value,
        low: value - 1.0,
        high: value + 1.0,
        tone: Tone::Bad,
    };
    let svg = svg_chart(&Chart::Bars {
        title: "value".into(),
        currency: None,
        bars: vec![bar(-5.0), bar(f64::NAN), bar(8.0)],
    });
    assert!(
        svg.contains("-5 (-6 to -4)") && !svg.contains("NaN"),
        "{svg}"
    );
}

#[test]
fn a_diagram_too_large_to_read_is_not_drawn() {
    assert!(svg_diagram(&diagram(201, &[], 0)).contains("too large to draw"));
}

proptest! {
    #[test]
    fn nodes_never_overlap_and_lanes_hold_their_own_nodes(
        nodes in 1..16_usize,
        links in proptest::collection::vec((0..16_usize, 0..16_usize), 0..40),
        lanes in 0..4_usize,
    ) {
        let diagram = diagram(nodes, &links, lanes);
        let places = layout(&diagram);
        prop_assert_eq!(&places, &layout(&diagram));
        prop_assert_eq!(places.nodes.len(), nodes);
        for (at, ((x, y), height)) in places.nodes.iter().enumerate() {
            for ((other_x, other_y), other_height) in places.nodes.iter().skip(at + 1) {
                let apart = (x - other_x).abs() >= NODE_WIDTH
                    || (y - other_y).abs() >= (height + other_height) / 2.0;
                prop_assert!(apart);
            }
            for Lane { boundary: lane, corner, size } in &places.lanes {
                let inside = *y > corner.1 && *y < corner.1 + size.1 && *x > corner.0 && *x < corner.0 + size.0;
                prop_assert_eq!(inside, diagram.nodes[at].boundary == Some(format!("b{lane}")));
            }
        }
    }

    #[test]
    fn no_text_leaves_its_element(label in "\\PC{0,40}") {
        let mut diagram = diagram(2, &[(0, 1)], 1);
        diagram.nodes[0].label = label.clone();
        diagram.edges[0].label = label;
        let svg = svg_diagram(&diagram);
        prop_assert_eq!(svg.matches("<g ").count(), 3);
        prop_assert_eq!(svg.matches("<script").count(), 0);
    }
}

/// Where texts begin and end, by a generous width of a letter, on one line of a figure.
fn texts_apart(svg: &str) {
    let mut boxes: Vec<(f64, f64, f64)> = Vec::new();
    for part in svg.split("<text ").skip(1) {
        let value = |name: &str| -> f64 {
            let rest = part.split(&format!(" {name}=\"")).nth(1).unwrap();
            rest.split('"').next().unwrap().parse().unwrap()
        };
        let text = part.split('>').nth(1).unwrap().split('<').next().unwrap();
        let width = text.chars().count() as f64 * 6.6;
        let x = value("x");
        let left = if part.contains("\"middle\"") {
            x - width / 2.0
        } else if part.contains("\"end\"") {
            x - width
        } else {
            x
        };
        boxes.push((value("y"), left, left + width));
    }
    for (number, (y, left, right)) in boxes.iter().enumerate() {
        for (other, from, to) in boxes.iter().skip(number + 1) {
            let same_line = (y - other).abs() < 10.0;
            assert!(
                !same_line || right <= from || to <= left,
                "{y}: {left} to {right}, {from} to {to}"
            );
        }
    }
}

#[test]
fn labels_of_spans_and_heat_do_not_touch() {
    let spans = (0..12)
        .map(|number| Span {
            label: format!("efficacy of context-inspection against document-injection {number}"),
            at_low: 1_234_567.0 / f64::from(number + 1),
            at_high: 1_000_000.0,
        })
        .collect();
    let chart = Chart::Spans {
        title: "annual loss".to_owned(),
        currency: Some("EUR".to_owned()),
        middle: 1_000_000.0,
        spans,
    };
    texts_apart(&svg_chart(&chart));
    let effects = ["confidentiality", "integrity", "availability", "money"];
    let chart = Chart::Heat {
        title: "rise".to_owned(),
        currency: Some("EUR".to_owned()),
        columns: effects.map(str::to_owned).into(),
        rows: vec![
            (
                "inspection-of-documents-and-results".to_owned(),
                vec![1.0, 2_345_678.0, 0.0, -0.0],
            ),
            ("b".to_owned(), vec![0.0, 12.0, f64::NAN, 5e9]),
        ],
    };
    let svg = svg_chart(&chart);
    texts_apart(&svg);
    assert!(svg.contains("c-heat s0") && svg.contains("c-heat s5"));
}
