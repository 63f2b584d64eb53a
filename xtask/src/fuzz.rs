//! `cargo xtask fuzz`: targets under libFuzzer, or by mutation alone where it cannot be built.

use anyhow::Context as _;

use crate::shell::{Program, Repository, make_folder, say};

/// What to run, as the command line says it.
#[derive(Debug, Eq, PartialEq)]
struct Options<'a> {
    /// One target; all of them, if not given.
    target: Option<&'a str>,
    /// Seconds for each target.
    seconds: u32,
    /// Whether coverage guides the inputs.
    guided: bool,
}

/// LLVM's coverage pass: options of the stable compiler, as cargo-fuzz passes them.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

/// Runs the targets one after the other. True when none failed.
pub(crate) fn run(repository: &Repository, words: &[&str]) -> anyhow::Result<bool> {
    let options =
        parse(words).context("usage: cargo xtask fuzz [TARGET] [--seconds N] [--unguided]")?;
    let listed = driver(repository, &["list"]).capture()?;
    anyhow::ensure!(
        listed.success,
        "the driver does not build: {}",
        listed.output
    );
    let names: Vec<&str> = listed.output.lines().collect();
    let chosen: Vec<&str> = match options.target {
        Some(target) => names
            .iter()
            .copied()
            .filter(|name| *name == target)
            .collect(),
        None => names.clone(),
    };
    anyhow::ensure!(
        !chosen.is_empty(),
        "there are the targets {}",
        names.join(", ")
    );
    let mut sound = true;
    for name in chosen {
        say(&format!("\n== {name}"));
        sound &= match options.guided {
            true => guided(repository, name, options.seconds)?,
            false => unguided(repository, name, options.seconds)?,
        };
    }
    Ok(sound)
}

fn parse<'a>(words: &[&'a str]) -> anyhow::Result<Options<'a>> {
    let mut options = Options {
        target: None,
        seconds: 60,
        guided: true,
    };
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "--seconds" => options.seconds = words.next().unwrap_or_default().parse()?,
            "--unguided" => options.guided = false,
            _ if word.starts_with('-') => anyhow::bail!("unknown option `{word}`"),
            _ => options.target = Some(word),
        }
    }
    Ok(options)
}

/// The driver that needs no instrumentation.
fn driver(repository: &Repository, arguments: &[&str]) -> Program {
    let run = ["run", "--quiet", "-p", "seawall-fuzz", "--"];
    Program::cargo(repository, &[run.as_slice(), arguments].concat())
}

fn unguided(repository: &Repository, name: &str, seconds: u32) -> anyhow::Result<bool> {
    let failed = format!("target/fuzz/failed/{name}");
    let arguments = ["run", name, &seconds.to_string(), &failed];
    Ok(driver(repository, &arguments).stream()?.success)
}

fn guided(repository: &Repository, name: &str, seconds: u32) -> anyhow::Result<bool> {
    let corpus = format!("target/fuzz/corpus/{name}");
    let failed = format!("target/fuzz/failed/{name}/");
    make_folder(&repository.root().join(&failed))?;
    let seeded = driver(repository, &["seeds", name, &corpus]).capture()?;
    anyhow::ensure!(seeded.success, "no seeds: {}", seeded.output);
    // Cargo runs it in the tree; a target is named, so that build scripts are not instrumented.
    let run = [
        "run",
        "--quiet",
        "--release",
        "--manifest-path=fuzz/libfuzzer/Cargo.toml",
        "--target=host-tuple",
        "--target-dir=target/fuzz/build",
        "--",
    ];
    let arguments = [
        corpus.as_str(),
        &format!("-max_total_time={seconds}"),
        &format!("-artifact_prefix={failed}"),
        "-max_len=65536",
        "-timeout=10",
        "-verbosity=0",
        "-print_final_stats=1",
    ];
    let program = Program::cargo(repository, &[run.as_slice(), &arguments].concat())
        .with("RUSTFLAGS", COVERAGE)
        .with("SEAWALL_FUZZ_TARGET", name);
    Ok(program.stream()?.success)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_read_in_any_order() {
        let options = parse(&["--seconds", "5", "zip", "--unguided"]).unwrap();
        let expected = Options {
            target: Some("zip"),
            seconds: 5,
            guided: false,
        };
        assert_eq!(options, expected);
        assert!(parse(&["--seconds"]).is_err() && parse(&["--fast"]).is_err());
    }
}
