//! A draft as the text of `seawall.yaml`.

use super::draft::{Draft, DraftAttack, slug};
use super::guess;
use crate::model::Need;

/// The placeholders; each stands beside `assumed: true`.
const RANGE: &str = "[10000, 1000000]";
const CAMPAIGNS: &str = "[0.5, 6]";

pub(super) fn write(draft: &Draft) -> String {
    let mut text = String::from(
        "# Imported. Replace what is marked `assumed: true`: the source does not know it.\n\
         schema: seawall.system/v1\n",
    );
    let mut name = slug(&draft.name);
    if name.is_empty() {
        "imported".clone_into(&mut name);
    }
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    line(format!("name: {name}"));
    if let Some(owner) = &draft.owner {
        line(format!("owner: {}", quoted(owner)));
    }
    line("currency: EUR".to_owned());
    if !draft.description.is_empty() {
        line(format!("description: {}", quoted(&draft.description)));
    }
    if !draft.boundaries.is_empty() {
        line("boundaries:".to_owned());
    }
    for (id, name) in &draft.boundaries {
        line(format!("  - {{id: {id}, name: {}}}", quoted(name)));
    }
    line("assets:".to_owned());
    for asset in &draft.assets {
        let [confidentiality, integrity, availability] = asset.needs.map(need);
        line(format!(
            "  - {{id: {}, name: {}, kind: {}, needs: {{confidentiality: {confidentiality}, \
             integrity: {integrity}, availability: {availability}}}}}",
            asset.id,
            quoted(&asset.name),
            asset.kind
        ));
    }
    parts(draft, &mut line);
    line("actors:".to_owned());
    for (position, id) in &draft.actors {
        let tail = format!("campaigns: {CAMPAIGNS}, assumed: true");
        line(format!("  - {{id: {id}, position: {position}, {tail}}}"));
    }
    line("losses:".to_owned());
    for (asset, effect, id) in &draft.losses {
        let effect = effect.as_str();
        let tail = format!("range: {RANGE}, assumed: true");
        line(format!(
            "  - {{id: {id}, asset: {asset}, effect: {effect}, {tail}}}"
        ));
    }
    text
}

fn parts(draft: &Draft, line: &mut impl FnMut(String)) {
    // Attack trees say nothing of components, and a system has at least one.
    line("components:".to_owned());
    for item in &draft.components {
        let mut tail = String::new();
        if let Some(boundary) = &item.boundary {
            tail.push_str(&format!(", boundary: {boundary}"));
        }
        list(&mut tail, "exposed", item.exposed.iter());
        list(&mut tail, "holds", item.holds.iter());
        let name = quoted(&item.name);
        line(format!(
            "  - {{id: {}, name: {name}, kind: {}{tail}}}",
            item.id, item.kind
        ));
    }
    if !draft.flows.is_empty() {
        line("flows:".to_owned());
    }
    for flow in &draft.flows {
        let mut tail = String::new();
        list(&mut tail, "carries", guess::carries(draft, flow).iter());
        line(format!(
            "  - {{id: {}, from: {}, to: {}{tail}}}",
            flow.id, flow.from, flow.to
        ));
    }
    if !draft.controls.is_empty() {
        line("controls:".to_owned());
    }
    for control in &draft.controls {
        let mut tail = String::new();
        list(&mut tail, "stands-at", control.stands_at.iter());
        let name = quoted(&control.name);
        line(format!(
            "  - {{id: {}, name: {name}, kind: {}{tail}}}",
            control.id, control.kind
        ));
    }
    if !draft.attacks.is_empty() {
        line("attacks:".to_owned());
    }
    for step in &draft.attacks {
        line(attack(step));
    }
}

fn attack(attack: &DraftAttack) -> String {
    let mut tail = String::new();
    let key = if attack.all { "all" } else { "any" };
    list(&mut tail, key, attack.needs.iter());
    if let Some(from) = attack.from {
        tail.push_str(&format!(", from: [{from}]"));
    }
    if let Some(success) = attack.success {
        tail.push_str(&format!(", success: [{success}, {success}]"));
    }
    list(&mut tail, "controls", attack.controls.iter());
    list(&mut tail, "maps", attack.maps.iter().map(|id| quoted(id)));
    if let Some((asset, effect)) = &attack.causes {
        let effect = effect.as_str();
        tail.push_str(&format!(", causes: {{asset: {asset}, effect: {effect}}}"));
    }
    let name = quoted(&attack.name);
    format!("  - {{id: {}, name: {name}{tail}}}", attack.id)
}

fn list(out: &mut String, key: &str, items: impl Iterator<Item = impl AsRef<str>>) {
    let items: Vec<String> = items.map(|item| item.as_ref().to_owned()).collect();
    if !items.is_empty() {
        out.push_str(&format!(", {key}: [{}]", items.join(", ")));
    }
}

const fn need(need: Need) -> &'static str {
    match need {
        Need::None => "none",
        Need::Low => "low",
        Need::Medium => "medium",
        Need::High => "high",
    }
}

/// Text in double quotes. What hides or acts is shown by its code, so that the file is what it looks.
fn quoted(text: &str) -> String {
    let mut found = String::from("\"");
    for own in text.chars().take(2_000) {
        match own {
            '"' => found.push_str("\\\""),
            '\\' => found.push_str("\\\\"),
            '\n' | '\r' | '\t' => found.push(' '),
            own if own.is_control() || seawall_base::is_unseen(own) => {
                found.push_str(&format!("\\U{:08x}", u32::from(own)));
            }
            own => found.push(own),
        }
    }
    found.push('"');
    found
}
