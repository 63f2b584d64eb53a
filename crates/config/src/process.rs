//! The meaning of `seawall-config.yaml`: what the processes listen on, forward to and insist on.
//!
//! Decoding is pure; whoever opens the file hands the bytes over. Every problem is collected. A
//! value of these types is valid by construction, so the services do not check again.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use seawall_base::{OnError, Problem};

use crate::conduct::{self, CallLimits, RunawayActions};
use crate::guarding::{GuardConfig, RequestLimits, tools};
use crate::reader::{Fields, Reader};
use crate::yaml::{self, Node, YamlLimits};

/// An address to listen on, port 0 for any free one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Listen(SocketAddr);

/// The base URL of a model provider: `http` or `https`, no credentials, query or fragment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UpstreamUrl(String);

/// What the guard does on a route.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum GuardMode {
    /// Acts on its verdicts.
    #[default]
    Enforce,
    /// Records its verdicts and lets everything pass.
    Shadow,
    /// Does not look. Only on a route with a loopback listener of its own.
    Off,
}

/// The addresses that an upstream's name may lead to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum UpstreamReach {
    /// The public internet only.
    Public,
    /// Also private networks.
    Private,
    /// Also this machine.
    Loopback,
}

/// What the upstream of a route speaks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum UpstreamDialect {
    /// OpenAI's interfaces.
    #[default]
    OpenAi,
    /// Anthropic's messages.
    Anthropic,
}

/// One route of the gateway.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RouteConfig {
    /// Its name in the ledger.
    pub name: String,
    /// Where requests go; the practice upstream where there is none.
    pub upstream: Option<UpstreamUrl>,
    /// File with the upstream's API key, on its first line.
    pub upstream_key_file: Option<String>,
    /// What the upstream speaks.
    pub dialect: UpstreamDialect,
    /// Where the upstream's name may lead.
    pub reach: UpstreamReach,
    /// Seconds until a request to its upstream is given up, where the route says so.
    pub timeout_seconds: Option<u64>,
    /// The models it serves; all where there is none.
    pub models: Vec<String>,
    /// What the guard does.
    pub guard: GuardMode,
    /// The private loopback listener, which is the only way in for a route that has one.
    pub private_listen: Option<Listen>,
    /// What happens when the guard cannot decide.
    pub on_error: OnError,
}

/// A rule about tool calls, which the guard compiles.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ToolRuleConfig {
    /// Its name in messages.
    pub name: String,
    /// An expression in the Common Expression Language.
    pub when: String,
    /// What happens to a call for which it holds.
    pub decision: ToolRuleDecision,
}

/// What a rule about tool calls does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ToolRuleDecision {
    /// No later rule is asked.
    Allow,
    /// A person decides.
    Hold,
    /// The call does not run.
    Deny,
}

/// The configuration of the processes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProcessConfig {
    /// Where the gateway listens.
    pub gateway_listen: Listen,
    /// Where the console listens.
    pub console_listen: Listen,
    /// Where the admission webhook listens, if it runs.
    pub admission_listen: Option<Listen>,
    /// The routes; never empty.
    pub routes: Vec<RouteConfig>,
    /// Largest request body in bytes.
    pub body_bytes_max: u64,
    /// Requests per key and minute.
    pub requests_per_minute: u64,
    /// Tokens per key and minute.
    pub tokens_per_minute: u64,
    /// Seconds until a request to an upstream is given up.
    pub upstream_timeout_seconds: u64,
    /// How large the parts of a request may be.
    pub request: RequestLimits,
    /// What the guard does beside its defaults.
    pub guard: GuardConfig,
    /// Tools whose calls wait for a reviewer.
    pub approval_tools: Vec<String>,
    /// Rules about tool calls, in the order in which they are asked.
    pub tool_rules: Vec<ToolRuleConfig>,
    /// Tools that may not be called.
    pub denied_tools: Vec<String>,
    /// Tools whose results may not leave through another tool.
    pub confidential_tools: Vec<String>,
    /// Seconds until a held call is denied.
    pub approval_timeout_seconds: u64,
    /// What happens where a route does not say.
    pub on_error: OnError,
    /// Places for calls that run at a time.
    pub calls: CallLimits,
    /// What is done about sessions that run away.
    pub runaway: RunawayActions,
}

impl ProcessConfig {
    /// Reads the text of `path`.
    ///
    /// # Errors
    /// Every problem of the text, in its order.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        let parsed = yaml::parse(bytes, &YamlLimits::default());
        let reader = Reader::new(path);
        for problem in parsed.problems(path) {
            reader.problem_at(problem.location, problem.message);
        }
        if parsed.documents.len() > 1 {
            reader.problem_at(None, "one document is expected");
        }
        let config = parsed
            .documents
            .first()
            .filter(|root| !root.is_null())
            .and_then(|root| Self::decode(&reader, root));
        if !reader.is_clean() {
            return Err(reader.into_problems());
        }
        Ok(config.unwrap_or_default())
    }

    fn decode(reader: &Reader, root: &Node) -> Option<Self> {
        let mut config = Self::default();
        let mut fields = reader.fields(root, "the configuration")?;
        if let Some(on_error) = fields.one_of("on-error", &ON_ERROR) {
            config.on_error = on_error;
        }
        listen(
            reader,
            fields.optional("gateway"),
            "`gateway`",
            &mut config.gateway_listen,
        );
        listen(
            reader,
            fields.optional("console"),
            "`console`",
            &mut config.console_listen,
        );
        if let Some(node) = fields.optional("admission") {
            let mut address = Listen(SocketAddr::from(([0, 0, 0, 0], 8443)));
            listen(reader, Some(node), "`admission`", &mut address);
            config.admission_listen = Some(address);
        }
        if let Some(node) = fields.optional("limits") {
            config.limits(reader, node);
        }
        if let Some(node) = fields.optional("guard") {
            config.guard = GuardConfig::read(reader, node);
        }
        if let Some(node) = fields.optional("tools") {
            config.tools(reader, node);
        }
        if let Some(node) = fields.optional("calls") {
            conduct::calls(reader, node, &mut config.calls);
        }
        if let Some(node) = fields.optional("runaway") {
            config.runaway = conduct::runaway(reader, node);
        }
        let items = fields.items("routes");
        if !items.is_empty() {
            config.routes = items
                .iter()
                .filter_map(|item| route(reader, item, config.on_error))
                .collect();
            unique_names(reader, items);
        }
        fields.finish();
        Some(config)
    }

    fn limits(&mut self, reader: &Reader, node: &Node) {
        let Some(mut fields) = reader.fields(node, "`limits`") else {
            return;
        };
        for (key, target) in [
            ("body-bytes", &mut self.body_bytes_max),
            ("requests-per-minute", &mut self.requests_per_minute),
            ("tokens-per-minute", &mut self.tokens_per_minute),
            (
                "upstream-timeout-seconds",
                &mut self.upstream_timeout_seconds,
            ),
        ] {
            positive(reader, &mut fields, key, target);
        }
        for (key, target) in self.request.keys() {
            positive(reader, &mut fields, key, target);
        }
        fields.finish();
    }

    fn tools(&mut self, reader: &Reader, node: &Node) {
        let Some(mut fields) = reader.fields(node, "`tools`") else {
            return;
        };
        self.approval_tools = tools(&mut fields, "approval-required");
        self.denied_tools = tools(&mut fields, "denied");
        self.confidential_tools = tools(&mut fields, "confidential");
        let seconds = &mut self.approval_timeout_seconds;
        positive(reader, &mut fields, "approval-timeout-seconds", seconds);
        let rules = fields.items("rules").iter();
        self.tool_rules = rules.filter_map(|node| tool_rule(reader, node)).collect();
        fields.finish();
    }
}

fn tool_rule(reader: &Reader, node: &Node) -> Option<ToolRuleConfig> {
    let mut fields = reader.fields(node, "a rule about tool calls")?;
    let decisions = [
        ("allow", ToolRuleDecision::Allow),
        ("hold", ToolRuleDecision::Hold),
        ("deny", ToolRuleDecision::Deny),
    ];
    let name = fields.required_text("name");
    let when = fields.required_text("when");
    let is_given = fields.required("then").is_some();
    let decision = fields.one_of("then", &decisions).filter(|_| is_given);
    fields.finish();
    Some(ToolRuleConfig {
        name: name?,
        when: when?,
        decision: decision?,
    })
}

const ON_ERROR: [(&str, OnError); 2] = [("deny", OnError::Deny), ("allow", OnError::Allow)];

pub(crate) fn positive(
    reader: &Reader,
    fields: &mut Fields<'_>,
    key: &'static str,
    target: &mut u64,
) {
    match fields.count(key) {
        Some(0) => {
            if let Some(node) = fields.optional(key) {
                reader.problem(node, format!("`{key}` must be at least 1"));
            }
        }
        Some(value) => *target = value,
        None => {}
    }
}

fn listen(reader: &Reader, node: Option<&Node>, subject: &str, target: &mut Listen) {
    let Some(mut fields) = node.and_then(|node| reader.fields(node, subject)) else {
        return;
    };
    if let Some(address) = fields.parse("listen") {
        *target = address;
    }
    fields.finish();
}

fn route(reader: &Reader, node: &Node, on_error: OnError) -> Option<RouteConfig> {
    let mut fields = reader.fields(node, "a route")?;
    let name = fields.required_text("name");
    let upstream: Option<UpstreamUrl> = fields.parse("upstream");
    let upstream_key_file = fields.text("upstream-key-file");
    let dialects = [
        ("openai", UpstreamDialect::OpenAi),
        ("anthropic", UpstreamDialect::Anthropic),
    ];
    let dialect = fields.one_of("dialect", &dialects).unwrap_or_default();
    let reaches = [
        ("public", UpstreamReach::Public),
        ("private", UpstreamReach::Private),
        ("loopback", UpstreamReach::Loopback),
    ];
    let named = upstream
        .as_ref()
        .map_or(UpstreamReach::Private, UpstreamUrl::reach);
    let reach = fields.one_of("reach", &reaches).unwrap_or(named);
    let mut timeout = 0;
    positive(reader, &mut fields, "timeout-seconds", &mut timeout);
    let timeout_seconds = (timeout > 0).then_some(timeout);
    let models = fields.texts("models");
    let modes = [
        ("enforce", GuardMode::Enforce),
        ("shadow", GuardMode::Shadow),
        ("off", GuardMode::Off),
    ];
    let guard = fields.one_of("guard", &modes).unwrap_or_default();
    let private_listen: Option<Listen> = fields.parse("private-listen");
    let on_error = fields.one_of("on-error", &ON_ERROR).unwrap_or(on_error);
    fields.finish();
    match private_listen {
        Some(address) if !address.0.ip().is_loopback() => {
            reader.problem(node, "`private-listen` must be a loopback address");
        }
        None if guard == GuardMode::Off => {
            reader.problem(
                node,
                "`guard: off` needs a `private-listen` address, so that nobody reaches the route by \
                 accident",
            );
        }
        Some(_) | None => {}
    }
    Some(RouteConfig {
        name: name?,
        upstream,
        upstream_key_file,
        dialect,
        reach,
        timeout_seconds,
        models,
        guard,
        private_listen,
        on_error,
    })
}

fn unique_names(reader: &Reader, items: &[Node]) {
    let mut seen: Vec<&str> = Vec::new();
    for item in items {
        if let Some(node) = item.get("name")
            && let Some(name) = node.text()
        {
            if seen.contains(&name) {
                reader.problem(node, "another route has this name");
            }
            seen.push(name);
        }
    }
}

impl Default for ProcessConfig {
    fn default() -> Self {
        Self {
            gateway_listen: Listen(SocketAddr::from(([127, 0, 0, 1], 8080))),
            console_listen: Listen(SocketAddr::from(([127, 0, 0, 1], 8081))),
            admission_listen: None,
            routes: vec![RouteConfig {
                name: "default".to_owned(),
                upstream: None,
                upstream_key_file: None,
                dialect: UpstreamDialect::OpenAi,
                reach: UpstreamReach::Private,
                timeout_seconds: None,
                models: Vec::new(),
                guard: GuardMode::Enforce,
                private_listen: None,
                on_error: OnError::Deny,
            }],
            body_bytes_max: 4 << 20,
            requests_per_minute: 600,
            tokens_per_minute: 1_000_000,
            upstream_timeout_seconds: 300,
            request: RequestLimits::default(),
            guard: GuardConfig::default(),
            approval_tools: Vec::new(),
            tool_rules: Vec::new(),
            denied_tools: Vec::new(),
            confidential_tools: Vec::new(),
            approval_timeout_seconds: 300,
            on_error: OnError::Deny,
            calls: CallLimits::default(),
            runaway: RunawayActions::new(),
        }
    }
}

impl Listen {
    /// The address.
    #[must_use]
    pub const fn address(self) -> SocketAddr {
        self.0
    }
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse()
            .map(Self)
            .map_err(|_| "expected an address and a port, such as 127.0.0.1:8080".to_owned())
    }
}

impl UpstreamUrl {
    /// The URL without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl UpstreamUrl {
    /// What the URL itself asks for: an address of this machine means this machine.
    #[must_use]
    pub fn reach(&self) -> UpstreamReach {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        let host = match authority.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => authority.split(':').next().unwrap_or_default(),
        };
        let is_here = host.eq_ignore_ascii_case("localhost")
            || host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        if is_here {
            UpstreamReach::Loopback
        } else {
            UpstreamReach::Private
        }
    }
}

impl FromStr for UpstreamUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))
            .ok_or("expected a URL that begins with http:// or https://")?;
        let authority = rest.split('/').next().unwrap_or_default();
        if authority.is_empty() || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err("expected a URL with a host".to_owned());
        }
        if authority.contains('@') {
            return Err("a URL must not carry credentials".to_owned());
        }
        if rest.contains(['?', '#']) {
            return Err("a base URL has no query and no fragment".to_owned());
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::problem::render_problems;

    const GOOD: &str = "\
on-error: deny
gateway: {listen: '127.0.0.1:0'}
limits: {requests-per-minute: 60, body-bytes: 1048576}
tools:
  approval-required: [pay_claim]
  approval-timeout-seconds: 30
  rules:
    - {name: large, when: 'args.amount > 500', then: hold}
routes:
  - {name: default, upstream: 'https://api.example.com/v1/', guard: enforce}
  - {name: bare, guard: off, private-listen: '127.0.0.1:0', on-error: allow}
";

    #[test]
    fn a_full_configuration_reads() {
        // `off` is a word of this file, whatever YAML 1.1 makes of it.
        let config = ProcessConfig::read("c.yaml", GOOD.as_bytes()).unwrap();
        assert_eq!(config.requests_per_minute, 60);
        assert_eq!(config.approval_tools, ["pay_claim"]);
        assert_eq!(config.tool_rules[0].decision, ToolRuleDecision::Hold);
        let urls: Vec<_> = config
            .routes
            .iter()
            .map(|route| route.upstream.as_ref())
            .collect();
        assert_eq!(urls[0].unwrap().as_str(), "https://api.example.com/v1");
        assert_eq!(config.routes[1].guard, GuardMode::Off);
        assert_eq!(config.routes[1].on_error, OnError::Allow);
        assert_eq!(
            ProcessConfig::read("c.yaml", b"").unwrap(),
            ProcessConfig::default()
        );
    }

    #[test]
    fn guard_tools_and_the_sizes_of_requests_are_set() {
        let text = "guard: {repeated-bytes: 900, overrides: [{detector: canary, channel: output, action: redact}]}\n\
                    tools: {confidential: [read_mail], denied: [wipe]}\nlimits: {choices: 2, messages: 9}\n";
        let config = ProcessConfig::read("c.yaml", text.as_bytes()).unwrap();
        assert_eq!(config.guard.repeated_bytes_max, Some(900));
        assert_eq!(config.guard.overrides[0].action, "redact");
        assert_eq!(
            (config.confidential_tools, config.denied_tools),
            (vec!["read_mail".to_owned()], vec!["wipe".to_owned()])
        );
        assert_eq!(
            (config.request.choices_max, config.request.messages_max),
            (2, 9)
        );
        let bad = "guard: {overrides: [{detector: canary}, {detector: canary, action: burn}]}\nlimits: {tools: 0}\n";
        let problems = ProcessConfig::read("c.yaml", bad.as_bytes()).unwrap_err();
        assert_eq!(problems.len(), 3, "{problems:?}");
    }

    #[test]
    fn every_problem_is_named_with_its_place() {
        let text = "gateway: {listen: nowhere}\nroutes:\n  - {name: a, guard: 'off'}\n  - {name: a, upstream: 'ftp://x'}\n  - {name: b, guard: 'off', private-listen: '0.0.0.0:1'}\nlimit: {}\n";
        let problems = ProcessConfig::read("c.yaml", text.as_bytes()).unwrap_err();
        assert_eq!(
            render_problems(&problems),
            "error: c.yaml:1:19: `listen`: expected an address and a port, such as 127.0.0.1:8080\n\
             error: c.yaml:3:5: `guard: off` needs a `private-listen` address, so that nobody reaches the route by accident\n\
             error: c.yaml:4:12: another route has this name\n\
             error: c.yaml:4:25: `upstream`: expected a URL that begins with http:// or https://\n\
             error: c.yaml:5:5: `private-listen` must be a loopback address\n\
             error: c.yaml:6:1: unknown key `limit` in the configuration; did you mean `limits`?\n"
        );
    }

    #[test]
    fn a_route_says_where_it_goes_and_how_far_its_name_may_lead() {
        let text = "routes:\n  - {name: a, upstream: 'http://models.example', upstream-key-file: k.txt, timeout-seconds: 9, models: [m]}\n  - {name: b, upstream: 'http://localhost:1'}\n  - {name: c, upstream: 'http://[::1]:1', reach: public}\n";
        let config = ProcessConfig::read("c.yaml", text.as_bytes()).unwrap();
        let reaches: Vec<_> = config.routes.iter().map(|route| route.reach).collect();
        assert_eq!(
            reaches,
            [
                UpstreamReach::Private,
                UpstreamReach::Loopback,
                UpstreamReach::Public
            ]
        );
        assert_eq!(config.routes[0].upstream_key_file.as_deref(), Some("k.txt"));
        assert_eq!(config.routes[0].timeout_seconds, Some(9));
        let zero = b"routes: [{name: a, timeout-seconds: 0}]";
        assert!(ProcessConfig::read("c.yaml", zero).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"((gateway|routes|limits|tools|on-error|name|guard|off|- |: |\{|\}|\n|  |[a-z0-9'"]){1,2}){0,30}"#) {
            let _outcome = ProcessConfig::read("c.yaml", text.as_bytes());
        }
    }
}
