//! Skips by name: a test that cannot run says which listed reason applies, and is counted.
//!
//! `cargo xtask test` reads the log, prints every skip with why and how to enable it, and fails when
//! an id is missing from `xtask/skips.toml`. A skipped test must never look like a passed one.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Records that the running test skips itself. `id` is listed in `xtask/skips.toml`; `why` says what
/// is missing and how to enable the test. The caller returns right after.
pub fn skip(id: &str, why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("unnamed");
    #[expect(clippy::print_stderr, reason = "a person running one test sees why")]
    {
        eprintln!("skipped {test} [{id}]: {why}");
    }
    let Some(path) = std::env::var_os("SEAWALL_SKIP_LOG") else {
        return;
    };
    let line = serde_json::json!({ "id": id, "test": test, "why": why });
    let log = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path);
    // One write call per line, so that tests in parallel do not mix their lines.
    let written = log.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
    assert!(written.is_ok(), "the skip of {test} could not be recorded");
}

/// The folder of shared test data: `$SEAWALL_TEST_DATA`, else `../shared/data` beside the
/// repository. Tests that need it and find `None` call [`skip`] with the id `shared-data`.
#[must_use]
pub fn shared_data() -> Option<PathBuf> {
    let named = std::env::var_os("SEAWALL_TEST_DATA").map(PathBuf::from);
    let beside = repository()
        .parent()
        .map(|parent| parent.join("shared/data"));
    named.or(beside).filter(|folder| folder.is_dir())
}

/// The root of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_holds_the_workspace_manifest() {
        assert!(repository().join("clippy.toml").is_file());
    }
}
