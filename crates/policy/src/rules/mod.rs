//! The rules, one file each, and what runs them over a set of objects.

mod duplicate_key;
mod yaml_word_ambiguous;

use seawall_base::{Finding, Limits, Problem, RuleMeta};
use seawall_config::yaml::Flaw;

use crate::context::{Context, Out, Scope};
use crate::object::{Object, Reading};
use crate::workload::Workload;

/// A rule: what it says about itself, and its check.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Id, title, severity, mapping.
    pub meta: &'static RuleMeta,
    check: Check,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
enum Check {
    /// The text itself, while it is read.
    Text,
    /// Each object.
    Object(fn(&Context<'_>, &Object, &mut Out)),
    /// Each workload.
    Workload(fn(&Context<'_>, &Workload<'_>, &mut Out)),
    /// All objects together.
    Set(fn(&Context<'_>, &mut Out)),
}

const fn text(meta: &'static RuleMeta) -> Rule {
    Rule {
        meta,
        check: Check::Text,
    }
}

const fn object(meta: &'static RuleMeta, check: fn(&Context<'_>, &Object, &mut Out)) -> Rule {
    Rule {
        meta,
        check: Check::Object(check),
    }
}

const fn workload(
    meta: &'static RuleMeta,
    check: fn(&Context<'_>, &Workload<'_>, &mut Out),
) -> Rule {
    Rule {
        meta,
        check: Check::Workload(check),
    }
}

const fn set(meta: &'static RuleMeta, check: fn(&Context<'_>, &mut Out)) -> Rule {
    Rule {
        meta,
        check: Check::Set(check),
    }
}

/// Every rule, by id.
pub static RULES: &[Rule] = &[text(&duplicate_key::META), text(&yaml_word_ambiguous::META)];

/// Checks a set of objects that belong together, as a folder of manifests does.
#[must_use]
pub fn check(objects: &[Object], limits: &Limits) -> (Vec<Finding>, Vec<Problem>) {
    check_scoped(objects, Scope::Set, limits)
}

/// Checks objects, where [`Scope::Single`] says that the rest of the cluster is not shown.
#[must_use]
pub fn check_scoped(
    objects: &[Object],
    scope: Scope,
    limits: &Limits,
) -> (Vec<Finding>, Vec<Problem>) {
    let ctx = Context::new(objects, scope);
    let mut out = Out::new(limits);
    for rule in RULES {
        match rule.check {
            Check::Text => {}
            Check::Object(check) => objects
                .iter()
                .for_each(|object| check(&ctx, object, &mut out)),
            Check::Workload(check) => {
                ctx.workloads
                    .iter()
                    .for_each(|workload| check(&ctx, workload, &mut out));
            }
            Check::Set(check) => check(&ctx, &mut out),
        }
    }
    let mut problems = Vec::new();
    if out.dropped > 0 {
        problems.push(Problem {
            path: objects
                .first()
                .map(|object| object.path.to_string())
                .unwrap_or_default(),
            location: None,
            message: format!("{} findings more than the limit were left out", out.dropped),
        });
    }
    (out.into_findings(), problems)
}

/// Turns a flaw of the text into a finding of the rule that is about it.
pub(crate) fn textual(flaw: &Flaw, path: &str, reading: &mut Reading) {
    duplicate_key::check(flaw, path, reading);
    yaml_word_ambiguous::check(flaw, path, reading);
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
