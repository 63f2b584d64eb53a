//! The same record has different labels.
//!
//! ## What it detects
//!
//! Records that are equal in everything but their label and their identifiers, where the labels
//! differ.
//!
//! ## Why it matters
//!
//! One of the labels is wrong. Flipped labels on copies of real records are the cheapest way to poison a
//! classifier, and the easiest to miss by eye.
//!
//! ## What it misses
//!
//! Copies that were changed a little, and more than half a million distinct records, which is told.
//!
//! ## Example
//!
//! ```csv
//! id,text,label
//! 1,rear-end collision,approve
//! 2,rear-end collision,deny
//! ```
//!
//! ## Remediation
//!
//! Find out which label is right, and where the copies came from.
//!
//! ## References
//!
//! - MITRE ATLAS AML.T0020, OWASP LLM04:2025

use std::collections::BTreeMap;

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::dataset::{Record, Screen, Tally, is_identifier, is_label, raw_words, word_print};
use crate::report::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "dataset-conflicting-labels",
    title: "The same record has different labels",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0020", "LLM04:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Dataset(screen),
};

const FIX: &str = "Find out which label is right, and where the copies came from.";

/// Distinct records that are remembered (24 bytes each, and the tree around them).
const RECORDS_MAX: usize = 400_000;

#[derive(Default)]
struct State {
    labels: BTreeMap<u64, u64>,
    tally: Option<Tally>,
    full: bool,
}

fn screen() -> Box<dyn Screen> {
    Box::new(State::default())
}

impl Screen for State {
    fn record(&mut self, record: &Record) {
        let Some(label) = record.label() else {
            return;
        };
        let mut content = Fingerprint::default();
        let mut size = 0;
        for field in &record.fields {
            if is_label(&field.name) || is_identifier(&field.name) {
                continue;
            }
            content.add(&field.name);
            for word in raw_words(&field.text) {
                content.mix(word_print(word));
                size += 1;
            }
        }
        if size < 3 {
            return;
        }
        let mut wanted = Fingerprint::default();
        wanted.add(label.text.trim());
        match self.labels.get(&content.0) {
            Some(known) if *known != wanted.0 => Tally::add(&mut self.tally, record, label),
            Some(_) => {}
            None if self.labels.len() < RECORDS_MAX => {
                self.labels.insert(content.0, wanted.0);
            }
            None => self.full = true,
        }
    }

    fn finish(&mut self, sink: &mut Sink<'_>) {
        if self.full {
            sink.problem(
                None,
                "labels were compared for the first 400,000 distinct records only",
            );
        }
        if let Some(tally) = &self.tally {
            sink.finding(
                &META,
                tally.notice("another label than on an equal record stands", FIX),
            );
        }
    }
}

/// FNV-1a over words; equal content gives equal prints, and chance is harmless here.
struct Fingerprint(u64);

impl Default for Fingerprint {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fingerprint {
    fn mix(&mut self, print: u64) {
        self.0 = (self.0 ^ print)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29);
    }

    fn add(&mut self, text: &str) {
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::dataset_ids;

    #[test]
    fn copies_with_another_label_are_told() {
        let csv = "id,text,label\n1,a rear-end collision,approve\n2,A rear end collision!,deny\n";
        assert_eq!(dataset_ids("d.csv", csv), ["dataset-conflicting-labels"]);
    }

    #[test]
    fn copies_with_the_same_label_agree() {
        let csv = "id,text,label\n1,a rear-end collision,approve\n2,water in the basement,deny\n";
        assert_eq!(dataset_ids("d.csv", csv), Vec::<&str>::new());
    }
}
