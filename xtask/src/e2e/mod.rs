//! `cargo xtask e2e`: the official clients and a real browser against a real `seawall up`.
//!
//! One server is started on free ports with a state folder of its own; each client is a small
//! script that prints `ok NAME` or `not ok NAME: why`. What a client needs is installed into the
//! cache by the ordinary package clients; where that cannot be, its tests skip by name.

mod clients;
mod server;

use crate::e2e::clients::{Client, Ready};
use crate::e2e::server::Server;
use crate::shell::{Program, Repository, say};
use crate::test::Totals;

/// Runs the end-to-end tests alone.
pub(crate) fn run(repository: &Repository) -> anyhow::Result<bool> {
    let totals = totals(repository)?;
    for skip in &totals.skips {
        say(&format!(
            "skipped {} [{}]: {}",
            skip.test, skip.id, skip.why
        ));
    }
    say(&format!(
        "\n{} passed, {} failed, {} skipped",
        totals.passed,
        totals.failed,
        totals.skips.len()
    ));
    Ok(totals.failed == 0)
}

/// Runs the end-to-end tests and counts them.
pub(crate) fn totals(repository: &Repository) -> anyhow::Result<Totals> {
    let mut totals = Totals::default();
    let server = Server::start(repository)?;
    for client in Client::ALL {
        say(&format!("-- {}", client.name()));
        match clients::prepare(repository, *client)? {
            Ready::Missing(why) => totals.add(Totals::skipped(client.skip(), client.name(), &why)),
            Ready::Run(program, arguments) => {
                totals.add(script(repository, &server, *client, &program, &arguments)?);
            }
        }
    }
    Ok(totals)
}

fn script(
    repository: &Repository,
    server: &Server,
    client: Client,
    program: &str,
    arguments: &[String],
) -> anyhow::Result<Totals> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut program = Program::new(repository, program, &arguments);
    for (name, value) in server.variables() {
        program = program.with(&name, value);
    }
    let ended = program.stream()?;
    let mut totals = count(&ended.output);
    if !ended.success && totals.failed == 0 {
        say(&format!("not ok {}: the script ended early", client.name()));
        totals.failed = 1;
    }
    if totals.passed + totals.failed == 0 {
        say(&format!(
            "not ok {}: the script tested nothing",
            client.name()
        ));
        totals.failed = 1;
    }
    Ok(totals)
}

fn count(output: &str) -> Totals {
    let lines = |start: &str| {
        let lines = output
            .lines()
            .filter(|line| line.starts_with(start))
            .count();
        u64::try_from(lines).unwrap_or(u64::MAX)
    };
    Totals {
        passed: lines("ok "),
        failed: lines("not ok "),
        skips: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_lines_are_counted() {
        let totals = count("ok a\nnot ok b: c\nok d\nokay\n");
        assert_eq!((totals.passed, totals.failed), (2, 1));
    }
}
