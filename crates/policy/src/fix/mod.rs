//! Mends what can be mended without a choice: small edits of the text that keep comments and form, each
//! of them proven by checking the result again.
//!
//! An edit counts only where the finding is gone afterwards and nothing new is there. Where there is a
//! choice (a size, a user, a revision), or the text is not plain enough to be edited safely (anchors,
//! scripts, templates), the finding stays and says why.

mod diff;
mod edit;

use std::collections::BTreeMap;
use std::sync::Arc;

use seawall_base::{Finding, Limits};

pub use self::diff::unified;

use self::edit::Edit;
use crate::object::{Object, read};
use crate::rules::{RULES, check};

/// What mends a finding of a rule, at the place that the finding names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Remedy {
    /// The scalar at the place becomes this text.
    Set(&'static str),
    /// The field at the place is removed.
    RemoveField,
    /// The argument at the place is removed, where it stands in a list of its own.
    RemoveArgument,
    /// The variable whose value is at the place is removed.
    RemoveVariable,
    /// Fields below the mapping at the place get this text; what is there already is set.
    Insert(&'static [&'static str], &'static str),
}

/// A manifest that was mended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mended {
    /// Its path.
    pub path: Arc<str>,
    /// The text before.
    pub before: Arc<str>,
    /// The text after.
    pub after: String,
    /// What is gone.
    pub fixed: Vec<Finding>,
}

/// What mending a set of manifests came to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Repair {
    /// The manifests that changed, by path.
    pub mended: Vec<Mended>,
    /// What stays although its rule has a remedy, and why.
    pub refused: Vec<(Finding, &'static str)>,
}

/// Mends the findings of objects that belong together.
#[must_use]
pub fn mend(objects: &[Object], limits: &Limits) -> Repair {
    let (findings, _) = check(objects, limits);
    let mut repair = Repair::default();
    let mut by_path: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &findings {
        if remedy(finding.rule).is_some() {
            by_path.entry(&finding.path).or_default().push(finding);
        }
    }
    for (path, wanted) in by_path {
        let Some(source) = objects.iter().find(|own| *own.path == *path) else {
            continue;
        };
        let file = File {
            objects,
            path: &source.path,
            source: &source.source,
            findings: &findings,
            limits,
        };
        repair.add(file.mend(&wanted));
    }
    repair
}

/// The remedy of a rule.
#[must_use]
pub fn remedy(rule: &str) -> Option<Remedy> {
    let at = RULES.binary_search_by_key(&rule, |own| own.meta.id).ok()?;
    RULES.get(at)?.remedy
}

impl Repair {
    /// The changes as one patch.
    #[must_use]
    pub fn patch(&self) -> String {
        let files = self.mended.iter();
        files
            .map(|own| unified(&own.path, &own.before, &own.after))
            .collect()
    }

    fn add(&mut self, other: Self) {
        self.mended.extend(other.mended);
        self.refused.extend(other.refused);
    }
}

/// One text of a set, and what was found in all of it.
struct File<'a> {
    objects: &'a [Object],
    path: &'a Arc<str>,
    source: &'a Arc<str>,
    findings: &'a [Finding],
    limits: &'a Limits,
}

impl File<'_> {
    fn mend(&self, wanted: &[&Finding]) -> Repair {
        let mut repair = Repair::default();
        let mut edits: Vec<(Edit, &Finding)> = Vec::new();
        if edit::has_anchors(self.source) {
            let why = "the text has anchors, and an edit would reach further than the finding";
            let refused = wanted.iter().map(|finding| (Finding::clone(finding), why));
            repair.refused.extend(refused);
            return repair;
        }
        for finding in wanted {
            match self.edit(finding) {
                Ok(edit) => edits.push((edit, finding)),
                Err(why) => repair.refused.push((Finding::clone(finding), why)),
            }
        }
        let kept = self.accepted(edits.clone());
        let kept = if kept.len() == edits.len() {
            kept
        } else {
            self.one_by_one(edits, &mut repair)
        };
        if !kept.is_empty() {
            let edits: Vec<Edit> = kept.iter().map(|(edit, _)| edit.clone()).collect();
            repair.mended.push(Mended {
                path: Arc::clone(self.path),
                before: Arc::clone(self.source),
                after: edit::apply(self.source, &edits).unwrap_or_default(),
                fixed: kept
                    .into_iter()
                    .map(|(_, finding)| finding.clone())
                    .collect(),
            });
        }
        repair
    }

    /// Together the edits do not hold: each is tried on top of those that did.
    fn one_by_one<'f>(
        &self,
        edits: Vec<(Edit, &'f Finding)>,
        repair: &mut Repair,
    ) -> Vec<(Edit, &'f Finding)> {
        let mut kept: Vec<(Edit, &Finding)> = Vec::new();
        for edit in edits {
            let mut tried = kept.clone();
            tried.push(edit.clone());
            if self.accepted(tried.clone()).len() == tried.len() {
                kept = tried;
                continue;
            }
            let why = "the text after the edit would not be what was meant";
            repair.refused.push((edit.1.clone(), why));
        }
        kept
    }

    fn edit(&self, finding: &Finding) -> Result<Edit, &'static str> {
        let remedy = remedy(finding.rule).ok_or("the rule has no remedy")?;
        let byte = finding.location.ok_or("the finding has no place")?.byte;
        let mut own = self.objects.iter().filter(|own| own.path == *self.path);
        own.find_map(|object| edit::of(object, byte, remedy))
            .unwrap_or(Err(
                "the place is inside of a script or comes from another object",
            ))
    }

    /// The edits, if the text after them has none of their findings and nothing new; else none.
    fn accepted<'f>(&self, edits: Vec<(Edit, &'f Finding)>) -> Vec<(Edit, &'f Finding)> {
        let plain: Vec<Edit> = edits.iter().map(|(edit, _)| edit.clone()).collect();
        let Some(after) = edit::apply(self.source, &plain) else {
            return Vec::new();
        };
        let reading = read(self.path, after.as_bytes(), self.limits);
        let before = read(self.path, self.source.as_bytes(), self.limits);
        let own = self.objects.iter().filter(|own| own.path == *self.path);
        if reading.problems.len() > before.problems.len()
            || reading.findings.len() > before.findings.len()
            || reading.objects.len() != own.count()
        {
            return Vec::new();
        }
        let others = self.objects.iter().filter(|own| own.path != *self.path);
        let objects: Vec<Object> = others.cloned().chain(reading.objects).collect();
        let (findings, _) = check(&objects, self.limits);
        let mut expected = counts(self.findings);
        for (_, finding) in &edits {
            if let Some(count) = expected.get_mut(&key(finding)) {
                *count = count.saturating_sub(1);
            }
        }
        let found = counts(&findings);
        let nothing_new = found
            .iter()
            .all(|(key, count)| expected.get(key).is_some_and(|most| count <= most));
        if nothing_new { edits } else { Vec::new() }
    }
}

/// What makes two findings the same although the text between them moved.
fn key(finding: &Finding) -> (&str, &'static str, &str) {
    (&finding.path, finding.rule, &finding.message)
}

fn counts(findings: &[Finding]) -> BTreeMap<(&str, &'static str, &str), usize> {
    let mut counts = BTreeMap::new();
    for finding in findings {
        *counts.entry(key(finding)).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests;
