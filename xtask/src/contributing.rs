//! `cargo xtask contributing`: does what CONTRIBUTING.md tells a newcomer to do, in a copy of the
//! tree, and runs the tests of what was added. An example that no longer compiles fails.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::shell::{Program, Repository, make_folder, read_outside, say, write_outside};
use crate::test::Totals;

const GUIDE: &str = "CONTRIBUTING.md";

/// Adds the examples to a copy of the tree and tests them.
pub(crate) fn run(repository: &Repository) -> anyhow::Result<bool> {
    Ok(totals(repository)?.failed == 0)
}

/// The same, counted.
pub(crate) fn totals(repository: &Repository) -> anyhow::Result<Totals> {
    let copy = copy(repository)?;
    let guide = repository.read(GUIDE)?;
    detector(&copy, &guide)?;
    rule(&copy, &guide)?;
    probe(&copy, &guide)?;
    let mut totals = Totals::default();
    for (package, test) in [
        ("seawall-guard", "vin"),
        ("seawall-policy", "rules"),
        ("seawall-attack", "probe"),
    ] {
        say(&format!("-- the example of {package}"));
        let manifest = copy.join("Cargo.toml").to_string_lossy().into_owned();
        let target = repository.root().join("target/contributing");
        let arguments = ["test", "--manifest-path", &manifest, "-p", package, test];
        let program = Program::cargo(repository, &arguments).with("CARGO_TARGET_DIR", target);
        let ended = program.capture()?;
        let ran = ended
            .output
            .lines()
            .any(|line| line.contains(" passed;") && !line.contains(" 0 passed;"));
        if !ended.success || !ran {
            say(&ended.output);
        }
        totals.add(Totals::one(ended.success && ran));
    }
    Ok(totals)
}

/// The sources of the tree below `target`, as they are now.
fn copy(repository: &Repository) -> anyhow::Result<PathBuf> {
    let copy = repository.root().join("target/contributing-tree");
    // What was removed from the tree must not live on in the copy.
    let old = copy.to_string_lossy().into_owned();
    Program::new(repository, "rm", &["-rf", &old]).capture()?;
    let list = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let listed = Program::new(repository, "git", &list).capture()?;
    anyhow::ensure!(listed.success, "git lists no files:\n{}", listed.output);
    for path in listed.output.lines() {
        // Models and archives are no text, and none of the examples reads them.
        let Some(text) = read_outside(&repository.root().join(path)) else {
            continue;
        };
        let to = copy.join(path);
        make_folder(to.parent().context("a file has a folder")?)?;
        write_outside(&to, &text)?;
    }
    Ok(copy)
}

fn detector(copy: &Path, guide: &str) -> anyhow::Result<()> {
    let folder = copy.join("crates/guard/src/detectors");
    write_outside(&folder.join("vin.rs"), &block(guide, "### A detector")?)?;
    change(&folder.join("mod.rs"), |text| {
        let text = with_module(text, "vin")?;
        with_item(&text, "DETECTORS", "vin", "    &vin::DETECTOR,\n")
    })
}

fn rule(copy: &Path, guide: &str) -> anyhow::Result<()> {
    let folder = copy.join("crates/policy/src/rules");
    let name = "shared_processes";
    write_outside(
        &folder.join(format!("{name}.rs")),
        &block(guide, "### A rule")?,
    )?;
    let fixtures = copy.join("crates/policy/testdata/shared-processes");
    make_folder(&fixtures)?;
    for (file, value) in [("bad_pod.yaml", "true"), ("ok_pod.yaml", "false")] {
        write_outside(&fixtures.join(file), &pod(value))?;
    }
    change(&folder.join("mod.rs"), |text| {
        let text = with_module(text, name)?;
        let item = "    workload(&shared_processes::META, shared_processes::check),\n";
        with_item(&text, "RULES", name, item)
    })
}

fn probe(copy: &Path, guide: &str) -> anyhow::Result<()> {
    let text = block(guide, "### A probe")?;
    let parts = text.split_once("\n\n");
    let (item, function) = parts.context("the example of a probe has two parts")?;
    change(
        &copy.join("crates/attack/src/probes/extraction.rs"),
        |text| {
            let item: String = item.lines().map(|line| format!("    {line}\n")).collect();
            let text = with_item(text, "PROBES", "postcard", &item)?;
            let (code, tests) = text.split_at(text.find("#[cfg(test)]").unwrap_or(text.len()));
            Some(format!("{code}\n{function}\n{tests}"))
        },
    )
}

/// A pod that shares its processes or does not.
fn pod(value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: sample, namespace: ml}}\nspec:\n  \
         shareProcessNamespace: {value}\n  containers:\n  - name: main\n    image: x\n"
    )
}

fn change(path: &Path, change: impl FnOnce(&str) -> Option<String>) -> anyhow::Result<()> {
    let shown = path.display();
    let text = read_outside(path).with_context(|| format!("{shown} cannot be read"))?;
    let text =
        change(&text).with_context(|| format!("{shown} has another form than the guide says"))?;
    write_outside(path, &text)
}

/// The first block of Rust below a heading of the guide.
fn block(guide: &str, heading: &str) -> anyhow::Result<String> {
    let below = guide.split_once(heading).map(|(_, below)| below);
    let code = below.and_then(|below| below.split_once("```rust\n"));
    // A fence of the example's own documentation stands behind a comment mark.
    let block = code.and_then(|(_, code)| code.split_once("\n```"));
    block
        .map(|(block, _)| format!("{block}\n"))
        .with_context(|| format!("{GUIDE} has no Rust below `{heading}`"))
}

/// The text with one more module, in its alphabetical place.
fn with_module(text: &str, name: &str) -> Option<String> {
    let module = |line: &str| {
        let rest = line.strip_prefix("pub(crate) ").unwrap_or(line);
        let name = rest.strip_prefix("mod ")?.strip_suffix(';')?;
        Some(name.to_owned())
    };
    let known = text.lines().filter_map(module);
    let after = known.filter(|known| known.as_str() < name).max()?;
    let line = text
        .lines()
        .find(|line| module(line).as_ref() == Some(&after))?;
    Some(text.replacen(&format!("{line}\n"), &format!("{line}\nmod {name};\n"), 1))
}

/// The text with one more item in a list, before the first whose name is greater, else at the end.
/// An item begins on a line with four spaces; its name is the first in it that a list can sort by.
fn with_item(text: &str, list: &str, name: &str, item: &str) -> Option<String> {
    let begin = text.find(&format!("static {list}: "))?;
    let begin = begin + text.get(begin..)?.find('\n')? + 1;
    let end = begin + text.get(begin..)?.find("\n];")? + 1;
    let body = text.get(begin..end)?;
    let (mut at, mut offset) = (None, 0);
    for line in body.split_inclusive('\n') {
        let begins = line.starts_with("    ")
            && !line.starts_with("     ")
            && !line.starts_with("    }")
            && !line.starts_with("    )");
        if begins && item_name(body.get(offset..)?).is_some_and(|other| other > name) {
            at = Some(offset);
            break;
        }
        offset += line.len();
    }
    let at = begin + at.unwrap_or(body.len());
    Some(format!("{}{item}{}", text.get(..at)?, text.get(at..)?))
}

/// The name of the item that a text begins with: `&name::`, or `id: "name"`.
fn item_name(text: &str) -> Option<&str> {
    let by_path = text.find('&').map(|at| (at + 1, "::"));
    let by_id = text.find("id: \"").map(|at| (at + 5, "\""));
    let (at, end) = [by_path, by_id].into_iter().flatten().min()?;
    text.get(at..)?.split(end).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_and_items_take_their_alphabetical_place() {
        let text = "mod a;\npub(crate) mod c;\n\nstatic LIST: &[X] = &[\n    x(&a::META, 1),\n    x(\n        &c::META,\n    ),\n];\n";
        let text = with_module(text, "b").unwrap();
        assert!(
            text.starts_with("mod a;\nmod b;\npub(crate) mod c;\n"),
            "{text}"
        );
        let text = with_item(&text, "LIST", "b", "    x(&b::META, 2),\n").unwrap();
        assert!(
            text.contains("1),\n    x(&b::META, 2),\n    x(\n        &c"),
            "{text}"
        );
        let text = with_item(&text, "LIST", "d", "    x(&d::META, 3),\n").unwrap();
        assert!(
            text.ends_with("    ),\n    x(&d::META, 3),\n];\n"),
            "{text}"
        );
    }

    #[test]
    fn probes_are_found_by_their_id_and_blocks_by_their_heading() {
        assert_eq!(
            item_name("    Probe {\n        id: \"plain\",\n"),
            Some("plain")
        );
        let guide = "### A\n\n```rust\none\n```\n### B\n```rust\ntwo\n```\n";
        assert_eq!(block(guide, "### B").unwrap(), "two\n");
        assert!(block(guide, "### C").is_err());
    }
}
