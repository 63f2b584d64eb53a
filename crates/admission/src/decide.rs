//! The decision about one request: the scanner's rules under the cluster's policies and exceptions,
//! what must be verified, and what Kubernetes asks of a webhook.

mod verified;

use std::collections::BTreeSet;

use seawall_base::{Finding, Limits, OnError, Severity, Timestamp};
use seawall_config::yaml::Node;
use seawall_policy::{Object, Reading, Scope};
use serde_json::Value;

use crate::facts::{Facts, Guardrail};
use crate::gate;
use crate::review::{Operation, Request};

/// What the webhook insists on.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Findings at or above this severity deny.
    pub fail_on: Severity,
    /// What happens when no decision can be made.
    pub on_error: OnError,
    /// Limits of the analysis.
    pub limits: Limits,
}

/// What was decided.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Decision {
    /// Whether the request goes through.
    pub allowed: bool,
    /// Why not: rule, field and fix of each reason.
    pub message: String,
    /// What the user is told although the request goes through.
    pub warnings: Vec<String>,
    /// The rules that denied, for the audit log.
    pub rules: Vec<String>,
    /// The findings that denied.
    pub findings: Vec<Finding>,
    /// What would have denied and is excepted: the exception and its owner, and the rule.
    pub excepted: Vec<(String, String)>,
}

/// What decisions depend on beside the request.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// What the webhook insists on where no policy of the cluster speaks.
    pub policy: &'a Policy,
    /// The cluster's own objects.
    pub facts: &'a Facts,
    /// The time.
    pub now: Timestamp,
}

/// The API server shows at most so much of each warning.
const WARNING_CHARS_MAX: usize = 240;
const WARNINGS_MAX: usize = 8;
/// A message with more reasons than this helps nobody.
const REASONS_MAX: usize = 10;

/// Decides about a request. What has no object to look at passes: deletions, streams, and the
/// subresources that do not carry a pod.
#[must_use]
pub fn decide(request: &Request, ground: &Ground<'_>) -> Decision {
    let policy = ground.policy;
    let Some(object) = carried(request) else {
        return Decision::allow();
    };
    if !ground.facts.ready() {
        let why = "the cluster's policies are not read yet";
        return Decision::by_default(policy.on_error, why);
    }
    let reading = seawall_policy::read_node("object", object.clone(), &request.source);
    if reading.objects.is_empty() || !reading.problems.is_empty() {
        return Decision::by_default(policy.on_error, "the object could not be analysed");
    }
    let guardrail = ground.facts.guardrail(&request.namespace);
    let (mut findings, problems) = check(&reading, policy);
    if problems {
        return Decision::by_default(policy.on_error, "a limit of the analysis was reached");
    }
    if let Some(guardrail) = &guardrail {
        findings.retain(|finding| !guardrail.disabled.contains(finding.rule));
    }
    let mut decision = judge(request, ground, (&reading, findings), guardrail.as_ref());
    if let Some(guardrail) = &guardrail {
        verified::add(&mut decision, request, (&reading, guardrail), ground);
        if !guardrail.enforce {
            decision.only_warn();
        }
    }
    decision.warnings.truncate(WARNINGS_MAX);
    decision
}

/// The change that puts a new object behind the gate, where the policies of its namespace ask for
/// verification and not all of it is verified.
#[must_use]
pub fn mutate(request: &Request, ground: &Ground<'_>) -> Option<Value> {
    let node = carried(request).filter(|_| request.operation == Operation::Create)?;
    let guardrail = ground.facts.guardrail(&request.namespace)?;
    let reading = seawall_policy::read_node("object", node.clone(), &request.source);
    let object = reading.objects.first().filter(|_| guardrail.enforce)?;
    let references = gate::references(&reading.objects, &guardrail.verified);
    // What cannot pass is denied when it is validated; a gate would only hide that.
    let assessment = gate::assess(&references, ground.facts, ground.now);
    let waits = !assessment.waiting.is_empty() && assessment.refused.is_empty();
    waits.then(|| gate::close(object)).flatten()
}

/// The object that a decision is about.
fn carried(request: &Request) -> Option<&Node> {
    let carries_object = matches!(request.operation, Operation::Create | Operation::Update)
        && matches!(
            request.subresource.as_str(),
            "" | "ephemeralcontainers" | "resize"
        );
    let object = request.object.as_ref().filter(|_| carries_object)?;
    // Whoever removes a finalizer from an object that is going must be able to.
    let going = object.at(&["metadata", "deletionTimestamp"]);
    going.is_none_or(Node::is_null).then_some(object)
}

fn judge(
    request: &Request,
    ground: &Ground<'_>,
    (reading, findings): (&Reading, Vec<Finding>),
    guardrail: Option<&Guardrail>,
) -> Decision {
    let policy = ground.policy;
    let fail_on = guardrail.map_or(policy.fail_on, |guardrail| guardrail.fail_on);
    let before = old_findings(request, policy);
    let is_new = |finding: &Finding| !before.contains(&identity(finding));
    let (mut denying, other): (Vec<_>, Vec<_>) = findings
        .into_iter()
        .partition(|finding| finding.severity >= fail_on && is_new(finding));
    let mut decision = Decision::allow();
    let place = named(request, reading);
    denying.retain(|finding| {
        let place = (place.0.as_str(), place.1.as_str(), place.2.as_str());
        let Some(exception) = ground.facts.exception(finding.rule, place, ground.now) else {
            return true;
        };
        let (name, owner) = (&exception.name, &exception.owner);
        let until = exception.expires;
        decision.warnings.push(clipped(format!(
            "seawall {}: excepted by `{name}` ({owner}) until {until}",
            finding.rule
        )));
        let excepted = (format!("{name} ({owner})"), finding.rule.to_owned());
        decision.excepted.push(excepted);
        false
    });
    let warned = other
        .iter()
        .filter(|finding| finding.severity >= Severity::Medium);
    decision.warnings.extend(warned.map(warning));
    if !denying.is_empty() {
        let rules: BTreeSet<&str> = denying.iter().map(|finding| finding.rule).collect();
        decision.allowed = false;
        decision.rules = rules.into_iter().map(str::to_owned).collect();
        decision.message = message(&denying, &reading.objects);
        decision.findings = denying;
    }
    decision
}

/// Namespace, kind and name, or the prefix of a name that the server still makes.
fn named(request: &Request, reading: &Reading) -> (String, String, String) {
    let object = reading.objects.first();
    let kind = object.map(|object| object.kind.clone()).unwrap_or_default();
    let name = object.and_then(|object| {
        let metadata = object.node.get("metadata")?;
        metadata
            .text_at(&["name"])
            .or_else(|| metadata.text_at(&["generateName"]))
    });
    (
        request.namespace.clone(),
        kind,
        name.unwrap_or_default().to_owned(),
    )
}

fn check(reading: &Reading, policy: &Policy) -> (Vec<Finding>, bool) {
    let (mut findings, problems) =
        seawall_policy::check_scoped(&reading.objects, Scope::Single, &policy.limits);
    // The API server has parsed the object already: doubts about the text are not about it.
    findings.retain(|finding| finding.severity > Severity::Info);
    (findings, !problems.is_empty())
}

/// What the object was already found for: an update is judged by what it adds.
fn old_findings(request: &Request, policy: &Policy) -> BTreeSet<(&'static str, String)> {
    if request.operation != Operation::Update {
        return BTreeSet::new();
    }
    let Some(old) = &request.old_object else {
        return BTreeSet::new();
    };
    let reading = seawall_policy::read_node("object", Node::clone(old), &request.source);
    check(&reading, policy).0.iter().map(identity).collect()
}

fn identity(finding: &Finding) -> (&'static str, String) {
    (finding.rule, finding.message.clone())
}

fn warning(finding: &Finding) -> String {
    clipped(format!("seawall {}: {}", finding.rule, finding.message))
}

fn clipped(text: String) -> String {
    match text.char_indices().nth(WARNING_CHARS_MAX) {
        Some((at, _)) => text.get(..at).unwrap_or_default().to_owned(),
        None => text,
    }
}

fn message(findings: &[Finding], objects: &[Object]) -> String {
    let reasons: Vec<String> = findings
        .iter()
        .take(REASONS_MAX)
        .map(|finding| {
            let byte = finding.location.map(|place| place.byte).unwrap_or_default();
            let field = objects
                .first()
                .map(|object| object.field_at(byte))
                .unwrap_or_default();
            let (rule, severity) = (finding.rule, finding.severity);
            format!(
                "[{rule}, {severity}] {} at {field}. {}",
                finding.message, finding.remediation
            )
        })
        .collect();
    let more = findings.len().saturating_sub(reasons.len());
    let rest = if more > 0 {
        format!(" And {more} more.")
    } else {
        String::new()
    };
    format!("denied by Seawall: {}{rest}", reasons.join(" "))
}

impl Decision {
    /// Turns a denial into warnings: the policy says that it only watches.
    fn only_warn(&mut self) {
        if !self.allowed {
            self.allowed = true;
            let message = std::mem::take(&mut self.message);
            self.warnings
                .insert(0, clipped(format!("not enforced: {message}")));
            self.findings.clear();
        }
    }

    /// Adds a reason to deny.
    fn deny(&mut self, rule: &str, reason: &str) {
        self.allowed = false;
        self.message = match self.message.is_empty() {
            true => format!("denied by Seawall: [{rule}] {reason}"),
            false => format!("{} [{rule}] {reason}", self.message),
        };
        self.rules.push(rule.to_owned());
    }

    /// Lets the request through without a word.
    #[must_use]
    pub fn allow() -> Self {
        Self {
            allowed: true,
            ..Self::default()
        }
    }

    /// What happens when no decision can be made.
    #[must_use]
    pub fn by_default(on_error: OnError, why: &str) -> Self {
        match on_error {
            OnError::Deny => Self {
                allowed: false,
                message: format!("denied by Seawall: {why}, and policy says deny"),
                ..Self::default()
            },
            OnError::Allow => Self {
                allowed: true,
                warnings: vec![format!("seawall let this pass unchecked: {why}")],
                ..Self::default()
            },
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            fail_on: Severity::High,
            on_error: OnError::Deny,
            limits: Limits::default(),
        }
    }
}

#[cfg(test)]
mod tests;
