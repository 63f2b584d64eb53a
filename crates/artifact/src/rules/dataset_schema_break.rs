//! Records do not have the fields that the others have.
//!
//! ## What it detects
//!
//! Fields that are missing, added, or of another kind than in the first hundred records, where those agree,
//! and rows with more or fewer columns than the head of their table.
//!
//! ## Why it matters
//!
//! A record of another shape comes from another source. Columns that shift move a label or an amount into
//! the wrong place without an error.
//!
//! ## What it misses
//!
//! Changes of meaning under the same name, such as another unit or currency.
//!
//! ## Example
//!
//! ```json
//! {"amount": 120}
//! {"amount": "all of it"}
//! ```
//!
//! ## Remediation
//!
//! Find out where the records come from, and validate at the place where they enter.
//!
//! ## References
//!
//! - MITRE ATLAS AML.T0020, OWASP LLM04:2025

use std::collections::BTreeMap;

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::dataset::{FieldKind, Record, Screen, Tally, is_identifier};
use crate::report::{Sink, printable};

pub(super) static META: RuleMeta = RuleMeta {
    id: "dataset-schema-break",
    title: "Records do not have the fields that the others have",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0020", "LLM04:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Dataset(screen),
};

const FIX: &str = "Find out where the records come from, and validate where they enter.";

/// Records that lay down what the others are held to.
const SAMPLE: u32 = 100;
/// Fewer records make no rule.
const SAMPLE_MIN: u32 = 20;
const FIELDS_MAX: usize = 256;

#[derive(Default)]
struct Known {
    seen: u32,
    kind: Option<FieldKind>,
    mixed: bool,
}

#[derive(Default)]
struct State {
    fields: BTreeMap<String, Known>,
    records: u32,
    misfit: Option<Tally>,
    kinds: BTreeMap<String, Option<Tally>>,
    missing: BTreeMap<String, Option<Tally>>,
}

fn screen() -> Box<dyn Screen> {
    Box::new(State::default())
}

impl State {
    fn learn(&mut self, record: &Record) {
        for field in &record.fields {
            if self.fields.len() >= FIELDS_MAX && !self.fields.contains_key(&field.name) {
                continue;
            }
            let known = self.fields.entry(field.name.clone()).or_default();
            known.seen += 1;
            match known.kind {
                _ if field.kind == FieldKind::Empty => known.mixed = true,
                None => known.kind = Some(field.kind),
                Some(kind) => known.mixed |= kind != field.kind,
            }
        }
    }

    /// Compares a record with those before it; whether it fits.
    fn hold(&mut self, record: &Record) -> bool {
        let sample = self.records;
        let mut fits = true;
        for field in &record.fields {
            let Some(known) = self.fields.get(&field.name) else {
                continue;
            };
            let settled = known.seen >= sample && !known.mixed && !is_identifier(&field.name);
            if settled && known.kind.is_some_and(|kind| kind != field.kind) {
                let tally = self.kinds.entry(field.name.clone()).or_default();
                Tally::add(tally, record, field);
                fits = false;
            }
        }
        for (name, known) in &self.fields {
            let absent = !record.fields.iter().any(|field| field.name == *name);
            if absent
                && known.seen >= sample
                && let Some(field) = record.fields.first()
            {
                let tally = self.missing.entry(name.clone()).or_default();
                Tally::add(tally, record, field);
                fits = false;
            }
        }
        fits
    }
}

impl Screen for State {
    fn record(&mut self, record: &Record) {
        if record.misfit.is_some() {
            if let Some(field) = record.fields.first() {
                Tally::add(&mut self.misfit, record, field);
            }
            return;
        }
        let fits = self.records < SAMPLE_MIN || self.hold(record);
        if self.records < SAMPLE && fits {
            self.learn(record);
            self.records += 1;
        }
    }

    fn finish(&mut self, sink: &mut Sink<'_>) {
        if let Some(tally) = &self.misfit {
            sink.finding(
                &META,
                tally.notice("another number of columns than in the head stands", FIX),
            );
        }
        for (name, tally) in &self.kinds {
            let kind = self.fields.get(name).and_then(|known| known.kind);
            if let (Some(tally), Some(kind)) = (tally, kind) {
                let what = format!("something other than {} stands", kind.as_str());
                sink.finding(&META, tally.notice(&what, FIX));
            }
        }
        for (name, tally) in &self.missing {
            if let Some(tally) = tally {
                let what = format!("field \"{}\" is missing", printable(name));
                sink.finding(&META, tally.notice(&what, FIX));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::dataset_ids;

    fn records(extra: &str) -> String {
        let mut text: String = (0..30)
            .map(|id| {
                format!(
                    "{{\"id\":{id},\"amount\":{},\"note\":\"claim {id}\"}}\n",
                    id * 10
                )
            })
            .collect();
        text.push_str(extra);
        text
    }

    #[test]
    fn fields_that_change_or_go_missing_are_told() {
        for extra in [
            "{\"id\":99,\"amount\":\"all\",\"note\":\"x\"}\n",
            "{\"id\":99,\"note\":\"x\"}\n",
        ] {
            assert_eq!(
                dataset_ids("d.jsonl", &records(extra)),
                ["dataset-schema-break"],
                "{extra}"
            );
        }
        assert_eq!(
            dataset_ids("d.csv", "a,b\n1,2\n1,2,3\n"),
            ["dataset-schema-break"]
        );
    }

    #[test]
    fn records_of_one_shape_pass() {
        assert_eq!(dataset_ids("d.jsonl", &records("")), Vec::<&str>::new());
    }
}
