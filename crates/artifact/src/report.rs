//! What a scan returns, and the sink through which readers and rules fill it.

use seawall_base::{Digest, Finding, Limits, Location, Problem, RuleMeta, Severity};

use crate::rules::could_not_analyse;
use crate::sniff::Kind;

/// The outcome of reading one subject.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Report {
    /// What the subject is, by its content.
    pub kind: Kind,
    /// What the rules say, in the order they were found.
    pub findings: Vec<Finding>,
    /// What could not be analysed, and limits that were reached.
    pub problems: Vec<Problem>,
    /// Chat templates that the subject brings.
    pub templates: Vec<Template>,
    /// The source itself failed: our own I/O, not the content.
    pub read_failed: bool,
}

impl Report {
    /// A report without findings.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            findings: Vec::new(),
            problems: Vec::new(),
            templates: Vec::new(),
            read_failed: false,
        }
    }
}

/// A chat template: its name among those of the subject, and what it says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Template {
    /// `default`, or the name that callers choose it by.
    pub name: String,
    /// SHA-256 of its text without the space around it.
    pub digest: Digest,
}

/// One thing that a rule has to say.
pub(crate) struct Notice {
    pub(crate) location: Option<Location>,
    pub(crate) severity: Option<Severity>,
    pub(crate) message: String,
    pub(crate) remediation: &'static str,
}

impl Notice {
    /// A notice about a byte offset, at the rule's own severity.
    pub(crate) fn at(byte: u64, message: impl Into<String>, remediation: &'static str) -> Self {
        Self {
            location: Some(Location::at_byte(byte)),
            ..Self::whole(message, remediation)
        }
    }

    /// A notice about the whole subject, at the rule's own severity.
    pub(crate) fn whole(message: impl Into<String>, remediation: &'static str) -> Self {
        Self {
            location: None,
            severity: None,
            message: message.into(),
            remediation,
        }
    }

    /// The same notice at another severity.
    pub(crate) const fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }
}

/// Collects findings and problems of one subject, under its path and within the limits.
pub(crate) struct Sink<'a> {
    path: String,
    report: &'a mut Report,
    limits: Limits,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(path: impl Into<String>, report: &'a mut Report, limits: Limits) -> Self {
        Self {
            path: path.into(),
            report,
            limits,
        }
    }

    /// A sink for a member of this subject; its path follows after `!/`.
    pub(crate) fn member(&mut self, name: &str) -> Sink<'_> {
        Sink {
            path: format!("{}!/{}", self.path, printable(name)),
            report: self.report,
            limits: self.limits,
        }
    }

    /// Notes a chat template, to be compared with those of other files.
    pub(crate) fn template(&mut self, name: &str, text: &str) {
        if self.report.templates.len() < self.limits.findings_max {
            self.report.templates.push(Template {
                name: name.to_owned(),
                digest: Digest::of(text.trim().as_bytes()),
            });
        }
    }

    /// The path of the subject.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Adds a finding of `meta`.
    pub(crate) fn finding(&mut self, meta: &'static RuleMeta, notice: Notice) {
        if self.report.findings.len() >= self.limits.findings_max {
            // The cut is told once, by replacing nothing and saying so.
            let message = "more findings than the limit; the rest is not listed";
            if self
                .report
                .problems
                .last()
                .map(|last| last.message.as_str())
                != Some(message)
            {
                self.problem(None, message);
            }
            return;
        }
        self.report.findings.push(Finding {
            path: self.path.clone(),
            location: notice.location,
            rule: meta.id,
            severity: notice.severity.unwrap_or(meta.severity),
            confidence: meta.confidence,
            message: notice.message,
            remediation: notice.remediation.to_owned(),
            maps: meta.maps,
        });
    }

    /// Adds a problem alone, for what is outside of the subject's responsibility.
    pub(crate) fn problem(&mut self, location: Option<Location>, message: impl Into<String>) {
        if self.report.problems.len() < self.limits.findings_max {
            self.report.problems.push(Problem {
                path: self.path.clone(),
                location,
                message: message.into(),
            });
        }
    }

    /// Says that the subject could not be analysed: a medium finding and a problem.
    pub(crate) fn broken(&mut self, location: Option<Location>, message: impl Into<String>) {
        let message = message.into();
        self.problem(location, message.clone());
        let notice = Notice {
            location,
            ..Notice::whole(message, could_not_analyse::REMEDIATION)
        };
        self.finding(&could_not_analyse::META, notice);
    }

    /// Says that the source failed while it was read.
    pub(crate) fn read_failed(&mut self, error: &crate::source::ReadError) {
        self.report.read_failed = true;
        self.broken(None, error.to_string());
    }
}

/// A name from inside an artifact as a message may carry it.
pub(crate) fn printable(text: &str) -> String {
    const CHARS_MAX: usize = 160;
    seawall_base::printable(text, CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_on_findings_is_told_once() {
        let mut report = Report::new(Kind::Pickle);
        let mut limits = Limits::default();
        limits.findings_max = 2;
        let mut sink = Sink::new("a", &mut report, limits);
        for _ in 0..5 {
            sink.finding(&could_not_analyse::META, Notice::whole("x", "y"));
        }
        assert_eq!(report.findings.len(), 2);
        assert_eq!(report.problems.len(), 1);
    }

    #[test]
    fn names_from_archives_cannot_forge_lines_or_direction() {
        assert_eq!(printable("a\nb\u{202e}c"), "a\u{fffd}b\u{fffd}c");
    }
}
