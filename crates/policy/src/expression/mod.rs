//! Rules as expressions over the raw object: the scanner evaluates the text that native policies
//! carry, so that the two cannot mean different things.
//!
//! An expression is true where the rule is kept. It speaks about one element (a container, a volume, a
//! pod spec, a part of an object of some kinds); what finds the elements is ours here, and generated
//! text in an exported policy.

mod anchor;
mod value;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use seawall_base::{Confidence, Severity};
use seawall_cel::{Bindings, Env, Program, Type, Value};
use seawall_config::yaml::Node;

pub(crate) use self::anchor::Anchors;
pub(crate) use self::value::value;

use crate::context::{Context, Found, Out};
use crate::object::Object;
use crate::rules::{RULES, Rule};
use crate::workload::Workload;

/// The oldest API server whose language the expressions keep to: the first with validating policies.
pub const MINOR_MIN: u32 = 30;

/// What one evaluation looks at, and the name of the variable that stands for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Each {
    /// `container`: every container of a pod spec, init and ephemeral ones included.
    Container,
    /// `volume`: every volume of a pod spec.
    Volume,
    /// `pod`: a pod spec.
    Pod,
    /// `spec`: a part of the objects of some kinds, which a path of fields leads to.
    Part(&'static [Part]),
}

/// A kind, and where in it the part stands; the object itself where the path is empty.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Part {
    /// The kind.
    pub kind: &'static str,
    /// Fields with dots between them.
    pub path: &'static str,
}

/// How much of a rule its expression covers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Covers {
    /// The expression decides as the rule does.
    All,
    /// The expression finds less than the rule: native policies see neither scripts nor other objects.
    Part,
}

/// A rule as an expression.
#[derive(Clone, Copy, Debug)]
pub struct Expression {
    /// What it looks at.
    pub each: Each,
    /// Keys of which the element holds at least one where the rule is broken. Elements without are not
    /// evaluated.
    pub anchors: &'static [&'static str],
    /// True where the rule is kept.
    pub holds: &'static str,
    /// What is wrong, after the name of the element.
    pub what: &'static str,
    /// Keys whose place a finding names; the element's own place where none is there.
    pub place: &'static [&'static str],
    /// What to do.
    pub fix: &'static str,
    /// How much of the rule this is.
    pub covers: Covers,
}

impl Each {
    /// The variable of the expression.
    #[must_use]
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Volume => "volume",
            Self::Pod => "pod",
            Self::Part(_) => "spec",
        }
    }
}

/// A part that is the whole object.
pub(crate) const fn whole(kind: &'static str) -> Part {
    Part { kind, path: "" }
}

/// A part of a kind.
pub(crate) const fn part(kind: &'static str, path: &'static str) -> Part {
    Part { kind, path }
}

static PROGRAMS: LazyLock<BTreeMap<&'static str, Program>> = LazyLock::new(|| {
    let compiled = RULES.iter().filter_map(|rule| {
        let expression = rule.expression?;
        let variable = expression.each.variable();
        let env = Env::kubernetes(MINOR_MIN).with_variable(variable, Type::Dyn);
        // A test compiles every expression; one that does not compile would be left out here.
        Some((rule.meta.id, env.compile(expression.holds).ok()?))
    });
    compiled.collect()
});

/// Whether the rule is kept by an element, if the expression can say.
pub(crate) fn holds(id: &str, variable: &str, element: Value) -> Option<bool> {
    let program = PROGRAMS.get(id)?;
    match program.eval(&Bindings::new().with(variable, element)) {
        Ok(Value::Bool(holds)) => Some(holds),
        Ok(_) | Err(_) => None,
    }
}

/// Evaluates a rule over every element that it is about.
pub(crate) fn check(
    rule: &Rule,
    expression: &Expression,
    ctx: &Context<'_>,
    objects: &[Object],
    out: &mut Out,
) {
    let judge = Judge { rule, expression };
    if let Each::Part(parts) = expression.each {
        for object in objects {
            let own = parts.iter().filter(|part| part.kind == object.kind);
            own.filter_map(|part| at(&object.node, part.path))
                .for_each(|node| judge.element(object, node, &object.title(), out));
        }
        return;
    }
    let wanted = Anchors::of(expression.anchors);
    let workloads = ctx.workloads.iter().zip(&ctx.anchors);
    for (workload, _) in workloads.filter(|(_, present)| wanted.meets(**present)) {
        judge.workload(workload, out);
    }
}

/// A rule and its expression.
struct Judge<'r> {
    rule: &'r Rule,
    expression: &'r Expression,
}

impl Judge<'_> {
    fn workload(&self, workload: &Workload<'_>, out: &mut Out) {
        let object = workload.object;
        match self.expression.each {
            Each::Container => {
                for container in &workload.containers {
                    self.element(object, container.node, &workload.title(container), out);
                }
            }
            Each::Volume => {
                for volume in workload.volumes() {
                    self.element(object, volume, &object.title(), out);
                }
            }
            Each::Pod => self.element(object, workload.pod, &object.title(), out),
            Each::Part(_) => {}
        }
    }

    fn element(&self, object: &Object, node: &Node, title: &str, out: &mut Out) {
        let Expression { what, fix, .. } = *self.expression;
        let meta = self.rule.meta;
        match holds(meta.id, self.expression.each.variable(), value(node)) {
            Some(true) => {}
            Some(false) => {
                let place = place(node, self.expression.place).unwrap_or(node);
                let found = Found::new(object, place.location(), format!("{title} {what}"), fix);
                out.report(meta, found);
            }
            // A field of a type that the API server would refuse: not judged, and not passed over.
            None => {
                let message = format!("{title} cannot be judged: a field has an unexpected type");
                let found = Found::new(object, node.location(), message, fix);
                let severity = meta.severity.min(Severity::Medium);
                out.report_as(meta, severity, Confidence::Low, found);
            }
        }
    }
}

/// The node that a path of fields leads to.
pub(crate) fn at<'a>(node: &'a Node, path: &str) -> Option<&'a Node> {
    let mut fields = path.split('.').filter(|field| !field.is_empty());
    fields.try_fold(node, |node, field| node.get(field))
}

/// The place to name: what is switched on under one of the keys, else the first of them.
fn place<'a>(node: &'a Node, keys: &[&str]) -> Option<&'a Node> {
    let mut first = None;
    let on = find(node, keys, 0, &mut first);
    on.or(first)
}

fn find<'a>(
    node: &'a Node,
    keys: &[&str],
    depth: usize,
    first: &mut Option<&'a Node>,
) -> Option<&'a Node> {
    const DEPTH_MAX: usize = 40;
    if depth > DEPTH_MAX || keys.is_empty() {
        return None;
    }
    for entry in node.entries() {
        if keys.contains(&entry.key.as_str()) {
            if entry.value.as_bool() == Some(true) {
                return Some(&entry.value);
            }
            first.get_or_insert(&entry.value);
        }
        if let Some(found) = find(&entry.value, keys, depth + 1, first) {
            return Some(found);
        }
    }
    let mut items = node.items().iter();
    items.find_map(|item| find(item, keys, depth + 1, first))
}

#[cfg(test)]
mod tests;
