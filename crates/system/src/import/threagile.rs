//! The model of Threagile 1.x.
//!
//! Carried over: data assets with their ratings, technical assets, communication links as flows (one
//! more back where data is received), trust boundaries, and what a link says of authentication and
//! filtering as controls. Its risk tracking is a human's status of its own rules and is not.

use std::collections::BTreeSet;

use seawall_config::yaml::{Entry, Node};

use super::Refusal;
use super::draft::{Draft, DraftAsset, DraftComponent, What};
use super::otm::{add_control, stand};
use super::part::Part;
use crate::model::Need;

pub(super) fn read<'a>(root: &'a Node, draft: &mut Draft) -> Result<(), Refusal<'a>> {
    let mut part = Part::new(root);
    part.get("threagile_version");
    let assets = part.get("technical_assets");
    let assets = assets.ok_or_else(|| {
        let text = "`technical_assets` is missing: this is no model of Threagile";
        (root, text.to_owned())
    })?;
    draft.name = part.text("title").unwrap_or_default();
    draft.description = overview(&mut part);
    if let Some(author) = part.get("author") {
        draft.owner = author.text_at(&["name"]).map(str::to_owned);
    }
    for entry in part
        .get("data_assets")
        .map(Node::entries)
        .unwrap_or_default()
    {
        read_data(entry, draft);
    }
    for entry in part
        .get("trust_boundaries")
        .map(Node::entries)
        .unwrap_or_default()
    {
        let id = entry.value.text_at(&["id"]).unwrap_or(&entry.key);
        let new = draft.declare(What::Boundary, id, &entry.key);
        draft.boundaries.push((new, entry.key.clone()));
    }
    for entry in assets.entries() {
        read_technical(entry, draft);
    }
    for entry in part
        .get("trust_boundaries")
        .map(Node::entries)
        .unwrap_or_default()
    {
        read_boundary(entry, draft);
    }
    for entry in assets.entries() {
        let links = entry.value.get("communication_links").map(Node::entries);
        for link in links.unwrap_or_default() {
            read_link(id_of(entry), link, draft);
        }
    }
    // Lists of words and layout say nothing of the system.
    part.get("tags_available");
    part.rest("the model", draft);
    Ok(())
}

fn overview(part: &mut Part<'_>) -> String {
    let texts = ["business_overview", "technical_overview"].map(|key| {
        let node = part.get(key)?;
        node.text_at(&["description"])
            .map(|text| text.trim().to_owned())
    });
    texts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn id_of(entry: &Entry) -> &str {
    entry.value.text_at(&["id"]).unwrap_or(&entry.key)
}

fn needs(part: &mut Part<'_>) -> [Need; 3] {
    ["confidentiality", "integrity", "availability"].map(|key| {
        match part.text(key).unwrap_or_default().as_str() {
            "strictly-confidential" | "mission-critical" | "confidential" | "critical" => {
                Need::High
            }
            "restricted" | "important" => Need::Medium,
            "internal" | "operational" => Need::Low,
            _ => Need::None,
        }
    })
}

fn read_data(entry: &Entry, draft: &mut Draft) {
    let mut part = Part::new(&entry.value);
    part.get("id");
    let place = Some(entry.key_span.location());
    let kind = draft.asset_kind(&entry.key, place);
    let needs = needs(&mut part);
    let id = draft.declare(What::Asset, id_of(entry), &entry.key);
    draft.assets.push(DraftAsset {
        id,
        name: entry.key.clone(),
        kind,
        needs,
    });
    part.rest("a data asset", draft);
}

fn read_technical(entry: &Entry, draft: &mut Draft) {
    let mut part = Part::new(&entry.value);
    let place = Some(entry.key_span.location());
    part.get("id");
    let class = part.text("type").unwrap_or_default();
    // Newer models list several technologies.
    let mut said = part.text("technology").into_iter().collect::<Vec<_>>();
    let list = part.texts("technologies").into_iter();
    said.extend(list.filter_map(|item| item.text().map(str::to_owned)));
    let tags = part.texts("tags");
    let human = part.is("used_as_client_by_human");
    let fallback = match class.as_str() {
        "external-entity" if human => "person",
        "external-entity" => "external-service",
        "datastore" => "database",
        _ => "api",
    };
    let mut words: Vec<&str> = said.iter().map(String::as_str).collect();
    words.extend(tags.iter().filter_map(|tag| tag.text()));
    words.push(&entry.key);
    // Who is outside stays outside, whatever the technology of its client.
    let kind = if class == "external-entity" {
        fallback
    } else {
        draft.kind_by(&words, fallback, place)
    };
    let internet = part.is("internet");
    let mut holds = BTreeSet::new();
    for key in ["data_assets_stored", "data_assets_processed"] {
        for item in part.texts(key) {
            let text = item.text().unwrap_or_default();
            holds.extend(draft.find(What::Asset, text, Some(item.location())));
        }
    }
    let id = draft.declare(What::Component, id_of(entry), &entry.key);
    draft.components.push(DraftComponent {
        id,
        name: entry.key.clone(),
        kind,
        boundary: None,
        exposed: internet.then_some("internet").into_iter().collect(),
        holds,
    });
    part.get("communication_links");
    part.rest("a technical asset", draft);
}

/// Nested boundaries keep their own assets; which lies in which is not kept.
fn read_boundary(entry: &Entry, draft: &mut Draft) {
    let mut part = Part::new(&entry.value);
    part.get("id");
    let Some(own) = draft.known(What::Boundary, id_of(entry)).cloned() else {
        return;
    };
    for item in part.texts("technical_assets_inside") {
        let text = item.text().unwrap_or_default();
        let found = draft.find(What::Component, text, Some(item.location()));
        if let Some(component) = found.and_then(|id| draft.component(&id)) {
            component.boundary = Some(own.clone());
        }
    }
    part.rest("a trust boundary", draft);
}

fn read_link(from: &str, link: &Entry, draft: &mut Draft) {
    let mut part = Part::new(&link.value);
    let place = Some(link.key_span.location());
    let target = part.text("target").unwrap_or_default();
    let from = draft.known(What::Component, from).cloned();
    let to = draft.find(What::Component, &target, place);
    let [sent, received] = ["data_assets_sent", "data_assets_received"].map(|key| {
        let items = part.texts(key).into_iter();
        items
            .filter_map(|item| draft.find(What::Asset, item.text()?, Some(item.location())))
            .collect::<Vec<_>>()
    });
    let ends = from.zip(to);
    if let Some((from, to)) = &ends {
        let id = draft.flow(&link.key, &link.key, [from.clone(), to.clone()]);
        if let Some(flow) = draft.flows.last_mut() {
            flow.assets.extend(sent);
        }
        if !received.is_empty() {
            let name = format!("{} back", link.key);
            draft.flow(&name, &name, [to.clone(), from.clone()]);
            if let Some(flow) = draft.flows.last_mut() {
                flow.assets.extend(received);
            }
        }
        guards(&mut part, &id, place, draft);
    }
    part.rest("a communication link", draft);
}

/// What a link says of how it is guarded.
fn guards(
    part: &mut Part<'_>,
    flow: &str,
    place: Option<seawall_base::Location>,
    draft: &mut Draft,
) {
    let authentication = part.text("authentication").filter(|word| word != "none");
    let filtered = part.is("ip_filtered") || part.is("vpn");
    let said = [
        authentication.map(|word| format!("authentication by {word}")),
        filtered.then(|| "network isolation".to_owned()),
    ];
    for name in said.into_iter().flatten() {
        let known = draft.known(What::Control, &name).cloned();
        let control = known.or_else(|| add_control(draft, [&name, &name, ""], place));
        if let Some(control) = control {
            stand(draft, &control, flow);
        }
    }
}
