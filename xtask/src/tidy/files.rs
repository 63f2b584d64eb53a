//! What every source file keeps: a head that says what it is, a size that a reader can hold, no path
//! of somebody's machine.

use crate::shell::Repository;

/// Non-test lines that no file may exceed.
const LINES_MAX: usize = 500;
/// The median of non-test lines stays below this.
const LINES_MEDIAN: usize = 300;

/// Beginnings of absolute paths that name a machine rather than a system folder.
const MACHINE_PATHS: &[&str] = &["/Users/", "/home/", "/mnt/", "/root/", "/work/"];

/// Text files that are read for machine paths beside the sources.
const DOCUMENTS: &[&str] = &[
    ".css", ".js", ".json", ".md", ".mjs", ".py", ".sh", ".toml", ".txt", ".yaml",
];

/// Checks all files.
pub(super) fn check(repository: &Repository) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    let mut sizes = Vec::new();
    for path in repository.sources()? {
        let text = repository.read(&path)?;
        if !text.starts_with("//!") && !text.starts_with("#![doc = include_str!(") {
            problems.push(format!("{path}:1: the file does not begin with `//!`"));
        }
        if !is_test(&path) {
            let lines = code_lines(&text).count();
            sizes.push(lines);
            if lines > LINES_MAX {
                problems.push(format!(
                    "{path}: {lines} lines without tests, more than {LINES_MAX}"
                ));
            }
        }
        problems.extend(machine_paths(&path, &text));
    }
    sizes.sort_unstable();
    let median = sizes.get(sizes.len() / 2).copied().unwrap_or(0);
    if median >= LINES_MEDIAN {
        problems.push(format!(
            "the median source file has {median} lines, not below {LINES_MEDIAN}"
        ));
    }
    for path in documents(repository)? {
        problems.extend(machine_paths(&path, &repository.read(&path)?));
    }
    Ok(problems)
}

/// The lines of a file with their numbers, up to the tests at its end.
pub(super) fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_tests = |line: &str| line == "#[cfg(test)]";
    let mut lines = text.lines().enumerate().peekable();
    std::iter::from_fn(move || {
        let (position, line) = lines.next()?;
        let ends = is_tests(line)
            && lines
                .peek()
                .is_some_and(|(_, next)| next.starts_with("mod tests {"));
        (!ends).then_some((position + 1, line))
    })
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs") || path.contains("/benches/")
}

fn documents(repository: &Repository) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for folder in ["crates", "deploy", "docs", "examples", "xtask", ".ci"] {
        found.extend(repository.files(folder)?);
    }
    for path in [
        "README.md",
        "ARCHITECTURE.md",
        "STYLE.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
        "deny.toml",
    ] {
        if repository.root().join(path).is_file() {
            found.push(path.to_owned());
        }
    }
    found.retain(|path| {
        DOCUMENTS.iter().any(|end| path.ends_with(end)) && !path.contains("/node_modules/")
    });
    Ok(found)
}

fn machine_paths(path: &str, text: &str) -> Vec<String> {
    // The list itself, and what a container sees, are no paths of this machine.
    if path == "xtask/src/tidy/files.rs" {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for (position, line) in text.lines().enumerate() {
        let mut found = MACHINE_PATHS.iter().filter(|start| names_path(line, start));
        if let Some(start) = found.next() {
            let number = position + 1;
            problems.push(format!(
                "{path}:{number}: an absolute path of a machine (`{start}…`)"
            ));
        }
    }
    problems
}

/// Whether `start` begins a path in `line`, rather than continuing a longer one. A manifest's mount
/// below `/home/jovyan` or `/mnt/models` is where every notebook and every model server has it.
fn names_path(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let before = line.get(..at).and_then(|head| head.chars().next_back());
        let after = line.get(at..).unwrap_or_default();
        let known = [
            "/home/jovyan",
            "/mnt/models",
            "/mnt/data",
            "/root/.",
            "/home/user",
        ];
        !before.is_some_and(|before| before.is_alphanumeric() || "-_.}/".contains(before))
            && !known.iter().any(|known| after.starts_with(known))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_at_the_end_are_not_counted() {
        let text = "//! a\nfn b() {}\n#[cfg(test)]\nfn helper() {}\n#[cfg(test)]\nmod tests {\n}\n";
        assert_eq!(code_lines(text).count(), 4);
    }

    #[test]
    fn machine_paths_are_found_and_longer_paths_are_not() {
        assert_eq!(machine_paths("a.md", "see /home/ann/x\n").len(), 1);
        assert!(machine_paths("a.md", "/srv/home/x ${ROOT}/work/y /home/jovyan/work\n").is_empty());
    }
}
