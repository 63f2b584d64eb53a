//! The judgement of an import by its name and of a call by its shape.

use super::allow;
use super::danger;
use super::facts::{Class, Name, Nested};
use super::heap::{Global, Heap};
use super::value::{Slice, Value};
use crate::source::{ReadAt, read_up_to};

/// Names longer than this are nobody's.
const TEXT_MAX: usize = 512;

/// How an allowed name may be used.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// Only mentioned, never called: a storage type, a dtype.
    Value,
    /// Made without running its constructor, then given its state.
    Class,
    /// Called with arguments that the function accepts.
    Call(fn(&Arguments<'_>) -> bool),
    /// Both of the above.
    ClassOrCall(fn(&Arguments<'_>) -> bool),
}

/// How a call is written in the stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Via {
    /// REDUCE: the callable is called.
    Reduce,
    /// NEWOBJ and `NEWOBJ_EX`: `cls.__new__` is called.
    New,
    /// INST and OBJ: a class of old is instantiated.
    Instance,
}

/// The arguments of a call, with access to what they are.
pub(super) struct Arguments<'a> {
    pub(super) items: &'a [Value],
    pub(super) heap: &'a Heap,
    pub(super) source: &'a dyn ReadAt,
}

/// Looks a name up, in the spelling of Python 3.
pub(super) fn classify(name: &Name) -> Global {
    let shape = allow::find(name);
    let class = match shape {
        Some(_) => Class::Allowed,
        None if danger::is_dangerous(name) => Class::Dangerous,
        None => Class::Unlisted,
    };
    Global {
        name: name.clone(),
        class,
        shape,
    }
}

/// The same beside TorchScript code, whose loader takes `__torch__` from the archive itself.
pub(super) fn classify_scripted(name: &Name) -> Global {
    let mut global = classify(name);
    if name.module == "__torch__" || name.module.starts_with("__torch__.") {
        global.class = Class::Allowed;
        global.shape = Some(Shape::Class);
    }
    global
}

/// Where the bytes lie that `value` stands for: in place, or as the text that protocol 2 encodes.
pub(super) fn bytes_of(heap: &Heap, value: Value) -> Option<Nested> {
    match value {
        Value::Bytes(slice) => Some(Nested::Bytes(slice.offset(), slice.size() as u64)),
        Value::Object(id) if made_by(heap, value, "_codecs", "encode") => {
            let Value::Tuple(arguments) = heap.call_of(id)?.arguments else {
                return None;
            };
            match heap.tuple_items(arguments).first()? {
                Value::Text(slice) => Some(Nested::Latin1(slice.offset(), slice.size() as u64)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether a call of an allowed name has a shape that frameworks write.
pub(super) fn accepts(shape: Shape, via: Via, arguments: &Arguments<'_>) -> bool {
    match (shape, via) {
        (Shape::Class, Via::New | Via::Instance) => arguments.items.is_empty(),
        (Shape::Call(accepts), Via::Reduce | Via::Instance) => accepts(arguments),
        (Shape::ClassOrCall(accepts), Via::New) => arguments.items.is_empty() || accepts(arguments),
        (Shape::ClassOrCall(accepts), _) => accepts(arguments),
        (Shape::Value | Shape::Class, _) | (Shape::Call(_), Via::New) => false,
    }
}

impl<'a> Arguments<'a> {
    /// How many.
    pub(super) fn count(&self) -> usize {
        self.items.len()
    }

    /// The argument at `index`; [`Value::Unknown`] where there is none.
    pub(super) fn at(&self, index: usize) -> Value {
        self.items.get(index).copied().unwrap_or(Value::Unknown)
    }

    /// Whether all from `index` on are data.
    pub(super) fn data_from(&self, index: usize) -> bool {
        self.items
            .iter()
            .skip(index)
            .all(|value| self.is_data(*value))
    }

    /// Data, where a tuple is data if all of its items are.
    pub(super) fn is_data(&self, value: Value) -> bool {
        self.is_data_within(value, 8)
    }

    fn is_data_within(&self, value: Value, depth: u32) -> bool {
        match value {
            Value::Tuple(id) if depth > 0 => self
                .heap
                .tuple_items(id)
                .iter()
                .all(|item| self.is_data_within(*item, depth - 1)),
            Value::Tuple(_) => false,
            other => other.is_data(),
        }
    }

    /// A string, or what Python 2 wrote as one.
    pub(super) fn is_text(&self, index: usize) -> bool {
        matches!(self.at(index), Value::Text(_) | Value::Opaque)
    }

    /// A string that is one of `words`.
    pub(super) fn text_in(&self, index: usize, words: &[&str]) -> bool {
        self.text(self.at(index))
            .is_some_and(|text| words.contains(&text.as_str()))
    }

    /// An integer or a boolean.
    pub(super) fn is_int(&self, index: usize) -> bool {
        matches!(self.at(index), Value::Int(_) | Value::Bool(_))
    }

    /// Bytes, or a string that stands for them.
    pub(super) fn is_bytes(&self, index: usize) -> bool {
        match self.at(index) {
            Value::Bytes(_) | Value::Text(_) | Value::Opaque => true,
            Value::Object(_) => {
                self.is_made_by(index, "_codecs", "encode")
                    || self.is_made_by(index, "builtins", "bytearray")
                    || self.is_made_by(index, "builtins", "bytes")
            }
            _ => false,
        }
    }

    /// A tuple of integers.
    pub(super) fn is_int_tuple(&self, index: usize) -> bool {
        match self.at(index) {
            Value::Tuple(id) => self
                .heap
                .tuple_items(id)
                .iter()
                .all(|item| matches!(item, Value::Int(_))),
            Value::List(_) => true,
            Value::Object(_) => self.is_made_by(index, "torch", "Size"),
            _ => false,
        }
    }

    /// An imported name for which `accepts` holds, mentioned and not called.
    pub(super) fn global(&self, index: usize, accepts: impl Fn(&Name) -> bool) -> bool {
        match self.at(index) {
            Value::Global(id) => self
                .heap
                .globals
                .get(id as usize)
                .is_some_and(|global| global.class == Class::Allowed && accepts(&global.name)),
            _ => false,
        }
    }

    /// An imported class of the allow-list.
    pub(super) fn is_class(&self, index: usize) -> bool {
        let Value::Global(id) = self.at(index) else {
            return false;
        };
        self.heap.globals.get(id as usize).is_some_and(|global| {
            matches!(global.shape, Some(Shape::Class | Shape::ClassOrCall(_)))
        })
    }

    /// An object that a call of `module.name` returned.
    pub(super) fn is_made_by(&self, index: usize, module: &str, name: &str) -> bool {
        made_by(self.heap, self.at(index), module, name)
    }

    /// The items of a tuple as arguments of their own.
    pub(super) fn inner(&self, index: usize) -> Option<Self> {
        match self.at(index) {
            Value::Tuple(id) => Some(Self {
                items: self.heap.tuple_items(id),
                heap: self.heap,
                source: self.source,
            }),
            _ => None,
        }
    }

    /// The shape of the imported function at `index`.
    pub(super) fn shape(&self, index: usize) -> Option<Shape> {
        match self.at(index) {
            Value::Global(id) => self.heap.globals.get(id as usize)?.shape,
            _ => None,
        }
    }

    /// The content of a short string.
    pub(super) fn text(&self, value: Value) -> Option<String> {
        match value {
            Value::Text(slice) => read_text(self.source, slice),
            _ => None,
        }
    }
}

/// Whether `value` is what a call of `module.name` returned.
pub(super) fn made_by(heap: &Heap, value: Value, module: &str, name: &str) -> bool {
    let Value::Object(id) = value else {
        return false;
    };
    heap.call_of(id)
        .and_then(|call| heap.globals.get(call.global as usize))
        .is_some_and(|global| global.name.module == module && global.name.name == name)
}

/// Reads a short string from the source; `None` where it is too long or not UTF-8.
pub(super) fn read_text(source: &dyn ReadAt, slice: Slice) -> Option<String> {
    if slice.size() > TEXT_MAX {
        return None;
    }
    let bytes = read_up_to(source, slice.offset(), slice.size()).ok()?;
    if bytes.len() != slice.size() {
        return None;
    }
    String::from_utf8(bytes).ok()
}
