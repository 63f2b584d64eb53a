//! The routes of the configuration as the gateway serves them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use http::HeaderName;
use seawall_config::{
    GuardMode, ProcessConfig, RouteConfig, UpstreamDialect, UpstreamReach, UpstreamUrl,
};
use seawall_gateway::{Mode, Route, Speaks};
use seawall_guard::{Guard, GuardPolicy};
use seawall_net::{HttpUpstream, Reach, UpstreamOptions};
use seawall_ports::Upstream;

use super::settings::{Settings, key_of, policy};

/// Where routes go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Own {
    /// Each to the upstream that it declares.
    Declared,
    /// All to the one that the command line names.
    Named,
    /// All to the practice upstream.
    Practice,
}

impl Own {
    pub(crate) const fn of(settings: &Settings) -> Self {
        match (settings.is_practice(), settings.is_named) {
            (true, _) => Self::Practice,
            (false, true) => Self::Named,
            (false, false) => Self::Declared,
        }
    }
}

/// One upstream and how to reach it.
pub(crate) struct Target<'a> {
    pub(crate) url: &'a UpstreamUrl,
    pub(crate) key_file: Option<&'a Path>,
    /// What it speaks, which says where its key goes.
    pub(crate) dialect: UpstreamDialect,
    pub(crate) reach: UpstreamReach,
    /// Until a request is given up, and until the next piece of an answer.
    pub(crate) seconds: u64,
}

/// Every public route. Those with a listener of their own are not among them. Without `own`
/// upstreams, all go where the ports lead.
///
/// # Errors
/// When a key cannot be read or a policy not be compiled.
pub(crate) fn routes(config: &ProcessConfig, own: Own) -> anyhow::Result<Vec<Route>> {
    let public = config
        .routes
        .iter()
        .filter(|route| route.private_listen.is_none());
    public.map(|route| one(config, route, own)).collect()
}

fn one(config: &ProcessConfig, declared: &RouteConfig, own: Own) -> anyhow::Result<Route> {
    let policy = GuardPolicy {
        on_error: declared.on_error,
        ..policy(config)
    };
    let guard = Guard::compile(policy).context("the guard's policy cannot be enforced")?;
    let mut route = Route::new(&declared.name, Some(guard));
    route.models.clone_from(&declared.models);
    route.mode = match declared.guard {
        GuardMode::Shadow => Mode::Shadow,
        // A route without a guard has a private listener, so it is not here.
        GuardMode::Enforce | GuardMode::Off => Mode::Enforce,
    };
    let target = declared.upstream.as_ref().map(|url| Target {
        url,
        key_file: declared.upstream_key_file.as_deref().map(Path::new),
        dialect: declared.dialect,
        reach: declared.reach,
        seconds: declared
            .timeout_seconds
            .unwrap_or(config.upstream_timeout_seconds),
    });
    // The practice upstream speaks OpenAI's dialects, and so does the one of the command line.
    route.speaks = match (own, declared.dialect) {
        (Own::Declared, UpstreamDialect::Anthropic) => Speaks::Anthropic,
        _ => Speaks::OpenAi,
    };
    route.upstream = target
        .filter(|_| own == Own::Declared)
        .map(|target| connect(&target))
        .transpose()
        .with_context(|| format!("route `{}`", declared.name))?;
    // The practice upstream has one model; asking for another must fail as it would elsewhere.
    if own == Own::Practice && route.models.is_empty() {
        route.models.push(seawall_practice::MODEL.to_owned());
    }
    Ok(route)
}

/// The upstream of a target. Nothing is connected to yet.
///
/// # Errors
/// When its key cannot be read or its address is not one.
pub(crate) fn connect(target: &Target<'_>) -> anyhow::Result<Arc<dyn Upstream>> {
    let base = target
        .url
        .as_str()
        .parse()
        .with_context(|| format!("`{}` is not a URL", target.url.as_str()))?;
    let key = target.key_file.map(key_of).transpose()?;
    let mut options = UpstreamOptions::new(base, key);
    if target.dialect == UpstreamDialect::Anthropic {
        options.key_header = Some(HeaderName::from_static("x-api-key"));
    }
    options.client.reach = match target.reach {
        UpstreamReach::Public => Reach::Public,
        UpstreamReach::Private => Reach::Private,
        UpstreamReach::Loopback => Reach::Loopback,
    };
    options.client.answer_max = Duration::from_secs(target.seconds);
    options.piece_max = options.piece_max.min(options.client.answer_max);
    Ok(Arc::new(HttpUpstream::new(&options)?))
}
