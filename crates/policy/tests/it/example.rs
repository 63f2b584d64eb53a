//! Holds the rules to the weaknesses that the example system declares, no more and no less.
#![expect(clippy::disallowed_methods, reason = "the test reads the example")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use seawall_base::{Limits, Severity};
use seawall_config::yaml::{YamlLimits, parse};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/claims-assistant")
}

fn files(folder: &str) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(example().join(folder))
        .unwrap()
        .map(|entry| {
            format!(
                "{folder}/{}",
                entry.unwrap().file_name().into_string().unwrap()
            )
        })
        .collect();
    names.sort();
    names
}

type Weakness = (String, String, String);

fn declared() -> BTreeSet<Weakness> {
    let bytes = std::fs::read(example().join("WEAKNESSES.yaml")).unwrap();
    let parsed = parse(&bytes, &YamlLimits::default());
    assert!(parsed.flaws.is_empty());
    let items = parsed.documents[0].get("weaknesses").unwrap().items();
    let text =
        |item: &seawall_config::yaml::Node, key: &str| item.text_at(&[key]).unwrap().to_owned();
    let paths: Vec<_> = items.iter().map(|item| text(item, "path")).collect();
    assert!(paths.is_sorted(), "sorted by path");
    let ids: BTreeSet<_> = items.iter().map(|item| text(item, "id")).collect();
    assert_eq!(ids.len(), items.len(), "ids are unique");
    items
        .iter()
        .map(|item| {
            (
                text(item, "path"),
                text(item, "rule"),
                text(item, "severity"),
            )
        })
        .filter(|(path, ..)| path.starts_with("k8s/") || path.starts_with(".github/"))
        .collect()
}

fn found() -> BTreeSet<Weakness> {
    let limits = Limits::default();
    let mut objects = Vec::new();
    for path in files("k8s").into_iter().chain(files(".github/workflows")) {
        let bytes = std::fs::read(example().join(&path)).unwrap();
        let reading = seawall_policy::read(&path, &bytes, &limits);
        assert!(
            reading.findings.is_empty() && reading.problems.is_empty(),
            "{path}: {reading:?}"
        );
        objects.extend(reading.objects);
    }
    let (findings, problems) = seawall_policy::check(&objects, &limits);
    assert!(problems.is_empty());
    findings
        .into_iter()
        .filter(|finding| finding.severity >= Severity::Medium)
        .map(|finding| {
            (
                finding.path,
                finding.rule.to_owned(),
                finding.severity.to_string(),
            )
        })
        .collect()
}

#[test]
fn the_example_has_the_weaknesses_that_it_declares_and_no_others() {
    let (declared, found) = (declared(), found());
    let missed: Vec<_> = declared.difference(&found).collect();
    let undeclared: Vec<_> = found.difference(&declared).collect();
    assert!(
        missed.is_empty() && undeclared.is_empty(),
        "missed {missed:#?}\nundeclared {undeclared:#?}"
    );
}
