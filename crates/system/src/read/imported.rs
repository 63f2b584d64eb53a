//! Trials of other parties.

use seawall_catalog::control as control_kind;
use seawall_config::{Reader, yaml::Node};

use super::shared::part;
use crate::model::ImportedTrials;

pub(super) fn trials(reader: &Reader, items: &[Node]) -> Vec<ImportedTrials> {
    items.iter().filter_map(|node| read(reader, node)).collect()
}

fn read(reader: &Reader, node: &Node) -> Option<ImportedTrials> {
    let mut fields = reader.fields(node, "trials of another party")?;
    let kind = fields.required_text("kind");
    let family = fields.required_text("family");
    let trials = fields.required("trials");
    let trials = trials.and_then(|node| reader.count(node, "`trials`"));
    let blocked = fields.required("blocked");
    let blocked = blocked.and_then(|node| reader.count(node, "`blocked`"));
    let judge = fields
        .optional("judge")
        .and_then(|node| judge(reader, node));
    let source = fields.required_text("source");
    fields.finish();
    if let Some(kind) = kind.as_ref().filter(|kind| control_kind(kind).is_none()) {
        reader.problem(node, format!("there is no kind of control `{kind}`"));
    }
    if blocked > trials {
        reader.problem(node, "more were blocked than tried");
    }
    Some(ImportedTrials {
        kind: kind?,
        family: family?,
        trials: trials?,
        blocked: blocked?,
        judge,
        source: source?,
        location: node.location(),
    })
}

/// `{sensitivity: 0.9, false-alarms: 0.05}` of whoever judged whether an attack succeeded.
fn judge(reader: &Reader, node: &Node) -> Option<[f64; 2]> {
    let mut fields = reader.fields(node, "the judge of trials")?;
    let sees = part(reader, fields.required("sensitivity"), "`sensitivity`");
    let errs = part(reader, fields.required("false-alarms"), "`false-alarms`");
    fields.finish();
    let (sees, errs) = (sees?, errs?);
    if sees <= errs {
        let rule = "`sensitivity` must exceed `false-alarms`: this judge tells nothing";
        reader.problem(node, rule);
        return None;
    }
    Some([sees, errs])
}
