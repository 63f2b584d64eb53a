//! Probes, the practice upstream and the guard share no phrase: what works, works by meaning.

use std::collections::BTreeSet;
use std::path::Path;

/// Words in a row that make a phrase.
const PHRASE_WORDS: usize = 4;

/// The phrases of the string literals in the Rust files under `folder`, tests and comments left out.
fn phrases(folder: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.extend(literals(&source(&path)).iter().flat_map(|text| runs(text)));
            }
        }
    }
    found
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test reads the sources that it is about"
)]
fn source(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn literals(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = code
        .replace("\\n", " ")
        .replace("'\"'", "' '")
        .replace("\\\"", " ");
    while let Some((_, after)) = rest.split_once('"') {
        let Some((inside, tail)) = after.split_once('"') else {
            break;
        };
        found.push(inside.to_owned());
        rest = tail.to_owned();
    }
    found
}

fn runs(text: &str) -> Vec<String> {
    let words: Vec<String> = text
        .split(|mark: char| !mark.is_alphabetic())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words
        .windows(PHRASE_WORDS)
        .map(|run| run.join(" "))
        .collect()
}

#[test]
fn no_phrase_stands_in_two_of_the_three() {
    let mut probes = phrases("src/probes");
    probes.extend(phrases("src/agents"));
    let practice = phrases("../practice/src");
    let guard = phrases("../guard/src");
    assert!(
        probes.len() > 500 && practice.len() > 50 && guard.len() > 50,
        "{} {} {}",
        probes.len(),
        practice.len(),
        guard.len()
    );
    let shared = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        one.intersection(other).cloned().collect::<Vec<_>>()
    };
    assert_eq!(
        shared(&probes, &practice),
        Vec::<String>::new(),
        "probes and practice"
    );
    assert_eq!(
        shared(&practice, &guard),
        Vec::<String>::new(),
        "practice and guard"
    );
    assert_eq!(
        shared(&probes, &guard),
        Vec::<String>::new(),
        "probes and guard"
    );
}
