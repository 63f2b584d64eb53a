//! The sections about what the system is: boundaries, assets, components, flows.

use seawall_config::{Reader, yaml::Node};

use super::shared::{Ids, Place, known, known_all, positive};
use crate::model::{Asset, Boundary, Component, Flow, Need, WorkloadRef};
use crate::vocabulary::{ASSET_KINDS, AUDIENCES, CARRIES, COMPONENT_KINDS, WEAKNESSES};

pub(super) fn boundaries(reader: &Reader, ids: &Ids, items: &[Node]) -> Vec<Boundary> {
    let read = |node: &Node| {
        let mut fields = reader.fields(node, "a boundary")?;
        let id = ids.declare(reader, &mut fields, Place::Boundary);
        let name = fields.text("name");
        fields.finish();
        let id = id?;
        Some(Boundary {
            name: name.unwrap_or_else(|| id.clone()),
            id,
            location: node.location(),
        })
    };
    items.iter().filter_map(read).collect()
}

pub(super) fn assets(reader: &Reader, ids: &Ids, items: &[Node]) -> Vec<Asset> {
    let read = |node: &Node| {
        let mut fields = reader.fields(node, "an asset")?;
        let id = ids.declare(reader, &mut fields, Place::Asset);
        let name = fields.text("name");
        let kind = known(reader, fields.required("kind"), "`kind`", ASSET_KINDS);
        let value = positive(reader, fields.optional("value"), "`value`");
        let needs = fields.optional("needs").map(|node| needs(reader, node));
        fields.finish();
        let id = id?;
        Some(Asset {
            name: name.unwrap_or_else(|| id.clone()),
            id,
            kind: kind?,
            value,
            needs: needs.unwrap_or_default(),
            location: node.location(),
        })
    };
    items.iter().filter_map(read).collect()
}

fn needs(reader: &Reader, node: &Node) -> [Need; 3] {
    const WORDS: &[(&str, Need)] = &[
        ("none", Need::None),
        ("low", Need::Low),
        ("medium", Need::Medium),
        ("high", Need::High),
    ];
    let Some(mut fields) = reader.fields(node, "the needs of an asset") else {
        return Default::default();
    };
    let needs = ["confidentiality", "integrity", "availability"]
        .map(|key| fields.one_of(key, WORDS).unwrap_or_default());
    fields.finish();
    needs
}

pub(super) fn components(reader: &Reader, ids: &Ids, items: &[Node]) -> Vec<Component> {
    items
        .iter()
        .filter_map(|node| component(reader, ids, node))
        .collect()
}

fn component(reader: &Reader, ids: &Ids, node: &Node) -> Option<Component> {
    let mut fields = reader.fields(node, "a component")?;
    let id = ids.declare(reader, &mut fields, Place::Component);
    let name = fields.text("name");
    let kind = known(reader, fields.required("kind"), "`kind`", COMPONENT_KINDS);
    let boundary = fields
        .optional("boundary")
        .and_then(|node| ids.refer(reader, node, "`boundary`", &[Place::Boundary]));
    let cluster = fields
        .optional("cluster")
        .and_then(|node| ids.refer(reader, node, "`cluster`", &[Place::Component]));
    let exposed = known_all(reader, &mut fields, "exposed", AUDIENCES);
    let holds = ids.refer_all(reader, &mut fields, "holds", &[Place::Asset]);
    let trained_on = ids.refer_all(reader, &mut fields, "trained-on", &[Place::Asset]);
    let weaknesses = known_all(reader, &mut fields, "weaknesses", WEAKNESSES);
    let workload = fields
        .optional("workload")
        .and_then(|node| workload(reader, node));
    fields.finish();
    let id = id?;
    Some(Component {
        name: name.unwrap_or_else(|| id.clone()),
        id,
        kind: kind?,
        boundary,
        cluster,
        exposed,
        holds,
        trained_on,
        weaknesses,
        workload,
        location: node.location(),
    })
}

fn workload(reader: &Reader, node: &Node) -> Option<WorkloadRef> {
    let text = reader.text(node, "`workload`")?;
    let parts: Vec<&str> = text.split('/').collect();
    let &[kind, namespace, name] = parts.as_slice() else {
        reader.problem(node, "`workload` must be Kind/namespace/name");
        return None;
    };
    Some(WorkloadRef {
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    })
}

pub(super) fn flows(reader: &Reader, ids: &Ids, items: &[Node]) -> Vec<Flow> {
    let read = |node: &Node| {
        let mut fields = reader.fields(node, "a flow")?;
        let id = ids.declare(reader, &mut fields, Place::Flow);
        let [from, to] = ["from", "to"].map(|key| {
            let node = fields.required(key)?;
            ids.refer(reader, node, &format!("`{key}`"), &[Place::Component])
        });
        let carries = known_all(reader, &mut fields, "carries", CARRIES);
        fields.finish();
        if carries.is_empty() {
            reader.problem(node, "`carries` must name what the flow carries");
        }
        Some(Flow {
            id: id?,
            from: from?,
            to: to?,
            carries,
            location: node.location(),
        })
    };
    items.iter().filter_map(read).collect()
}
