//! What every rule and detector says about itself; the reference pages are generated from it.

use crate::finding::{Confidence, Severity};

/// Where in its life a rule stands (ids are public API and never reused).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RuleStatus {
    /// May still change what it finds.
    Preview,
    /// Changes only with a changelog line.
    Stable,
    /// Still runs; the page names what replaces it.
    Deprecated,
}

/// The metadata of a rule or detector.
#[derive(Clone, Copy, Debug)]
pub struct RuleMeta {
    /// Kebab-case id, the name of its file and of its page.
    pub id: &'static str,
    /// What it looks for, in a few words.
    pub title: &'static str,
    /// Severity of its findings unless one says otherwise.
    pub severity: Severity,
    /// Confidence of its findings unless one says otherwise.
    pub confidence: Confidence,
    /// The version that brought it.
    pub since: &'static str,
    /// Where it stands.
    pub status: RuleStatus,
    /// Catalogue ids: ATLAS techniques, OWASP entries, FINOS risks, CIS controls.
    pub maps: &'static [&'static str],
}
