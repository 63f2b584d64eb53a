//! Subjects for the tests of the rules, built in memory, and short ways to look at a report.

use seawall_base::Limits;

pub(crate) use seawall_testkit::model_file::{Zip, field, safetensors, tar};

use crate::report::Report;
use crate::scan::{scan, scan_dataset};

fn report(name: &str, bytes: &[u8]) -> Report {
    scan(name, &bytes.to_vec(), &Limits::default())
}

/// The rules that speak about `bytes`, in order.
pub(crate) fn ids(name: &str, bytes: &[u8]) -> Vec<&'static str> {
    report(name, bytes)
        .findings
        .iter()
        .map(|finding| finding.rule)
        .collect()
}

/// What they say.
pub(crate) fn messages(name: &str, bytes: &[u8]) -> Vec<String> {
    report(name, bytes)
        .findings
        .into_iter()
        .map(|finding| finding.message)
        .collect()
}

/// How many problems there are.
pub(crate) fn problems(name: &str, bytes: &[u8]) -> usize {
    report(name, bytes).problems.len()
}

/// The rules that speak about a dataset.
pub(crate) fn dataset_ids(name: &str, text: &str) -> Vec<&'static str> {
    let report = scan_dataset(name, &text.as_bytes().to_vec(), &Limits::default());
    report.findings.iter().map(|finding| finding.rule).collect()
}
