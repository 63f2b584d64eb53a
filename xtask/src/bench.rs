//! `cargo xtask bench NAME`: builds the bench tool in the release profile and runs it; the JSON goes
//! to `target/bench`.

use crate::shell::{Program, Repository, make_folder, say};

/// The benches, in the order in which `all` runs them.
const NAMES: &[&str] = &["budget", "guard", "risk", "scan", "ledger", "gateway"];

/// Runs one bench, or all.
pub(crate) fn run(repository: &Repository, name: &str) -> anyhow::Result<bool> {
    let names = if name == "all" { NAMES } else { &[name][..] };
    let folder = repository.root().join("target/bench");
    make_folder(&folder)?;
    let commit = Program::new(repository, "git", &["rev-parse", "--short=12", "HEAD"]).capture()?;
    let commit = if commit.success {
        commit.output.trim()
    } else {
        "unknown"
    };
    let mut success = true;
    for name in names {
        if *name == "gateway" {
            // The bench takes the memory rows from the binary that lies beside it.
            let build = ["build", "--quiet", "--release", "--package", "seawall-cli"];
            success &= Program::cargo(repository, &build).stream()?.success;
        }
        let file = folder
            .join(format!("{name}.json"))
            .to_string_lossy()
            .into_owned();
        let tool = [
            "run",
            "--quiet",
            "--release",
            "--package",
            "seawall-bench",
            "--",
        ];
        let arguments: Vec<&str> = tool
            .into_iter()
            .chain([*name, commit, file.as_str()])
            .collect();
        success &= Program::cargo(repository, &arguments).stream()?.success;
        say("");
    }
    Ok(success)
}
