//! What a rule is: what it says about itself, how it is checked, exported and mended.

use seawall_base::RuleMeta;

use crate::context::{Context, Out};
use crate::expression::Expression;
use crate::fix::Remedy;
use crate::object::Object;
use crate::workload::Workload;

/// A rule: what it says about itself, and its check.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Id, title, severity, mapping.
    pub meta: &'static RuleMeta,
    /// The rule as native policies can carry it.
    pub expression: Option<&'static Expression>,
    /// What mends a finding of the rule, where no choice is needed.
    pub remedy: Option<Remedy>,
    pub(crate) check: Check,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Check {
    /// The expression of the rule.
    Expression,
    /// The text itself, while it is read.
    Text,
    /// Each object.
    Object(fn(&Context<'_>, &Object, &mut Out)),
    /// Each workload.
    Workload(fn(&Context<'_>, &Workload<'_>, &mut Out)),
    /// All objects together.
    Set(fn(&Context<'_>, &mut Out)),
}

pub(crate) const fn text(meta: &'static RuleMeta) -> Rule {
    Rule {
        meta,
        expression: None,
        remedy: None,
        check: Check::Text,
    }
}

pub(crate) const fn object(
    meta: &'static RuleMeta,
    check: fn(&Context<'_>, &Object, &mut Out),
) -> Rule {
    Rule {
        meta,
        expression: None,
        remedy: None,
        check: Check::Object(check),
    }
}

pub(crate) const fn workload(
    meta: &'static RuleMeta,
    check: fn(&Context<'_>, &Workload<'_>, &mut Out),
) -> Rule {
    Rule {
        meta,
        expression: None,
        remedy: None,
        check: Check::Workload(check),
    }
}

pub(crate) const fn set(meta: &'static RuleMeta, check: fn(&Context<'_>, &mut Out)) -> Rule {
    Rule {
        meta,
        expression: None,
        remedy: None,
        check: Check::Set(check),
    }
}

pub(crate) const fn expression(meta: &'static RuleMeta, expression: &'static Expression) -> Rule {
    Rule {
        meta,
        expression: Some(expression),
        remedy: None,
        check: Check::Expression,
    }
}

impl Rule {
    /// The same rule with the part of it that native policies can carry.
    pub(crate) const fn exported(mut self, expression: &'static Expression) -> Self {
        self.expression = Some(expression);
        self
    }

    /// The same rule with what mends its findings.
    pub(crate) const fn mended(mut self, remedy: Remedy) -> Self {
        self.remedy = Some(remedy);
        self
    }
}
