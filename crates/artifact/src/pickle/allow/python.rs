//! What the standard library writes: containers, numbers, dates, and the reconstructors.

use super::super::judge::{Arguments, Shape};
use super::super::value::Value;
use super::{Allowed, allow, data, no_arguments, one_datum, one_text};

pub(super) const NAMES: &[Allowed] = &[
    allow("_codecs", "encode", Shape::Call(encode)),
    allow("argparse", "Namespace", Shape::ClassOrCall(no_arguments)),
    allow("builtins", "Ellipsis", Shape::Value),
    allow("builtins", "NotImplemented", Shape::Value),
    allow("builtins", "bool", Shape::Value),
    allow("builtins", "bytearray", Shape::ClassOrCall(bytes_of)),
    allow("builtins", "bytes", Shape::ClassOrCall(bytes_of)),
    allow("builtins", "complex", Shape::ClassOrCall(data)),
    allow("builtins", "dict", Shape::ClassOrCall(no_arguments)),
    allow("builtins", "float", Shape::Value),
    allow("builtins", "frozenset", Shape::ClassOrCall(one_datum)),
    allow("builtins", "int", Shape::Value),
    allow("builtins", "list", Shape::ClassOrCall(no_arguments)),
    allow("builtins", "object", Shape::Class),
    allow("builtins", "range", Shape::ClassOrCall(data)),
    allow("builtins", "set", Shape::ClassOrCall(one_datum)),
    allow("builtins", "slice", Shape::ClassOrCall(data)),
    allow("builtins", "str", Shape::Value),
    allow("builtins", "tuple", Shape::Value),
    allow("collections", "ChainMap", Shape::ClassOrCall(data)),
    allow("collections", "Counter", Shape::ClassOrCall(data)),
    allow("collections", "OrderedDict", Shape::ClassOrCall(data)),
    allow(
        "collections",
        "defaultdict",
        Shape::ClassOrCall(default_dict),
    ),
    allow("collections", "deque", Shape::ClassOrCall(data)),
    allow("copyreg", "_reconstructor", Shape::Call(reconstructor)),
    allow("datetime", "date", Shape::ClassOrCall(data)),
    allow("datetime", "datetime", Shape::ClassOrCall(data)),
    allow("datetime", "time", Shape::ClassOrCall(data)),
    allow("datetime", "timedelta", Shape::ClassOrCall(data)),
    allow("datetime", "timezone", Shape::ClassOrCall(data)),
    allow("decimal", "Decimal", Shape::ClassOrCall(one_text)),
    allow("fractions", "Fraction", Shape::ClassOrCall(data)),
    allow("pathlib", "PosixPath", Shape::Call(data)),
    allow("pathlib", "PurePosixPath", Shape::Call(data)),
    allow("pathlib", "PureWindowsPath", Shape::Call(data)),
    allow("pathlib", "WindowsPath", Shape::Call(data)),
    allow("pathlib._local", "PosixPath", Shape::Call(data)),
    allow("types", "SimpleNamespace", Shape::ClassOrCall(no_arguments)),
    allow("uuid", "UUID", Shape::Class),
];

/// `_codecs.encode(text, 'latin1')`: how protocols 0 to 2 write bytes.
fn encode(arguments: &Arguments<'_>) -> bool {
    arguments.count() == 2
        && arguments.is_text(0)
        && arguments.text_in(1, &["latin1", "latin-1", "iso-8859-1"])
}

fn bytes_of(arguments: &Arguments<'_>) -> bool {
    match arguments.count() {
        0 => true,
        1 => arguments.is_bytes(0),
        2 => arguments.is_text(0) && arguments.text_in(1, &["latin-1", "latin1"]),
        _ => false,
    }
}

/// `defaultdict(factory)`: the factory runs at every missing key, so only plain containers pass.
fn default_dict(arguments: &Arguments<'_>) -> bool {
    let plain = |name: &super::Name| {
        let types: &[&str] = match name.module.as_str() {
            "builtins" => &[
                "bool", "dict", "float", "int", "list", "set", "str", "tuple",
            ],
            "collections" => &["Counter", "OrderedDict"],
            _ => &[],
        };
        types.contains(&name.name.as_str())
    };
    match arguments.count() {
        0 => true,
        1 => arguments.at(0) == Value::None || arguments.global(0, plain),
        _ => false,
    }
}

/// `_reconstructor(cls, base, state)`: how protocols 0 and 1 make objects.
fn reconstructor(arguments: &Arguments<'_>) -> bool {
    let base = |name: &super::Name| name.module == "builtins";
    arguments.count() == 3
        && arguments.is_class(0)
        && arguments.global(1, base)
        && arguments.data_from(2)
}
