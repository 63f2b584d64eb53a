//! What each client needs, installed into the cache once per lock file.

use std::path::{Path, PathBuf};

use crate::packages::{finish, install, keyed_folder};
use crate::shell::{Repository, installed, make_folder, read_outside, variable, write_outside};

/// A client that the product is driven with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Client {
    /// The official Anthropic SDK for Python.
    AnthropicPython,
    /// The official Anthropic SDK for Node.js.
    AnthropicNode,
    /// The official OpenAI SDK for Python.
    Python,
    /// The official MCP SDK for Python, around a real server.
    McpPython,
    /// The official OpenAI SDK for Node.js.
    Node,
    /// Headless Chromium, through playwright-core.
    Browser,
}

/// Whether a client can run, and how.
pub(super) enum Ready {
    /// The program and its arguments.
    Run(String, Vec<String>),
    /// What is missing.
    Missing(String),
}

impl Client {
    /// All of them.
    pub(super) const ALL: &'static [Self] = &[
        Self::Python,
        Self::McpPython,
        Self::Node,
        Self::AnthropicPython,
        Self::AnthropicNode,
        Self::Browser,
    ];

    /// Its name in the output.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::AnthropicPython => "anthropic-python",
            Self::AnthropicNode => "anthropic-node",
            Self::Python => "openai-python",
            Self::McpPython => "mcp-python",
            Self::Node => "openai-node",
            Self::Browser => "console-in-chromium",
        }
    }

    /// The id in the list of skips.
    pub(super) const fn skip(self) -> &'static str {
        match self {
            Self::AnthropicPython | Self::McpPython | Self::Python => "python",
            Self::AnthropicNode | Self::Node => "node",
            Self::Browser => "chromium",
        }
    }
}

/// Installs what a client needs, or says what is missing.
pub(super) fn prepare(repository: &Repository, client: Client) -> anyhow::Result<Ready> {
    match client {
        Client::AnthropicPython => python_script(repository, "xtask/e2e/anthropic_sdk.py"),
        Client::McpPython => python_script(repository, "xtask/e2e/mcp_sdk.py"),
        Client::Python => python_script(repository, "xtask/e2e/openai_sdk.py"),
        Client::AnthropicNode => sdk_script(repository, "xtask/e2e/anthropic_sdk.mjs"),
        Client::Node => sdk_script(repository, "xtask/e2e/openai_sdk.mjs"),
        Client::Browser => Ok(match (node(repository)?, chromium(repository)?) {
            (Some(modules), Some(chromium)) => {
                node_script("xtask/e2e/console.mjs", &modules, &[chromium])
            }
            (None, _) => Ready::Missing("no Node.js with playwright-core".to_owned()),
            (_, None) => Ready::Missing("no Chromium".to_owned()),
        }),
    }
}

fn python_script(repository: &Repository, script: &str) -> anyhow::Result<Ready> {
    Ok(match python(repository)? {
        Some(python) => Ready::Run(python, vec![script.to_owned()]),
        None => Ready::Missing("no Python with the SDKs".to_owned()),
    })
}

fn sdk_script(repository: &Repository, script: &str) -> anyhow::Result<Ready> {
    Ok(match node(repository)? {
        Some(modules) => node_script(script, &modules, &[]),
        None => Ready::Missing("no Node.js with the SDKs".to_owned()),
    })
}

fn node_script(script: &str, modules: &Path, more: &[String]) -> Ready {
    let mut arguments = vec![script.to_owned(), modules.to_string_lossy().into_owned()];
    arguments.extend_from_slice(more);
    Ready::Run("node".to_owned(), arguments)
}

/// A virtual environment with the packages of `requirements.txt`; its Python.
fn python(repository: &Repository) -> anyhow::Result<Option<String>> {
    let lock = "xtask/e2e/requirements.txt";
    let folder = keyed_folder("e2e-python", &repository.read(lock)?);
    let python = folder.join("bin/python").to_string_lossy().into_owned();
    if read_outside(&folder.join("ready")).is_some() {
        return Ok(Some(python));
    }
    if !installed("python3") {
        return Ok(None);
    }
    make_folder(&folder)?;
    let target = folder.to_string_lossy().into_owned();
    let steps: [(&str, &[&str]); 2] = [
        ("python3", &["-m", "venv", &target]),
        (
            &python,
            &[
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "-r",
                lock,
            ],
        ),
    ];
    finish(repository, &folder, &steps).map(|done| done.then_some(python))
}

/// A folder with the packages of `package.json`.
fn node(repository: &Repository) -> anyhow::Result<Option<PathBuf>> {
    let manifest = repository.read("xtask/e2e/package.json")?;
    let lock = repository.read("xtask/e2e/package-lock.json")?;
    let folder = keyed_folder("e2e-node", &format!("{manifest}{lock}"));
    if read_outside(&folder.join("ready")).is_some() {
        return Ok(Some(folder));
    }
    if !installed("node") || !installed("npm") {
        return Ok(None);
    }
    make_folder(&folder)?;
    write_outside(&folder.join("package.json"), &manifest)?;
    write_outside(&folder.join("package-lock.json"), &lock)?;
    let target = folder.to_string_lossy().into_owned();
    let install: &[&str] = &[
        "ci",
        "--prefix",
        &target,
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
    ];
    finish(repository, &folder, &[("npm", install)]).map(|done| done.then_some(folder))
}

/// The browser's path; installed by the system's package client where we may.
fn chromium(repository: &Repository) -> anyhow::Result<Option<String>> {
    if let Some(path) = find_chromium() {
        return Ok(Some(path));
    }
    if !install(repository, &["chromium", "fonts-dejavu-core"])? {
        return Ok(None);
    }
    Ok(find_chromium())
}

fn find_chromium() -> Option<String> {
    let folders = variable("PATH")?;
    std::env::split_paths(&folders)
        .flat_map(|folder| ["chromium", "chromium-browser"].map(|name| folder.join(name)))
        .find(|path| path.is_file())
        .map(|path| path.to_string_lossy().into_owned())
}
