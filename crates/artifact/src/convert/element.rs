//! Types of numbers: what frameworks call them and what safetensors calls them.

/// A type of numbers that safetensors can hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Element {
    /// Its name in safetensors.
    pub(super) name: &'static str,
    /// Bytes of one number.
    pub(super) width: u64,
}

const fn element(name: &'static str, width: u64) -> Element {
    Element { name, width }
}

/// By the class of a typed storage of PyTorch.
pub(super) fn of_storage(class: &str) -> Option<Element> {
    Some(match class {
        "FloatStorage" => element("F32", 4),
        "DoubleStorage" => element("F64", 8),
        "HalfStorage" => element("F16", 2),
        "BFloat16Storage" => element("BF16", 2),
        "LongStorage" => element("I64", 8),
        "IntStorage" => element("I32", 4),
        "ShortStorage" => element("I16", 2),
        "CharStorage" => element("I8", 1),
        "ByteStorage" => element("U8", 1),
        "BoolStorage" => element("BOOL", 1),
        "ComplexFloatStorage" => element("C64", 8),
        _ => return None,
    })
}

/// By the name of a `torch.dtype`.
pub(super) fn of_dtype(name: &str) -> Option<Element> {
    Some(match name {
        "torch.float32" => element("F32", 4),
        "torch.float64" => element("F64", 8),
        "torch.float16" => element("F16", 2),
        "torch.bfloat16" => element("BF16", 2),
        "torch.int64" => element("I64", 8),
        "torch.int32" => element("I32", 4),
        "torch.int16" => element("I16", 2),
        "torch.int8" => element("I8", 1),
        "torch.uint8" => element("U8", 1),
        "torch.uint16" => element("U16", 2),
        "torch.uint32" => element("U32", 4),
        "torch.uint64" => element("U64", 8),
        "torch.bool" => element("BOOL", 1),
        "torch.float8_e4m3fn" => element("F8_E4M3", 1),
        "torch.float8_e5m2" => element("F8_E5M2", 1),
        "torch.complex64" => element("C64", 8),
        _ => return None,
    })
}

/// By a type code of numpy, without its mark of byte order.
pub(super) fn of_code(code: &str) -> Option<Element> {
    Some(match code {
        "bf16" => element("BF16", 2),
        "f2" => element("F16", 2),
        "f4" => element("F32", 4),
        "f8" => element("F64", 8),
        "i1" => element("I8", 1),
        "i2" => element("I16", 2),
        "i4" => element("I32", 4),
        "i8" => element("I64", 8),
        "u1" => element("U8", 1),
        "u2" => element("U16", 2),
        "u4" => element("U32", 4),
        "u8" => element("U64", 8),
        "b1" => element("BOOL", 1),
        "c8" => element("C64", 8),
        _ => return None,
    })
}
