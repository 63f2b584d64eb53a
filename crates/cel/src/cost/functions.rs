//! What a call may cost, by function, and how large its result may be.

use crate::cost::range::CostRange;
use crate::cost::{CHECK, FORMAT_PATTERN_MAX, LIST_CREATE, NOMINAL, PATTERN, TRAVERSAL};
use crate::types::Type;

/// An argument as the estimate knows it; the target of a member comes first.
#[derive(Clone, Debug)]
pub(super) struct Argument {
    pub(super) ty: Type,
    pub(super) size: CostRange,
    /// The size of a list's elements.
    pub(super) items: CostRange,
    /// The number that a literal is.
    pub(super) literal: Option<u64>,
}

/// The cost of a call without that of its arguments, and the size of its result.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallEstimate {
    pub(super) cost: CostRange,
    pub(super) result: Option<CostRange>,
}

fn only(cost: CostRange) -> CallEstimate {
    CallEstimate { cost, result: None }
}

const ONE: CostRange = CostRange::fixed(1);

/// Estimates a call of `name` with `args`. Where the types are not known, all overloads count.
pub(super) fn estimate(name: &str, args: &[Argument]) -> CallEstimate {
    let readings = readings(name, args);
    let estimates = readings.iter().map(|args| known(name, args));
    let joined = estimates.reduce(|a, b| CallEstimate {
        cost: a.cost.union(b.cost),
        result: match (a.result, b.result) {
            (Some(a), Some(b)) => Some(a.union(b)),
            (a, b) => a.or(b),
        },
    });
    joined.unwrap_or_else(|| only(ONE))
}

/// The arguments with each type that an argument of unknown type may turn out to have, as far as
/// the cost depends on it.
fn readings(name: &str, args: &[Argument]) -> Vec<Vec<Argument>> {
    let decisive = if name == "@in" { 1 } else { 0 };
    let types = match name {
        "_+_" => vec![Type::String, Type::list(Type::Dyn), Type::Int],
        "_<_" | "_<=_" | "_>_" | "_>=_" => vec![Type::String, Type::Int],
        "string" => vec![Type::Bytes, Type::Int],
        "bytes" => vec![Type::String, Type::Bytes],
        "@in" => vec![Type::list(Type::Dyn), Type::map(Type::Dyn, Type::Dyn)],
        _ => Vec::new(),
    };
    if types.is_empty() || args.get(decisive).is_none_or(|arg| arg.ty != Type::Dyn) {
        return vec![args.to_vec()];
    }
    let with = |ty: &Type| {
        let mut args = args.to_vec();
        if let Some(arg) = args.get_mut(decisive) {
            arg.ty = ty.clone();
        }
        args
    };
    types.iter().map(with).collect()
}

fn known(name: &str, args: &[Argument]) -> CallEstimate {
    if NOMINAL.contains(&name) {
        return only(ONE);
    }
    let size = |index: usize| args.get(index).map_or(CostRange::UNKNOWN, |arg| arg.size);
    let is_text = |index: usize| {
        let ty = args.get(index).map(|arg| &arg.ty);
        matches!(ty, Some(Type::String | Type::Bytes))
    };
    match name {
        "_==_" | "_!=_" => equality(name, args),
        "_<_" | "_<=_" | "_>_" | "_>=_" if is_text(0) => only(smaller(size(0), size(1))),
        "_+_" => addition(args),
        "@in" if matches!(args.get(1).map(|arg| &arg.ty), Some(Type::List(_))) => only(size(1)),
        "startsWith" | "endsWith" => only(size(1).scaled(TRAVERSAL)),
        "format" => only(size(0).scaled(TRAVERSAL)),
        "strings.quote" => {
            let quoted = size(0)
                .times(CostRange { min: 1, max: 2 })
                .plus(CostRange::fixed(2));
            CallEstimate {
                cost: size(0).scaled(TRAVERSAL),
                result: Some(quoted),
            }
        }
        "contains" => only(size(0).scaled(TRAVERSAL).times(size(1).scaled(TRAVERSAL))),
        "matches" => only(pattern(size(0), size(1))),
        "find" | "findAll" => CallEstimate {
            cost: pattern(size(0), size(1)),
            result: Some(CostRange {
                min: 0,
                max: size(0).max,
            }),
        },
        "bytes" if is_text(0) => CallEstimate {
            cost: size(0).scaled(TRAVERSAL),
            result: Some(size(0).times(CostRange { min: 1, max: 4 })),
        },
        "string" if matches!(args.first().map(|arg| &arg.ty), Some(Type::Bytes)) => CallEstimate {
            cost: size(0).scaled(TRAVERSAL),
            result: Some(CostRange {
                min: size(0).min / 4,
                max: size(0).max,
            }),
        },
        _ => kubernetes(name, args),
    }
}

fn pattern(text: CostRange, pattern: CostRange) -> CostRange {
    let text = text.plus(ONE).scaled(TRAVERSAL);
    text.times(pattern.scaled(PATTERN))
}

/// Comparing ends with the shorter of the two.
fn smaller(a: CostRange, b: CostRange) -> CostRange {
    let max = a.max.min(b.max);
    let range = CostRange {
        min: u64::from(max > 0),
        max,
    };
    range.scaled(TRAVERSAL)
}

fn equality(name: &str, args: &[Argument]) -> CallEstimate {
    let [a, b] = args else {
        return only(ONE);
    };
    match &a.ty {
        Type::Opaque(kind, _) if name == "_==_" && a.ty == b.ty => match &**kind {
            "kubernetes.NamedFormat" => only(CostRange { min: 1, max: 64 }.scaled(TRAVERSAL)),
            "kubernetes.URL" => only(CostRange { min: 1, ..b.size }.scaled(TRAVERSAL)),
            kind if kind.starts_with("kubernetes.") || kind.starts_with("net.") => only(ONE),
            _ => only(smaller(a.size, b.size)),
        },
        _ => only(smaller(a.size, b.size)),
    }
}

fn addition(args: &[Argument]) -> CallEstimate {
    let [a, b] = args else {
        return only(ONE);
    };
    let sum = a.size.plus(b.size);
    let cost = match a.ty {
        Type::String | Type::Bytes => sum.scaled(TRAVERSAL),
        Type::List(_) => ONE,
        _ => return only(ONE),
    };
    CallEstimate {
        cost,
        result: Some(sum),
    }
}

fn kubernetes(name: &str, args: &[Argument]) -> CallEstimate {
    let size = |index: usize| args.get(index).map_or(CostRange::UNKNOWN, |arg| arg.size);
    let walked = size(0).scaled(TRAVERSAL);
    let first = args.first();
    match name {
        "check" => only(CostRange::fixed(CHECK)),
        "fieldSelector" | "labelSelector" => {
            let requirements = size(1).scaled(0.5).scaled(50.0);
            only(
                CostRange::fixed(LIST_CREATE)
                    .plus(size(1).scaled(TRAVERSAL))
                    .plus(requirements),
            )
        }
        "isSorted" | "sum" | "max" | "min" | "indexOf" | "lastIndexOf" => match first {
            Some(list) if matches!(list.ty, Type::List(_)) => only(each_element(list)),
            _ => only(walked),
        },
        "url" | "jsonpatch.escapeKey" | "lowerAscii" | "upperAscii" | "substring" | "trim" => {
            CallEstimate {
                cost: walked,
                result: Some(size(0)),
            }
        }
        "replace" => replacement(args),
        "split" => CallEstimate {
            cost: size(0).scaled(2.0 * TRAVERSAL),
            result: Some(CostRange {
                min: 0,
                max: args
                    .get(2)
                    .and_then(|limit| limit.literal)
                    .unwrap_or_else(|| size(0).max),
            }),
        },
        "join" => joining(args),
        "cidr" | "isIP" | "isCIDR" | "quantity" | "isQuantity" | "semver" | "isSemver" => {
            only(walked)
        }
        "ip" => match first {
            Some(of) if of.ty == Type::opaque("net.CIDR") => only(ONE),
            _ => only(walked),
        },
        "ip.isCanonical" => only(size(0).scaled(2.0 * TRAVERSAL)),
        "containsIP" | "containsCIDR" => only(containment(name, args)),
        "validate" => {
            let pattern = FORMAT_PATTERN_MAX as f64 * PATTERN;
            only(size(1).scaled(TRAVERSAL).scaled(pattern))
        }
        _ => lists(name, args),
    }
}

fn each_element(list: &Argument) -> CostRange {
    let element = match &list.ty {
        Type::List(item) if matches!(**item, Type::String | Type::Bytes) => {
            ONE.plus(list.items.scaled(TRAVERSAL))
        }
        _ => ONE,
    };
    list.size.times(element)
}

/// The bytes of two addresses, of 4 to 16 bytes each; a network is masked first; a text is parsed.
fn containment(name: &str, args: &[Argument]) -> CostRange {
    let address = CostRange { min: 4, max: 16 };
    let mut cost = address.plus(address).scaled(TRAVERSAL);
    if name == "containsCIDR" {
        cost = cost.plus(address.scaled(TRAVERSAL)).plus(ONE);
    }
    match args.get(1) {
        Some(text) if text.ty == Type::String => cost.plus(text.size.scaled(TRAVERSAL)),
        _ => cost,
    }
}

fn replacement(args: &[Argument]) -> CallEstimate {
    let [text, old, new, ..] = args else {
        return only(ONE);
    };
    let (text, old, new) = (text.size, old.size, new.size);
    let parts = |length: u64, part: u64| length.div_ceil(part.max(1));
    let (mut count, mut kept) = (CostRange::default(), CostRange::default());
    if old.min == 0 {
        count.max = text.max.saturating_add(1);
        kept.max = text.max;
    } else if new.max <= old.min {
        kept.max = text.max;
    } else {
        count.max = parts(text.max, old.min);
    }
    if old.max == 0 {
        count.min = text.min.saturating_add(1);
        kept.min = text.min;
    } else if old.max <= new.min {
        kept.min = text.min;
    } else {
        count.min = parts(text.min, old.max);
    }
    CallEstimate {
        cost: text.scaled(2.0 * TRAVERSAL),
        result: Some(count.times(new).plus(kept)),
    }
}

fn joining(args: &[Argument]) -> CallEstimate {
    let Some(list) = args.first() else {
        return only(ONE);
    };
    let mut size = list.size.times(list.items);
    if let Some(separator) = args.get(1) {
        let between = CostRange {
            min: list.size.min.saturating_sub(1),
            max: list.size.max.saturating_sub(1),
        };
        size = size.plus(separator.size.times(between));
    }
    CallEstimate {
        cost: size.scaled(TRAVERSAL),
        result: Some(size),
    }
}

fn lists(name: &str, args: &[Argument]) -> CallEstimate {
    let size = |index: usize| args.get(index).map_or(CostRange::UNKNOWN, |arg| arg.size);
    let literal = |index: usize| args.get(index).and_then(|arg| arg.literal);
    let is_list = matches!(args.first().map(|arg| &arg.ty), Some(Type::List(_)));
    let made = |factor: f64, size: CostRange| CallEstimate {
        cost: size.scaled(factor).plus(CostRange::fixed(1 + LIST_CREATE)),
        result: Some(size),
    };
    let texts = |index: usize| match args.get(index).map(|arg| &arg.ty) {
        Some(Type::List(item)) if matches!(**item, Type::String | Type::Bytes) => 2.0 + TRAVERSAL,
        _ => 2.0,
    };
    match name {
        "sets.contains" | "sets.intersects" => only(size(0).times(size(1)).plus(ONE)),
        "sets.equivalent" => only(size(0).times(size(1)).scaled(2.0).plus(ONE)),
        // The API server lets a start beyond the end wrap around, too.
        "slice" => {
            let end = literal(2).unwrap_or_else(|| size(0).max);
            made(
                1.0,
                CostRange::fixed(end.wrapping_sub(literal(1).unwrap_or(0))),
            )
        }
        "lists.range" => made(1.0, CostRange::fixed(literal(0).unwrap_or(u64::MAX))),
        "reverse" if is_list => made(1.0, size(0)),
        "flatten" => {
            let depth = if args.len() > 1 {
                literal(1).unwrap_or(u64::MAX)
            } else {
                1
            };
            made(depth as f64, size(0))
        }
        "distinct" => made(2.0, size(0).times(size(0))),
        "sort" => made(texts(0), size(0).times(size(0))),
        "@sortByAssociatedKeys" => made(texts(1), size(1).times(size(1))),
        _ => only(ONE),
    }
}
