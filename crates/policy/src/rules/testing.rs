//! What the tests of the rules share.

use seawall_base::Finding;

use super::*;

/// Everything the rules say about a text, the text itself included.
pub(crate) fn scan(text: &str) -> Vec<Finding> {
    let reading = crate::read("test.yaml", text.as_bytes(), &Limits::default());
    assert!(!reading.objects.is_empty(), "no object in:\n{text}");
    let (mut findings, problems) = check(&reading.objects, &Limits::default());
    assert!(problems.is_empty());
    findings.extend(reading.findings);
    findings
}

/// The findings of one rule.
pub(crate) fn of(rule: &str, text: &str) -> Vec<Finding> {
    scan(text)
        .into_iter()
        .filter(|finding| finding.rule == rule)
        .collect()
}

/// How often a rule speaks about a text.
pub(crate) fn count(rule: &str, text: &str) -> usize {
    of(rule, text).len()
}

/// A pod with one container whose fields are given as flow YAML.
pub(crate) fn pod(container: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: ml, labels: {{app: p}}}}\n\
         spec:\n  containers:\n  - {{name: c, {container}}}\n"
    )
}
