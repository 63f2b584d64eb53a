//! `cargo xtask tidy`: the rules of STYLE.md that a program can keep. Also a plain test, so that
//! nobody has to remember it.

mod files;
mod imports;
mod layers;
mod lists;
mod purity;
mod supply;

pub(crate) use crate::tidy::lists::{PluginFolder, plugin_folders};

use crate::shell::{Program, Repository, say};

/// Checks everything and prints what is wrong. True when nothing is.
pub(crate) fn run(repository: &Repository) -> anyhow::Result<bool> {
    let problems = check(repository)?;
    for problem in &problems {
        say(problem);
    }
    let sources = repository.sources()?;
    say(&format!(
        "{} sources, {} problems",
        sources.len(),
        problems.len()
    ));
    Ok(problems.is_empty())
}

/// Every problem, sorted.
pub(crate) fn check(repository: &Repository) -> anyhow::Result<Vec<String>> {
    let workspace = metadata(repository, &["--no-deps"])?;
    let resolved = metadata(
        repository,
        &["--filter-platform", "x86_64-unknown-linux-gnu"],
    )?;
    let mut problems = layers::check(&workspace);
    problems.extend(purity::check(repository, &workspace)?);
    problems.extend(files::check(repository)?);
    problems.extend(imports::check(repository)?);
    problems.extend(lists::check(repository)?);
    problems.extend(supply::check(&repository.read("deny.toml")?, &resolved)?);
    problems.sort();
    problems.dedup();
    Ok(problems)
}

fn metadata(repository: &Repository, more: &[&str]) -> anyhow::Result<serde_json::Value> {
    let mut arguments = vec!["metadata", "--format-version", "1", "--locked"];
    arguments.extend(more);
    let ended = Program::cargo(repository, &arguments).capture()?;
    anyhow::ensure!(ended.success, "cargo metadata failed: {}", ended.output);
    Ok(serde_json::from_str(&ended.output)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_tidy() {
        let problems = check(&Repository::here()).unwrap();
        assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    }
}
