//! Hardened deployment patterns: typed parameters in, manifests out.
//!
//! A parameter without a safe default (an image digest, a namespace) must be given: a pattern never
//! invents one, except as an example that says so.

mod inference_vllm;
mod parameter;
mod training;
mod training_pytorch;
mod training_tensorflow;

use std::collections::BTreeMap;

pub use self::parameter::{Parameter, ParameterKind};
use crate::object::printable;

/// A deployment pattern.
#[derive(Clone, Copy, Debug)]
pub struct Pattern {
    /// Kebab-case id.
    pub id: &'static str,
    /// What it deploys, in a few words.
    pub title: &'static str,
    /// What it protects against and how, in a few sentences.
    pub summary: &'static str,
    /// What may or must be given.
    pub parameters: &'static [Parameter],
    template: &'static str,
}

/// Every pattern, by id.
pub static PATTERNS: &[Pattern] = &[
    inference_vllm::PATTERN,
    training_pytorch::PATTERN,
    training_tensorflow::PATTERN,
];

/// Why a pattern was not rendered.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// No pattern has this id.
    #[error("no pattern `{id}`; there are {known}")]
    Unknown {
        /// What was asked for.
        id: String,
        /// What there is.
        known: String,
    },
    /// Parameters are missing, unknown or not valid; every one is named.
    #[error("{}", .0.join("\n"))]
    Parameters(Vec<String>),
}

/// Renders the manifests of a pattern.
///
/// With `example`, required parameters that are not given take placeholder values that cannot be
/// deployed by accident: digests of nothing.
///
/// # Errors
/// When the pattern or a parameter is unknown, or a parameter is missing or not valid.
pub fn render(
    id: &str,
    given: &BTreeMap<String, String>,
    example: bool,
) -> Result<String, PatternError> {
    let pattern = find(id)?;
    let mut wrong = Vec::new();
    for name in given.keys() {
        if !pattern
            .parameters
            .iter()
            .any(|parameter| parameter.name == name)
        {
            let known: Vec<_> = pattern
                .parameters
                .iter()
                .map(|parameter| parameter.name)
                .collect();
            let known = known.join(", ");
            wrong.push(format!(
                "no parameter `{}`; there are {known}",
                printable(name)
            ));
        }
    }
    let mut text = pattern.template.to_owned();
    for parameter in pattern.parameters {
        match parameter.value(given.get(parameter.name), example) {
            Ok(value) => text = text.replace(&format!("{{{{{}}}}}", parameter.name), &value),
            Err(problem) => wrong.push(problem),
        }
    }
    if !wrong.is_empty() {
        return Err(PatternError::Parameters(wrong));
    }
    Ok(text)
}

/// The pattern with an id.
///
/// # Errors
/// When there is none.
pub fn find(id: &str) -> Result<&'static Pattern, PatternError> {
    PATTERNS
        .iter()
        .find(|pattern| pattern.id == id)
        .ok_or_else(|| PatternError::Unknown {
            id: printable(id),
            known: PATTERNS
                .iter()
                .map(|pattern| pattern.id)
                .collect::<Vec<_>>()
                .join(", "),
        })
}

#[cfg(test)]
mod tests {
    use seawall_base::{Limits, Severity};

    use super::*;

    #[test]
    fn every_pattern_passes_every_rule_at_medium_and_above() {
        for pattern in PATTERNS {
            let text = render(pattern.id, &BTreeMap::new(), true).unwrap();
            assert!(
                !text.contains("{{"),
                "{}: a placeholder is left",
                pattern.id
            );
            let reading = crate::read(pattern.id, text.as_bytes(), &Limits::default());
            assert!(
                reading.findings.is_empty() && reading.problems.is_empty(),
                "{reading:?}"
            );
            assert!(reading.objects.len() >= 6, "{}", pattern.id);
            let (findings, problems) = crate::check(&reading.objects, &Limits::default());
            let bad: Vec<_> = findings
                .iter()
                .filter(|finding| finding.severity >= Severity::Medium)
                .collect();
            assert!(
                bad.is_empty() && problems.is_empty(),
                "{}: {bad:#?}",
                pattern.id
            );
        }
    }

    #[test]
    fn what_has_no_safe_default_must_be_given() {
        let PatternError::Parameters(wrong) =
            render("inference-vllm", &BTreeMap::new(), false).unwrap_err()
        else {
            panic!("not refused");
        };
        assert!(
            wrong.iter().any(|text| text.contains("`server-image`")),
            "{wrong:?}"
        );
        let wrong = |name: &str, value: &str| {
            let given = BTreeMap::from([(name.to_owned(), value.to_owned())]);
            render("inference-vllm", &given, true)
                .unwrap_err()
                .to_string()
        };
        assert!(wrong("server-image", "vllm/vllm-openai:latest").contains("@sha256:"));
        assert!(wrong("namespace", "a\nkind: Secret").contains("lower-case"));
        assert!(wrong("gpus", "lots").contains("whole number"));
        assert!(wrong("replica", "1").contains("no parameter `replica`"));
        assert!(
            render("nope", &BTreeMap::new(), true)
                .unwrap_err()
                .to_string()
                .contains("inference-vllm")
        );
    }

    #[test]
    fn patterns_are_sorted_and_say_what_they_are() {
        assert!(PATTERNS.is_sorted_by(|left, right| left.id < right.id));
        for pattern in PATTERNS {
            for parameter in pattern.parameters {
                let placeholder = format!("{{{{{}}}}}", parameter.name);
                assert!(
                    pattern.template.contains(&placeholder),
                    "{} {placeholder}",
                    pattern.id
                );
                assert!(parameter.value(None, true).is_ok(), "{}", parameter.name);
            }
        }
    }
}
