//! A change that switches a check off: a test, a certificate, a signature, a hook.
//!
//! # What it detects
//! Added lines that skip or ignore tests, turn certificate or signature verification off, or bypass hooks;
//! and test files that go away.
//!
//! # Why it matters
//! The quickest way to make a failing change pass is to remove what fails; models take it often.
//!
//! # What it misses
//! Assertions that were weakened, and checks that were switched off elsewhere.
//!
//! # Example
//! `requests.get(url, verify=False)`
//!
//! # Remediation
//! Mend the cause; where a check has to go, say why in the commit and have it reviewed.
//!
//! # References
//! CWE-295, CWE-347.

use seawall_base::{Confidence, Finding, RuleMeta, RuleStatus, Severity};

use super::{finding, is_comment};
use crate::change::{Change, FileChange};

pub(super) static META: RuleMeta = RuleMeta {
    id: "change-disables-verification",
    title: "The change switches a check off",
    severity: Severity::High,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["LLM09:2025"],
};

const SWITCHES: &[(&str, &str)] = &[
    ("verify=False", "certificate verification is off"),
    (
        "InsecureSkipVerify: true",
        "certificate verification is off",
    ),
    (
        "rejectUnauthorized: false",
        "certificate verification is off",
    ),
    (
        "NODE_TLS_REJECT_UNAUTHORIZED=0",
        "certificate verification is off",
    ),
    (
        "danger_accept_invalid_certs(true)",
        "certificate verification is off",
    ),
    (
        "ssl._create_unverified_context",
        "certificate verification is off",
    ),
    ("--no-verify", "hooks are bypassed"),
    (
        "--insecure-ignore-tlog",
        "a transparency log is not checked",
    ),
    ("pytest.mark.skip", "a test is skipped"),
    ("unittest.skip", "a test is skipped"),
    ("#[ignore", "a test is ignored"),
    ("t.Skip(", "a test is skipped"),
    ("it.skip(", "a test is skipped"),
    ("describe.skip(", "tests are skipped"),
    ("-DskipTests", "tests are skipped"),
];

pub(super) fn check(change: &Change, out: &mut Vec<Finding>) {
    for file in &change.files {
        if file.is_deleted && is_test(file) {
            out.push(finding(
                &META,
                file,
                None,
                "a test file goes away".to_owned(),
                "keep the test or say in the commit what replaces it",
            ));
        }
        if matches!(file.extension(), "md" | "rst" | "txt") {
            continue;
        }
        for line in &file.added {
            let attribute = line.text.trim_start().starts_with("#[");
            if is_comment(&line.text) && !attribute {
                continue;
            }
            if let Some((_, what)) = SWITCHES
                .iter()
                .find(|(switch, _)| line.text.contains(switch))
            {
                out.push(finding(
                    &META,
                    file,
                    Some(line),
                    (*what).to_owned(),
                    "mend the cause instead of switching the check off",
                ));
            }
        }
    }
}

fn is_test(file: &FileChange) -> bool {
    let name = file.name();
    file.path
        .split('/')
        .any(|part| matches!(part, "test" | "tests" | "__tests__" | "spec"))
        || name.starts_with("test_")
        || name.contains("_test.")
        || name.contains(".test.")
        || name.contains(".spec.")
}

#[cfg(test)]
mod tests {
    use super::super::findings;
    use crate::change::{Change, read_diff, review};

    #[test]
    fn switched_off_checks_are_found() {
        for (path, line) in [
            ("a.py", "requests.get(u, verify=False)"),
            ("a.rs", "    #[ignore = \"slow\"]"),
            ("ci.yml", "  run: git commit --no-verify"),
        ] {
            assert_eq!(
                findings(path, &[line]),
                ["change-disables-verification"],
                "{line}"
            );
        }
        for (path, line) in [
            ("a.py", "requests.get(u, verify=True)"),
            ("a.md", "verify=False is wrong"),
            ("a.py", "# verify=False"),
        ] {
            assert!(findings(path, &[line]).is_empty(), "{line}");
        }
        let (files, _) = read_diff(
            "diff --git a/tests/test_a.py b/tests/test_a.py\ndeleted file mode 100644\n--- a/tests/test_a.py\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-x\n",
        );
        assert_eq!(
            review(
                &Change {
                    commits: Vec::new(),
                    files
                },
                Vec::new()
            )
            .findings
            .len(),
            1
        );
    }
}
