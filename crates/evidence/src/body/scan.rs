//! A static scan: what was looked at, with which rules, and what came out.

use std::collections::BTreeMap;

use seawall_base::{Digest, Severity, Verdict};
use serde_json::{Map, Value, json};

use super::{BodyError, Fields, error};

/// The summary of one scan. The findings themselves are in the report whose digest is here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scan {
    /// What was named on the command line.
    pub path: String,
    /// Digest of the rules and their versions.
    pub rules: Digest,
    /// Digest of the report.
    pub report: Digest,
    /// Outcome at the threshold that was set.
    pub verdict: Verdict,
    /// Findings by severity.
    pub findings: BTreeMap<Severity, u64>,
    /// What could not be analysed.
    pub problems: u64,
}

impl Scan {
    /// The body on the wire.
    #[must_use]
    pub fn to_body(&self) -> Value {
        let findings: Map<String, Value> = self
            .findings
            .iter()
            .map(|(severity, count)| (severity.to_string(), Value::from(*count)))
            .collect();
        json!({
            "path": self.path,
            "rules": self.rules.to_string(),
            "report": self.report.to_string(),
            "verdict": self.verdict.as_str(),
            "findings": findings,
            "problems": self.problems,
        })
    }

    /// Reads a body.
    ///
    /// # Errors
    /// Names the first field that is missing or wrong.
    pub fn from_body(body: &Value) -> Result<Self, BodyError> {
        let fields = Fields::of(body)?;
        let counts = fields.object("findings")?;
        let mut findings = BTreeMap::new();
        for severity in Severity::ALL {
            if let Some(count) = counts.optional(severity.as_str(), Fields::number)? {
                findings.insert(*severity, count);
            }
        }
        Ok(Self {
            path: fields.owned("path")?,
            rules: fields.digest("rules")?,
            report: fields.digest("report")?,
            verdict: fields
                .text("verdict")?
                .parse()
                .map_err(|_| error("verdict", "a known word"))?,
            findings,
            problems: fields.number("problems")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_reads_back() {
        let scan = Scan {
            path: "examples".to_owned(),
            rules: Digest::of(b"rules"),
            report: Digest::of(b"report"),
            verdict: Verdict::Fail,
            findings: [(Severity::High, 3), (Severity::Info, 1)].into(),
            problems: 2,
        };
        assert_eq!(Scan::from_body(&scan.to_body()), Ok(scan));
    }
}
