//! The decision about one request: the scanner's rules, and what Kubernetes asks of a webhook.

use std::collections::BTreeSet;

use seawall_base::{Finding, Limits, OnError, Severity};
use seawall_config::yaml::Node;
use seawall_policy::{Object, Reading, Scope};

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
}

/// The API server shows at most so much of each warning.
const WARNING_CHARS_MAX: usize = 240;
const WARNINGS_MAX: usize = 8;
/// A message with more reasons than this helps nobody.
const REASONS_MAX: usize = 10;

/// Decides about a request. What has no object to look at passes: deletions, streams, and the
/// subresources that do not carry a pod.
#[must_use]
pub fn decide(request: &Request, policy: &Policy) -> Decision {
    let carries_object = matches!(request.operation, Operation::Create | Operation::Update)
        && matches!(
            request.subresource.as_str(),
            "" | "ephemeralcontainers" | "resize"
        );
    let Some(object) = request.object.as_ref().filter(|_| carries_object) else {
        return Decision::allow();
    };
    // Whoever removes a finalizer from an object that is going must be able to.
    if object
        .at(&["metadata", "deletionTimestamp"])
        .is_some_and(|time| !time.is_null())
    {
        return Decision::allow();
    }
    let reading = seawall_policy::read_node("object", object.clone(), &request.source);
    if reading.objects.is_empty() || !reading.problems.is_empty() {
        return Decision::by_default(policy.on_error, "the object could not be analysed");
    }
    let (findings, problems) = check(&reading, policy);
    if problems {
        return Decision::by_default(policy.on_error, "a limit of the analysis was reached");
    }
    let before = old_findings(request, policy);
    let is_new = |finding: &Finding| !before.contains(&identity(finding));
    let (denying, other): (Vec<_>, Vec<_>) = findings
        .into_iter()
        .partition(|finding| finding.severity >= policy.fail_on && is_new(finding));
    let mut decision = Decision {
        allowed: denying.is_empty(),
        warnings: other
            .iter()
            .filter(|finding| finding.severity >= Severity::Medium)
            .map(warning)
            .take(WARNINGS_MAX)
            .collect(),
        ..Decision::default()
    };
    if !denying.is_empty() {
        let rules: BTreeSet<&str> = denying.iter().map(|finding| finding.rule).collect();
        decision.rules = rules.into_iter().map(str::to_owned).collect();
        decision.message = message(&denying, &reading.objects);
        decision.findings = denying;
    }
    decision
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
    let text = format!("seawall {}: {}", finding.rule, finding.message);
    text.chars().take(WARNING_CHARS_MAX).collect()
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
