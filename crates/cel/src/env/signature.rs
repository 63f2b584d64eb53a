//! Signatures of functions as text, so that a library's declarations read like its documentation:
//! `string_char_at_int = string->charAt(int): string`. A single capital letter is a type parameter;
//! a name that is no type of the language is an opaque type.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::types::Type;

/// One overload of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Overload {
    /// The overload's id.
    pub id: Arc<str>,
    /// Whether it is called as `target.function()`; the target is the first parameter then.
    pub member: bool,
    /// The parameters.
    pub params: Vec<Type>,
    /// The result.
    pub result: Type,
}

impl Overload {
    /// The type parameters that the signature mentions.
    pub(crate) fn type_params(&self) -> BTreeSet<Arc<str>> {
        let mut names = BTreeSet::new();
        let mut open: Vec<&Type> = self.params.iter().chain([&self.result]).collect();
        while let Some(found) = open.pop() {
            if let Type::Param(name) = found {
                names.insert(Arc::clone(name));
            }
            open.extend(found.children());
        }
        names
    }
}

/// The function's name and overload that `text` declares.
pub(crate) fn parse(text: &str) -> Option<(Arc<str>, Overload)> {
    let (id, text) = text.split_once(" = ")?;
    let (head, result) = text.rsplit_once("): ")?;
    let (target, head) = match head.split_once("->") {
        Some((target, head)) => (Some(target), head),
        None => (None, head),
    };
    let (name, params) = head.split_once('(')?;
    let mut types: Vec<Type> = Vec::new();
    if let Some(target) = target {
        types.push(parse_type(target)?);
    }
    for param in split(params) {
        types.push(parse_type(param)?);
    }
    let overload = Overload {
        id: id.into(),
        member: target.is_some(),
        params: types,
        result: parse_type(result)?,
    };
    Some((name.into(), overload))
}

/// The parts between commas that are in no bracket.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts.retain(|part| !part.trim().is_empty());
    parts.into_iter().map(str::trim).collect()
}

/// The type that `text` names.
pub(crate) fn parse_type(text: &str) -> Option<Type> {
    let text = text.trim();
    if let Some((name, inner)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        let inner: Option<Vec<Type>> = split(inner).into_iter().map(parse_type).collect();
        return match (name, inner?.as_slice()) {
            ("list", [item]) => Some(Type::list(item.clone())),
            ("map", [key, value]) => Some(Type::map(key.clone(), value.clone())),
            ("type", [item]) => Some(Type::of_type(item.clone())),
            ("optional", [item]) => Some(Type::optional(item.clone())),
            _ => None,
        };
    }
    Some(match text {
        "dyn" => Type::Dyn,
        "null" => Type::Null,
        "bool" => Type::Bool,
        "int" => Type::Int,
        "uint" => Type::Uint,
        "double" => Type::Double,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "timestamp" => Type::Timestamp,
        "duration" => Type::Duration,
        _ if text.len() == 1 && text.chars().all(|c| c.is_ascii_uppercase()) => Type::param(text),
        _ if text.contains('.') => Type::opaque(text),
        _ => return None,
    })
}
