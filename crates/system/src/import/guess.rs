//! Words of other tools as words of `seawall.yaml`. Every translation is a remark of the import.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::draft::{Draft, DraftFlow};
use super::remark::RemarkKind;
use crate::model::Need;

/// Kinds by words of their type or name. The first that fits counts, so that what says more stands
/// first.
#[derive(Default, Deserialize)]
struct Words {
    components: Table,
    assets: Table,
    controls: Table,
}

type Table = Vec<(String, Vec<String>)>;

/// The embedded file. A test parses it.
const FILE: &str = include_str!("../../data/words.json");

static WORDS: LazyLock<Words> = LazyLock::new(|| serde_json::from_str(FILE).unwrap_or_default());

const STORES: &[&str] = &[
    "database",
    "object-store",
    "vector-store",
    "labelling",
    "external-content",
];
const MODELS: &[&str] = &["agent", "model-server"];

/// The kind of component that a text speaks of.
pub(super) fn component(text: &str) -> Option<&'static str> {
    look_up(&WORDS.components, text)
}

pub(super) fn asset(text: &str) -> &'static str {
    look_up(&WORDS.assets, text).unwrap_or("dataset")
}

pub(super) fn control(text: &str) -> Option<&'static str> {
    look_up(&WORDS.controls, text)
}

/// Whether a zone is outside: nobody there is trusted.
pub(super) fn is_outside(name: &str) -> bool {
    let words = words(name);
    [
        "internet",
        "public",
        "external",
        "untrusted",
        "outside",
        "world",
    ]
    .iter()
    .any(|word| words.contains(&format!(" {word} ")))
}

/// From 0 to 100 to the words of needs.
pub(super) fn need(rating: f64) -> Need {
    match rating {
        rating if rating >= 75.0 => Need::High,
        rating if rating >= 40.0 => Need::Medium,
        rating if rating > 0.0 => Need::Low,
        _ => Need::None,
    }
}

fn look_up(table: &'static Table, text: &str) -> Option<&'static str> {
    let words = words(text);
    let fits = |word: &String| words.contains(&format!(" {word} "));
    let found = table.iter().find(|(_, list)| list.iter().any(fits));
    found.map(|(kind, _)| kind.as_str())
}

/// Lower-case words between single spaces: `inHouseAPI-v2` is ` in house api v2 `.
fn words(text: &str) -> String {
    let mut found = String::from(" ");
    let mut before = ' ';
    for own in text.chars().take(200) {
        let begins = own.is_uppercase() && before.is_lowercase();
        if (begins || !own.is_alphanumeric()) && !found.ends_with(' ') {
            found.push(' ');
        }
        if own.is_alphanumeric() {
            found.extend(own.to_lowercase());
        }
        before = own;
    }
    if !found.ends_with(' ') {
        found.push(' ');
    }
    found
}

/// What a flow carries, by what stands at its ends: other formats name data, not kinds of traffic.
pub(super) fn carries(draft: &Draft, flow: &DraftFlow) -> BTreeSet<&'static str> {
    let [from, to] = [&flow.from, &flow.to].map(|id| draft.kind_of(id));
    let is_model = |kind: &str| MODELS.contains(&kind);
    let is_store = |kind: &str| STORES.contains(&kind);
    let leads_on = || {
        let mut onward = draft.flows.iter().filter(|other| other.from == flow.to);
        onward.any(|other| is_model(draft.kind_of(&other.to)))
    };
    let word = match (from, to) {
        ("code-repository", "pipeline") | (_, "code-repository") => "code",
        ("pipeline", _) => "images",
        ("model-registry", _) | (_, "model-registry") => "model-weights",
        (from, "training-job" | "notebook") if is_store(from) => "training-data",
        ("tool" | "code-tool", to) if is_model(to) => "tool-results",
        (from, to) if is_model(to) && is_store(from) => "documents",
        (_, to) if is_model(to) => "prompts",
        (_, "gateway") if leads_on() => "prompts",
        (from, "tool" | "code-tool") if is_model(from) => "tool-calls",
        (from, "web-app" | "person" | "gateway") if is_model(from) => "completions",
        (from, _) if is_store(from) => "documents",
        ("web-app" | "person", to) if is_store(to) => "uploads",
        (_, to) if is_store(to) => "records",
        (_, "external-service") => "messages",
        _ => "requests",
    };
    let mut found = BTreeSet::from([word]);
    let personal = flow.assets.iter().any(|id| {
        let assets = &draft.assets;
        assets
            .iter()
            .any(|asset| asset.id == *id && asset.kind == "personal-data")
    });
    if personal {
        found.insert("personal-data");
    }
    found
}

/// Marks what can be reached from where nobody is trusted, and by people.
pub(super) fn expose(draft: &mut Draft) {
    let outside: BTreeSet<String> = draft
        .boundaries
        .iter()
        .filter(|(_, name)| is_outside(name))
        .map(|(id, _)| id.clone())
        .collect();
    let mut found: Vec<(String, &'static str)> = Vec::new();
    for flow in &draft.flows {
        let Some(from) = draft.components.iter().find(|item| item.id == flow.from) else {
            continue;
        };
        let is_outside = from.exposed.contains("internet")
            || from
                .boundary
                .as_ref()
                .is_some_and(|id| outside.contains(id));
        let starts = matches!(from.kind, "person" | "external-service");
        let inside = !matches!(draft.kind_of(&flow.to), "person" | "external-service");
        if (starts || is_outside) && inside {
            found.push((flow.to.clone(), audience(&from.name, is_outside)));
        }
    }
    let itself = draft.components.iter().filter(|item| {
        let is_outside = item
            .boundary
            .as_ref()
            .is_some_and(|id| outside.contains(id));
        is_outside && !matches!(item.kind, "person" | "external-service")
    });
    found.extend(itself.map(|item| (item.id.clone(), "internet")));
    found.sort();
    found.dedup();
    for (id, word) in found {
        if let Some(component) = draft.component(&id)
            && component.exposed.insert(word)
        {
            let text = format!("`{id}` is taken to be exposed to {word}, by what calls it");
            draft.remark(RemarkKind::Guessed, text, None);
        }
    }
}

fn audience(name: &str, is_outside: bool) -> &'static str {
    let words = words(name);
    let says = |list: &[&str]| list.iter().any(|word| words.contains(&format!(" {word} ")));
    if says(&[
        "admin",
        "administrator",
        "employee",
        "staff",
        "operator",
        "developer",
        "internal",
    ]) {
        return "staff";
    }
    if says(&["supplier", "suppliers", "vendor", "partner"]) {
        return "suppliers";
    }
    if is_outside { "internet" } else { "customers" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::{ASSET_KINDS, COMPONENT_KINDS};

    #[test]
    fn every_word_leads_to_a_kind_that_exists() {
        serde_json::from_str::<Words>(FILE).unwrap();
        let kinds = |table: &'static Table| table.iter().map(|(kind, _)| kind.as_str());
        assert!(kinds(&WORDS.components).all(|kind| COMPONENT_KINDS.contains(&kind)));
        assert!(kinds(&WORDS.assets).all(|kind| ASSET_KINDS.contains(&kind)));
        assert!(kinds(&WORDS.controls).all(|kind| seawall_catalog::control(kind).is_some()));
    }

    #[test]
    fn words_are_found_in_every_spelling() {
        assert_eq!(component("VectorStore"), Some("vector-store"));
        assert_eq!(component("web-service-rest"), Some("api"));
        assert_eq!(component("capital letters"), None);
    }
}
