//! The named what-ifs.

use seawall_catalog::control as control_kind;
use seawall_config::{Fields, Reader, yaml::Node};

use super::shared::{Ids, Place, part, positive};
use crate::model::Scenario;

pub(super) fn scenarios(reader: &Reader, ids: &Ids, items: &[Node]) -> Vec<Scenario> {
    items
        .iter()
        .filter_map(|node| scenario(reader, ids, node))
        .collect()
}

fn scenario(reader: &Reader, ids: &Ids, node: &Node) -> Option<Scenario> {
    let mut fields = reader.fields(node, "a scenario")?;
    let id = ids.declare(reader, &mut fields, Place::Scenario);
    let name = fields.text("name");
    let mut growth = |key: &'static str| {
        let node = fields.optional(key);
        positive(reader, node, &format!("`{key}`"))
    };
    let [tries, campaigns, supply, load, usage] =
        ["tries", "campaigns", "supply", "review-load", "review-use"].map(&mut growth);
    let code_by_ai = shares(reader, &mut fields, "code-by-ai");
    let autonomy = shares(reader, &mut fields, "autonomy");
    let without = fields.texts("without");
    for kind in without.iter().filter(|kind| control_kind(kind).is_none()) {
        reader.problem(node, format!("there is no kind of control `{kind}`"));
    }
    fields.finish();
    let id = id?;
    Some(Scenario {
        name: name.unwrap_or_else(|| id.clone()),
        id,
        tries: tries.unwrap_or(1.0),
        campaigns: campaigns.unwrap_or(1.0),
        supply: supply.unwrap_or(1.0),
        code_by_ai,
        autonomy,
        review_load: load.unwrap_or(1.0),
        review_use: usage.unwrap_or(0.7),
        without,
    })
}

/// Two shares: now, and in the last year.
fn shares(reader: &Reader, fields: &mut Fields<'_>, key: &'static str) -> Option<[f64; 2]> {
    let node = fields.optional(key)?;
    let items = reader.items(node, &format!("`{key}`"));
    let numbers: Vec<f64> = items
        .iter()
        .filter_map(|item| part(reader, Some(item), &format!("a share of `{key}`")))
        .collect();
    let &[now, then] = numbers.as_slice() else {
        let rule = format!("`{key}` must be [share now, share in the last year]");
        reader.problem(node, rule);
        return None;
    };
    Some([now, then])
}
