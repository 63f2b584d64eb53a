//! Imports stand in three blocks: the standard library, other crates, this crate.

use crate::shell::Repository;

/// Which block an import belongs to.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Origin {
    Standard,
    Other,
    Own,
}

/// Checks all sources.
pub(super) fn check(repository: &Repository) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    for path in repository.sources()? {
        problems.extend(imports(&path, &repository.read(&path)?));
    }
    Ok(problems)
}

fn imports(path: &str, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    // The last import, and how many empty lines follow it; nothing after any other line.
    let mut last: Option<(Origin, usize)> = None;
    let mut inside = false;
    for (position, line) in text.lines().enumerate() {
        if inside {
            inside = !line.ends_with(';');
            continue;
        }
        let Some(rest) = line.strip_prefix("use ") else {
            last = match last {
                Some((origin, empty)) if line.is_empty() => Some((origin, empty + 1)),
                _ => None,
            };
            continue;
        };
        inside = !line.ends_with(';');
        let origin = origin(rest);
        let wrong = match last {
            Some((before, _)) if before > origin => Some("out of order"),
            Some((before, 0)) if before != origin => Some("not set apart by an empty line"),
            Some((before, empty)) if before == origin && empty > 0 => Some("split in two"),
            _ => None,
        };
        if let Some(wrong) = wrong {
            let number = position + 1;
            problems.push(format!(
                "{path}:{number}: the import blocks (std, other crates, this crate) are {wrong}"
            ));
        }
        last = Some((origin, 0));
    }
    problems
}

fn origin(rest: &str) -> Origin {
    let root = rest.split([':', ' ', ';']).next().unwrap_or_default();
    match root {
        "std" | "core" | "alloc" => Origin::Standard,
        "crate" | "super" | "self" => Origin::Own,
        _ => Origin::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_ordered_and_set_apart() {
        let good =
            "use std::fmt;\n\nuse serde::{\n    A,\n};\nuse thiserror::Error;\n\nuse crate::a;\n";
        assert!(imports("a.rs", good).is_empty());
        assert_eq!(imports("a.rs", "use crate::a;\n\nuse std::b;\n").len(), 1);
        assert_eq!(imports("a.rs", "use std::b;\nuse serde::a;\n").len(), 1);
        assert_eq!(imports("a.rs", "use std::b;\n\nuse std::c;\n").len(), 1);
    }
}
