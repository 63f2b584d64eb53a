//! The encoders extension: Base64.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use crate::error::EvalError;
use crate::eval::Context;
use crate::library::{Library, refused};
use crate::value::Value;

pub(crate) static ENCODERS: Library = Library {
    overloads: &[
        "base64_decode_string = base64.decode(string): bytes",
        "base64_encode_bytes = base64.encode(bytes): string",
    ],
    functions: &[
        ("base64.decode", decode_function),
        ("base64.encode", encode_function),
    ],
    types: &[],
};

/// `bytes` in Base64 with padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of a Base64 text, with padding or without.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let padded = STANDARD.decode(text);
    padded.or_else(|_| STANDARD_NO_PAD.decode(text)).ok()
}

fn decode_function(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::String(text)] = args else {
        return refused();
    };
    context.build(text.len())?;
    let bytes = decode(text).ok_or_else(|| EvalError::invalid("illegal base64 data"))?;
    Ok(Value::Bytes(bytes.into()))
}

fn encode_function(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::Bytes(bytes)] => context.text(encode(bytes)),
        _ => refused(),
    }
}
