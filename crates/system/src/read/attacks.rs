//! The steps of attacks that the owner declares.

use seawall_catalog::{control as control_kind, entry};
use seawall_config::{Fields, Reader, yaml::Node};
use seawall_stats::dist::Beta;

use super::shared::{Ids, Place, known_all};
use crate::model::{Attack, Effect, Range90};
use crate::vocabulary::POSITIONS;

const PLACES: &[Place] = &[Place::Boundary, Place::Component, Place::Flow];

pub(super) fn attacks(reader: &Reader, ids: &Ids, items: &[Node]) -> Vec<Attack> {
    items
        .iter()
        .filter_map(|node| attack(reader, ids, node))
        .collect()
}

fn attack(reader: &Reader, ids: &Ids, node: &Node) -> Option<Attack> {
    let mut fields = reader.fields(node, "an attack")?;
    let id = ids.declare(reader, &mut fields, Place::Attack);
    let name = fields.text("name");
    let any = ids.refer_all(reader, &mut fields, "any", &[Place::Attack]);
    let all = ids.refer_all(reader, &mut fields, "all", &[Place::Attack]);
    let from = known_all(reader, &mut fields, "from", POSITIONS);
    let at = ids.refer_all(reader, &mut fields, "at", PLACES);
    let stopped_by = kinds(reader, &mut fields);
    let controls = ids.refer_all(reader, &mut fields, "controls", &[Place::Control]);
    let success = fields.optional("success");
    let success = success.and_then(|node| chance(reader, node));
    let maps = maps(reader, &mut fields);
    let causes = fields.optional("causes");
    let causes = causes.and_then(|node| causes_of(reader, ids, node));
    fields.finish();
    if !any.is_empty() && !all.is_empty() {
        reader.problem(node, "give either `any` or `all`");
    }
    if any.is_empty() && all.is_empty() && from.is_empty() {
        let rule = "nothing leads to it: give `any`, `all` or `from`";
        reader.problem(node, rule);
    }
    let is_all = !all.is_empty();
    let id = id?;
    Some(Attack {
        name: name.unwrap_or_else(|| id.clone()),
        id,
        needs: if is_all { all } else { any },
        all: is_all,
        from,
        at,
        stopped_by,
        controls,
        success,
        maps,
        causes,
        location: node.location(),
    })
}

fn kinds(reader: &Reader, fields: &mut Fields<'_>) -> Vec<String> {
    let items = fields.items("stopped-by").iter();
    items
        .filter_map(|node| {
            let kind = reader.text(node, "a kind of control")?;
            if control_kind(&kind).is_none() {
                reader.problem(node, format!("there is no kind of control `{kind}`"));
            }
            Some(kind)
        })
        .collect()
}

/// Two numbers from 0 to 1; equal ones are certain.
fn chance(reader: &Reader, node: &Node) -> Option<Range90> {
    let numbers: Vec<f64> = reader
        .items(node, "`success`")
        .iter()
        .filter_map(|item| reader.number(item, "an end of `success`"))
        .collect();
    let range = match numbers.as_slice() {
        [low, high] if low == high => (0.0..=1.0).contains(low).then_some((*low, *high)),
        [low, high] => Beta::from_range90(*low, *high).ok().map(|_| (*low, *high)),
        _ => None,
    };
    if range.is_none() {
        let rule = "`success` must be [low, high], ascending between 0 and 1";
        reader.problem(node, rule);
    }
    range.map(|(low, high)| Range90 { low, high })
}

/// Ids of the shipped catalogues must be there; ids of others are taken as they are.
fn maps(reader: &Reader, fields: &mut Fields<'_>) -> Vec<String> {
    let items = fields.items("maps").iter();
    items
        .filter_map(|node| {
            let id = reader.text(node, "an item of `maps`")?;
            let shipped = ["AML.T", "AIR-", "LLM", "ASI"];
            let is_ours = shipped.iter().any(|start| id.starts_with(start));
            if is_ours && entry(&id).is_none() {
                reader.problem(node, format!("no catalogue has `{id}`"));
            }
            Some(id)
        })
        .collect()
}

fn causes_of(reader: &Reader, ids: &Ids, node: &Node) -> Option<(String, Effect)> {
    let mut fields = reader.fields(node, "what an attack causes")?;
    let asset = fields
        .required("asset")
        .and_then(|node| ids.refer(reader, node, "`asset`", &[Place::Asset]));
    let words = Effect::ALL.map(|effect| (effect.as_str(), effect));
    let effect = fields
        .required("effect")
        .and_then(|node| reader.one_of(node, "`effect`", &words));
    fields.finish();
    Some((asset?, effect?))
}
