//! Development tasks, run as `cargo xtask NAME`. Nothing here ships.
//!
//! `test` is the whole of what a change must pass; `.ci/run` calls it and nothing else.

mod bench;
mod contributing;
mod docs;
mod e2e;
mod eval_guard;
mod eval_runaway;
mod fuzz;
mod kubernetes;
mod packages;
mod shell;
mod skips;
mod test;
mod tidy;

use std::process::ExitCode;

use crate::shell::{Repository, say};

const HELP: &str = "\
Development tasks of Seawall.

Usage: cargo xtask TASK

Tasks:
  test          everything a change must pass, cheap steps first; sets up what the tests need
  tidy          layers, purity, file heads and sizes, imports, rule lists, dependencies, paths
  docs [--check]
                writes docs/rules and docs/reference from the source; --check fails on a difference
  contributing  adds the examples of CONTRIBUTING.md to a copy of the tree and tests them
  kubernetes    makes the API server that some tests start, and prints its folder
  e2e           real clients against a real `seawall up`: OpenAI SDKs, headless Chromium
  bench NAME    budget, gateway, guard, ledger, risk, scan or all, beside their baselines; JSON
                in target/bench (release profile)
  eval guard    recall and false positives of the attack detectors, by source of the texts
  eval runaway  detection delay and false alarms of runaway detection, on simulated sessions
  fuzz [TARGET] [--seconds N] [--unguided]
                parsers under libFuzzer (needs a C++ compiler), or by mutation of their seeds alone
  help          this text

Environment:
  SEAWALL_CACHE       where Python environments and npm packages are kept
  SEAWALL_TEST_DATA   the shared test data (default: ../shared/data beside the repository)
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let repository = Repository::here();
    let outcome = match words.as_slice() {
        ["test"] => test::run(&repository),
        ["tidy"] => tidy::run(&repository),
        ["docs"] => docs::run(&repository, docs::Mode::Write),
        ["docs", "--check"] => docs::run(&repository, docs::Mode::Check),
        ["bench", name] => bench::run(&repository, name),
        ["eval", "guard"] => eval_guard::run(&repository),
        ["contributing"] => contributing::run(&repository),
        ["fuzz", rest @ ..] => fuzz::run(&repository, rest),
        ["eval", "runaway"] => Ok(eval_runaway::run()),
        ["kubernetes"] => kubernetes::run(&repository),
        ["e2e"] => e2e::run(&repository),
        [] | ["help" | "--help" | "-h"] => {
            say(HELP);
            Ok(true)
        }
        _ => {
            say(&format!("unknown task `{}`\n\n{HELP}", words.join(" ")));
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::from(2)
        }
    }
}
