//! The text of a whole expression: the rule's own, for every element of an object that it is about.

use std::fmt::Write as _;

use super::kinds::Kinds;
use crate::expression::{Each, Expression};

/// The lists of containers of a pod spec.
const LISTS: &[&str] = &["containers", "initContainers", "ephemeralContainers"];

/// The expression over the objects of some kinds, true where every element keeps the rule.
pub(super) fn over_pods(expression: &Expression, kinds: &Kinds, root: &str) -> Option<String> {
    if matches!(expression.each, Each::Part(_)) {
        return None;
    }
    let holds = expression.holds;
    let mut parts: Vec<String> = Vec::new();
    for path in kinds.pods {
        let whole = along(root, path, &mut 0, &|pod| match expression.each {
            Each::Pod => named("pod", pod, holds),
            Each::Volume => listed(pod, "volumes", "volume", holds),
            Each::Container => {
                let lists = LISTS
                    .iter()
                    .map(|list| listed(pod, list, "container", holds));
                lists.collect::<Vec<_>>().join(" && ")
            }
            Each::Part(_) => String::new(),
        });
        parts.push(whole);
    }
    if expression.each == Each::Container {
        for path in kinds.containers {
            parts.push(along(root, path, &mut 0, &|own| {
                named("container", own, holds)
            }));
        }
    }
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(" && "))
}

/// The expression over a part of an object.
pub(super) fn over_part(expression: &Expression, path: &str, root: &str) -> String {
    along(root, path, &mut 0, &|own| {
        named("spec", own, expression.holds)
    })
}

/// The inner text for everything that a path leads to, with a guard for each field on the way.
fn along(base: &str, path: &str, depth: &mut usize, inner: &dyn Fn(&str) -> String) -> String {
    if path.is_empty() {
        return inner(base);
    }
    let (field, rest) = path.split_once('.').unwrap_or((path, ""));
    *depth += 1;
    let item = format!("e{depth}");
    if let Some(list) = field.strip_suffix("[]") {
        let body = along(&item, rest, depth, inner);
        return format!("(!has({base}.{list}) || {base}.{list}.all({item}, {body}))");
    }
    if let Some(map) = field.strip_suffix("{}") {
        let body = along(&format!("{base}.{map}[{item}]"), rest, depth, inner);
        return format!("(!has({base}.{map}) || {base}.{map}.all({item}, {body}))");
    }
    let body = along(&format!("{base}.{field}"), rest, depth, inner);
    format!("(!has({base}.{field}) || {body})")
}

fn listed(base: &str, list: &str, variable: &str, holds: &str) -> String {
    format!("(!has({base}.{list}) || {base}.{list}.all({variable}, {holds}))")
}

/// The text with a path in the place of its variable: the language of native policies has no way to
/// name a part.
fn named(variable: &str, path: &str, holds: &str) -> String {
    if variable == path {
        return format!("({holds})");
    }
    let mut out = String::from("(");
    let mut rest = holds;
    while let Some(at) = rest.find(variable) {
        let (before, found) = rest.split_at(at);
        let after = found.get(variable.len()..).unwrap_or_default();
        out.push_str(before);
        // A word of its own that is no field of something else.
        let starts = !before
            .ends_with(|letter: char| letter.is_ascii_alphanumeric() || "_.'".contains(letter));
        let ends =
            !after.starts_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '_');
        out.push_str(if starts && ends { path } else { variable });
        rest = after;
    }
    // Writing to a text cannot fail.
    let _written = write!(out, "{rest})");
    out
}
