//! FINOS CALM 1.x: the architecture as nodes and relationships.
//!
//! Carried over: nodes by their type, `connects` and `interacts` as flows, `deployed-in` and
//! `composed-of` as boundaries, data assets, and controls by the words of their requirement. Flows of
//! the business (`flows`), interfaces, decisions (`options`) and metadata are not.

use std::collections::BTreeSet;

use seawall_base::Location;
use seawall_config::yaml::Node;

use super::Refusal;
use super::draft::{Draft, DraftAsset, DraftComponent, What};
use super::otm::{add_control, stand};
use super::part::Part;
use super::remark::RemarkKind;
use crate::model::Need;

pub(super) fn read<'a>(root: &'a Node, draft: &mut Draft) -> Result<(), Refusal<'a>> {
    let mut part = Part::new(root);
    let nodes = part.get("nodes").ok_or_else(|| {
        let text = "`nodes` is missing: this is no architecture in CALM";
        (root, text.to_owned())
    })?;
    let relations = part.items("relationships");
    draft.name = ["title", "name", "unique-id"]
        .iter()
        .find_map(|key| part.text(key))
        .unwrap_or_else(|| "architecture".to_owned());
    draft.description = part.text("description").unwrap_or_default();
    let containers = containers(nodes.items(), relations);
    for node in nodes.items() {
        read_node(node, &containers, draft);
    }
    for relation in relations {
        read_relation(relation, draft);
    }
    for node in nodes.items() {
        let own = node.text_at(&["unique-id"]).unwrap_or_default();
        let known = draft
            .known(What::Component, own)
            .or_else(|| draft.known(What::Boundary, own));
        if let (Some(id), Some(controls)) = (known.cloned(), node.get("controls")) {
            read_controls(controls, &id, draft);
        }
    }
    for key in ["$schema", "$id"] {
        part.get(key);
    }
    part.rest("the architecture", draft);
    Ok(())
}

/// What contains more than data is a boundary.
fn containers<'a>(nodes: &'a [Node], relations: &'a [Node]) -> BTreeSet<&'a str> {
    let data = nodes
        .iter()
        .filter(|node| node.text_at(&["node-type"]) == Some("data-asset"));
    let data: BTreeSet<&str> = data
        .filter_map(|node| node.text_at(&["unique-id"]))
        .collect();
    let kinds = ["deployed-in", "composed-of"];
    relations
        .iter()
        .flat_map(|relation| {
            kinds.map(|kind| {
                let inside = relation.at(&["relationship-type", kind])?;
                let holds_more = members(inside).any(|member| !data.contains(member));
                inside.text_at(&["container"]).filter(|_| holds_more)
            })
        })
        .flatten()
        .collect()
}

fn read_node(node: &Node, containers: &BTreeSet<&str>, draft: &mut Draft) {
    let mut part = Part::new(node);
    let id = part.text("unique-id").unwrap_or_default();
    let name = part.text("name").unwrap_or_else(|| id.clone());
    let said = part.text("node-type").unwrap_or_default();
    let place = Some(node.location());
    part.get("controls");
    let is_pure = matches!(said.as_str(), "system" | "network" | "ecosystem");
    if containers.contains(id.as_str()) {
        let new = draft.declare(What::Boundary, &id, &name);
        draft.boundaries.push((new, name.clone()));
    }
    if said == "data-asset" {
        let kind = draft.asset_kind(&name, place);
        let id = draft.declare(What::Asset, &id, &name);
        draft.assets.push(DraftAsset {
            id,
            name,
            kind,
            needs: [Need::Medium, Need::None, Need::None],
        });
    } else if !(is_pure && containers.contains(id.as_str())) {
        let kind = match said.as_str() {
            "actor" => "person",
            _ => draft.kind_by(&[&said, &name], "api", place),
        };
        // A service is anything: its name says more.
        let kind = match kind {
            "api" => super::guess::component(&name).unwrap_or(kind),
            kind => kind,
        };
        let new = draft.declare(What::Component, &id, &name);
        draft.components.push(DraftComponent {
            id: new,
            name,
            kind,
            boundary: None,
            exposed: BTreeSet::new(),
            holds: BTreeSet::new(),
        });
    }
    part.rest("a node", draft);
}

fn read_relation(node: &Node, draft: &mut Draft) {
    let mut part = Part::new(node);
    let id = part.text("unique-id").unwrap_or_default();
    let place = Some(node.location());
    part.get("controls");
    let kind = part.get("relationship-type");
    part.rest("a relationship", draft);
    let Some(kind) = kind else {
        // The first drafts name the type in a word.
        let text = "a relationship without `relationship-type`".to_owned();
        draft.remark(RemarkKind::Lost, text, place);
        return;
    };
    let mut made = Vec::new();
    if let Some(connects) = kind.get("connects") {
        let ends = ["source", "destination"].map(|key| {
            let end = connects
                .text_at(&[key, "node"])
                .or_else(|| connects.text_at(&[key]));
            draft.find(What::Component, end.unwrap_or_default(), place)
        });
        made.extend(join(&id, ends, draft));
    }
    if let Some(interacts) = kind.get("interacts") {
        let actor = interacts.text_at(&["actor"]).unwrap_or_default();
        for (number, other) in members(interacts).enumerate() {
            let ends = [actor, other].map(|end| draft.find(What::Component, end, place));
            let id = if number == 0 {
                id.clone()
            } else {
                format!("{id}-{}", number + 1)
            };
            made.extend(join(&id, ends, draft));
        }
    }
    for word in ["deployed-in", "composed-of"] {
        if let Some(inside) = kind.get(word) {
            contain(inside, place, draft);
        }
    }
    if let Some(options) = kind.get("options") {
        let text = "a decision between options: nothing of it is chosen".to_owned();
        draft.remark(RemarkKind::Lost, text, Some(options.location()));
    }
    if let Some(controls) = node.get("controls") {
        for flow in made {
            read_controls(controls, &flow, draft);
        }
    }
}

fn members(node: &Node) -> impl Iterator<Item = &str> {
    let items = node.get("nodes").map(Node::items).unwrap_or_default();
    items.iter().filter_map(Node::text)
}

fn join(id: &str, ends: [Option<String>; 2], draft: &mut Draft) -> Option<String> {
    let [Some(from), Some(to)] = ends else {
        return None;
    };
    Some(draft.flow(id, id, [from, to]))
}

/// Puts components into a boundary, and data into the component that holds it.
fn contain(inside: &Node, place: Option<Location>, draft: &mut Draft) {
    let container = inside.text_at(&["container"]).unwrap_or_default();
    let boundary = draft.known(What::Boundary, container).cloned();
    let holder = draft.known(What::Component, container).cloned();
    for member in members(inside) {
        if let Some(asset) = draft.known(What::Asset, member).cloned() {
            if let Some(component) = holder.as_ref().and_then(|id| draft.component(id)) {
                component.holds.insert(asset);
            }
            continue;
        }
        if draft.known(What::Boundary, member).is_some() {
            let text = "boundaries inside boundaries: each keeps its own components".to_owned();
            draft.remark(RemarkKind::Lost, text, place);
            if draft.known(What::Component, member).is_none() {
                continue;
            }
        }
        let found = draft.find(What::Component, member, place);
        if let Some(component) = found.and_then(|id| draft.component(&id)) {
            component.boundary.clone_from(&boundary);
        }
    }
}

/// Controls by domain; each names requirements, of which the words say what it is.
fn read_controls(node: &Node, place: &str, draft: &mut Draft) {
    for entry in node.entries() {
        let at = Some(entry.key_span.location());
        let description = entry.value.text_at(&["description"]).unwrap_or_default();
        let known = draft.known(What::Control, &entry.key).cloned();
        let names = [entry.key.as_str(), entry.key.as_str(), description];
        let control = known.or_else(|| add_control(draft, names, at));
        if let Some(control) = control {
            stand(draft, &control, place);
        }
    }
}
