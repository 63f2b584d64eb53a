//! The lists extension, and the list functions of Kubernetes.

use std::cmp::Ordering;

use crate::error::EvalError;
use crate::eval::Context;
use crate::library::{Library, bool, int, refused};
use crate::value::Value;

pub(crate) static LISTS: Library = Library {
    overloads: &[
        "list_slice = list(T)->slice(int, int): list(T)",
        "list_flatten = list(list(T))->flatten(): list(T)",
        "list_flatten_int = list(dyn)->flatten(int): list(dyn)",
        "list_int_sort = list(int)->sort(): list(int)",
        "list_uint_sort = list(uint)->sort(): list(uint)",
        "list_double_sort = list(double)->sort(): list(double)",
        "list_bool_sort = list(bool)->sort(): list(bool)",
        "list_duration_sort = list(duration)->sort(): list(duration)",
        "list_timestamp_sort = list(timestamp)->sort(): list(timestamp)",
        "list_string_sort = list(string)->sort(): list(string)",
        "list_bytes_sort = list(bytes)->sort(): list(bytes)",
        "list_int_sortByAssociatedKeys = list(T)->@sortByAssociatedKeys(list(int)): list(T)",
        "list_uint_sortByAssociatedKeys = list(T)->@sortByAssociatedKeys(list(uint)): list(T)",
        "list_double_sortByAssociatedKeys = list(T)->@sortByAssociatedKeys(list(double)): list(T)",
        "list_bool_sortByAssociatedKeys = list(T)->@sortByAssociatedKeys(list(bool)): list(T)",
        "list_duration_sortByAssociatedKeys = list(T)->@sortByAssociatedKeys(list(duration)): list(T)",
        "list_timestamp_sortByAssociatedKeys = list(T)->@sortByAssociatedKeys(list(timestamp)): list(T)",
        "list_string_sortByAssociatedKeys = list(T)->@sortByAssociatedKeys(list(string)): list(T)",
        "list_bytes_sortByAssociatedKeys = list(T)->@sortByAssociatedKeys(list(bytes)): list(T)",
        "lists_range = lists.range(int): list(int)",
        "list_reverse = list(T)->reverse(): list(T)",
        "list_distinct = list(T)->distinct(): list(T)",
    ],
    functions: &[
        ("slice", slice),
        ("flatten", flatten),
        ("sort", sort),
        ("@sortByAssociatedKeys", sort_by_keys),
        ("lists.range", range),
        ("reverse", reverse),
        ("distinct", distinct),
    ],
    types: &[],
};

pub(crate) static LISTS_KUBERNETES: Library = Library {
    overloads: &[
        "list_int_is_sorted_bool = list(int)->isSorted(): bool",
        "list_uint_is_sorted_bool = list(uint)->isSorted(): bool",
        "list_double_is_sorted_bool = list(double)->isSorted(): bool",
        "list_bool_is_sorted_bool = list(bool)->isSorted(): bool",
        "list_duration_is_sorted_bool = list(duration)->isSorted(): bool",
        "list_timestamp_is_sorted_bool = list(timestamp)->isSorted(): bool",
        "list_string_is_sorted_bool = list(string)->isSorted(): bool",
        "list_bytes_is_sorted_bool = list(bytes)->isSorted(): bool",
        "list_int_sum_int = list(int)->sum(): int",
        "list_uint_sum_uint = list(uint)->sum(): uint",
        "list_double_sum_double = list(double)->sum(): double",
        "list_duration_sum_duration = list(duration)->sum(): duration",
        "list_int_max_int = list(int)->max(): int",
        "list_uint_max_uint = list(uint)->max(): uint",
        "list_double_max_double = list(double)->max(): double",
        "list_bool_max_bool = list(bool)->max(): bool",
        "list_duration_max_duration = list(duration)->max(): duration",
        "list_timestamp_max_timestamp = list(timestamp)->max(): timestamp",
        "list_string_max_string = list(string)->max(): string",
        "list_bytes_max_bytes = list(bytes)->max(): bytes",
        "list_int_min_int = list(int)->min(): int",
        "list_uint_min_uint = list(uint)->min(): uint",
        "list_double_min_double = list(double)->min(): double",
        "list_bool_min_bool = list(bool)->min(): bool",
        "list_duration_min_duration = list(duration)->min(): duration",
        "list_timestamp_min_timestamp = list(timestamp)->min(): timestamp",
        "list_string_min_string = list(string)->min(): string",
        "list_bytes_min_bytes = list(bytes)->min(): bytes",
        "list_a_index_of_int = list(A)->indexOf(A): int",
        "list_a_last_index_of_int = list(A)->lastIndexOf(A): int",
    ],
    functions: &[
        ("isSorted", is_sorted),
        ("sum", sum),
        ("max", |_, args| extreme(args, "max", Ordering::Greater)),
        ("min", |_, args| extreme(args, "min", Ordering::Less)),
        ("indexOf", index_of),
        ("lastIndexOf", last_index_of),
    ],
    types: &[],
};

fn slice(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::List(items), Value::Int(start), Value::Int(end)] = args else {
        return refused();
    };
    let invalid = |why: String| EvalError::invalid(format!("cannot slice({start}, {end}), {why}"));
    let (Ok(from), Ok(to)) = (usize::try_from(*start), usize::try_from(*end)) else {
        return Err(invalid("negative indexes not supported".to_owned()));
    };
    if from > to {
        return Err(invalid(
            "start index must be less than or equal to end index".to_owned(),
        ));
    }
    let part = items.get(from..to);
    let part = part.ok_or_else(|| invalid(format!("list is length {}", items.len())))?;
    context.list(part.to_vec())
}

fn flatten(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let (items, depth) = match args {
        [Value::List(items)] => (items, 1),
        [Value::List(items), Value::Int(depth)] => (items, *depth),
        _ => return refused(),
    };
    if depth < 0 {
        return Err(EvalError::invalid("level must be non-negative"));
    }
    let mut flat = Vec::new();
    flatten_into(context, items, depth, &mut flat)?;
    Ok(Value::list(flat))
}

fn flatten_into(
    context: &Context<'_>,
    items: &[Value],
    depth: i64,
    out: &mut Vec<Value>,
) -> Result<(), EvalError> {
    for item in items {
        match item {
            Value::List(inner) if depth > 0 => {
                context.step(1)?;
                flatten_into(context, inner, depth - 1, out)?;
            }
            other => {
                context.build(1)?;
                out.push(other.clone());
            }
        }
    }
    Ok(())
}

fn sort(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::List(items)] => sorted(context, items, items),
        _ => refused(),
    }
}

fn sort_by_keys(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::List(items), Value::List(keys)] if items.len() == keys.len() => {
            sorted(context, items, keys)
        }
        _ => refused(),
    }
}

fn sorted(context: &Context<'_>, items: &[Value], keys: &[Value]) -> Result<Value, EvalError> {
    if let Some(first) = keys.first() {
        // NaN compares with nothing but may stand in a list of doubles.
        let is_double = matches!(first, Value::Double(_));
        if !is_double && first.order(first).is_none() {
            return Err(EvalError::invalid("list elements must be comparable"));
        }
        if keys.iter().any(|key| key.type_name() != first.type_name()) {
            return Err(EvalError::invalid("list elements must have the same type"));
        }
    }
    let comparisons = items.len() as u64 * u64::from(usize::BITS - items.len().leading_zeros());
    context.step(comparisons)?;
    let mut pairs: Vec<(&Value, &Value)> = keys.iter().zip(items).collect();
    pairs.sort_by(|(a, _), (b, _)| a.order(b).unwrap_or(Ordering::Equal));
    context.list(pairs.into_iter().map(|(_, item)| item.clone()).collect())
}

fn range(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::Int(end)] = args else {
        return refused();
    };
    context.build(usize::try_from(*end).unwrap_or(0))?;
    Ok(Value::list((0..*end).map(Value::Int).collect()))
}

fn reverse(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::List(items)] => context.list(items.iter().rev().cloned().collect()),
        _ => refused(),
    }
}

fn distinct(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::List(items)] = args else {
        return refused();
    };
    let mut seen: Vec<Value> = Vec::new();
    for item in items.iter() {
        if !context.contains(&seen, item)? {
            seen.push(item.clone());
        }
    }
    context.list(seen)
}

fn is_sorted(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::List(items)] = args else {
        return refused();
    };
    for pair in items.windows(2) {
        if let [before, after] = pair {
            if !before.is_comparable(after) {
                return refused();
            }
            if before.order(after) == Some(Ordering::Greater) {
                return bool(false);
            }
        }
    }
    bool(true)
}

fn sum(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::List(items)] = args else {
        return refused();
    };
    let overflow = || EvalError::Range("integer overflow".to_owned());
    let mut total: Option<Value> = None;
    for item in items.iter() {
        total = Some(match (total, item) {
            (None, Value::Int(_) | Value::Uint(_) | Value::Double(_) | Value::Duration(_)) => {
                item.clone()
            }
            (Some(Value::Int(a)), Value::Int(b)) => {
                Value::Int(a.checked_add(*b).ok_or_else(overflow)?)
            }
            (Some(Value::Uint(a)), Value::Uint(b)) => {
                Value::Uint(a.checked_add(*b).ok_or_else(overflow)?)
            }
            (Some(Value::Double(a)), Value::Double(b)) => Value::Double(a + b),
            (Some(Value::Duration(a)), Value::Duration(b)) => Value::Duration(a.plus(*b)?),
            _ => return refused(),
        });
    }
    Ok(total.unwrap_or(Value::Int(0)))
}

fn extreme(args: &[Value], name: &str, wanted: Ordering) -> Result<Value, EvalError> {
    let [Value::List(items)] = args else {
        return refused();
    };
    let Some((first, rest)) = items.split_first() else {
        return Err(EvalError::invalid(format!("{name} called on empty list")));
    };
    let mut best = first;
    for item in rest {
        if !item.is_comparable(best) {
            return refused();
        }
        if item.order(best) == Some(wanted) {
            best = item;
        }
    }
    Ok(best.clone())
}

fn index_of(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::List(items), wanted] = args else {
        return refused();
    };
    for (index, item) in items.iter().enumerate() {
        if context.equal(item, wanted)? {
            return int(index);
        }
    }
    Ok(Value::Int(-1))
}

fn last_index_of(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::List(items), wanted] = args else {
        return refused();
    };
    for (index, item) in items.iter().enumerate().rev() {
        if context.equal(item, wanted)? {
            return int(index);
        }
    }
    Ok(Value::Int(-1))
}
