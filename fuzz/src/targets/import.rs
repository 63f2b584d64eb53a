//! Models of other tools: a reader refuses with a place inside the file, or writes what reads back.

use seawall_system::import::{Format, import};

macro_rules! formats {
    ($($name:ident, $seeds:ident: $format:ident, $seed:literal;)*) => {
        $(
            pub(super) fn $name(bytes: &[u8]) {
                body(Format::$format, bytes);
            }

            pub(super) fn $seeds() -> Vec<Vec<u8>> {
                vec![$seed.as_bytes().to_vec()]
            }
        )*
    };
}

formats! {
    attack_flow, attack_flow_seeds: AttackFlow, r#"{"objects": [
        {"type": "attack-action", "id": "a--1", "name": "x", "effect_refs": ["o--1"]},
        {"type": "attack-operator", "id": "o--1", "operator": "AND", "effect_refs": ["a--1"]},
        {"type": "attack-asset", "id": "s--1", "name": "y"}]}"#;
    calm, calm_seeds: Calm, r#"{"nodes": [
        {"unique-id": "a", "node-type": "service", "name": "x", "controls": {"audit": {}}},
        {"unique-id": "b", "node-type": "system", "name": "y"}],
        "relationships": [{"unique-id": "r", "relationship-type": {"connects":
        {"source": {"node": "a"}, "destination": {"node": "a"}}}},
        {"unique-id": "d", "relationship-type": {"deployed-in": {"container": "b", "nodes": ["a"]}}}]}"#;
    dot, dot_seeds: Dot, "digraph { a [color=green]; a -> {b c} [label=\"x y\"]; b -> c; c [probability=0.5] }";
    otm, otm_seeds: Otm, "otmVersion: 0.2.0\nproject: {name: a, id: a}\ntrustZones: [{id: z, name: b}]\n\
        assets: [{id: s, name: c, risk: {integrity: 80}}]\ncomponents:\n\
        - {id: x, name: d, type: e, parent: {component: y}, assets: {stored: [s]}}\n\
        - {id: y, name: f, type: g, parent: {trustZone: z}, threats: [{mitigations: [{mitigation: m, state: implemented}]}]}\n\
        dataflows: [{id: w, name: h, source: x, destination: y, bidirectional: true}]\n\
        mitigations: [{id: m, name: Audit log}]\n";
    pytm, pytm_seeds: Pytm, r#"{"name": "t", "boundaries": [{"name": "Internet"}],
        "elements": [{"__class__": "LLM", "name": "a", "inBoundary": "Internet", "controls": {"usesMFA": true}},
        {"__class__": "Datastore", "name": "b"}], "data": [{"name": "d", "isPII": true}],
        "flows": [{"name": "f", "source": "a", "sink": "b", "data": ["d"]}]}"#;
    threagile, threagile_seeds: Threagile, "data_assets: {D: {id: d, confidentiality: restricted}}\n\
        technical_assets:\n  A: {id: a, type: process, technology: ai, data_assets_stored: [d],\n\
        communication_links: {L: {target: b, authentication: token, data_assets_received: [d]}}}\n  B: {id: b}\n\
        trust_boundaries: {T: {id: t, technical_assets_inside: [a]}}\n";
}

fn body(format: Format, bytes: &[u8]) {
    let imported = match import(format, "model", bytes) {
        Ok(imported) => imported,
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in &problems {
                let inside = |at: u64| at <= bytes.len() as u64;
                assert!(problem.location.is_none_or(|place| inside(place.byte)));
            }
            return;
        }
    };
    let (system, problems) = seawall_system::read("seawall.yaml", imported.yaml.as_bytes());
    // A model without a component is no system yet; anything else reads.
    let empty = problems
        .iter()
        .all(|one| one.message.contains("`components`"));
    assert!(system.is_some() || empty, "{problems:?}");
}
