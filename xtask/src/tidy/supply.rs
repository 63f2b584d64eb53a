//! Dependencies: licences, bans, sources and duplicate versions, from the lists in `deny.toml`.
//!
//! `cargo deny` reads the same file and knows more; this check needs nothing installed. It reads the
//! part of TOML that the file uses: one item per line in its lists.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::tidy::layers::{name, packages};

/// Checks what `cargo metadata` resolved against the lists.
pub(super) fn check(deny: &str, resolved: &Value) -> anyhow::Result<Vec<String>> {
    let licences: Vec<_> = items(deny, "allow", "licenses")
        .into_iter()
        .flatten()
        .collect();
    let banned = items(deny, "deny", "bans");
    let skipped: Vec<_> = items(deny, "skip", "bans").into_iter().flatten().collect();
    anyhow::ensure!(
        !licences.is_empty() && !banned.is_empty(),
        "deny.toml: a list is empty"
    );
    let used = used_packages(resolved);
    let mut problems = Vec::new();
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages(resolved).filter(|package| used.contains(text(package, "id"))) {
        let (name, version) = (name(package), text(package, "version"));
        if package.get("source").is_none_or(Value::is_null) {
            continue;
        }
        versions.entry(name).or_default().insert(version);
        if !text(package, "source").starts_with("registry+") {
            problems.push(format!("{name} {version}: not from the registry"));
        }
        for ban in banned
            .iter()
            .filter(|ban| ban.first().is_some_and(|banned| banned == name))
        {
            let by = dependents(resolved, text(package, "id"));
            for by in by
                .iter()
                .filter(|by| !ban.iter().skip(1).any(|known| known == *by))
            {
                problems.push(format!(
                    "{name} {version}: banned in deny.toml, used by {by}"
                ));
            }
        }
        let licence = text(package, "license");
        if !allowed(licence, &licences) {
            problems.push(format!(
                "{name} {version}: the licence `{licence}` is not allowed"
            ));
        }
    }
    for (name, versions) in versions.iter().filter(|(_, versions)| versions.len() > 1) {
        let unexplained: Vec<_> = versions
            .iter()
            .filter(|version| {
                !skipped
                    .iter()
                    .any(|skip| *skip == format!("{name}@{version}"))
            })
            .collect();
        if unexplained.len() > 1 {
            problems.push(format!(
                "{name}: {unexplained:?} are duplicates without a reason in deny.toml"
            ));
        }
    }
    Ok(problems)
}

fn text<'a>(package: &'a Value, field: &str) -> &'a str {
    package
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Ids of the packages that the resolution uses on this platform.
fn used_packages(resolved: &Value) -> BTreeSet<&str> {
    let nodes = resolved.pointer("/resolve/nodes").and_then(Value::as_array);
    nodes
        .into_iter()
        .flatten()
        .map(|node| text(node, "id"))
        .collect()
}

/// Names of the packages that depend on the package with this id.
fn dependents(resolved: &Value, id: &str) -> Vec<String> {
    let nodes = resolved.pointer("/resolve/nodes").and_then(Value::as_array);
    let users = nodes.into_iter().flatten().filter(|node| {
        let needs = node.get("dependencies").and_then(Value::as_array);
        needs
            .into_iter()
            .flatten()
            .any(|needed| needed.as_str() == Some(id))
    });
    let ids: BTreeSet<&str> = users.map(|node| text(node, "id")).collect();
    packages(resolved)
        .filter(|package| ids.contains(text(package, "id")))
        .map(|package| name(package).to_owned())
        .collect()
}

/// The quoted words of every line of the list `key` in `[section]`, without the reason.
fn items(toml: &str, key: &str, section: &str) -> Vec<Vec<String>> {
    let header = format!("[{section}]");
    let start = format!("{key} = [");
    toml.lines()
        .map(str::trim)
        .skip_while(|line| *line != header)
        .skip(1)
        .take_while(|line| !line.starts_with('[') || line.starts_with("[["))
        .skip_while(|line| *line != start)
        .skip(1)
        .take_while(|line| *line != "]")
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split("reason = ").next())
        .map(|line| {
            line.split('"')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect()
        })
        .collect()
}

/// Whether an SPDX expression can be met with the allowed licences. `AND` binds tighter than `OR`;
/// the old `/` means `OR`.
fn allowed(expression: &str, licences: &[String]) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let met = alternatives(&mut rest, licences);
    met && rest.is_empty()
}

fn alternatives(words: &mut &[&str], licences: &[String]) -> bool {
    let mut met = all(words, licences);
    while let Some(("OR", rest)) = words.split_first().map(|(word, rest)| (*word, rest)) {
        *words = rest;
        met |= all(words, licences);
    }
    met
}

fn all(words: &mut &[&str], licences: &[String]) -> bool {
    let mut met = one(words, licences);
    while let Some(("AND", rest)) = words.split_first().map(|(word, rest)| (*word, rest)) {
        *words = rest;
        met &= one(words, licences);
    }
    met
}

fn one(words: &mut &[&str], licences: &[String]) -> bool {
    let Some((word, rest)) = words.split_first() else {
        return false;
    };
    *words = rest;
    if *word == "(" {
        let met = alternatives(words, licences);
        *words = words.split_first().map_or(&[][..], |(_, rest)| rest);
        return met;
    }
    let mut licence = (*word).to_owned();
    if let [with, exception, rest @ ..] = *words
        && *with == "WITH"
    {
        licence = format!("{licence} WITH {exception}");
        *words = rest;
    }
    licences.contains(&licence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licence_expressions_are_evaluated() {
        let licences = ["MIT".to_owned(), "Unicode-3.0".to_owned()];
        for good in [
            "MIT",
            "GPL-3.0 OR MIT",
            "GPL-3.0/MIT",
            "(MIT OR X) AND Unicode-3.0",
        ] {
            assert!(allowed(good, &licences), "{good}");
        }
        for bad in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(GPL-3.0 OR X) AND MIT",
            "MIT WITH x",
        ] {
            assert!(!allowed(bad, &licences), "{bad}");
        }
    }

    #[test]
    fn lists_are_read_by_section() {
        let toml = "[licenses]\nallow = [\n    \"MIT\",\n]\n[bans]\ndeny = [\n    # why\n    { crate = \"a\", wrappers = [\"w\"], \
                    reason = \"b\" },\n]\n";
        assert_eq!(items(toml, "allow", "licenses"), [["MIT"]]);
        assert_eq!(items(toml, "deny", "bans"), [["a", "w"]]);
        assert!(items(toml, "skip", "bans").is_empty());
    }
}
