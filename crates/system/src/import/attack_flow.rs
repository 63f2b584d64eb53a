//! MITRE Attack Flow 2 and 3: a STIX bundle of actions, conditions, operators and assets.
//!
//! Each action, condition and operator becomes a step of `attacks`. What leads to a step is what it
//! needs: any of it, or all of it for an `AND` operator. Steps that nothing leads to can be the first;
//! steps that lead nowhere cause a loss. What happens when a condition is false is not carried over,
//! since an attacker who fails does not gain from it.

use std::collections::BTreeMap;

use seawall_config::yaml::Node;

use super::Refusal;
use super::draft::{Draft, DraftAsset, DraftAttack, DraftComponent, What};
use super::part::Part;
use super::remark::RemarkKind;
use crate::model::{Effect, Need};

const STEPS: &[&str] = &["attack-action", "attack-condition", "attack-operator"];

pub(super) fn read<'a>(root: &'a Node, draft: &mut Draft) -> Result<(), Refusal<'a>> {
    let objects = root.get("objects").map(Node::items).unwrap_or_default();
    let is_step = |node: &&Node| STEPS.contains(&type_of(node));
    if !objects.iter().any(|node| is_step(&node)) {
        let text = "no `attack-action` among `objects`: this is no Attack Flow bundle";
        return Err((root, text.to_owned()));
    }
    let flow = objects.iter().find(|node| type_of(node) == "attack-flow");
    let name = |node: &Node| node.text_at(&["name"]).unwrap_or("attack flow").to_owned();
    draft.name = flow.map_or_else(|| "attack flow".to_owned(), name);
    draft.description = flow
        .and_then(|node| node.text_at(&["description"]))
        .unwrap_or_default()
        .to_owned();
    for node in objects
        .iter()
        .filter(|node| type_of(node) == "attack-asset")
    {
        read_asset(node, draft);
    }
    let steps: Vec<&Node> = objects.iter().filter(is_step).collect();
    for step in &steps {
        let id = step.text_at(&["id"]).unwrap_or_default();
        draft.declare(What::Attack, id, &title(step));
    }
    let needs = needs(&steps, draft);
    for step in &steps {
        read_step(step, &needs, draft);
    }
    place_goals(draft);
    let known = [
        "attack-flow",
        "attack-asset",
        "extension-definition",
        "identity",
    ];
    for node in objects {
        let kind = type_of(node);
        if !STEPS.contains(&kind) && !known.contains(&kind) {
            let shown = seawall_base::printable(kind, 60);
            let text = format!("objects of the type `{shown}`");
            draft.remark(RemarkKind::Lost, text, Some(node.location()));
        }
    }
    Ok(())
}

fn type_of(node: &Node) -> &str {
    node.text_at(&["type"]).unwrap_or_default()
}

fn title(node: &Node) -> String {
    let text = node.text_at(&["name"]);
    let text = text.or_else(|| node.text_at(&["description"]));
    let text = text.or_else(|| node.text_at(&["operator"]));
    text.unwrap_or("step").chars().take(200).collect()
}

/// What leads to each step, by new ids.
fn needs(steps: &[&Node], draft: &mut Draft) -> BTreeMap<String, Vec<String>> {
    let mut leading: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for step in steps {
        let Some(own) = draft
            .known(What::Attack, step.text_at(&["id"]).unwrap_or_default())
            .cloned()
        else {
            continue;
        };
        let keys = ["effect_refs", "on_true_refs"];
        let lists = keys.map(|key| step.get(key).map(Node::items).unwrap_or_default());
        for item in lists.into_iter().flatten() {
            let target = item.text().unwrap_or_default();
            let found = draft.find(What::Attack, target, Some(item.location()));
            let list = found.map(|target| leading.entry(target).or_default());
            list.into_iter().for_each(|list| list.push(own.clone()));
        }
        if let Some(other) = step.get("on_false_refs") {
            let text = "`on_false_refs`: what follows when a condition fails".to_owned();
            draft.remark(RemarkKind::Lost, text, Some(other.location()));
        }
    }
    leading
}

fn read_step(node: &Node, needs: &BTreeMap<String, Vec<String>>, draft: &mut Draft) {
    let mut part = Part::new(node);
    let Some(id) = part
        .text("id")
        .and_then(|id| draft.known(What::Attack, &id).cloned())
    else {
        return;
    };
    for key in [
        "type",
        "spec_version",
        "created",
        "modified",
        "created_by_ref",
        "extensions",
        "name",
        "effect_refs",
        "on_true_refs",
        "on_false_refs",
        "tactic_ref",
        "technique_ref",
    ] {
        part.get(key);
    }
    let all = part
        .text("operator")
        .is_some_and(|word| word.eq_ignore_ascii_case("and"));
    let name = title(node);
    let technique = part.text("technique_id");
    let maps: Vec<String> = technique
        .into_iter()
        .chain(part.text("tactic_id"))
        .collect();
    // Without another name the description is the title.
    if type_of(node) == "attack-condition" {
        part.get("description");
    }
    // An asset stands behind a step as what its success harms.
    let asset = part
        .texts("asset_refs")
        .into_iter()
        .find_map(|item| draft.find(What::Asset, item.text()?, Some(item.location())));
    let mut needs = needs.get(&id).cloned().unwrap_or_default();
    needs.sort();
    needs.dedup();
    // Only actions can fail of themselves: the others join what went before.
    let success = (type_of(node) != "attack-action").then_some(1.0);
    draft.attacks.push(DraftAttack {
        from: needs.is_empty().then_some("outsider"),
        id,
        name,
        all,
        needs,
        success,
        controls: Vec::new(),
        maps,
        causes: asset.map(|asset| (asset, Effect::Integrity)),
    });
    part.rest("a step", draft);
}

fn read_asset(node: &Node, draft: &mut Draft) {
    let mut part = Part::new(node);
    let id = part.text("id").unwrap_or_default();
    let name = part.text("name").unwrap_or_else(|| id.clone());
    let place = Some(node.location());
    let kind = draft.asset_kind(&name, place);
    let id = draft.declare(What::Asset, &id, &name);
    draft.assets.push(DraftAsset {
        id,
        name,
        kind,
        needs: [Need::None; 3],
    });
    for key in [
        "type",
        "spec_version",
        "created",
        "modified",
        "created_by_ref",
        "extensions",
    ] {
        part.get(key);
    }
    part.rest("an asset", draft);
}

/// A flow has no components; what leads nowhere is what the attacker wanted.
pub(super) fn place_goals(draft: &mut Draft) {
    let name = draft.name.clone();
    let id = draft.fresh("target", "target");
    if draft.assets.is_empty() {
        let asset = draft.fresh("goal", "goal");
        draft.assets.push(DraftAsset {
            id: asset,
            name: "What the attack is after".to_owned(),
            kind: "service",
            needs: [Need::None; 3],
        });
        let text = "no asset is named: the goal of the attack harms one that stands for it";
        draft.remark(RemarkKind::Assumed, text.to_owned(), None);
    }
    let leads: std::collections::BTreeSet<String> = draft
        .attacks
        .iter()
        .flat_map(|attack| attack.needs.iter().cloned())
        .collect();
    let first = draft
        .assets
        .first()
        .map(|asset| asset.id.clone())
        .unwrap_or_default();
    for attack in &mut draft.attacks {
        if !leads.contains(&attack.id) && attack.causes.is_none() {
            attack.causes = Some((first.clone(), Effect::Integrity));
        } else if leads.contains(&attack.id) {
            // Harm on the way is not what the file says: only its ends are losses.
            attack.causes = None;
        }
    }
    draft.components.push(DraftComponent {
        id,
        name: format!("Target of {name}"),
        kind: "api",
        boundary: None,
        exposed: std::collections::BTreeSet::new(),
        holds: draft.assets.iter().map(|asset| asset.id.clone()).collect(),
    });
    let text = "no component is named: one stands for the target of the attack".to_owned();
    draft.remark(RemarkKind::Assumed, text, None);
}
