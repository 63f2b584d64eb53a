//! Plug-ins are files: one rule, detector or probe is one file, one line in one alphabetical list,
//! documentation, metadata and tests. This check keeps the four in step.

use crate::shell::Repository;

/// The sections of every plug-in's documentation, in order.
const SECTIONS: &[&str] = &[
    "What it detects",
    "Why it matters",
    "What it misses",
    "Example",
    "Remediation",
    "References",
];

/// Files beside the plug-ins that are none themselves.
const SUPPORT: &[&str] = &["context.rs", "mod.rs", "support.rs", "tests.rs"];

/// A folder of plug-ins with the file that lists them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct PluginFolder {
    /// The crate, such as `policy`.
    pub(crate) owner: String,
    /// The folder in the tree.
    pub(crate) folder: String,
    /// The plug-ins' files, sorted.
    pub(crate) files: Vec<String>,
}

/// Every folder that holds at least one file with rule metadata and a `mod.rs`.
pub(crate) fn plugin_folders(repository: &Repository) -> anyhow::Result<Vec<PluginFolder>> {
    let mut folders: Vec<PluginFolder> = Vec::new();
    for path in repository.files("crates")? {
        let Some((folder, file)) = path.rsplit_once('/') else {
            continue;
        };
        let listed = repository.root().join(folder).join("mod.rs").is_file();
        let is_source = path.ends_with(".rs") && path.contains("/src/");
        if !listed || !is_source || SUPPORT.contains(&file) {
            continue;
        }
        if !repository.read(&path)?.contains("static META: ") {
            continue;
        }
        match folders.iter_mut().find(|known| known.folder == folder) {
            Some(known) => known.files.push(path.clone()),
            None => folders.push(PluginFolder {
                owner: path.split('/').nth(1).unwrap_or_default().to_owned(),
                folder: folder.to_owned(),
                files: vec![path.clone()],
            }),
        }
    }
    Ok(folders)
}

/// Checks every folder of plug-ins.
pub(super) fn check(repository: &Repository) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    for folder in plugin_folders(repository)? {
        let list = format!("{}/mod.rs", folder.folder);
        problems.extend(list_problems(
            &list,
            &repository.read(&list)?,
            &stems(&folder),
        ));
        for path in &folder.files {
            problems.extend(file_problems(
                path,
                &repository.read(path)?,
                has_fixtures(repository, &folder, path)?,
            ));
        }
    }
    Ok(problems)
}

fn stems(folder: &PluginFolder) -> Vec<&str> {
    let stem = |path: &'_ str| -> Option<usize> { path.rfind('/').map(|at| at + 1) };
    let names = folder
        .files
        .iter()
        .filter_map(|path| path.get(stem(path)?..));
    names.filter_map(|name| name.strip_suffix(".rs")).collect()
}

/// The list names each file once, in alphabetical order.
fn list_problems(list: &str, text: &str, stems: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    let body = text.split_once("= &[").map_or("", |(_, rest)| rest);
    let body = body.split_once("];").map_or("", |(body, _)| body);
    let mut entries: Vec<&str> = body
        .split([',', '(', '[', ' ', '\n'])
        .filter_map(|item| item.trim_start_matches('&').split_once("::"))
        .map(|(stem, _)| stem)
        .filter(|stem| stems.contains(stem))
        .collect();
    // Metadata and check of one plug-in stand in the same item.
    entries.dedup();
    for stem in stems {
        match entries.iter().filter(|entry| *entry == stem).count() {
            0 => problems.push(format!("{list}: the list does not name {stem}")),
            1 => {}
            _ => problems.push(format!("{list}: the list names {stem} twice")),
        }
    }
    if !entries.is_sorted() {
        problems.push(format!("{list}: the list is not alphabetical"));
    }
    problems
}

/// Whether `testdata/<id>/` of the crate holds a `bad_…` and an `ok_…` file.
fn has_fixtures(
    repository: &Repository,
    folder: &PluginFolder,
    path: &str,
) -> anyhow::Result<bool> {
    let stem = path
        .rsplit('/')
        .next()
        .and_then(|name| name.strip_suffix(".rs"));
    let id = stem.unwrap_or_default().replace('_', "-");
    let files = repository.files(&format!("crates/{}/testdata/{id}", folder.owner))?;
    let starts = |start: &str| {
        files
            .iter()
            .any(|file| file.contains(&format!("/{start}_")))
    };
    Ok(starts("bad") && starts("ok"))
}

fn file_problems(path: &str, text: &str, fixtures: bool) -> Vec<String> {
    let mut problems = Vec::new();
    let mut from = 0;
    for section in SECTIONS {
        let heading = format!("# {section}\n");
        match text.get(from..).and_then(|rest| rest.find(&heading)) {
            Some(at) => from += at,
            None => problems.push(format!("{path}: no section `# {section}` in its place")),
        }
    }
    let stem = path
        .rsplit('/')
        .next()
        .and_then(|name| name.strip_suffix(".rs"));
    let id = stem.unwrap_or_default().replace('_', "-");
    if !text.contains(&format!("id: \"{id}\"")) {
        problems.push(format!("{path}: the id in META is not `{id}`"));
    }
    let tests = text.split("#[cfg(test)]").nth(1).unwrap_or_default();
    let several = tests.matches("#[test]").count() >= 2 || tests.matches("assert").count() >= 2;
    if !several && !fixtures {
        problems.push(format!(
            "{path}: neither tests nor fixtures for a hit and a near miss"
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_each_file_once_in_order() {
        let text =
            "mod b;\nmod a;\npub static RULES: &[&Rule] = &[\n    &a::RULE,\n    &b::RULE,\n];\n";
        assert!(list_problems("mod.rs", text, &["a", "b"]).is_empty());
        assert_eq!(list_problems("mod.rs", text, &["a", "b", "c"]).len(), 1);
        let turned = text.replace("&a::RULE,\n    &b::RULE", "&b::RULE,\n    &a::RULE");
        assert_eq!(list_problems("mod.rs", &turned, &["a", "b"]).len(), 1);
    }

    #[test]
    fn a_plug_in_without_sections_or_tests_is_named() {
        let problems = file_problems(
            "crates/x/src/rules/a_b.rs",
            "//! # Example\nid: \"a-b\"",
            false,
        );
        assert_eq!(problems.len(), 6, "{problems:?}");
    }
}
