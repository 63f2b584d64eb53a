//! A change that adds a dependency: unpinned, or named like a well-known one.
//!
//! # What it detects
//! Added lines of requirements files, `pyproject.toml`, `package.json` and `Cargo.toml` that name a
//! package without an exact version or bound, or whose name is one letter from a well-known package.
//!
//! # Why it matters
//! Models invent package names, and attackers register what they invent; an unpinned name takes whatever
//! is published next.
//!
//! # What it misses
//! Dependencies of dependencies, other ecosystems, and names close to packages that are not listed here.
//!
//! # Example
//! `reqeusts==2.0` in `requirements.txt`.
//!
//! # Remediation
//! Check the name at its registry, pin a version, and keep a lock file with digests.
//!
//! # References
//! OWASP LLM03:2025, CWE-1357.

use seawall_base::{Confidence, Finding, RuleMeta, RuleStatus, Severity};

use super::finding;
use crate::change::{Change, FileChange};

pub(super) static META: RuleMeta = RuleMeta {
    id: "change-adds-dependency",
    title: "The change adds a dependency that is unpinned or a look-alike",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["LLM03:2025", "AML.T0010.001"],
};

const WELL_KNOWN: &[&str] = &[
    "accelerate",
    "axios",
    "boto3",
    "celery",
    "click",
    "cryptography",
    "datasets",
    "diffusers",
    "django",
    "express",
    "fastapi",
    "flask",
    "gradio",
    "huggingface-hub",
    "jinja2",
    "keras",
    "langchain",
    "lightgbm",
    "lodash",
    "matplotlib",
    "mlflow",
    "numpy",
    "onnxruntime",
    "openai",
    "pandas",
    "pillow",
    "protobuf",
    "pydantic",
    "pytest",
    "react",
    "requests",
    "safetensors",
    "scikit-learn",
    "scipy",
    "serde",
    "setuptools",
    "sqlalchemy",
    "tensorflow",
    "tokenizers",
    "tokio",
    "torch",
    "torchvision",
    "transformers",
    "typescript",
    "urllib3",
    "uvicorn",
    "xgboost",
];

pub(super) fn check(change: &Change, out: &mut Vec<Finding>) {
    for file in &change.files {
        for line in &file.added {
            let Some((name, pinned)) = dependency(file, &line.text) else {
                continue;
            };
            if let Some(known) = look_alike(&name) {
                let mut finding = finding(
                    &META,
                    file,
                    Some(line),
                    format!("`{name}` is one letter from `{known}`"),
                    "check the name at its registry",
                );
                finding.severity = Severity::High;
                out.push(finding);
            } else if !pinned {
                out.push(finding(
                    &META,
                    file,
                    Some(line),
                    format!("`{name}` is added without a version"),
                    "pin a version and keep a lock file with digests",
                ));
            }
        }
    }
}

/// The package that a line adds, and whether it says which version.
fn dependency(file: &FileChange, text: &str) -> Option<(String, bool)> {
    let text = text.trim().trim_end_matches(',');
    let name = file.name();
    if name.starts_with("requirements") && name.ends_with(".txt") {
        if text.is_empty() || text.starts_with(['#', '-']) {
            return None;
        }
        let end = text
            .find(|mark: char| !(mark.is_ascii_alphanumeric() || matches!(mark, '-' | '_' | '.')))
            .unwrap_or(text.len());
        let package = text.get(..end)?;
        return Some((
            package.to_lowercase(),
            text.contains("==") || text.contains(" @ "),
        ));
    }
    if name == "package.json" || name == "Cargo.toml" || name == "pyproject.toml" {
        let quoted_item = text.starts_with('"') && !text.contains("\":");
        if name == "pyproject.toml" && quoted_item {
            let inner = text.trim_matches('"');
            let end = inner
                .find(|mark: char| {
                    !(mark.is_ascii_alphanumeric() || matches!(mark, '-' | '_' | '.'))
                })
                .unwrap_or(inner.len());
            let package = inner.get(..end)?;
            let is_package = !package.is_empty()
                && inner
                    .get(end..)
                    .is_some_and(|rest| rest.starts_with(['=', '<', '>', '~', '!', '[', ' ', ';']));
            return is_package.then(|| (package.to_lowercase(), inner.contains('=')));
        }
        let (package, version) = text.split_once(['=', ':'])?;
        let version = version.trim().trim_matches('"');
        let package = package.trim().trim_matches('"');
        let is_name = !package.is_empty()
            && package
                .chars()
                .all(|mark| mark.is_ascii_alphanumeric() || matches!(mark, '-' | '_' | '@' | '/'));
        let is_version = version.starts_with(['^', '~', '*', '>', '='])
            || version
                .chars()
                .next()
                .is_some_and(|mark| mark.is_ascii_digit())
            || version == "latest"
            || version.starts_with("{ version");
        return (is_name
            && is_version
            && !matches!(package, "version" | "edition" | "rust-version" | "node"))
        .then(|| {
            (
                package.to_lowercase(),
                !matches!(version, "*" | "latest") && !version.starts_with('>'),
            )
        });
    }
    None
}

/// The well-known package that `name` is one edit from.
fn look_alike(name: &str) -> Option<&'static str> {
    let plain = name.replace('_', "-");
    if WELL_KNOWN.contains(&plain.as_str()) {
        return None;
    }
    WELL_KNOWN
        .iter()
        .find(|known| known.len() >= 5 && one_edit(known, &plain))
        .copied()
}

/// One insertion, deletion, replacement or swap of neighbours.
fn one_edit(left: &str, right: &str) -> bool {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let head = left
        .iter()
        .zip(&right)
        .take_while(|(one, other)| one == other)
        .count();
    let (left, right) = (
        left.get(head..).unwrap_or_default(),
        right.get(head..).unwrap_or_default(),
    );
    let tail = left
        .iter()
        .rev()
        .zip(right.iter().rev())
        .take_while(|(one, other)| one == other)
        .count();
    let middle = |text: &[char]| {
        text.get(..text.len().saturating_sub(tail))
            .map(<[char]>::to_vec)
            .unwrap_or_default()
    };
    match (middle(left).as_slice(), middle(right).as_slice()) {
        ([_], [] | [_]) | ([], [_]) => true,
        ([one, two], [three, four]) => one == four && two == three,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::findings;

    #[test]
    fn unpinned_and_look_alike_packages_are_found() {
        for (path, line) in [
            ("requirements.txt", "reqeusts==2.0"),
            ("requirements-dev.txt", "leftish"),
            ("web/package.json", "    \"loadash\": \"^4.0.0\","),
            ("pyproject.toml", "  \"torchh>=2\","),
            ("package.json", "\"left\": \"latest\""),
        ] {
            assert_eq!(
                findings(path, &[line]),
                ["change-adds-dependency"],
                "{line}"
            );
        }
        for (path, line) in [
            ("requirements.txt", "requests==2.32.0"),
            ("requirements.txt", "# torchh"),
            ("Cargo.toml", "tokio = \"1.40\""),
            ("Cargo.toml", "version = \"0.1.0\""),
            ("notes.txt", "reqeusts"),
        ] {
            assert!(findings(path, &[line]).is_empty(), "{line}");
        }
    }
}
