//! Frameworks in one shape: entries with ids, names, relations and status.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// One framework as it was published.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Catalogue {
    /// Kebab-case id, such as `mitre-atlas`.
    pub id: String,
    /// Its name.
    pub title: String,
    /// The edition.
    pub version: String,
    /// When the edition, or the extract of it, was taken: a date or a month.
    pub as_of: String,
    /// Under which terms it is shipped.
    pub licence: String,
    /// Whom to credit, and what was left out.
    pub attribution: String,
    /// Where it comes from.
    pub source: String,
    /// Its entries, in the order of the source.
    pub entries: Vec<Entry>,
}

/// One entry of a framework: a technique, risk, mitigation, practice, article or control.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Entry {
    /// The id by which reports name it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is: `technique`, `risk`, `mitigation`, `practice` and so on.
    pub kind: String,
    /// What it belongs to: a parent technique, a domain, a chapter.
    #[serde(default)]
    pub group: Option<String>,
    /// Mitigations that the catalogue names against it, ids of the same catalogue.
    #[serde(default)]
    pub mitigated_by: Vec<String>,
    /// Ids it refers to, of this or another catalogue.
    #[serde(default)]
    pub maps: Vec<String>,
    /// A remark of the catalogue, such as a maturity.
    #[serde(default)]
    pub note: Option<String>,
    /// `rescinded` and when, where it no longer applies.
    #[serde(default)]
    pub status: Option<String>,
    /// What took its place.
    #[serde(default)]
    pub superseded_by: Option<String>,
}

impl Catalogue {
    /// Entries of one kind.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.kind == kind)
    }
}

impl Entry {
    /// The name as reports show it: a rescinded entry says so, and what took its place.
    #[must_use]
    pub fn label(&self) -> String {
        let mut label = self.name.clone();
        if let Some(status) = &self.status {
            label.push_str(&format!(" ({status}"));
            if let Some(successor) = &self.superseded_by {
                label.push_str(&format!(", see {successor}"));
            }
            label.push(')');
        }
        label
    }
}

/// Every embedded catalogue, by id.
#[must_use]
pub fn catalogues() -> &'static [Catalogue] {
    &CATALOGUES
}

/// The entry with an id, and its catalogue.
#[must_use]
pub fn entry(id: &str) -> Option<(&'static Catalogue, &'static Entry)> {
    let (catalogue, position) = INDEX.get(id)?;
    let catalogue = CATALOGUES.get(*catalogue)?;
    Some((catalogue, catalogue.entries.get(*position)?))
}

/// The embedded files, alphabetical. A test parses each of them.
const FILES: &[&str] = &[
    include_str!("../data/eu-ai-act.json"),
    include_str!("../data/finos-air.json"),
    include_str!("../data/iso-42001.json"),
    include_str!("../data/mitre-atlas.json"),
    include_str!("../data/ms-kubernetes.json"),
    include_str!("../data/nist-ai-600-1.json"),
    include_str!("../data/nist-ai-rmf.json"),
    include_str!("../data/owasp-agentic.json"),
    include_str!("../data/owasp-aima.json"),
    include_str!("../data/owasp-aisvs.json"),
    include_str!("../data/owasp-llm.json"),
    include_str!("../data/owasp-ml.json"),
    include_str!("../data/us-model-risk.json"),
];

static CATALOGUES: LazyLock<Vec<Catalogue>> = LazyLock::new(|| {
    FILES
        .iter()
        .filter_map(|file| serde_json::from_str(file).ok())
        .collect()
});

static INDEX: LazyLock<BTreeMap<&str, (usize, usize)>> = LazyLock::new(|| {
    let mut index = BTreeMap::new();
    for (number, catalogue) in CATALOGUES.iter().enumerate() {
        for (position, entry) in catalogue.entries.iter().enumerate() {
            index.entry(entry.id.as_str()).or_insert((number, position));
        }
    }
    index
});

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_parses_in_order_and_keeps_its_licence() {
        assert_eq!(catalogues().len(), FILES.len());
        assert!(catalogues().is_sorted_by_key(|catalogue| &catalogue.id));
        for catalogue in catalogues() {
            for text in [&catalogue.licence, &catalogue.attribution, &catalogue.as_of] {
                assert!(!text.is_empty(), "{}", catalogue.id);
            }
            assert!(catalogue.source.starts_with("https://"), "{}", catalogue.id);
        }
    }

    #[test]
    fn ids_are_unique_over_all_catalogues() {
        let mut seen = BTreeSet::new();
        for catalogue in catalogues() {
            for entry in &catalogue.entries {
                assert!(seen.insert(&entry.id), "{} is there twice", entry.id);
            }
        }
        assert_eq!(seen.len(), INDEX.len());
    }

    #[test]
    fn references_resolve() {
        for catalogue in catalogues() {
            let own: BTreeSet<_> = catalogue.entries.iter().map(|entry| &entry.id).collect();
            for item in &catalogue.entries {
                let foreign = item.mitigated_by.iter().find(|id| !own.contains(id));
                assert_eq!(foreign, None, "{} names it as a mitigation", item.id);
                let mut named = item.maps.iter().chain(&item.superseded_by);
                let dangling = named.find(|id| entry(id).is_none());
                assert_eq!(dangling, None, "{} names it", item.id);
            }
        }
    }

    #[test]
    fn editions_have_the_published_sizes() {
        let count = |id: &str, kind: &str| {
            let catalogue = catalogues().iter().find(|item| item.id == id).unwrap();
            catalogue.of_kind(kind).count()
        };
        assert_eq!(count("mitre-atlas", "technique"), 178);
        assert_eq!(count("mitre-atlas", "mitigation"), 37);
        assert_eq!(count("finos-air", "risk"), 23);
        assert_eq!(count("finos-air", "mitigation"), 23);
        assert_eq!(count("owasp-llm", "risk"), 10);
        assert_eq!(count("owasp-agentic", "risk"), 10);
        assert_eq!(count("owasp-aima", "practice"), 24);
        assert_eq!(count("iso-42001", "control"), 38);
    }

    #[test]
    fn gaps_of_the_catalogues_stay_visible() {
        let atlas = entry("AML.T0051").unwrap().0;
        let bare = atlas
            .of_kind("technique")
            .filter(|technique| technique.mitigated_by.is_empty());
        assert!(
            bare.count() > 50,
            "ATLAS itself names no mitigation for these"
        );
        let (_, injection) = entry("AIR-SEC-010").unwrap();
        assert!(
            injection
                .mitigated_by
                .iter()
                .all(|id| id.starts_with("AIR-PREV-"))
        );
    }

    #[test]
    fn rescinded_guidance_says_so() {
        let (_, entry) = entry("SR-11-7").unwrap();
        assert!(entry.label().contains("rescinded 2026-04-17, see SR-26-2"));
    }

    #[test]
    fn texts_that_may_not_be_shipped_are_not_there() {
        for catalogue in catalogues().iter().filter(|item| item.id == "iso-42001") {
            for entry in &catalogue.entries {
                assert!(entry.name.starts_with("control A."), "ISO titles stay out");
            }
        }
    }
}
