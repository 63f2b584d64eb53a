//! The Pod Security Standards, as the admission plug-in of Kubernetes applies them.
//!
//! A check is one file under `checks/`: what it restricts, since which version, and its revisions.
//! Levels and versions pick the checks; a restricted check may stand in for a baseline one. Verdicts
//! and reasons equal those of the reference implementation, `k8s.io/pod-security-admission`; the
//! details are our own words.
//!
//! Where the reference never sees a pod because the API server could not decode it (a field of the
//! wrong type), the pod is refused with the reason [`MALFORMED`]: unknown is not pass.

mod checks;
mod pod;

use seawall_base::Location;

use self::checks::CHECKS;
use self::pod::{Malformed, Pod};
use crate::object::Object;
use crate::workload::{PodTemplate, pod_templates};

/// The reason for a pod with a field of the wrong type.
pub const MALFORMED: &str = "malformed pod";

/// The newest minor version whose checks are known; later ones are judged as this one.
pub const NEWEST_MINOR: u16 = 37;

/// How much a namespace allows, in rising strictness.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Level {
    /// Everything.
    Privileged,
    /// What prevents known ways of gaining privileges.
    Baseline,
    /// What hardening practice asks for.
    Restricted,
}

impl Level {
    /// Reads the name of a level, as namespace labels spell it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "privileged" => Some(Self::Privileged),
            "baseline" => Some(Self::Baseline),
            "restricted" => Some(Self::Restricted),
            _ => None,
        }
    }

    /// The name of the level.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

/// The version of the standards: a minor version of Kubernetes 1.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Version(u16);

impl Version {
    /// The newest version that is known.
    pub const LATEST: Self = Self(NEWEST_MINOR);

    /// Reads `latest` or `v1.N`, as namespace labels spell it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "latest" {
            return Some(Self::LATEST);
        }
        let digits = text.strip_prefix("v1.")?;
        let canonical = digits == "0" || !digits.starts_with('0');
        let digit = digits.bytes().all(|byte| byte.is_ascii_digit());
        let minor: u16 = digits
            .parse()
            .ok()
            .filter(|_| canonical && digit && !digits.is_empty())?;
        Some(Self(minor.min(NEWEST_MINOR)))
    }

    /// The minor version.
    #[must_use]
    pub const fn minor(self) -> u16 {
        self.0
    }
}

/// One thing that the level forbids.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Violation {
    /// The id of the check.
    pub check: &'static str,
    /// The reason, in the words of the reference implementation.
    pub reason: &'static str,
    /// Which containers, volumes or values.
    pub detail: String,
    /// The first place.
    pub location: Location,
}

/// A check of the standards and its revisions.
#[derive(Debug)]
pub(crate) struct Check {
    /// The id of the reference implementation.
    id: &'static str,
    /// The lowest level that it belongs to.
    level: Level,
    /// Its revisions, by rising version.
    revisions: &'static [Revision],
    /// The baseline checks that it stands in for.
    overrides: &'static [&'static str],
}

/// What a check does since a minor version.
#[derive(Debug)]
struct Revision {
    since: u16,
    check: fn(&Pod<'_>) -> Outcome,
}

/// What a check says: nothing, a reason to forbid, or that a field could not be decoded.
type Outcome = Result<Option<Forbidden>, Malformed>;

/// Why a check forbids a pod.
#[derive(Debug)]
struct Forbidden {
    reason: &'static str,
    detail: String,
    location: Location,
}

/// Every violation of the pods of an object, in the order of the reference implementation.
///
/// Pods are found by shape, so custom kinds are judged as the pods they make.
#[must_use]
pub fn evaluate(object: &Object, level: Level, version: Version) -> Vec<Violation> {
    let mut violations = Vec::new();
    if level == Level::Privileged {
        return violations;
    }
    for template in templates(object) {
        match Pod::read(&template) {
            Ok(pod) => violations.extend(evaluate_pod(&pod, level, version)),
            Err(malformed) => violations.push(malformed.violation("pod")),
        }
    }
    violations
}

/// The pod specs of an object.
fn templates(object: &Object) -> Vec<PodTemplate<'_>> {
    if object.kind == "Pod" && object.group().is_empty() {
        // A pod without containers has no shape to be found by.
        return vec![PodTemplate {
            spec: object.node.get("spec").unwrap_or(&object.node),
            metadata: object.node.get("metadata"),
            single: None,
        }];
    }
    pod_templates(object)
}

fn evaluate_pod(pod: &Pod<'_>, level: Level, version: Version) -> Vec<Violation> {
    let applied: Vec<(&Check, &Revision)> = CHECKS
        .iter()
        .filter(|check| check.level <= level)
        .filter_map(|check| Some((*check, check.revision(version)?)))
        .collect();
    let replaced = |id: &str| {
        applied
            .iter()
            .any(|(check, _)| check.overrides.contains(&id))
    };
    let mut violations = Vec::new();
    for stage in [Level::Baseline, Level::Restricted] {
        let staged = applied.iter().filter(|(check, _)| check.level == stage);
        for (check, revision) in staged.filter(|(check, _)| !replaced(check.id)) {
            match (revision.check)(pod) {
                Ok(None) => {}
                Ok(Some(forbidden)) => violations.push(Violation {
                    check: check.id,
                    reason: forbidden.reason,
                    detail: forbidden.detail,
                    location: forbidden.location,
                }),
                Err(malformed) => violations.push(malformed.violation(check.id)),
            }
        }
    }
    violations
}

impl Check {
    /// The revision that applies at a version.
    fn revision(&self, version: Version) -> Option<&Revision> {
        let mut revisions = self.revisions.iter().rev();
        revisions.find(|revision| revision.since <= version.minor())
    }
}

impl Malformed {
    fn violation(self, check: &'static str) -> Violation {
        Violation {
            check,
            reason: MALFORMED,
            detail: self.message,
            location: self.location,
        }
    }
}

#[cfg(test)]
mod tests;
