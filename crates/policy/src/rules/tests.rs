//! Keeps list, files, documentation and fixtures of the rules in step.
#![expect(
    clippy::disallowed_methods,
    reason = "tests read the rule files and fixtures"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use seawall_base::RuleStatus;

use super::testing::{Case, expand};
use super::*;

const SECTIONS: &[&str] = &[
    "## What it detects",
    "## Why it matters",
    "## What it misses",
    "## Example",
    "## Remediation",
    "## References",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The fixtures of a rule: `bad_*.yaml` and `ok_*.yaml` are one each, `bad_cases.txt` and
/// `ok_cases.txt` hold many, each after a line `## name`.
pub(crate) fn cases_of(id: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(id);
    let listed = std::fs::read_dir(&folder);
    let mut files: Vec<PathBuf> = listed
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let file = path.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let bad = file.starts_with("bad_");
        assert!(
            bad || file.starts_with("ok_"),
            "{file} in the fixtures of {id}"
        );
        if !file.ends_with("_cases.txt") {
            cases.push(Case {
                name: file.to_owned(),
                text,
                bad,
            });
            continue;
        }
        for case in text.split("## ").filter(|case| !case.trim().is_empty()) {
            let (name, body) = case.split_once('\n').unwrap_or((case, ""));
            cases.extend(expand(name.trim(), body, bad));
        }
    }
    cases
}

fn rules_of(text: &str) -> BTreeSet<&'static str> {
    let limits = Limits::default();
    let reading = crate::read("case.yaml", text.as_bytes(), &limits);
    let (findings, problems) = check(&reading.objects, &limits);
    assert!(problems.is_empty());
    findings
        .iter()
        .chain(&reading.findings)
        .map(|finding| finding.rule)
        .collect()
}

#[test]
fn ids_are_sorted_unique_and_name_a_documented_file() {
    let ids: Vec<_> = RULES.iter().map(|rule| rule.meta.id).collect();
    assert!(ids.is_sorted_by(|left, right| left < right), "{ids:?}");
    for id in &ids {
        let file = root()
            .join("src/rules")
            .join(format!("{}.rs", id.replace('-', "_")));
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{id}: {error}"));
        for section in SECTIONS {
            assert!(
                text.contains(&format!("//! {section}")),
                "{id} lacks `{section}`"
            );
        }
    }
    let files = std::fs::read_dir(root().join("src/rules")).unwrap().count();
    assert_eq!(
        files,
        ids.len() + 3,
        "a rule file is not in the list (mod, testing and tests aside)"
    );
}

#[test]
fn every_rule_finds_its_bad_fixtures_and_passes_the_sound_ones() {
    let mut wrong = Vec::new();
    for rule in RULES {
        let id = rule.meta.id;
        for case in cases_of(id) {
            let found = rules_of(&case.text).contains(id);
            if found != case.bad {
                let name = &case.name;
                wrong.push(format!("{id}: {name}: found {found}\n{}", case.text));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_stable_rule_has_five_hits_and_three_near_misses() {
    let mut few = Vec::new();
    for rule in RULES {
        let cases = cases_of(rule.meta.id);
        let distinct: BTreeSet<&str> = cases.iter().map(|case| case.text.as_str()).collect();
        assert_eq!(
            distinct.len(),
            cases.len(),
            "{} repeats itself",
            rule.meta.id
        );
        let (bad, ok): (Vec<_>, Vec<_>) = cases.iter().partition(|case| case.bad);
        let (hits, misses) = match rule.meta.status {
            RuleStatus::Stable => (5, 3),
            _ => (1, 1),
        };
        if bad.len() < hits || ok.len() < misses {
            few.push(format!(
                "{}: {} bad, {} ok",
                rule.meta.id,
                bad.len(),
                ok.len()
            ));
        }
    }
    assert!(few.is_empty(), "{} too few:\n{}", few.len(), few.join("\n"));
}

#[test]
fn every_mapping_is_an_entry_of_a_catalogue() {
    for rule in RULES {
        for id in rule.meta.maps {
            assert!(
                seawall_catalog::entry(id).is_some(),
                "{}: {id}",
                rule.meta.id
            );
        }
    }
}

#[test]
fn every_fixture_folder_belongs_to_a_rule() {
    let ids: BTreeSet<_> = RULES.iter().map(|rule| rule.meta.id).collect();
    for entry in std::fs::read_dir(root().join("testdata")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(ids.contains(name.as_str()), "testdata/{name}");
    }
}

proptest::proptest! {
    #[test]
    fn no_manifest_makes_the_rules_panic(text in r#"((apiVersion|kind|metadata|spec|containers|model|args|env|name|value|image|command): ?|[a-z$(){}\[\]:'"/,. -]{1,6}|\n( {0,8}- ?)?){0,40}"#) {
        let text = format!("apiVersion: v1\nkind: Pod\n{text}");
        let reading = crate::read("p.yaml", text.as_bytes(), &Limits::default());
        let _findings = check(&reading.objects, &Limits::default());
    }
}
