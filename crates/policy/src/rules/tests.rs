//! Keeps list, files, documentation and fixtures of the rules in step.
#![expect(
    clippy::disallowed_methods,
    reason = "tests read the rule files and fixtures"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

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

fn fixtures(id: &str, prefix: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = root().join("testdata").join(id);
    let mut found: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with(prefix)
        })
        .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
        .collect();
    found.sort();
    found
}

fn rules_of(path: &Path, bytes: &[u8]) -> BTreeSet<&'static str> {
    let limits = Limits::default();
    let reading = crate::read(path.to_str().unwrap(), bytes, &limits);
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
fn every_rule_has_fixtures_that_it_finds_and_fixtures_that_it_passes() {
    for rule in RULES {
        let id = rule.meta.id;
        let (bad, ok) = (fixtures(id, "bad_"), fixtures(id, "ok_"));
        assert!(
            !bad.is_empty() && !ok.is_empty(),
            "{id} needs bad_ and ok_ fixtures"
        );
        for (path, bytes) in bad {
            assert!(
                rules_of(&path, &bytes).contains(id),
                "{} is not found",
                path.display()
            );
        }
        for (path, bytes) in ok {
            assert!(
                !rules_of(&path, &bytes).contains(id),
                "{} is found",
                path.display()
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
