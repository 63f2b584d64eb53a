//! Crates below layer 20 are pure: no runtime, no files, sockets, environment, processes or clock.
//!
//! Clippy's disallowed methods keep single calls out; this check keeps out whole modules, and the
//! crates that would bring them in.

use serde_json::Value;

use crate::shell::Repository;
use crate::tidy::files::code_lines;
use crate::tidy::layers::{Layer, layer, name, packages, shipped_dependencies};

/// The first layer that may touch the outside.
const OUTSIDE: u64 = 20;

/// Crates that do I/O, draw randomness or bring a runtime.
const IMPURE: &[&str] = &[
    "getrandom",
    "hyper",
    "hyper-util",
    "kube",
    "rand",
    "rusqlite",
    "rustls",
    "tempfile",
    "tokio",
    "tokio-rustls",
    "tokio-util",
    "tracing-subscriber",
];

/// Paths that reach outside.
const REACHES: &[&str] = &[
    "Instant::now(",
    "SystemTime::now(",
    "Timestamp::now(",
    "static mut ",
    "std::env::",
    "std::fs",
    "std::io::stdin",
    "std::io::stdout",
    "std::net::Tcp",
    "std::net::ToSocketAddrs",
    "std::net::Udp",
    "std::os::",
    "std::process",
    "std::thread::sleep",
    "tokio::",
];

/// Checks the pure crates.
pub(super) fn check(repository: &Repository, workspace: &Value) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    for package in packages(workspace) {
        let Some(Layer::Number(number)) = layer(package) else {
            continue;
        };
        if number >= OUTSIDE {
            continue;
        }
        for needed in shipped_dependencies(package).filter(|needed| IMPURE.contains(needed)) {
            problems.push(format!(
                "{} (layer {number}) is pure and depends on {needed}",
                name(package)
            ));
        }
        let folder = name(package).trim_start_matches("seawall-").to_owned();
        for path in repository.files(&format!("crates/{folder}/src"))? {
            if path.ends_with(".rs") {
                problems.extend(reaches(&path, &repository.read(&path)?));
            }
        }
    }
    Ok(problems)
}

fn reaches(path: &str, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if path.ends_with("/tests.rs") {
        return problems;
    }
    for (number, line) in code_lines(text) {
        let code = line.split("//").next().unwrap_or_default();
        for reach in REACHES.iter().filter(|reach| code.contains(**reach)) {
            problems.push(format!("{path}:{number}: a pure crate uses `{reach}`"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_searched_and_comments_and_tests_are_not() {
        let text = "//! std::fs\nuse std::fs::File; // std::net::Tcp\n#[cfg(test)]\nmod tests {\n    \
                    use std::fs;\n}\n";
        assert_eq!(
            reaches("a.rs", text),
            ["a.rs:2: a pure crate uses `std::fs`"]
        );
    }
}
