//! What `up` was asked for: flags over the configuration file over defaults, checked once.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use anyhow::Context as _;
use seawall_base::{Digest, Secret};
use seawall_config::{
    OverrideConfig, ProcessConfig, ToolRuleConfig, ToolRuleDecision, UpstreamUrl, render_problems,
};
use seawall_guard::{
    Action, ActionOverride, Channel, Guard, GuardLimits, GuardPolicy, ToolDecision, ToolRule,
};
use seawall_ports::KeyLimits;

use crate::app::Hinted;
use crate::commands::up::{Args, GatewayArgs};

/// Largest configuration file.
const CONFIG_BYTES_MAX: u64 = 1 << 20;
/// The tool that waits for a reviewer where no configuration says otherwise.
const APPROVAL_TOOL: &str = "issue_payment";

/// A start that can be carried out.
pub(crate) struct Settings {
    /// The processes.
    pub(crate) config: ProcessConfig,
    /// Digest of the configuration's text; of nothing where there is none.
    pub(crate) digest: Digest,
    /// The model server; the practice upstream where there is none.
    pub(crate) upstream: Option<UpstreamUrl>,
    /// Whether the command line names it, which goes before every route.
    pub(crate) is_named: bool,
    /// The file of its key.
    pub(crate) upstream_key_file: Option<PathBuf>,
    /// Where the configuration lies, if it was there at the start.
    pub(crate) file: Option<PathBuf>,
    /// What the public routes enforce.
    pub(crate) guard: Guard,
    /// The same without approvals: what trials measure, because nobody answers for the reviewer.
    pub(crate) measured: Guard,
}

impl Settings {
    /// Reads the files and flags of `up`.
    ///
    /// # Errors
    /// Every problem of the configuration with its place; a flag that contradicts another.
    pub(crate) fn resolve(args: &Args) -> anyhow::Result<Self> {
        let mut settings = Self::of_gateway(&args.gateway)?;
        if let Some(listen) = args.console_listen {
            settings.config.console_listen = listen;
        }
        let console = settings.config.console_listen.address();
        if !console.ip().is_loopback() && !args.expose {
            return Err(Hinted::new(
                format!(
                    "the console would answer on {console}, which others can reach without TLS"
                ),
                "keep it on loopback, or say --expose if something in front of it adds TLS",
            )
            .into());
        }
        Ok(settings)
    }

    /// Reads the files and flags of the gateway alone.
    ///
    /// # Errors
    /// Every problem of the configuration with its place.
    pub(crate) fn of_gateway(args: &GatewayArgs) -> anyhow::Result<Self> {
        let named = args.config.clone();
        let path = named
            .clone()
            .unwrap_or_else(|| PathBuf::from("seawall-config.yaml"));
        let (mut config, digest) = load(&path, named.is_some())?;
        if args.config.is_none() && digest == Digest::of(b"") {
            config.approval_tools = vec![APPROVAL_TOOL.to_owned()];
        }
        if let Some(listen) = args.listen {
            config.gateway_listen = listen;
        }
        let upstream = args.upstream.clone().or_else(|| {
            config
                .routes
                .iter()
                .find_map(|route| route.upstream.clone())
        });
        let policy = policy(&config);
        let measured = GuardPolicy {
            approval_tools: Default::default(),
            ..policy.clone()
        };
        Ok(Self {
            guard: Guard::compile(policy).context("the guard's policy cannot be enforced")?,
            measured: Guard::compile(measured).context("the guard's policy cannot be enforced")?,
            config,
            file: (digest != Digest::of(b"")).then_some(path),
            digest,
            is_named: args.upstream.is_some(),
            upstream,
            upstream_key_file: args.upstream_key_file.clone(),
        })
    }

    /// Whether the practice upstream answers.
    pub(crate) const fn is_practice(&self) -> bool {
        self.upstream.is_none()
    }

    /// What a key may use.
    pub(crate) const fn key_limits(&self) -> KeyLimits {
        KeyLimits {
            requests_per_minute: Some(self.config.requests_per_minute),
            tokens_per_minute: Some(self.config.tokens_per_minute),
        }
    }
}

/// What the guard enforces under this configuration.
pub(crate) fn policy(config: &ProcessConfig) -> GuardPolicy {
    let mut limits = GuardLimits::default();
    if let Some(bytes) = config.guard.repeated_bytes_max {
        limits.repeated_bytes_max = usize::try_from(bytes).unwrap_or(usize::MAX);
    }
    GuardPolicy {
        approval_tools: config.approval_tools.iter().cloned().collect(),
        tool_rules: config.tool_rules.iter().map(tool_rule).collect(),
        denied_tools: config.denied_tools.iter().cloned().collect(),
        confidential_tools: config.confidential_tools.iter().cloned().collect(),
        overrides: config.guard.overrides.iter().map(changed).collect(),
        on_error: config.on_error,
        limits,
        ..GuardPolicy::default()
    }
}

fn tool_rule(rule: &ToolRuleConfig) -> ToolRule {
    ToolRule {
        name: rule.name.clone(),
        when: rule.when.clone(),
        decision: match rule.decision {
            ToolRuleDecision::Allow => ToolDecision::Allow,
            ToolRuleDecision::Hold => ToolDecision::Hold,
            ToolRuleDecision::Deny => ToolDecision::Deny,
        },
    }
}

/// One override. A channel that is none makes it one for no detector, which compiling refuses.
fn changed(declared: &OverrideConfig) -> ActionOverride {
    let channel = declared
        .channel
        .as_deref()
        .map(Channel::from_str)
        .transpose();
    let detector = match &channel {
        Ok(_) => declared.detector.clone(),
        Err(_) => format!(
            "{} on channel {}",
            declared.detector,
            declared.channel.as_deref().unwrap_or_default()
        ),
    };
    ActionOverride {
        detector,
        channel: channel.unwrap_or_default(),
        // The configuration knows the same words.
        action: declared.action.parse().unwrap_or(Action::Block),
    }
}

/// Reads a configuration; one that nobody named need not be there.
pub(crate) fn load(path: &Path, is_named: bool) -> anyhow::Result<(ProcessConfig, Digest)> {
    let bytes = match read(path, CONFIG_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(error) if !is_named && error.kind() == ErrorKind::NotFound => {
            return Ok((ProcessConfig::default(), Digest::of(b"")));
        }
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", path.display()));
        }
    };
    let name = path.display().to_string();
    let config = ProcessConfig::read(&name, &bytes).map_err(|problems| {
        anyhow::anyhow!(
            "the configuration has problems\n{}",
            render_problems(&problems).trim_end()
        )
    })?;
    Ok((config, Digest::of(&bytes)))
}

/// The key in a file, which is its first line.
pub(crate) fn key_of(path: &Path) -> anyhow::Result<Secret<String>> {
    let bytes =
        read(path, 64 << 10).with_context(|| format!("{} cannot be read", path.display()))?;
    let text = String::from_utf8(bytes)
        .ok()
        .with_context(|| format!("{} is not text", path.display()))?;
    let line = text.lines().next().unwrap_or_default().trim();
    if line.is_empty() {
        return Err(Hinted::new(
            format!("{} holds no key", path.display()),
            "put the key on its first line",
        )
        .into());
    }
    Ok(Secret::new(line.to_owned()))
}

/// Reads a file of at most `bytes_max` bytes.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line names this file"
)]
fn read(path: &Path, bytes_max: u64) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?
        .take(bytes_max + 1)
        .read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > bytes_max) {
        return Err(std::io::Error::new(
            ErrorKind::FileTooLarge,
            format!("it is larger than {bytes_max} bytes"),
        ));
    }
    Ok(bytes)
}
