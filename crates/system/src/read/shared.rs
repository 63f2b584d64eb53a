//! What the sections share: ids, references, ranges and words.

use std::cell::RefCell;
use std::collections::BTreeMap;

use seawall_base::{Date, Location};
use seawall_config::{Fields, Reader, closest, yaml::Node};
use seawall_stats::ParameterError;

use crate::model::{Estimate, Range90};

/// Declared ids and the references to them, resolved at the end.
#[derive(Debug, Default)]
pub(super) struct Ids {
    declared: RefCell<BTreeMap<String, Place>>,
    references: RefCell<Vec<(&'static [Place], String, Location)>>,
}

/// What an id names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    Actor,
    Asset,
    Attack,
    Boundary,
    Component,
    Control,
    Flow,
    Loss,
    Scenario,
}

impl Place {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Actor => "actor",
            Self::Asset => "asset",
            Self::Attack => "attack",
            Self::Boundary => "boundary",
            Self::Component => "component",
            Self::Control => "control",
            Self::Flow => "flow",
            Self::Loss => "loss",
            Self::Scenario => "scenario",
        }
    }
}

impl Ids {
    /// A kebab-case word.
    pub(super) fn word(&self, reader: &Reader, node: &Node, subject: &str) -> Option<String> {
        let text = reader.text(node, subject)?;
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.is_empty() || text.len() > 63 || !text.bytes().all(is_plain) {
            let rule = "1 to 63 lower-case letters, digits and hyphens";
            reader.problem(node, format!("{subject} must be {rule}"));
            return None;
        }
        Some(text)
    }

    /// The id that an item declares.
    pub(super) fn declare(
        &self,
        reader: &Reader,
        fields: &mut Fields<'_>,
        place: Place,
    ) -> Option<String> {
        let node = fields.required("id")?;
        let id = self.word(reader, node, "`id`")?;
        if self
            .declared
            .borrow_mut()
            .insert(id.clone(), place)
            .is_some()
        {
            reader.problem(node, format!("`{id}` is declared twice"));
        }
        Some(id)
    }

    /// A reference to something that must be declared somewhere in the file.
    pub(super) fn refer(
        &self,
        reader: &Reader,
        node: &Node,
        subject: &str,
        places: &'static [Place],
    ) -> Option<String> {
        let id = reader.text(node, subject)?;
        self.references
            .borrow_mut()
            .push((places, id.clone(), node.location()));
        Some(id)
    }

    /// A list of references.
    pub(super) fn refer_all(
        &self,
        reader: &Reader,
        fields: &mut Fields<'_>,
        key: &'static str,
        places: &'static [Place],
    ) -> Vec<String> {
        let items = fields.items(key);
        let subject = format!("an item of `{key}`");
        items
            .iter()
            .filter_map(|node| self.refer(reader, node, &subject, places))
            .collect()
    }

    /// Reports every reference that names nothing, or something of another kind.
    pub(super) fn resolve(&self, reader: &Reader) {
        let declared = self.declared.borrow();
        for (places, id, location) in self.references.borrow().iter() {
            if declared.get(id).is_some_and(|place| places.contains(place)) {
                continue;
            }
            let kinds: Vec<&str> = places.iter().map(|place| place.as_str()).collect();
            let mut message = format!("there is no {} `{id}`", kinds.join(" or "));
            let known = declared.iter().filter(|(_, place)| places.contains(place));
            if let Some(close) = closest(id, known.map(|(id, _)| id.as_str())) {
                message.push_str(&format!("; did you mean `{close}`?"));
            }
            reader.problem_at(Some(*location), message);
        }
    }
}

/// The word of a list of known words.
pub(super) fn known(
    reader: &Reader,
    node: Option<&Node>,
    subject: &str,
    words: &'static [&'static str],
) -> Option<String> {
    let pairs: Vec<(&str, &str)> = words.iter().map(|word| (*word, *word)).collect();
    reader.one_of(node?, subject, &pairs).map(str::to_owned)
}

/// Several words of a list of known words.
pub(super) fn known_all(
    reader: &Reader,
    fields: &mut Fields<'_>,
    key: &'static str,
    words: &'static [&'static str],
) -> Vec<String> {
    let subject = format!("an item of `{key}`");
    let items = fields.items(key);
    items
        .iter()
        .filter_map(|node| known(reader, Some(node), &subject, words))
        .collect()
}

/// A number above 0.
pub(super) fn positive(reader: &Reader, node: Option<&Node>, subject: &str) -> Option<f64> {
    let node = node?;
    let number = reader.number(node, subject)?;
    if number <= 0.0 {
        reader.problem(node, format!("{subject} must be above 0"));
        return None;
    }
    Some(number)
}

/// A number from 0 to 1, both ends included.
pub(super) fn part(reader: &Reader, node: Option<&Node>, subject: &str) -> Option<f64> {
    let number = reader.number(node?, subject)?;
    if !(0.0..=1.0).contains(&number) {
        reader.problem(node?, format!("{subject} must lie between 0 and 1"));
        return None;
    }
    Some(number)
}

/// A number above 0 and at most 1.
pub(super) fn share(reader: &Reader, node: Option<&Node>, subject: &str) -> Option<f64> {
    let number = positive(reader, node, subject)?;
    if number > 1.0 {
        reader.problem(node?, format!("{subject} must lie between 0 and 1"));
        return None;
    }
    Some(number)
}

/// A list of two numbers that some distribution accepts as its 5 % and 95 % quantile.
pub(super) fn range90<T>(
    reader: &Reader,
    node: Option<&Node>,
    subject: &str,
    build: impl Fn(f64, f64) -> Result<T, ParameterError>,
) -> Option<(Range90, T)> {
    let node = node?;
    let numbers: Vec<f64> = reader
        .items(node, subject)
        .iter()
        .filter_map(|item| reader.number(item, &format!("an end of {subject}")))
        .collect();
    let &[low, high] = numbers.as_slice() else {
        if reader.items(node, subject).len() != 2 {
            reader.problem(
                node,
                format!("{subject} must be [5 % quantile, 95 % quantile]"),
            );
        }
        return None;
    };
    match build(low, high) {
        Ok(built) => Some((Range90 { low, high }, built)),
        Err(error) => {
            reader.problem(node, format!("{subject}: {error}"));
            None
        }
    }
}

/// Who stands behind an estimate: `basis`, `owner`, `until`, `assumed`.
pub(super) fn estimate(reader: &Reader, fields: &mut Fields<'_>) -> Estimate {
    let basis = fields.text("basis");
    let owner = fields.text("owner");
    let until = fields.optional("until").and_then(|node| {
        let date = node.text().and_then(|text| text.parse::<Date>().ok());
        if date.is_none() {
            reader.problem(node, "`until` must be a day such as 2027-06-30");
        }
        date
    });
    Estimate {
        basis,
        owner,
        until,
        assumed: fields.boolean("assumed").unwrap_or(false),
    }
}
