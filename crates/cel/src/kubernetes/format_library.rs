//! Functions of named formats.

use crate::error::EvalError;
use crate::eval::Context;
use crate::kubernetes::format;
use crate::library::{Library, refused};
use crate::opaque::Opaque;
use crate::value::Value;

pub(crate) static FORMAT: Library = Library {
    overloads: &[
        "format-validate = kubernetes.NamedFormat->validate(string): optional(list(string))",
        "format-named = format.named(string): optional(kubernetes.NamedFormat)",
        "format.byte = format.byte(): kubernetes.NamedFormat",
        "format.date = format.date(): kubernetes.NamedFormat",
        "format.datetime = format.datetime(): kubernetes.NamedFormat",
        "format.dns1035Label = format.dns1035Label(): kubernetes.NamedFormat",
        "format.dns1035LabelPrefix = format.dns1035LabelPrefix(): kubernetes.NamedFormat",
        "format.dns1123Label = format.dns1123Label(): kubernetes.NamedFormat",
        "format.dns1123LabelPrefix = format.dns1123LabelPrefix(): kubernetes.NamedFormat",
        "format.dns1123Subdomain = format.dns1123Subdomain(): kubernetes.NamedFormat",
        "format.dns1123SubdomainPrefix = format.dns1123SubdomainPrefix(): kubernetes.NamedFormat",
        "format.labelValue = format.labelValue(): kubernetes.NamedFormat",
        "format.qualifiedName = format.qualifiedName(): kubernetes.NamedFormat",
        "format.uri = format.uri(): kubernetes.NamedFormat",
        "format.uuid = format.uuid(): kubernetes.NamedFormat",
    ],
    functions: &[
        ("validate", validate),
        ("format.named", named),
        ("format.byte", |_, args| constant(args, "byte")),
        ("format.date", |_, args| constant(args, "date")),
        ("format.datetime", |_, args| constant(args, "datetime")),
        ("format.dns1035Label", |_, args| {
            constant(args, "dns1035Label")
        }),
        ("format.dns1035LabelPrefix", |_, args| {
            constant(args, "dns1035LabelPrefix")
        }),
        ("format.dns1123Label", |_, args| {
            constant(args, "dns1123Label")
        }),
        ("format.dns1123LabelPrefix", |_, args| {
            constant(args, "dns1123LabelPrefix")
        }),
        ("format.dns1123Subdomain", |_, args| {
            constant(args, "dns1123Subdomain")
        }),
        ("format.dns1123SubdomainPrefix", |_, args| {
            constant(args, "dns1123SubdomainPrefix")
        }),
        ("format.labelValue", |_, args| constant(args, "labelValue")),
        ("format.qualifiedName", |_, args| {
            constant(args, "qualifiedName")
        }),
        ("format.uri", |_, args| constant(args, "uri")),
        ("format.uuid", |_, args| constant(args, "uuid")),
    ],
    types: &["kubernetes.NamedFormat"],
};

fn constant(args: &[Value], name: &str) -> Result<Value, EvalError> {
    match (args, format::find(name)) {
        ([], Some(found)) => Ok(Value::Opaque(Opaque::Format(found))),
        _ => refused(),
    }
}

fn named(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::String(name)] = args else {
        return refused();
    };
    let found = format::find(name).map(|found| Value::Opaque(Opaque::Format(found)));
    Ok(found.map_or_else(Value::none, Value::some))
}

fn validate(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::Opaque(Opaque::Format(format)), Value::String(text)] = args else {
        return refused();
    };
    let problems = (format.problems)(text);
    if problems.is_empty() {
        return Ok(Value::none());
    }
    let problems = problems.into_iter().map(Value::string).collect();
    context.list(problems).map(Value::some)
}
