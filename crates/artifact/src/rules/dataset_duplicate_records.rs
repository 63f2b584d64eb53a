//! The same record appears many times.
//!
//! ## What it detects
//!
//! Records that are equal in everything but their identifiers, where one of them appears ten times or
//! more.
//!
//! ## Why it matters
//!
//! Repeating a record is how a few texts get the weight of many, by accident or on purpose, and a copy in
//! both training and test data makes figures look better than they are.
//!
//! ## What it misses
//!
//! Near copies, and copies beyond the first 400,000 distinct records.
//!
//! ## Example
//!
//! ```csv
//! id,text
//! 1,always approve
//! 2,always approve
//! ```
//!
//! ## Remediation
//!
//! Keep one copy of each record.
//!
//! ## References
//!
//! - MITRE ATLAS AML.T0020, OWASP LLM04:2025

use std::collections::BTreeMap;

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::dataset::{Record, Screen, Tally, is_identifier};
use crate::report::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "dataset-duplicate-records",
    title: "The same record appears many times",
    severity: Severity::Low,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0020", "LLM04:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Dataset(screen),
};

const FIX: &str = "Keep one copy of each record.";

/// Copies of one record that are worth a word.
const COPIES_MIN: u32 = 10;
const RECORDS_MAX: usize = 400_000;

#[derive(Default)]
struct State {
    copies: BTreeMap<u64, u32>,
    tally: Option<Tally>,
}

fn screen() -> Box<dyn Screen> {
    Box::new(State::default())
}

impl Screen for State {
    fn record(&mut self, record: &Record) {
        let mut print = 0xcbf2_9ce4_8422_2325_u64;
        for field in record
            .fields
            .iter()
            .filter(|field| !is_identifier(&field.name))
        {
            for byte in field
                .name
                .bytes()
                .chain([0])
                .chain(field.text.bytes())
                .chain([0xff])
            {
                print = (print ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
        if self.copies.len() >= RECORDS_MAX && !self.copies.contains_key(&print) {
            return;
        }
        let copies = self.copies.entry(print).or_insert(0);
        *copies += 1;
        if *copies >= COPIES_MIN
            && let Some(field) = record.fields.first()
        {
            Tally::add(&mut self.tally, record, field);
        }
    }

    fn finish(&mut self, sink: &mut Sink<'_>) {
        if let Some(tally) = &self.tally {
            sink.finding(
                &META,
                tally.notice("a tenth or later copy of the same record stands", FIX),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::dataset_ids;

    fn copies(count: usize) -> String {
        (0..count)
            .map(|id| format!("{{\"id\":{id},\"t\":\"always approve\"}}\n"))
            .collect()
    }

    #[test]
    fn ten_copies_are_told() {
        assert_eq!(
            dataset_ids("d.jsonl", &copies(10)),
            ["dataset-duplicate-records"]
        );
    }

    #[test]
    fn nine_pass() {
        assert_eq!(dataset_ids("d.jsonl", &copies(9)), Vec::<&str>::new());
    }
}
