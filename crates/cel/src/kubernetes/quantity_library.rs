//! Functions of quantities.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::error::EvalError;
use crate::eval::Context;
use crate::kubernetes::quantity::Quantity;
use crate::library::{Library, bool, refused};
use crate::opaque::Opaque;
use crate::value::Value;

pub(crate) static QUANTITY: Library = Library {
    overloads: &[
        "string_to_quantity = quantity(string): kubernetes.Quantity",
        "is_quantity_string = isQuantity(string): bool",
        "quantity_sign = sign(kubernetes.Quantity): int",
        "quantity_sign_member = kubernetes.Quantity->sign(): int",
        "quantity_is_greater_than = kubernetes.Quantity->isGreaterThan(kubernetes.Quantity): bool",
        "quantity_is_less_than = kubernetes.Quantity->isLessThan(kubernetes.Quantity): bool",
        "quantity_compare_to = kubernetes.Quantity->compareTo(kubernetes.Quantity): int",
        "quantity_get_float = kubernetes.Quantity->asApproximateFloat(): double",
        "quantity_get_int = kubernetes.Quantity->asInteger(): int",
        "quantity_is_integer = kubernetes.Quantity->isInteger(): bool",
        "quantity_add = kubernetes.Quantity->add(kubernetes.Quantity): kubernetes.Quantity",
        "quantity_add_int = kubernetes.Quantity->add(int): kubernetes.Quantity",
        "quantity_sub = kubernetes.Quantity->sub(kubernetes.Quantity): kubernetes.Quantity",
        "quantity_sub_int = kubernetes.Quantity->sub(int): kubernetes.Quantity",
    ],
    functions: &[
        ("quantity", quantity),
        ("isQuantity", is_quantity),
        ("sign", |_, args| Ok(Value::Int(one(args)?.sign()))),
        ("isGreaterThan", |_, args| {
            bool(order(args)? == Ordering::Greater)
        }),
        ("isLessThan", |_, args| bool(order(args)? == Ordering::Less)),
        ("compareTo", |_, args| Ok(Value::Int(order(args)? as i64))),
        ("asApproximateFloat", |_, args| {
            Ok(Value::Double(one(args)?.as_double()))
        }),
        ("asInteger", as_integer),
        ("isInteger", |_, args| bool(one(args)?.as_int().is_some())),
        ("add", |_, args| combined(args, Quantity::plus)),
        ("sub", |_, args| combined(args, Quantity::minus)),
    ],
    types: &["kubernetes.Quantity"],
};

fn one(args: &[Value]) -> Result<&Quantity, EvalError> {
    match args {
        [Value::Opaque(Opaque::Quantity(quantity))] => Ok(quantity),
        _ => refused(),
    }
}

fn order(args: &[Value]) -> Result<Ordering, EvalError> {
    match args {
        [
            Value::Opaque(Opaque::Quantity(a)),
            Value::Opaque(Opaque::Quantity(b)),
        ] => Ok(a.cmp(b)),
        _ => refused(),
    }
}

fn quantity(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::String(text)] = args else {
        return refused();
    };
    let malformed = || {
        EvalError::invalid(
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        )
    };
    let quantity = Quantity::parse(text).ok_or_else(malformed)?;
    Ok(Value::Opaque(Opaque::Quantity(Arc::new(quantity))))
}

fn is_quantity(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::String(text)] => bool(Quantity::parse(text).is_some()),
        _ => refused(),
    }
}

fn as_integer(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let value = one(args)?.as_int();
    let inexact = || EvalError::invalid("cannot convert value to integer");
    value.map(Value::Int).ok_or_else(inexact)
}

fn combined(
    args: &[Value],
    combine: fn(&Quantity, &Quantity) -> Quantity,
) -> Result<Value, EvalError> {
    let combined = match args {
        [
            Value::Opaque(Opaque::Quantity(a)),
            Value::Opaque(Opaque::Quantity(b)),
        ] => combine(a, b),
        [Value::Opaque(Opaque::Quantity(a)), Value::Int(b)] => combine(a, &Quantity::from_int(*b)),
        _ => return refused(),
    };
    Ok(Value::Opaque(Opaque::Quantity(Arc::new(combined))))
}
