//! The data-flow diagram of a system: its parts, what flows between them, and which of the flows that
//! leave a trust boundary meet a control.

use seawall_report::{Boundary, Diagram, Edge, Node, NodeKind, Tone};
use seawall_system::{Component, Flow, System};

/// What the tones of the flows mean.
const LEGEND: [(Tone, &str); 4] = [
    (
        Tone::Bad,
        "crosses a trust boundary, and no control stands on it",
    ),
    (
        Tone::Warn,
        "crosses a trust boundary; a control stands only where it ends",
    ),
    (Tone::Good, "a control stands on it"),
    (Tone::Plain, "stays within its boundary"),
];

/// The data-flow diagram of a system.
#[must_use]
pub fn diagram(system: &System) -> Diagram {
    let nodes = system.components.iter().map(|component| Node {
        id: component.id.clone(),
        label: component.name.clone(),
        kind: node_kind(&component.kind),
        boundary: component.boundary.clone(),
    });
    let edges = system.flows.iter().map(|flow| Edge {
        from: flow.from.clone(),
        to: flow.to.clone(),
        label: flow.carries.join(", "),
        tone: tone(system, flow),
    });
    let boundaries = system.boundaries.iter().map(|boundary| Boundary {
        id: boundary.id.clone(),
        label: boundary.name.clone(),
    });
    let edges: Vec<Edge> = edges.collect();
    let used = |tone: &Tone| edges.iter().any(|edge| edge.tone == *tone);
    let legend = LEGEND.iter().filter(|(tone, _)| used(tone));
    Diagram {
        nodes: nodes.collect(),
        boundaries: boundaries.collect(),
        legend: legend
            .map(|(tone, text)| (*tone, (*text).to_owned()))
            .collect(),
        edges,
    }
}

fn node_kind(kind: &str) -> NodeKind {
    match kind {
        "person" | "external-content" | "external-service" => NodeKind::Actor,
        "agent" | "model-server" | "predictive-server" => NodeKind::Model,
        "vector-store" | "database" | "object-store" | "model-registry" | "code-repository" => {
            NodeKind::Store
        }
        "gateway" => NodeKind::Control,
        _ => NodeKind::Process,
    }
}

/// Whether a flow meets a control, as far as the declaration says where each one stands. A control at
/// a boundary stands on every flow that crosses it.
fn tone(system: &System, flow: &Flow) -> Tone {
    let boundary = |id: &str| system.component(id).and_then(boundary_of);
    let (from, to) = (boundary(&flow.from), boundary(&flow.to));
    let crosses = from != to;
    let stands_at = |place: &str| {
        let mut places = system
            .controls
            .iter()
            .flat_map(|control| &control.stands_at);
        places.any(|id| id == place)
    };
    let guarded_border = crosses && [from, to].into_iter().flatten().any(stands_at);
    match crosses {
        _ if stands_at(&flow.id) || guarded_border => Tone::Good,
        false => Tone::Plain,
        true if stands_at(&flow.to) => Tone::Warn,
        true => Tone::Bad,
    }
}

fn boundary_of(component: &Component) -> Option<&str> {
    component.boundary.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYSTEM: &str = "\
schema: seawall.system/v1
name: desk
currency: EUR
assets: [{id: file, name: File, kind: personal-data}]
actors: [{id: thief, name: Thief, position: outsider, campaigns: [1, 2]}]
losses: [{id: leak, name: Leak, asset: file, effect: confidentiality, range: [1, 2]}]
boundaries: [{id: outside, name: Outside}, {id: inside, name: Inside}, {id: vault, name: Vault}]
components:
  - {id: user, name: User, kind: web-app, boundary: outside}
  - {id: agent, name: Agent, kind: agent, boundary: inside}
  - {id: tool, name: Tool, kind: tool, boundary: inside}
  - {id: store, name: Store, kind: database, boundary: vault}
flows:
  - {id: ask, from: user, to: agent, carries: [prompts]}
  - {id: upload, from: user, to: tool, carries: [uploads]}
  - {id: answer, from: agent, to: user, carries: [completions]}
  - {id: call, from: agent, to: tool, carries: [tool-calls]}
  - {id: keep, from: tool, to: store, carries: [records]}
controls:
  - {id: filter, name: Filter, kind: prompt-inspection, stands-at: [ask, vault]}
  - {id: segments, name: Segments, kind: network-policy, stands-at: [tool]}
";

    #[test]
    fn a_flow_is_toned_by_its_boundary_and_its_controls() {
        let (system, problems) = seawall_system::read("seawall.yaml", SYSTEM.as_bytes());
        let diagram = diagram(&system.unwrap_or_else(|| panic!("{problems:?}")));
        let tones: Vec<Tone> = diagram.edges.iter().map(|edge| edge.tone).collect();
        let expected = [Tone::Good, Tone::Warn, Tone::Bad, Tone::Plain, Tone::Good];
        assert_eq!(tones, expected);
        assert_eq!(diagram.legend.len(), 4);
    }
}
