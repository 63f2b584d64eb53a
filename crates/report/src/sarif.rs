//! SARIF 2.1.0, the format in which code hosts and editors read findings.

use std::collections::BTreeMap;

use seawall_base::{Digest, Finding, Location, Problem, RuleMeta, Severity};
use serde_json::{Value, json};

/// The tool that made the findings.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it is documented; nothing where there is no such place.
    pub information_uri: Option<String>,
}

/// Findings and problems as one SARIF 2.1.0 run.
///
/// Problems become tool notifications, and the invocation says that it was not fully successful:
/// what could not be analysed must not read as clean.
#[must_use]
pub fn sarif(
    tool: &Tool,
    rules: &[&RuleMeta],
    findings: &[Finding],
    problems: &[Problem],
) -> Value {
    let index: BTreeMap<&str, usize> = rules
        .iter()
        .enumerate()
        .map(|(at, rule)| (rule.id, at))
        .collect();
    let mut driver = json!({
        "name": tool.name,
        "version": tool.version,
        "rules": rules.iter().map(|rule| rule_value(rule)).collect::<Vec<_>>(),
    });
    if let (Some(uri), Some(fields)) = (&tool.information_uri, driver.as_object_mut()) {
        fields.insert("informationUri".to_owned(), json!(uri));
    }
    let results: Vec<_> = findings
        .iter()
        .map(|finding| result(finding, index.get(finding.rule).copied()))
        .collect();
    let notifications: Vec<_> = problems.iter().map(notification).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "columnKind": "unicodeCodePoints",
            "results": results,
            "invocations": [{
                "executionSuccessful": problems.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
        }],
    })
}

fn rule_value(rule: &RuleMeta) -> Value {
    json!({
        "id": rule.id,
        "name": rule.id,
        "shortDescription": { "text": rule.title },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": {
            "tags": rule.maps,
            "precision": rule.confidence.as_str(),
            "security-severity": security_severity(rule.severity),
        },
    })
}

fn result(finding: &Finding, rule_index: Option<usize>) -> Value {
    let mut value = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": { "text": finding.message },
        "locations": [place(&finding.path, finding.location)],
        "partialFingerprints": { "seawall/v1": fingerprint(finding) },
        "properties": {
            "severity": finding.severity.as_str(),
            "confidence": finding.confidence.as_str(),
            "remediation": finding.remediation,
            "maps": finding.maps,
        },
    });
    if let (Some(at), Some(fields)) = (rule_index, value.as_object_mut()) {
        fields.insert("ruleIndex".to_owned(), json!(at));
    }
    value
}

fn notification(problem: &Problem) -> Value {
    json!({
        "level": "error",
        "message": { "text": problem.message },
        "locations": [place(&problem.path, problem.location)],
    })
}

fn place(path: &str, location: Option<Location>) -> Value {
    let mut physical = json!({ "artifactLocation": { "uri": uri(path) } });
    let region = location.map(|location| match location.line {
        0 => json!({ "byteOffset": location.byte }),
        line => json!({ "startLine": line, "startColumn": location.column.max(1) }),
    });
    if let (Some(region), Some(fields)) = (region, physical.as_object_mut()) {
        fields.insert("region".to_owned(), region);
    }
    json!({ "physicalLocation": physical })
}

/// A path as a relative URI reference: everything but unreserved characters and `/!` is escaped
/// (RFC 3986 section 2.3).
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'!' => {
                out.push(char::from(byte));
            }
            b'\\' => out.push('/'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// Stays the same when lines move, so that a host recognises a finding it has seen.
fn fingerprint(finding: &Finding) -> String {
    let text = format!("{}\0{}\0{}", finding.rule, finding.path, finding.message);
    Digest::of(text.as_bytes())
        .to_hex()
        .chars()
        .take(32)
        .collect()
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info | Severity::Low => "note",
        Severity::Medium => "warning",
        Severity::High | Severity::Critical => "error",
    }
}

/// The number by which code hosts sort: the middle of the band of the CVSS qualitative scale.
const fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "0.0",
        Severity::Low => "3.0",
        Severity::Medium => "5.5",
        Severity::High => "8.0",
        Severity::Critical => "9.5",
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use seawall_base::{Confidence, RuleStatus};

    use super::*;

    static RULE: RuleMeta = RuleMeta {
        id: "unpinned-image",
        title: "A container image without a digest",
        severity: Severity::High,
        confidence: Confidence::High,
        since: "0.1.0",
        status: RuleStatus::Stable,
        maps: &["AML.T0010"],
    };

    #[test]
    fn a_run_carries_rules_results_and_what_could_not_be_analysed() {
        let finding = Finding {
            path: "k8s/my agent.yaml".into(),
            location: Some(Location {
                line: 12,
                column: 9,
                byte: 310,
            }),
            rule: RULE.id,
            severity: RULE.severity,
            confidence: RULE.confidence,
            message: "The image has no digest.".into(),
            remediation: "Pin it.".into(),
            maps: RULE.maps,
        };
        let problem = Problem {
            path: "model.pt!/data.pkl".into(),
            location: Some(Location::at_byte(16)),
            message: "The bytes end early.".into(),
        };
        let tool = Tool {
            name: "seawall".into(),
            version: "0.1.0".into(),
            information_uri: None,
        };
        let run = sarif(&tool, &[&RULE], &[finding], &[problem]);
        assert_snapshot!(serde_json::to_string_pretty(&run).unwrap(), @r#"
        {
          "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
          "version": "2.1.0",
          "runs": [
            {
              "tool": {
                "driver": {
                  "name": "seawall",
                  "version": "0.1.0",
                  "rules": [
                    {
                      "id": "unpinned-image",
                      "name": "unpinned-image",
                      "shortDescription": {
                        "text": "A container image without a digest"
                      },
                      "defaultConfiguration": {
                        "level": "error"
                      },
                      "properties": {
                        "tags": [
                          "AML.T0010"
                        ],
                        "precision": "high",
                        "security-severity": "8.0"
                      }
                    }
                  ]
                }
              },
              "columnKind": "unicodeCodePoints",
              "results": [
                {
                  "ruleId": "unpinned-image",
                  "level": "error",
                  "message": {
                    "text": "The image has no digest."
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "k8s/my%20agent.yaml"
                        },
                        "region": {
                          "startLine": 12,
                          "startColumn": 9
                        }
                      }
                    }
                  ],
                  "partialFingerprints": {
                    "seawall/v1": "e33008ee97aaf253c97667dc534e1788"
                  },
                  "properties": {
                    "severity": "high",
                    "confidence": "high",
                    "remediation": "Pin it.",
                    "maps": [
                      "AML.T0010"
                    ]
                  },
                  "ruleIndex": 0
                }
              ],
              "invocations": [
                {
                  "executionSuccessful": false,
                  "toolExecutionNotifications": [
                    {
                      "level": "error",
                      "message": {
                        "text": "The bytes end early."
                      },
                      "locations": [
                        {
                          "physicalLocation": {
                            "artifactLocation": {
                              "uri": "model.pt!/data.pkl"
                            },
                            "region": {
                              "byteOffset": 16
                            }
                          }
                        }
                      ]
                    }
                  ]
                }
              ]
            }
          ]
        }
        "#);
    }

    #[test]
    fn a_run_without_problems_is_successful() {
        let tool = Tool {
            name: "t".into(),
            version: "1".into(),
            information_uri: None,
        };
        let run = sarif(&tool, &[], &[], &[]);
        assert_eq!(
            run.pointer("/runs/0/invocations/0/executionSuccessful"),
            Some(&json!(true))
        );
        assert_eq!(run.pointer("/runs/0/results"), Some(&json!([])));
    }
}
