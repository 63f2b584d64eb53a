//! A real `seawall up` with a state folder of its own, stopped when the tests are done.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;

use crate::shell::{
    Program, Repository, Running, make_folder, read_outside, wait_for, write_outside,
};

/// How long a start may take, trials not included.
const START: Duration = Duration::from_secs(30);

/// Long enough for a browser to decide, short enough to see that silence denies.
const CONFIG: &str = "tools: {approval-required: [issue_payment], approval-timeout-seconds: 20}\n";

/// A running server and what its `run.json` says.
pub(super) struct Server {
    // Held so that the process ends with the tests.
    _running: Running,
    run: Value,
    key: String,
    binary: String,
    artifacts: PathBuf,
}

impl Server {
    /// Builds the product, starts it and waits until it says where it listens.
    pub(super) fn start(repository: &Repository) -> anyhow::Result<Self> {
        let binary = build(repository)?;
        let artifacts = repository.root().join("target/e2e");
        make_folder(&artifacts)?;
        let state = std::env::temp_dir().join(format!("seawall-e2e-{}", std::process::id()));
        make_folder(&state)?;
        let state_text = state.to_string_lossy().into_owned();
        let config = artifacts.join("seawall-config.yaml");
        write_outside(&config, CONFIG)?;
        let config = config.to_string_lossy().into_owned();
        let arguments = [
            "up",
            "--state",
            &state_text,
            "--config",
            &config,
            "--reviewer",
            "grace",
            "--listen",
            "127.0.0.1:0",
            "--console-listen",
            "127.0.0.1:0",
        ];
        let log = artifacts.join("up.log");
        let mut running = Program::new(repository, &binary, &arguments).start(&log)?;
        let run = wait_for(START, || match read_run(&state) {
            Some(run) => Some(Some(run)),
            None => running.ended().then_some(None),
        });
        let run = run.flatten().with_context(|| {
            let said = read_outside(&log).unwrap_or_default();
            format!("seawall up did not start; it said:\n{said}")
        })?;
        // The key is printed and nowhere kept, so it is read where a user reads it.
        let key = wait_for(START, || printed_key(&read_outside(&log)?));
        Ok(Self {
            _running: running,
            run,
            key: key.context("seawall up printed no key")?,
            binary,
            artifacts,
        })
    }

    /// What the scripts are told.
    pub(super) fn variables(&self) -> Vec<(String, String)> {
        let field = |name: &str| {
            let text = self.run.get(name).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        vec![
            ("SEAWALL_GATEWAY".to_owned(), field("gateway")),
            ("SEAWALL_CONSOLE".to_owned(), field("console")),
            ("SEAWALL_KEY".to_owned(), self.key.clone()),
            ("SEAWALL_BINARY".to_owned(), self.binary.clone()),
            ("SEAWALL_TOKEN".to_owned(), field("token")),
            (
                "SEAWALL_ARTIFACTS".to_owned(),
                self.artifacts.to_string_lossy().into_owned(),
            ),
        ]
    }
}

/// `run.json`, once it is whole.
fn read_run(state: &Path) -> Option<Value> {
    serde_json::from_str(&read_outside(&state.join("run.json"))?).ok()
}

/// The first word of the output that is a virtual key.
fn printed_key(output: &str) -> Option<String> {
    let mut words = output.split(|character: char| {
        !(character.is_ascii_alphanumeric() || character == '-' || character == '_')
    });
    words
        .find(|word| word.starts_with("sk-") && word.len() > 20)
        .map(str::to_owned)
}

/// Builds the binary and returns its path, wherever cargo puts it.
fn build(repository: &Repository) -> anyhow::Result<String> {
    let arguments = [
        "build",
        "--package",
        "seawall-cli",
        "--message-format",
        "json",
    ];
    let ended = Program::cargo(repository, &arguments).capture()?;
    anyhow::ensure!(ended.success, "seawall does not build:\n{}", ended.output);
    let executable = ended
        .output
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| message.get("executable")?.as_str().map(str::to_owned))
        .next_back();
    executable.context("cargo named no executable")
}
