//! Manifests are read and checked without a panic, every finding has a place inside the text, and
//! a text with carriage returns says the same.

use seawall_base::Limits;
use seawall_policy::{check, read, workloads};

pub(super) fn body(bytes: &[u8]) {
    let limits = Limits::default();
    let reading = read("m.yaml", bytes, &limits);
    let (mut findings, problems) = check(&reading.objects, &limits);
    findings.extend(reading.findings);
    let lines = 1 + bytes
        .iter()
        .filter(|byte| matches!(byte, b'\n' | b'\r'))
        .count();
    for finding in &findings {
        if let Some(at) = finding.location {
            assert!(at.byte <= bytes.len() as u64, "{finding:?}");
            assert!(at.line as usize <= lines + 1, "{finding:?}");
        }
    }
    assert!(findings.len() <= 2 * limits.findings_max + 2);
    drop(problems);
    drop(workloads(&reading.objects));
}
