//! The JSON of pytm: what `TM.load` reads (`boundaries`, `elements`, `flows`) and what `--json` writes
//! (`actors`, `assets` and `boundaries`, `data`, `flows`).
//!
//! Elements refer to each other by name. Carried over: boundaries, elements by their class, data,
//! dataflows, and those of an element's controls that a kind of control here stands for. Findings are
//! not: they are of pytm's own rules.

use std::collections::BTreeSet;

use seawall_config::yaml::Node;

use super::Refusal;
use super::draft::{Draft, DraftAsset, DraftComponent, What};
use super::otm::{add_control, stand};
use super::part::Part;
use crate::model::Need;

/// Controls of an element that mean something here, in words that name a kind.
const CONTROLS: &[(&str, &str)] = &[
    ("authenticatesSource", "authentication"),
    ("authorizesSource", "authorization"),
    ("hasAccessControl", "access control"),
    ("usesMFA", "MFA"),
    ("isHardened", "hardening"),
    ("usesCodeSigning", "code signing"),
    ("usesVPN", "network isolation by VPN"),
    ("validatesInput", "input validation"),
    ("sanitizesInput", "sanitize input"),
    ("encodesOutput", "output encoding"),
];

pub(super) fn read<'a>(root: &'a Node, draft: &mut Draft) -> Result<(), Refusal<'a>> {
    let mut part = Part::new(root);
    let flows = part.get("flows");
    let lists =
        ["elements", "assets", "actors", "servers", "datastores"].map(|key| part.items(key));
    if flows.is_none() && lists.iter().all(|list| list.is_empty()) {
        let text = "neither `elements` nor `assets` nor `flows`: this is no model of pytm";
        return Err((root, text.to_owned()));
    }
    draft.name = part.text("name").unwrap_or_default();
    draft.description = part.text("description").unwrap_or_default();
    for boundary in part.items("boundaries") {
        let name = name_of(boundary);
        let new = draft.declare(What::Boundary, &name, &name);
        draft.boundaries.push((new, name));
        let mut own = Part::new(boundary);
        for key in ["name", "__class__", "inputs", "outputs", "controls"] {
            own.get(key);
        }
        own.rest("a boundary", draft);
    }
    for data in part.items("data") {
        read_data(data, draft);
    }
    for element in lists.into_iter().flatten() {
        read_element(element, draft);
    }
    for flow in flows.map(Node::items).unwrap_or_default() {
        read_flow(flow, draft);
    }
    for key in ["isOrdered", "onDuplicates", "mergeResponses", "threatsFile"] {
        part.get(key);
    }
    part.rest("the model", draft);
    Ok(())
}

fn name_of(node: &Node) -> String {
    let name = node.text_at(&["name"]).or_else(|| node.text());
    name.unwrap_or_default().trim().to_owned()
}

/// `Classification.SECRET` and the like.
fn need(part: &mut Part<'_>, key: &'static str) -> Need {
    let text = part.text(key).unwrap_or_default();
    match text.rsplit('.').next().unwrap_or_default() {
        "TOP_SECRET" | "SECRET" => Need::High,
        "SENSITIVE" => Need::Medium,
        "RESTRICTED" => Need::Low,
        _ => Need::None,
    }
}

fn read_data(node: &Node, draft: &mut Draft) {
    let mut part = Part::new(node);
    let name = name_of(node);
    let place = Some(node.location());
    for key in ["name", "__class__", "carriedBy", "processedBy"] {
        part.get(key);
    }
    let [pii, credentials] = ["isPII", "isCredentials"].map(|key| part.is(key));
    let kind = match (credentials, pii) {
        (true, _) => "credentials",
        (_, true) => "personal-data",
        _ => draft.asset_kind(&name, place),
    };
    let mut confidentiality = need(&mut part, "classification");
    if pii || credentials {
        confidentiality = confidentiality.max(Need::Medium);
    }
    let id = draft.declare(What::Asset, &name, &name);
    draft.assets.push(DraftAsset {
        id,
        name,
        kind,
        needs: [confidentiality, Need::None, Need::None],
    });
    part.rest("data", draft);
}

fn read_element(node: &Node, draft: &mut Draft) {
    let mut part = Part::new(node);
    let name = name_of(node);
    let place = Some(node.location());
    part.get("name");
    let class = part.text("__class__").unwrap_or_default();
    let (kind, is_exact) = match class.as_str() {
        "Actor" => ("person", true),
        "ExternalEntity" => ("external-service", true),
        "LLM" => ("model-server", true),
        "Agent" => ("agent", true),
        "Datastore" => ("database", false),
        _ => ("api", false),
    };
    let kind = if is_exact {
        kind
    } else {
        // The name says more than the class.
        draft.kind_by(&[&name, &class], kind, place)
    };
    let boundary = part
        .get("inBoundary")
        .map(name_of)
        .filter(|name| !name.is_empty());
    let boundary = boundary.and_then(|name| draft.find(What::Boundary, &name, place));
    let holds: BTreeSet<String> = part
        .items("data")
        .iter()
        .filter_map(|item| draft.find(What::Asset, &name_of(item), Some(item.location())))
        .collect();
    let id = draft.declare(What::Component, &name, &name);
    draft.components.push(DraftComponent {
        id: id.clone(),
        name,
        kind,
        boundary,
        exposed: BTreeSet::new(),
        holds,
    });
    if let Some(node) = part.get("controls") {
        read_controls(node, &id, draft);
    }
    // Both ends of a flow are read from the flow.
    for key in ["inputs", "outputs", "inScope", "levels", "findings"] {
        part.get(key);
    }
    part.rest("an element", draft);
}

fn read_controls(node: &Node, place: &str, draft: &mut Draft) {
    let mut part = Part::new(node);
    let at = Some(node.location());
    for (key, words) in CONTROLS {
        if !part.is(key) {
            continue;
        }
        let known = draft.known(What::Control, key).cloned();
        let control = known.or_else(|| add_control(draft, [key, words, ""], at));
        if let Some(control) = control {
            stand(draft, &control, place);
        }
    }
    part.rest("the controls of an element", draft);
}

fn read_flow(node: &Node, draft: &mut Draft) {
    let mut part = Part::new(node);
    let name = name_of(node);
    let place = Some(node.location());
    for key in [
        "name",
        "__class__",
        "order",
        "inScope",
        "levels",
        "findings",
    ] {
        part.get(key);
    }
    let ends = ["source", "sink"].map(|key| {
        let end = part.get(key).map(name_of).unwrap_or_default();
        draft.find(What::Component, &end, place)
    });
    let assets: Vec<String> = part
        .items("data")
        .iter()
        .filter_map(|item| draft.find(What::Asset, &name_of(item), Some(item.location())))
        .collect();
    let controls = part.get("controls");
    // A response is a flow of its own in the list.
    for key in ["response", "responseTo", "isResponse"] {
        part.get(key);
    }
    part.rest("a dataflow", draft);
    let [Some(from), Some(to)] = ends else {
        return;
    };
    let id = draft.flow(&name, &name, [from, to]);
    if let Some(flow) = draft.flows.last_mut() {
        flow.assets.extend(assets);
    }
    if let Some(node) = controls {
        read_controls(node, &id, draft);
    }
}
