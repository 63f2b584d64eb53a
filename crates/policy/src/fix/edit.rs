//! Edits of a text at the places of its nodes.

use std::ops::Range;

use seawall_config::yaml::{Entry, Node, Value};

use super::Remedy;
use crate::object::Object;

/// A stretch of the text and what takes its place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

type Edited = Result<Edit, &'static str>;

const NOT_PLAIN: &str = "the text around the place is not plain enough to edit";

/// The text after edits that do not touch each other.
pub(super) fn apply(source: &str, edits: &[Edit]) -> Option<String> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut text = String::with_capacity(source.len());
    let mut at = 0;
    for edit in sorted {
        text.push_str(source.get(at..edit.range.start)?);
        text.push_str(&edit.text);
        at = edit.range.end;
    }
    text.push_str(source.get(at..)?);
    Some(text)
}

/// Whether a text uses anchors or aliases.
pub(super) fn has_anchors(source: &str) -> bool {
    source.lines().any(|line| {
        let code = line.split(" #").next().unwrap_or_default();
        let mut words = code
            .split([' ', '[', ',', '{'])
            .filter(|word| word.len() > 1);
        words.any(|word| {
            let mut letters = word.chars();
            matches!(letters.next(), Some('&' | '*'))
                && letters.all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter))
        })
    })
}

/// The edit of an object, or nothing where no node of it stands at the place.
pub(super) fn of(object: &Object, byte: u64, remedy: Remedy) -> Option<Edited> {
    let at = u32::try_from(byte).ok()?;
    let mut trail = Vec::new();
    let node = find(&object.node, at, &mut trail)?;
    let source = &*object.source;
    Some(match remedy {
        Remedy::Set(text) => set(source, node, text),
        Remedy::RemoveField => trail
            .last()
            .map_or(Err(NOT_PLAIN), |step| remove(source, step)),
        Remedy::RemoveArgument => remove_argument(source, node, &trail),
        Remedy::RemoveVariable => remove_variable(source, &trail),
        Remedy::Insert(path, text) => insert(source, node, path, text),
    })
}

/// A collection on the way to a node, and which part of it leads there.
#[derive(Clone, Copy)]
struct Step<'a> {
    parent: &'a Node,
    position: usize,
    /// The field that the part is, or that the list which holds it is.
    key: &'a str,
}

/// The innermost node that begins at a byte, with the steps that lead to it: a list in block form
/// begins where its first item does.
fn find<'a>(node: &'a Node, at: u32, trail: &mut Vec<Step<'a>>) -> Option<&'a Node> {
    let key = trail.last().map_or("", |step| step.key);
    let children: Vec<(&'a Node, &'a str)> = match &node.value {
        Value::Scalar(_) => Vec::new(),
        Value::Sequence(items) => items.iter().map(|item| (item, key)).collect(),
        Value::Mapping(entries) => {
            let entries = entries.iter();
            entries
                .map(|entry| (&entry.value, entry.key.as_str()))
                .collect()
        }
    };
    for (position, (child, key)) in children.into_iter().enumerate() {
        if child.span.start > at || end(child) < at {
            continue;
        }
        trail.push(Step {
            parent: node,
            position,
            key,
        });
        if let Some(found) = find(child, at, trail) {
            return Some(found);
        }
        trail.pop();
    }
    (node.span.start == at && !trail.is_empty()).then_some(node)
}

/// The byte after the last one of a node, comments and white space behind it left out.
fn end(node: &Node) -> u32 {
    match &node.value {
        Value::Scalar(_) => node.span.end,
        Value::Sequence(items) => items.iter().map(end).fold(node.span.start, u32::max),
        Value::Mapping(entries) => {
            let ends = entries
                .iter()
                .map(|entry| end(&entry.value).max(entry.key_span.end));
            ends.fold(node.span.start, u32::max)
        }
    }
}

fn range(start: u32, end: u32) -> Result<Range<usize>, &'static str> {
    let start = usize::try_from(start).map_err(|_| NOT_PLAIN)?;
    let end = usize::try_from(end).map_err(|_| NOT_PLAIN)?;
    if start <= end {
        Ok(start..end)
    } else {
        Err(NOT_PLAIN)
    }
}

fn slice(source: &str, range: Range<usize>) -> Result<&str, &'static str> {
    source.get(range).ok_or(NOT_PLAIN)
}

fn is_flow(source: &str, node: &Node) -> bool {
    let start = usize::try_from(node.span.start).unwrap_or(usize::MAX);
    matches!(source.as_bytes().get(start), Some(b'{' | b'['))
}

fn set(source: &str, node: &Node, text: &str) -> Edited {
    let scalar = node.scalar().ok_or(NOT_PLAIN)?;
    let range = range(node.span.start, node.span.end)?;
    let written = slice(source, range.clone())?;
    // A folded or tagged scalar is more than its text.
    let plain = written.trim_matches(['"', '\'']) == scalar.text;
    if !plain {
        return Err(NOT_PLAIN);
    }
    Ok(Edit {
        range,
        text: text.to_owned(),
    })
}

/// Removes one part of a collection: a whole line or lines in block form, with its comma in flow form.
fn remove(source: &str, step: &Step<'_>) -> Edited {
    let (first, last, count) = part(step.parent, step.position).ok_or(NOT_PLAIN)?;
    let own = range(first, last)?;
    if is_flow(source, step.parent) {
        return remove_from_flow(source, step, own, count);
    }
    if count == 1 {
        return Err("nothing would be left of what holds it");
    }
    let line = source
        .get(..own.start)
        .and_then(|text| text.rfind('\n'))
        .map_or(0, |at| at + 1);
    let before = slice(source, line..own.start)?;
    let rest = slice(source, own.end..source.len())?;
    let line_end = rest.find('\n').map_or(source.len(), |at| own.end + at + 1);
    let behind = slice(source, own.end..line_end)?.trim();
    if !(behind.is_empty() || behind.starts_with('#')) {
        return Err(NOT_PLAIN);
    }
    let is_item = matches!(step.parent.value, Value::Sequence(_));
    let lead = before.trim_start();
    if lead.is_empty() || (is_item && lead.trim_end() == "-") {
        return Ok(Edit {
            range: line..line_end,
            text: String::new(),
        });
    }
    // The first field of an item: the next one takes its place behind the dash.
    let next = part(step.parent, step.position + 1).ok_or(NOT_PLAIN)?;
    let between = range(last, next.0)?;
    if step.position > 0 || slice(source, between)?.contains('#') {
        return Err(NOT_PLAIN);
    }
    Ok(Edit {
        range: range(first, next.0)?,
        text: String::new(),
    })
}

fn remove_from_flow(source: &str, step: &Step<'_>, own: Range<usize>, count: usize) -> Edited {
    if count == 1 {
        return Ok(Edit {
            range: own,
            text: String::new(),
        });
    }
    let own = match part(step.parent, step.position + 1) {
        Some((next, ..)) => own.start..usize::try_from(next).map_err(|_| NOT_PLAIN)?,
        None => {
            let before = step.position.checked_sub(1).ok_or(NOT_PLAIN)?;
            let (_, last, _) = part(step.parent, before).ok_or(NOT_PLAIN)?;
            usize::try_from(last).map_err(|_| NOT_PLAIN)?..own.end
        }
    };
    if slice(source, own.clone())?.contains('#') {
        return Err(NOT_PLAIN);
    }
    Ok(Edit {
        range: own,
        text: String::new(),
    })
}

/// Where a part of a collection begins and ends, and how many parts there are.
fn part(parent: &Node, position: usize) -> Option<(u32, u32, usize)> {
    match &parent.value {
        Value::Scalar(_) => None,
        Value::Sequence(items) => {
            let item = items.get(position)?;
            Some((item.span.start, flow_end(item), items.len()))
        }
        Value::Mapping(entries) => {
            let entry = entries.get(position)?;
            let last = flow_end(&entry.value).max(entry.key_span.end);
            Some((entry.key_span.start, last, entries.len()))
        }
    }
}

/// The end of a node with its closing bracket, where it has one.
fn flow_end(node: &Node) -> u32 {
    match &node.value {
        Value::Scalar(_) => node.span.end,
        Value::Sequence(_) | Value::Mapping(_) => {
            let last = end(node);
            // In block form the parser's end lies on a later line, behind comments of what follows.
            if node.span.end > last && node.span.end - last <= 2 {
                node.span.end
            } else {
                last
            }
        }
    }
}

fn remove_argument(source: &str, node: &Node, trail: &[Step<'_>]) -> Edited {
    let step = trail.last().ok_or(NOT_PLAIN)?;
    let listed = matches!(step.parent.value, Value::Sequence(_));
    let text = node.text().ok_or(NOT_PLAIN)?;
    if !listed || !matches!(step.key, "args" | "command") {
        return Err("the argument does not stand in a list of arguments");
    }
    if !text.starts_with('-') || text.contains(char::is_whitespace) {
        return Err("the argument is part of a script");
    }
    let next = step
        .parent
        .items()
        .get(step.position + 1)
        .and_then(Node::text);
    let valued = next.is_some_and(|next| !next.starts_with('-'));
    if valued && !text.contains('=') {
        return Err("the word behind the argument may be its value");
    }
    remove(source, step)
}

fn remove_variable(source: &str, trail: &[Step<'_>]) -> Edited {
    let item = trail
        .iter()
        .rposition(|step| step.key == "env" && !step.parent.items().is_empty());
    let at = item.ok_or("the variable is not set in the environment of the container")?;
    let step = trail.get(at).ok_or(NOT_PLAIN)?;
    if step.parent.items().len() == 1 {
        let holder = at
            .checked_sub(1)
            .and_then(|at| trail.get(at))
            .ok_or(NOT_PLAIN)?;
        return remove(source, holder);
    }
    remove(source, step)
}

fn insert(source: &str, node: &Node, path: &[&str], text: &str) -> Edited {
    if node.scalar().is_some() {
        return set(source, node, text);
    }
    let Value::Mapping(entries) = &node.value else {
        return Err(NOT_PLAIN);
    };
    let (key, rest) = path.split_first().ok_or(NOT_PLAIN)?;
    if let Some(entry) = entries.iter().find(|entry| entry.key == *key) {
        return match (rest.is_empty(), &entry.value.value) {
            (false, Value::Mapping(_)) => insert(source, &entry.value, rest, text),
            (true, Value::Scalar(_)) => set(source, &entry.value, text),
            _ => Err(NOT_PLAIN),
        };
    }
    let inner = rest
        .iter()
        .rev()
        .fold(text.to_owned(), |inner, key| format!("{{{key}: {inner}}}"));
    let field = format!("{key}: {inner}");
    let start = usize::try_from(node.span.start).map_err(|_| NOT_PLAIN)?;
    if is_flow(source, node) {
        let json = source.trim_start().starts_with('{');
        let field = if json {
            json_field(key, rest, text)
        } else {
            field
        };
        let comma = if entries.is_empty() { "" } else { ", " };
        return Ok(Edit {
            range: start + 1..start + 1,
            text: format!("{field}{comma}"),
        });
    }
    insert_in_block(source, entries, &field)
}

fn json_field(key: &str, rest: &[&str], text: &str) -> String {
    let inner = rest.iter().rev();
    let inner = inner.fold(text.to_owned(), |inner, key| {
        format!("{{\"{key}\": {inner}}}")
    });
    format!("\"{key}\": {inner}")
}

/// A field on a line of its own, as far to the right as the others.
fn insert_in_block(source: &str, entries: &[Entry], field: &str) -> Edited {
    let first = entries.first().ok_or(NOT_PLAIN)?;
    let start = usize::try_from(first.key_span.start).map_err(|_| NOT_PLAIN)?;
    let line = source
        .get(..start)
        .and_then(|text| text.rfind('\n'))
        .map_or(0, |at| at + 1);
    let indent = " ".repeat(slice(source, line..start)?.chars().count());
    if slice(source, line..start)?.trim().is_empty() {
        return Ok(Edit {
            range: start..start,
            text: format!("{field}\n{indent}"),
        });
    }
    // Behind a dash: the first field keeps its place, if it ends on its line.
    let end = usize::try_from(first.value.span.end).map_err(|_| NOT_PLAIN)?;
    let own = slice(source, start..end)?;
    if first.value.scalar().is_none() || own.contains('\n') {
        return Err(NOT_PLAIN);
    }
    let rest = slice(source, end..source.len())?;
    let line_end = rest.find('\n').map_or(source.len(), |at| end + at);
    Ok(Edit {
        range: line_end..line_end,
        text: format!("\n{indent}{field}"),
    })
}
