//! Arrays of numpy as pickles describe them: with their bytes, or with raw bytes of joblib behind.

use super::Refusal;
use super::numpy::{self, Described};
use super::pickled::{Walk, refuse, text};
use super::tensor::Place;
use crate::pickle::{Call, Id, Value};
use crate::source::read_up_to;

impl Walk<'_> {
    /// An array that was made empty and given its state: `(version, shape, dtype, fortran, bytes)`.
    pub(super) fn ndarray(&mut self, name: &str, call: &Call) -> Result<(), Refusal> {
        let Some(Value::Tuple(state)) = call.state else {
            return refuse(name, "an array without a state");
        };
        let items = self.heap.tuple_items(state);
        let parts = match items {
            [_, parts @ ..] if parts.len() == 4 => parts,
            parts => parts,
        };
        match parts {
            [shape, dtype, Value::Bool(fortran), bytes] => {
                self.array(name, (*dtype, *shape, *fortran), *bytes)
            }
            _ => refuse(name, "an array whose state is not written as usual"),
        }
    }

    pub(super) fn raw_array(&mut self, name: &str, id: Id) -> Result<(), Refusal> {
        let raw = self.heap.raw(id).filter(|raw| raw.offset != u64::MAX);
        let state = raw.and_then(|raw| match raw.wrapper {
            Value::Object(wrapper) => match self.heap.call_of(wrapper)?.state? {
                Value::Dict(state) => Some((raw.offset, self.heap.entries(state))),
                _ => None,
            },
            _ => None,
        });
        let Some((offset, entries)) = state else {
            return refuse(name, "an array of objects");
        };
        let field = |wanted: &str| {
            entries.iter().find_map(|(key, value)| {
                (text(self.source, *key).as_deref() == Some(wanted)).then_some(*value)
            })
        };
        let (Some(dtype), Some(shape), Some(order)) =
            (field("dtype"), field("shape"), field("order"))
        else {
            return refuse(name, "an array that is not described as usual");
        };
        let fortran = text(self.source, order).as_deref() == Some("F");
        self.placed(name, (dtype, shape, fortran), (offset, u64::MAX))
    }

    pub(super) fn array(
        &mut self,
        name: &str,
        described: (Value, Value, bool),
        bytes: Value,
    ) -> Result<(), Refusal> {
        match bytes {
            Value::Bytes(slice) => {
                self.placed(name, described, (slice.offset(), slice.size() as u64))
            }
            Value::Object(id) => {
                let Some(bytes) = self.encoded(id) else {
                    return refuse(name, "an array whose bytes are not written as usual");
                };
                let held = self.into.held.len();
                let size = bytes.len() as u64;
                self.into.held.push(bytes);
                self.described(
                    name,
                    described,
                    Place {
                        held: Some(held),
                        offset: 0,
                        size,
                    },
                )
            }
            _ => refuse(name, "an array of objects"),
        }
    }

    /// The bytes for which protocol 2 writes a text.
    fn encoded(&self, id: Id) -> Option<Vec<u8>> {
        let call = self.heap.call_of(id)?;
        let Value::Tuple(arguments) = call.arguments else {
            return None;
        };
        let none = self.heap.tuple_items(arguments).is_empty();
        match self.heap.name_of(call.global)?.as_str() {
            "_codecs.encode" => {}
            "builtins.bytes" | "builtins.bytearray" if none => return Some(Vec::new()),
            _ => return None,
        }
        let Value::Text(slice) = *self.heap.tuple_items(arguments).first()? else {
            return None;
        };
        let text = read_up_to(self.source, slice.offset(), slice.size()).ok()?;
        let text = String::from_utf8(text).ok()?;
        text.chars()
            .map(|character| u8::try_from(u32::from(character)).ok())
            .collect()
    }

    fn placed(
        &mut self,
        name: &str,
        described: (Value, Value, bool),
        (offset, size): (u64, u64),
    ) -> Result<(), Refusal> {
        let Some((held, base)) = self.storages.origin else {
            return refuse(name, "an array inside of a packed pickle");
        };
        let left = self.source.size().saturating_sub(offset);
        let place = Place {
            held,
            offset: base + offset,
            size: size.min(left),
        };
        self.described(name, described, place)
    }

    fn described(
        &mut self,
        name: &str,
        (dtype, shape, fortran): (Value, Value, bool),
        place: Place,
    ) -> Result<(), Refusal> {
        let Some(code) = self.code(dtype) else {
            return refuse(name, "an array of a type that is not written as usual");
        };
        let Some(shape) = self.numbers(shape) else {
            return refuse(name, "an array whose shape is not plain numbers");
        };
        numpy::add(
            Described {
                name,
                code: &code,
                shape,
                fortran,
                place,
            },
            self.into,
        )
    }

    /// The type code with its mark of byte order, which the state of the type holds.
    fn code(&self, dtype: Value) -> Option<String> {
        let Value::Object(id) = dtype else {
            return None;
        };
        let call = self.heap.call_of(id)?;
        let Value::Tuple(arguments) = call.arguments else {
            return None;
        };
        let code = text(self.source, *self.heap.tuple_items(arguments).first()?)?;
        let mark = match call.state {
            Some(Value::Tuple(state)) => text(self.source, *self.heap.tuple_items(state).get(1)?)?,
            _ => String::new(),
        };
        Some(format!("{mark}{code}"))
    }
}
