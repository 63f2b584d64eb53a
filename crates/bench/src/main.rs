#![doc = include_str!("../README.md")]

mod budget;
mod cel;
mod gateway;
mod guard;
mod ledger;
mod measure;
mod risk;
mod row;
mod scan;

use std::io::Write as _;
use std::process::ExitCode;

use crate::row::{Machine, Row, json, table};

/// What a bench does: takes its rows.
type Bench = fn() -> anyhow::Result<Vec<Row>>;

/// The benches by name, in alphabetical order.
const BENCHES: &[(&str, Bench)] = &[
    ("budget", budget::rows),
    ("cel", cel::rows),
    ("gateway", gateway::rows),
    ("guard", guard::rows),
    ("ledger", ledger::rows),
    ("risk", risk::rows),
    ("scan", scan::rows),
];

/// `seawall-bench NAME COMMIT FILE`: measures, prints the table, writes the JSON.
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments
        .first()
        .is_some_and(|name| name.starts_with("role-"))
    {
        return match gateway::role(&arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&format!("{error:#}")),
        };
    }
    let [name, commit, file] = arguments.as_slice() else {
        return fail("run this as `cargo xtask bench NAME`");
    };
    let Some((_, bench)) = BENCHES.iter().find(|(known, _)| known == name) else {
        let names: Vec<_> = BENCHES.iter().map(|(known, _)| *known).collect();
        return fail(&format!(
            "no bench `{name}`; there are {}",
            names.join(", ")
        ));
    };
    let outcome = bench().and_then(|rows| {
        let machine = Machine::here();
        say(&table(name, &rows, &machine));
        write(file, &json(name, commit, &rows, &machine))
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("{error:#}")),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a tool writes its result where it is told to"
)]
pub(crate) fn write(file: &str, text: &str) -> anyhow::Result<()> {
    Ok(std::fs::write(file, text)?)
}

fn fail(why: &str) -> ExitCode {
    say(&format!("error: {why}\n"));
    ExitCode::from(2)
}

pub(crate) fn say(text: &str) {
    // Whoever closed the pipe has seen enough.
    drop(std::io::stdout().lock().write_all(text.as_bytes()));
}
