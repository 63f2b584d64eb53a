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

/// What an object says about arrays beside it.
pub(super) enum Described {
    /// It is no description of an array.
    Nothing,
    /// The array follows behind it.
    Array(ArrayState),
    /// The array lies in another file.
    File,
    /// It describes an array in a way that joblib does not write, so readers may go on at
    /// different places.
    Unclear,
}

/// Modules under which joblib was shipped.
const MODULES: &[&str] = &[
    "joblib.numpy_pickle",
    "sklearn.externals.joblib.numpy_pickle",
];

/// What `object` says about an array, if it is one of joblib's descriptions.
pub(super) fn described(heap: &Heap, source: &dyn ReadAt, object: Id) -> Described {
    let is = |name: &str| {
        let value = Value::Object(object);
        MODULES
            .iter()
            .any(|module| made_by(heap, value, module, name))
    };
    if is("NDArrayWrapper") || is("ZNDArrayWrapper") {
        return Described::File;
    }
    if !is("NumpyArrayWrapper") {
        return Described::Nothing;
    }
    array_state(heap, source, object).map_or(Described::Unclear, Described::Array)
}

/// The state of a `NumpyArrayWrapper`, where all of it is written plainly.
fn array_state(heap: &Heap, source: &dyn ReadAt, object: Id) -> Option<ArrayState> {
    let Value::Dict(state) = heap.call_of(object)?.state? else {
        return None;
    };
    if heap.is_cut(state) {
        return None;
    }
    let mut fields = std::collections::BTreeMap::new();
    for (key, value) in heap.entries(state) {
        let Value::Text(key) = key else {
            return None;
        };
        // A key that comes twice means the last one to Python; nobody writes that.
        if fields.insert(read_text(source, *key)?, *value).is_some() {
            return None;
        }
    }
    let padded = match fields.get("numpy_array_alignment_bytes") {
        None | Some(Value::None) => false,
        Some(Value::Int(_)) => true,
        Some(_) => return None,
    };
    let width = match item(heap, source, *fields.get("dtype")?)? {
        Item::Object => {
            return Some(ArrayState {
                bytes: None,
                padded: false,
            });
        }
        Item::Bytes(width) => width,
    };
    let Value::Tuple(shape) = fields.get("shape")? else {
        return None;
    };
    let mut bytes = width;
    for side in heap.tuple_items(*shape) {
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

/// What one item of an array is.
enum Item {
    /// So many bytes.
    Bytes(u64),
    /// A Python object, so a pickle follows instead of bytes.
    Object,
}

/// The item of a `numpy.dtype` that a call made and BUILD completed.
fn item(heap: &Heap, source: &dyn ReadAt, dtype: Value) -> Option<Item> {
    let Value::Object(id) = dtype else {
        return None;
    };
    if !made_by(heap, dtype, "numpy", "dtype") {
        return None;
    }
    let call = heap.call_of(id)?;
    let Value::Tuple(arguments) = call.arguments else {
        return None;
    };
    let Value::Text(code) = *heap.tuple_items(arguments).first()? else {
        return None;
    };
    let code = read_text(source, code)?;
    let kind = *code
        .trim_start_matches(['<', '>', '=', '|'])
        .as_bytes()
        .first()?;
    let state = match call.state {
        None => return plain_item(&code),
        Some(Value::Tuple(state)) => heap.tuple_items(state),
        Some(_) => return None,
    };
    if !matches!(kind, b'S' | b'U' | b'V' | b'a') {
        return plain_item(&code);
    }
    // `(3, '|', None, names, fields, width, alignment, flags)`: of strings and records the state
    // says how wide they are, and the lowest flag that objects lie inside.
    let (Some(Value::Int(width)), Some(Value::Int(flags))) = (state.get(5), state.get(7)) else {
        return None;
    };
    if flags & 1 != 0 {
        return Some(Item::Object);
    }
    let width = u64::try_from(*width).ok()?;
    (item_size(&code) == Some(width)).then_some(Item::Bytes(width))
}

fn plain_item(code: &str) -> Option<Item> {
    if code
        .trim_start_matches(['<', '>', '=', '|'])
        .starts_with('O')
    {
        return Some(Item::Object);
    }
    item_size(code).map(Item::Bytes)
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

/// The name of the class of the storage that a persistent id names.
pub(super) fn storage_class(heap: &Heap, id: Value) -> Option<String> {
    let Value::Tuple(items) = id else {
        return None;
    };
    match heap.tuple_items(items).get(1)? {
        Value::Global(class) => Some(heap.globals.get(*class as usize)?.name.name.clone()),
        _ => None,
    }
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

#[cfg(test)]
mod tests {
    use crate::rules::testing::ids;

    /// What joblib writes for an array of `code` and `shape`, with `raw` behind it and then `tail`.
    fn wrapped(extra: &str, code: &str, raw: &[u8], tail: &[u8]) -> Vec<u8> {
        let mut bytes = b"]cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(S'shape'\nI4\n\x85S'dtype'\ncnumpy\ndtype\n(S'".to_vec();
        bytes.splice(..0, b"\x80\x02".iter().copied());
        bytes.extend_from_slice(code.as_bytes());
        bytes.extend_from_slice(b"'\nI0\nI1\ntR(I3\nS'|'\nNNNI-1\nI-1\nI0\ntb");
        bytes.extend_from_slice(extra.as_bytes());
        bytes.extend_from_slice(b"ub");
        bytes.extend_from_slice(raw);
        bytes.extend_from_slice(b"a");
        bytes.extend_from_slice(tail);
        bytes.push(b'.');
        bytes
    }

    const EVIL: &[u8] = b"cos\nsystem\n(S'id'\ntR0";

    #[test]
    fn raw_numbers_are_skipped_and_what_follows_is_read() {
        assert_eq!(
            ids("m.joblib", &wrapped("", "i1", &[7; 4], b"")),
            Vec::<&str>::new()
        );
        let found = ids("m.joblib", &wrapped("", "i1", &[7; 4], EVIL));
        assert_eq!(found, ["pickle-dangerous-import"]);
        let padded = wrapped(
            "S'numpy_array_alignment_bytes'\nI16\n",
            "i1",
            b"\x02\xff\xff\x01\x02\x03\x04",
            b"",
        );
        assert_eq!(ids("m.joblib", &padded), Vec::<&str>::new());
    }

    #[test]
    fn sizes_that_readers_may_disagree_about_are_told() {
        for extra in [
            "S'shape'\n(I9\nt",
            "S'numpy_array_alignment_bytes'\nI01\n",
            "V\\u0061\nI1\n",
        ] {
            let found = ids("m.joblib", &wrapped(extra, "i1", &[7; 4], b""));
            assert!(
                found.contains(&"pickle-computed-import"),
                "{extra}: {found:?}"
            );
        }
        let found = ids("m.joblib", &wrapped("", "float64", &[7; 4], b""));
        assert!(found.contains(&"pickle-computed-import"), "{found:?}");
    }

    #[test]
    fn raw_bytes_that_run_where_the_loader_is_not_joblib_are_told() {
        let raw = b"0cos\nsystem\n(S'id'\ntR.";
        let mut bytes = wrapped("", "i1", &[], b"");
        let shape = bytes
            .windows(4)
            .position(|window| window == b"I4\n\x85")
            .unwrap();
        bytes.splice(shape..shape + 2, format!("I{}", raw.len()).into_bytes());
        let end = bytes.len() - 2;
        bytes.splice(end..end, raw.iter().copied());
        assert_eq!(ids("m.joblib", &bytes), ["pickle-ambiguous"]);
    }

    #[test]
    fn arrays_in_other_files_are_told() {
        let bytes =
            b"\x80\x02cjoblib.numpy_pickle\nNDArrayWrapper\n)\x81}S'filename'\nS'/tmp/x.npy'\nsb.";
        assert_eq!(ids("m.joblib", bytes), ["pickle-outside-reference"]);
    }
}
