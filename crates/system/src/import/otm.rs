//! Open Threat Model 0.1 and 0.2.
//!
//! Carried over: project, trust zones, assets with their ratings, components with the nearest zone
//! above them, dataflows (both ways where they say so), and mitigations that are implemented, at the
//! component or dataflow where they are. Threats are not: Seawall has its own rules, and their
//! likelihood, impact and risk reduction have no unit.

use seawall_base::Location;
use seawall_config::yaml::Node;

use super::Refusal;
use super::draft::{Draft, DraftAsset, DraftComponent, DraftControl, What};
use super::guess;
use super::part::Part;
use super::remark::RemarkKind;

pub(super) fn read<'a>(root: &'a Node, draft: &mut Draft) -> Result<(), Refusal<'a>> {
    let mut part = Part::new(root);
    if part.text("otmVersion").is_none() {
        return Err((
            root,
            "`otmVersion` is missing: this is no Open Threat Model".to_owned(),
        ));
    }
    let project = part.get("project");
    let project = project.ok_or_else(|| (root, "`project` is missing".to_owned()))?;
    read_project(project, draft);
    for zone in part.items("trustZones") {
        read_zone(zone, draft);
    }
    for asset in part.items("assets") {
        read_asset(asset, draft);
    }
    let mitigations = part.items("mitigations");
    let components = part.items("components");
    for component in components {
        read_component(component, components, draft);
    }
    let flows = part.items("dataflows");
    for flow in flows {
        read_flow(flow, draft);
    }
    for (what, item) in components
        .iter()
        .map(|item| (What::Component, item))
        .chain(flows.iter().map(|item| (What::Flow, item)))
    {
        read_mitigations(what, item, mitigations, draft);
    }
    for threat in part.items("threats") {
        let name = threat.text_at(&["name"]).unwrap_or("without a name");
        let name = seawall_base::printable(name, 80);
        let text = format!("the threat `{name}`: Seawall derives threats by its own rules");
        draft.remark(RemarkKind::Lost, text, Some(threat.location()));
    }
    part.get("representations");
    part.rest("the model", draft);
    Ok(())
}

fn read_project(node: &Node, draft: &mut Draft) {
    let mut part = Part::new(node);
    let id = part.text("id");
    draft.name = part.text("name").or(id).unwrap_or_default();
    draft.description = part.text("description").unwrap_or_default();
    let owner = part.text("owner");
    draft.owner = part.text("ownerContact").or(owner);
    part.rest("the project", draft);
}

fn read_zone(node: &Node, draft: &mut Draft) {
    let mut part = Part::new(node);
    let id = part.text("id").unwrap_or_default();
    let name = part.text("name").unwrap_or_else(|| id.clone());
    let new = draft.declare(What::Boundary, &id, &name);
    draft.boundaries.push((new, name));
    part.get("representations");
    part.rest("a trust zone", draft);
}

fn read_asset(node: &Node, draft: &mut Draft) {
    let mut part = Part::new(node);
    let id = part.text("id").unwrap_or_default();
    let name = part.text("name").unwrap_or_else(|| id.clone());
    let place = Some(node.location());
    let kind = draft.asset_kind(&name, place);
    let mut needs = Default::default();
    if let Some(risk) = part.get("risk") {
        let mut risk = Part::new(risk);
        needs = ["confidentiality", "integrity", "availability"]
            .map(|key| guess::need(risk.number(key).unwrap_or(0.0)));
        risk.rest("the risk of an asset", draft);
    }
    let id = draft.declare(What::Asset, &id, &name);
    draft.assets.push(DraftAsset {
        id,
        name,
        kind,
        needs,
    });
    part.rest("an asset", draft);
}

fn read_component(node: &Node, all: &[Node], draft: &mut Draft) {
    let mut part = Part::new(node);
    let id = part.text("id").unwrap_or_default();
    let name = part.text("name").unwrap_or_else(|| id.clone());
    let place = Some(node.location());
    let said = part.text("type").unwrap_or_default();
    let tags = part.texts("tags");
    let mut words = vec![said.as_str(), name.as_str()];
    words.extend(tags.iter().filter_map(|tag| tag.text()));
    let kind = draft.kind_by(&words, "api", place);
    part.get("parent");
    let boundary = zone_of(node, all, draft, place);
    let mut holds = Vec::new();
    if let Some(assets) = part.get("assets") {
        let mut lists = Part::new(assets);
        for key in ["stored", "processed"] {
            holds.extend(lists.texts(key));
        }
        lists.rest("the assets of a component", draft);
    }
    let holds = holds
        .into_iter()
        .filter_map(|item| draft.find(What::Asset, item.text()?, Some(item.location())))
        .collect();
    let id = draft.declare(What::Component, &id, &name);
    draft.components.push(DraftComponent {
        id,
        name,
        kind,
        boundary,
        exposed: std::collections::BTreeSet::new(),
        holds,
    });
    for key in ["representations", "threats"] {
        part.get(key);
    }
    part.rest("a component", draft);
}

/// The zone of a component or of the nearest component above it that has one.
fn zone_of(
    node: &Node,
    all: &[Node],
    draft: &mut Draft,
    place: Option<Location>,
) -> Option<String> {
    let mut at = node;
    // A chain of parents is no longer than there are components, unless it is a circle.
    for _ in 0..all.len().min(64) {
        if let Some(zone) = at.text_at(&["parent", "trustZone"]) {
            return draft.find(What::Boundary, zone, place);
        }
        let above = at.text_at(&["parent", "component"])?;
        let text = "components inside components: only the trust zone is kept".to_owned();
        draft.remark(RemarkKind::Lost, text, place);
        let found = all.iter().find(|item| item.text_at(&["id"]) == Some(above));
        let Some(found) = found else {
            draft.find(What::Component, above, place);
            return None;
        };
        at = found;
    }
    None
}

fn read_flow(node: &Node, draft: &mut Draft) {
    let mut part = Part::new(node);
    let id = part.text("id").unwrap_or_default();
    let name = part.text("name").unwrap_or_else(|| id.clone());
    let place = Some(node.location());
    let ends = ["source", "destination"].map(|key| {
        let end = part.text(key).unwrap_or_default();
        draft.find(What::Component, &end, place)
    });
    let both = part.is("bidirectional");
    let assets: Vec<String> = part
        .texts("assets")
        .into_iter()
        .filter_map(|item| draft.find(What::Asset, item.text()?, Some(item.location())))
        .collect();
    for key in ["representations", "threats"] {
        part.get(key);
    }
    part.rest("a dataflow", draft);
    let [Some(from), Some(to)] = ends else {
        return;
    };
    draft.flow(&id, &name, [from.clone(), to.clone()]);
    if both {
        draft.flow(&format!("{id} back"), &format!("{name} back"), [to, from]);
    }
    let added = if both { 2 } else { 1 };
    for flow in draft.flows.iter_mut().rev().take(added) {
        flow.assets.extend(assets.iter().cloned());
    }
}

/// One control for each mitigation, at every place where it is implemented.
fn read_mitigations(what: What, item: &Node, all: &[Node], draft: &mut Draft) {
    let source = item.text_at(&["id"]).unwrap_or_default();
    let Some(place) = draft.known(what, source).cloned() else {
        return;
    };
    let threats = item.get("threats").map(Node::items).unwrap_or_default();
    let used = threats.iter().flat_map(|threat| {
        threat
            .get("mitigations")
            .map(Node::items)
            .unwrap_or_default()
    });
    for mitigation in used {
        let id = mitigation.text_at(&["mitigation"]).unwrap_or_default();
        let state = mitigation.text_at(&["state"]).unwrap_or_default();
        let at = Some(mitigation.location());
        if !state.eq_ignore_ascii_case("implemented") {
            let state = seawall_base::printable(state, 40);
            let text =
                format!("a mitigation in the state `{state}`: only what is implemented stands");
            draft.remark(RemarkKind::Lost, text, at);
            continue;
        }
        if let Some(control) = control_of(id, all, at, draft) {
            stand(draft, &control, &place);
        }
    }
}

fn control_of(
    id: &str,
    all: &[Node],
    place: Option<Location>,
    draft: &mut Draft,
) -> Option<String> {
    if let Some(known) = draft.known(What::Control, id) {
        return Some(known.clone());
    }
    let found = all.iter().find(|item| item.text_at(&["id"]) == Some(id));
    let Some(found) = found else {
        return draft.find(What::Control, id, place);
    };
    let mut part = Part::new(found);
    part.get("id");
    let name = part.text("name").unwrap_or_else(|| id.to_owned());
    let description = part.text("description").unwrap_or_default();
    if part.get("riskReduction").is_some() {
        let text =
            "`riskReduction` of a mitigation: a figure without unit or evidence is no efficacy";
        draft.remark(RemarkKind::Lost, text.to_owned(), Some(found.location()));
    }
    part.rest("a mitigation", draft);
    let new = add_control(draft, [id, &name, &description], Some(found.location()))?;
    Some(new)
}

/// A control of the kind that its words speak of; one that speaks of none is a remark.
pub(super) fn add_control(
    draft: &mut Draft,
    [id, name, description]: [&str; 3],
    place: Option<Location>,
) -> Option<String> {
    let shown = seawall_base::printable(name, 80);
    let Some(kind) = guess::control(name).or_else(|| guess::control(description)) else {
        let text = format!("the control `{shown}`: no kind of control here fits its words");
        draft.remark(RemarkKind::Lost, text, place);
        return None;
    };
    let text = format!("the control `{shown}` is read as `{kind}`");
    draft.remark(RemarkKind::Guessed, text, place);
    let new = draft.declare(What::Control, id, name);
    draft.controls.push(DraftControl {
        id: new.clone(),
        name: name.to_owned(),
        kind,
        stands_at: std::collections::BTreeSet::new(),
    });
    Some(new)
}

pub(super) fn stand(draft: &mut Draft, control: &str, place: &str) {
    let found = draft.controls.iter_mut().find(|item| item.id == control);
    if let Some(control) = found {
        control.stands_at.insert(place.to_owned());
    }
}
