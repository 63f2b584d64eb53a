//! What a reader gathers, in the words of `seawall.yaml`, until it is written.

use std::collections::{BTreeMap, BTreeSet};

use seawall_base::Location;

use super::guess;
use super::remark::{RemarkKind, Remarks};
use super::{Imported, write};
use crate::model::{Effect, Need};

/// A system under construction. Ids are those of `seawall.yaml`.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) owner: Option<String>,
    pub(super) boundaries: Vec<(String, String)>,
    pub(super) assets: Vec<DraftAsset>,
    pub(super) components: Vec<DraftComponent>,
    pub(super) flows: Vec<DraftFlow>,
    pub(super) controls: Vec<DraftControl>,
    pub(super) attacks: Vec<DraftAttack>,
    /// Position and id of each actor.
    pub(super) actors: Vec<(&'static str, String)>,
    /// Asset, effect and id of each loss.
    pub(super) losses: Vec<(String, Effect, String)>,
    remarks: Remarks,
    ids: BTreeSet<String>,
    /// New ids by what they name and by the id in the file.
    known: BTreeMap<(What, String), String>,
}

/// What an id of the file names.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum What {
    Asset,
    Attack,
    Boundary,
    Component,
    Control,
    Flow,
}

#[derive(Debug)]
pub(super) struct DraftAsset {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) needs: [Need; 3],
}

#[derive(Debug)]
pub(super) struct DraftComponent {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) boundary: Option<String>,
    pub(super) exposed: BTreeSet<&'static str>,
    pub(super) holds: BTreeSet<String>,
}

#[derive(Debug)]
pub(super) struct DraftFlow {
    pub(super) id: String,
    pub(super) from: String,
    pub(super) to: String,
    /// Assets that the file says it carries.
    pub(super) assets: BTreeSet<String>,
}

#[derive(Debug)]
pub(super) struct DraftControl {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) stands_at: BTreeSet<String>,
}

#[derive(Debug)]
pub(super) struct DraftAttack {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) all: bool,
    pub(super) needs: Vec<String>,
    /// Where actors that can take it as a first step stand.
    pub(super) from: Option<&'static str>,
    pub(super) success: Option<f64>,
    pub(super) controls: Vec<String>,
    pub(super) maps: Vec<String>,
    pub(super) causes: Option<(String, Effect)>,
}

impl Draft {
    /// A new id for what the file calls `source`, made of `name`.
    pub(super) fn declare(&mut self, what: What, source: &str, name: &str) -> String {
        let id = self.fresh(name, what.as_str());
        self.known.insert((what, source.to_owned()), id.clone());
        id
    }

    /// An id that is not taken.
    pub(super) fn fresh(&mut self, name: &str, fallback: &str) -> String {
        let mut stem = slug(name);
        if stem.is_empty() {
            fallback.clone_into(&mut stem);
        }
        let mut id = stem.clone();
        let mut number = 2_usize;
        while !self.ids.insert(id.clone()) {
            id = format!("{stem}-{number}");
            number += 1;
        }
        id
    }

    /// The new id of what the file calls `source`; a reference to nothing is a remark.
    pub(super) fn find(
        &mut self,
        what: What,
        source: &str,
        place: Option<Location>,
    ) -> Option<String> {
        let found = self.known.get(&(what, source.to_owned())).cloned();
        if found.is_none() {
            let word = what.as_str();
            let shown = seawall_base::printable(source, 80);
            let message = format!("a reference to the {word} `{shown}`, which the file lacks");
            self.remark(RemarkKind::Lost, message, place);
        }
        found
    }

    /// The same without a remark.
    pub(super) fn known(&self, what: What, source: &str) -> Option<&String> {
        self.known.get(&(what, source.to_owned()))
    }

    pub(super) fn remark(&mut self, kind: RemarkKind, message: String, place: Option<Location>) {
        self.remarks.add(kind, message, place);
    }

    pub(super) fn component(&mut self, id: &str) -> Option<&mut DraftComponent> {
        self.components.iter_mut().find(|item| item.id == id)
    }

    pub(super) fn kind_of(&self, id: &str) -> &'static str {
        let found = self.components.iter().find(|item| item.id == id);
        found.map_or("", |item| item.kind)
    }

    /// The kind of a component by its words; `fallback` where none is known.
    pub(super) fn kind_by(
        &mut self,
        words: &[&str],
        fallback: &'static str,
        place: Option<Location>,
    ) -> &'static str {
        let found = words.iter().find_map(|text| guess::component(text));
        let kind = found.unwrap_or(fallback);
        let said = words.first().copied().unwrap_or_default();
        if said != kind {
            let shown = seawall_base::printable(said, 80);
            let message = format!("the component type `{shown}` is read as `{kind}`");
            self.remark(RemarkKind::Guessed, message, place);
        }
        kind
    }

    /// The kind of an asset by its name.
    pub(super) fn asset_kind(&mut self, name: &str, place: Option<Location>) -> &'static str {
        let kind = guess::asset(name);
        let shown = seawall_base::printable(name, 80);
        let message = format!("the asset `{shown}` is read as `{kind}`");
        self.remark(RemarkKind::Guessed, message, place);
        kind
    }

    /// Adds a flow; one whose ends are unknown is a remark already.
    pub(super) fn flow(&mut self, source: &str, name: &str, [from, to]: [String; 2]) -> String {
        let id = self.declare(What::Flow, source, name);
        self.flows.push(DraftFlow {
            id: id.clone(),
            from,
            to,
            assets: BTreeSet::new(),
        });
        id
    }

    /// Completes what `seawall.yaml` needs and the file does not say, and writes it.
    pub(super) fn finish(mut self) -> Imported {
        if self.name.is_empty() {
            "imported".clone_into(&mut self.name);
        }
        guess::expose(&mut self);
        self.assume_assets();
        self.assume_losses();
        self.assume_actors();
        let counts = vec![
            ("boundaries", self.boundaries.len()),
            ("assets", self.assets.len()),
            ("components", self.components.len()),
            ("flows", self.flows.len()),
            ("controls", self.controls.len()),
            ("attacks", self.attacks.len()),
        ];
        let yaml = write::write(&self);
        Imported {
            yaml,
            counts,
            remarks: self.remarks.into_sorted(),
        }
    }

    fn assume_assets(&mut self) {
        if self.assets.is_empty() {
            let id = self.fresh("service", "service");
            let text = "no asset is named: the service as a whole is taken for one".to_owned();
            self.remark(RemarkKind::Assumed, text, None);
            for component in &mut self.components {
                component.holds.insert(id.clone());
            }
            self.assets.push(DraftAsset {
                id,
                name: "The service".to_owned(),
                kind: "service",
                needs: [Need::None, Need::None, Need::High],
            });
        }
    }

    /// A loss for every property that matters and for every goal of an attack.
    fn assume_losses(&mut self) {
        let mut wanted: BTreeSet<(String, Effect)> = BTreeSet::new();
        wanted.extend(
            self.attacks
                .iter()
                .filter_map(|attack| attack.causes.clone()),
        );
        let effects = [
            Effect::Confidentiality,
            Effect::Integrity,
            Effect::Availability,
        ];
        for asset in &self.assets {
            let needs = effects.into_iter().zip(asset.needs);
            let high = needs.filter(|(_, need)| *need >= Need::Medium);
            wanted.extend(high.map(|(effect, _)| (asset.id.clone(), effect)));
        }
        if wanted.is_empty() {
            let all = self.assets.iter();
            wanted.extend(all.map(|asset| (asset.id.clone(), Effect::Confidentiality)));
        }
        for (asset, effect) in wanted {
            let id = self.fresh(&format!("{asset}-{}", effect.as_str()), "loss");
            self.losses.push((asset, effect, id));
        }
        let text = "no loss has an amount: each is a placeholder of 10,000 to 1,000,000".to_owned();
        self.remark(RemarkKind::Assumed, text, None);
    }

    fn assume_actors(&mut self) {
        let exposed = self.components.iter().flat_map(|item| item.exposed.iter());
        let mut positions: BTreeSet<&'static str> = exposed
            .map(|audience| match *audience {
                "customers" => "customer",
                "staff" => "insider",
                "suppliers" => "supplier",
                "contributors" => "contributor",
                _ => "outsider",
            })
            .collect();
        positions.extend(self.attacks.iter().filter_map(|attack| attack.from));
        if positions.is_empty() {
            positions.insert("outsider");
        }
        for position in positions {
            let id = self.fresh(position, "actor");
            self.actors.push((position, id));
        }
        let text =
            "no attacker has a frequency: each is a placeholder of 0.5 to 6 campaigns a year";
        self.remark(RemarkKind::Assumed, text.to_owned(), None);
        let text = "no currency is named: EUR".to_owned();
        self.remark(RemarkKind::Assumed, text, None);
    }
}

impl What {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Asset => "asset",
            Self::Attack => "attack",
            Self::Boundary => "boundary",
            Self::Component => "component",
            Self::Control => "control",
            Self::Flow => "flow",
        }
    }
}

/// A kebab-case word of at most 48 letters.
pub(super) fn slug(name: &str) -> String {
    let mut found = String::new();
    for own in name.chars() {
        if found.len() >= 48 {
            break;
        }
        if own.is_ascii_alphanumeric() {
            found.push(own.to_ascii_lowercase());
        } else if !found.is_empty() && !found.ends_with('-') {
            found.push('-');
        }
    }
    found.trim_end_matches('-').to_owned()
}
