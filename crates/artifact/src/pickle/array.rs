//! What pickles say about raw bytes that lie beside them: PyTorch storages and joblib arrays.

use super::heap::Heap;
use super::judge::{Arguments, made_by, read_text};
use super::value::{Id, Value};
use crate::source::ReadAt;

/// Raw bytes of an array that joblib writes into the stream behind this point.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ArrayState {
    /// Size of the array in bytes; `None` where a pickle of objects follows instead.
    pub(crate) bytes: Option<u64>,
    /// Whether padding to an alignment comes first, told by one byte.
    pub(crate) padded: bool,
}

/// The state of a `joblib.numpy_pickle.NumpyArrayWrapper`, where `object` is one and it can be read.
pub(super) fn array_state(heap: &Heap, source: &dyn ReadAt, object: Id) -> Option<ArrayState> {
    if !made_by(
        heap,
        Value::Object(object),
        "joblib.numpy_pickle",
        "NumpyArrayWrapper",
    ) {
        return None;
    }
    let entries = heap.entries(heap.call_of(object)?.state?);
    let field = |name: &str| {
        entries.iter().find_map(|(key, value)| match key {
            Value::Text(slice) => (read_text(source, *slice)? == name).then_some(*value),
            _ => None,
        })
    };
    let Value::Object(dtype) = field("dtype")? else {
        return None;
    };
    let Value::Tuple(arguments) = heap.call_of(dtype)?.arguments else {
        return None;
    };
    let Value::Text(code) = *heap.tuple_items(arguments).first()? else {
        return None;
    };
    let code = read_text(source, code)?;
    let padded = matches!(field("numpy_array_alignment_bytes"), Some(Value::Int(_)));
    if code.starts_with('O') {
        return Some(ArrayState {
            bytes: None,
            padded: false,
        });
    }
    let Value::Tuple(shape) = field("shape")? else {
        return None;
    };
    let mut bytes = item_size(&code)?;
    for side in heap.tuple_items(shape) {
        let Value::Int(side) = side else {
            return None;
        };
        bytes = bytes.checked_mul(u64::try_from(*side).ok()?)?;
    }
    Some(ArrayState {
        bytes: Some(bytes),
        padded,
    })
}

/// Bytes of one item of a numpy type code such as `f8` or `U12`.
fn item_size(code: &str) -> Option<u64> {
    let code = code.trim_start_matches(['<', '>', '=', '|']);
    let mut characters = code.chars();
    let kind = characters.next()?;
    let count: u64 = characters.as_str().parse().ok()?;
    match kind {
        'b' | 'i' | 'u' | 'f' | 'c' | 'S' | 'V' | 'm' | 'M' | 'a' => Some(count),
        'U' => count.checked_mul(4),
        _ => None,
    }
}

/// The key and the size in bytes of the storage that a persistent id of PyTorch names.
pub(super) fn storage(heap: &Heap, source: &dyn ReadAt, id: Value) -> Option<(String, u64)> {
    let items = [id];
    let outer = Arguments {
        items: &items,
        heap,
        source,
    };
    let id = outer.inner(0)?;
    let is_storage = id.text_in(0, &["storage"])
        && id.global(1, |name| name.name.ends_with("Storage"))
        && id.is_text(3)
        && (id.count() == 5 || id.count() == 6)
        && id.data_from(5);
    let (true, Value::Int(count)) = (is_storage, id.at(4)) else {
        return None;
    };
    let key = id.text(id.at(2))?;
    let Value::Global(kind) = id.at(1) else {
        return None;
    };
    let width = storage_width(&heap.globals.get(kind as usize)?.name.name);
    Some((key, u64::try_from(count).ok()?.checked_mul(width)?))
}

/// The class that a persistent id of the legacy container stands for: `('module', class, file,
/// source)`, where the source is only compared with the one that is installed.
pub(super) fn module(heap: &Heap, source: &dyn ReadAt, id: Value) -> Option<Value> {
    let items = [id];
    let outer = Arguments {
        items: &items,
        heap,
        source,
    };
    let id = outer.inner(0)?;
    let is_module = id.count() == 4 && id.text_in(0, &["module"]) && id.data_from(2);
    match id.at(1) {
        class @ Value::Global(_) if is_module => Some(class),
        _ => None,
    }
}

fn storage_width(name: &str) -> u64 {
    match name {
        "ComplexDoubleStorage" => 16,
        "DoubleStorage" | "LongStorage" | "ComplexFloatStorage" => 8,
        "FloatStorage" | "IntStorage" | "QInt32Storage" => 4,
        "HalfStorage" | "BFloat16Storage" | "ShortStorage" => 2,
        _ => 1,
    }
}
