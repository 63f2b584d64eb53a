//! `cargo xtask test`: every check in order, cheap ones first, and one closing line.
//!
//! A failed step does not stop the later ones: one run tells all that is wrong. Only a workspace
//! that does not compile ends the run early.

use std::time::Duration;

use crate::shell::{Program, Repository, installed, read_outside, say, timed, write_outside};
use crate::skips::{self, Skip};
use crate::{contributing, docs, e2e, kubernetes, packages, tidy};

/// What a step counted.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Totals {
    /// Checks that passed.
    pub(crate) passed: u64,
    /// Checks that failed.
    pub(crate) failed: u64,
    /// Checks that could not run.
    pub(crate) skips: Vec<Skip>,
}

impl Totals {
    /// One check, by whether it held.
    pub(crate) const fn one(success: bool) -> Self {
        Self {
            passed: success as u64,
            failed: !success as u64,
            skips: Vec::new(),
        }
    }

    /// One check that could not run.
    pub(crate) fn skipped(id: &str, test: &str, why: &str) -> Self {
        Self {
            skips: vec![Skip {
                id: id.to_owned(),
                test: test.to_owned(),
                why: why.to_owned(),
            }],
            ..Self::default()
        }
    }

    /// Adds another count.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skips.extend(other.skips);
    }
}

/// A named step and its outcome.
struct Done {
    name: &'static str,
    totals: Totals,
    took: Duration,
}

type Step = (&'static str, fn(&Repository) -> anyhow::Result<Totals>);

const STEPS: &[Step] = &[
    ("fmt", |tree| cargo(tree, &["fmt", "--all", "--check"])),
    ("tidy", |tree| Ok(Totals::one(tidy::run(tree)?))),
    ("clippy", |tree| {
        let lints = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ];
        cargo(tree, &lints)
    }),
    ("tests", unit_tests),
    ("doc", |tree| {
        let arguments = [
            "doc",
            "--workspace",
            "--no-deps",
            "--document-private-items",
        ];
        let program = Program::cargo(tree, &arguments).with("RUSTDOCFLAGS", "-D warnings");
        Ok(Totals::one(program.stream()?.success))
    }),
    ("docs", |tree| {
        Ok(Totals::one(docs::run(tree, docs::Mode::Check)?))
    }),
    ("guide", contributing::totals),
    ("deny", deny),
    ("e2e", e2e::totals),
];

/// Runs all steps. True when nothing failed and every skip is listed.
pub(crate) fn run(repository: &Repository) -> anyhow::Result<bool> {
    let mut done: Vec<Done> = Vec::new();
    for (name, step) in STEPS {
        say(&format!("\n== {name}"));
        let (totals, took) = timed(|| step(repository));
        let totals = totals.unwrap_or_else(|error| {
            say(&format!("{name} could not run: {error:#}"));
            Totals::one(false)
        });
        done.push(Done { name, totals, took });
    }
    report(repository, &done)
}

fn report(repository: &Repository, done: &[Done]) -> anyhow::Result<bool> {
    let mut all = Totals::default();
    say("\n== summary");
    for step in done {
        let Totals {
            passed,
            failed,
            skips,
        } = &step.totals;
        let word = if *failed > 0 { "FAILED" } else { "ok" };
        say(&format!(
            "{:<8} {:>7.1} s  {word:<7} {passed} passed, {failed} failed, {} skipped",
            step.name,
            step.took.as_secs_f64(),
            skips.len()
        ));
        all.add(step.totals.clone());
    }
    let took: Duration = done.iter().map(|step| step.took).sum();
    say(&format!("{:<8} {:>7.1} s", "overall", took.as_secs_f64()));
    let listed = skips::listed(repository)?;
    for skip in &all.skips {
        say(&format!(
            "\nskipped {} [{}]: {}",
            skip.test, skip.id, skip.why
        ));
        match listed.get(&skip.id) {
            Some(entry) => say(&format!("  to enable: {}", entry.enable)),
            None => {
                say(&format!(
                    "  FAILED: the skip `{}` is not listed in {}",
                    skip.id,
                    skips::LIST
                ));
                all.failed += 1;
            }
        }
    }
    say(&format!(
        "\n{} passed, {} failed, {} skipped",
        all.passed,
        all.failed,
        all.skips.len()
    ));
    Ok(all.failed == 0)
}

fn cargo(repository: &Repository, arguments: &[&str]) -> anyhow::Result<Totals> {
    Ok(Totals::one(
        Program::cargo(repository, arguments).stream()?.success,
    ))
}

/// Unit, integration and documentation tests. A test that skips itself passes for cargo, so its skip
/// is taken off the passes.
fn unit_tests(repository: &Repository) -> anyhow::Result<Totals> {
    let log = std::env::temp_dir().join(format!("seawall-skips-{}.jsonl", std::process::id()));
    write_outside(&log, "")?;
    packages::postgres(repository)?;
    let mut tests = Program::cargo(repository, &["test", "--workspace", "--no-fail-fast"])
        .with("SEAWALL_SKIP_LOG", &log)
        .with("INSTA_UPDATE", "no");
    if let Some(folder) = kubernetes::programs(repository)? {
        tests = tests.with("KUBEBUILDER_ASSETS", &folder);
    }
    let ended = tests.stream()?;
    let mut totals = parse_results(&ended.output);
    totals.skips = skips::parse_log(&read_outside(&log).unwrap_or_default());
    let skipped = u64::try_from(totals.skips.len()).unwrap_or(0);
    totals.passed = totals.passed.saturating_sub(skipped);
    if !ended.success && totals.failed == 0 {
        // It did not compile, or a test binary died without a result line.
        totals.failed = 1;
    }
    Ok(totals)
}

/// Adds up the `test result:` lines of every test binary. Ignored tests count as failed: a test that
/// cannot run skips itself by name.
fn parse_results(output: &str) -> Totals {
    let mut totals = Totals::default();
    for line in output.lines() {
        let Some(rest) = line.trim().strip_prefix("test result: ") else {
            continue;
        };
        let count = |what: &str| {
            let piece = rest
                .split([';', '.'])
                .find_map(|piece| piece.trim().strip_suffix(what));
            piece
                .and_then(|number| number.trim().parse::<u64>().ok())
                .unwrap_or(0)
        };
        totals.passed += count(" passed");
        totals.failed += count(" failed") + count(" ignored");
    }
    totals
}

fn deny(repository: &Repository) -> anyhow::Result<Totals> {
    if !installed("cargo-deny") {
        let why = "cargo-deny is not installed; tidy has checked the same lists";
        return Ok(Totals::skipped("cargo-deny", "deny", why));
    }
    cargo(
        repository,
        &["deny", "--offline", "check", "bans", "licenses", "sources"],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_several_binaries_add_up() {
        let output = "x\ntest result: ok. 10 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; \
                      finished in 0.22s\n\ntest result: FAILED. 3 passed; 2 failed; 1 ignored; 0 \
                      measured; 0 filtered out; finished in 1.00s\n";
        let totals = parse_results(output);
        assert_eq!((totals.passed, totals.failed), (13, 3));
    }
}
