//! From what a pickle holds to tensors: dictionaries, modules, tensors of PyTorch, arrays of numpy.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::containers::Ending;
use super::element::{self, Element};
use super::tensor::{Place, Tensor};
use super::{Conversion, Refusal};
use crate::pickle::{Call, Heap, Id, Value};
use crate::source::{ReadAt, read_up_to};

/// Dictionaries inside of dictionaries.
const DEPTH_MAX: u32 = 64;
/// Strings beside the tensors that are kept.
const TEXT_MAX: usize = 64 << 10;

/// Where storages and the bytes inside of the pickle lie.
pub(super) struct Storages {
    /// By key.
    pub(super) places: BTreeMap<String, Place>,
    /// Where the pickle itself lies: what holds it, and its first byte there.
    pub(super) origin: Option<(Option<usize>, u64)>,
}

/// Adds the tensors of a pickle, and the plain values beside them as metadata.
pub(super) fn convert(
    heap: &Heap,
    source: &dyn ReadAt,
    root: Ending,
    storages: &Storages,
    into: &mut Conversion,
) -> Result<(), Refusal> {
    let mut walk = Walk {
        heap,
        source,
        storages,
        values: Map::new(),
        into,
    };
    walk.visit("", root.0, 0)?;
    if !walk.values.is_empty() {
        let text = Json::Object(walk.values).to_string();
        into.metadata.insert("seawall.values".to_owned(), text);
    }
    Ok(())
}

/// A string that lies in the source.
pub(super) fn text(source: &dyn ReadAt, value: Value) -> Option<String> {
    let Value::Text(slice) = value else {
        return None;
    };
    if slice.size() > TEXT_MAX {
        return None;
    }
    String::from_utf8(read_up_to(source, slice.offset(), slice.size()).ok()?).ok()
}

pub(super) struct Walk<'w> {
    pub(super) heap: &'w Heap,
    pub(super) source: &'w dyn ReadAt,
    pub(super) storages: &'w Storages,
    values: Map<String, Json>,
    pub(super) into: &'w mut Conversion,
}

impl Walk<'_> {
    fn visit(&mut self, name: &str, value: Value, depth: u32) -> Result<(), Refusal> {
        if depth > DEPTH_MAX {
            return Err(Refusal::new("the values nest deeper than the limit"));
        }
        let heap = self.heap;
        let plain = match value {
            Value::None => Json::Null,
            Value::Bool(value) => value.into(),
            Value::Int(value) => value.into(),
            Value::Float(value) => match serde_json::Number::from_f64(value) {
                Some(number) => number.into(),
                None => value.to_string().into(),
            },
            Value::Text(_) => match text(self.source, value) {
                Some(text) => text.into(),
                None => return refuse(name, "a text that is too long or not UTF-8"),
            },
            Value::Tuple(id) => return self.each(name, heap.tuple_items(id), depth),
            Value::List(id) => return self.each(name, heap.items(id), depth),
            Value::Dict(id) => return self.pairs(name, heap.entries(id), depth),
            Value::Object(id) => return self.object(name, id, depth),
            Value::Array(id) => return self.raw_array(name, id),
            Value::Global(id) => heap.name_of(id).unwrap_or_default().into(),
            Value::Storage(_) => return refuse(name, "a storage without a shape"),
            Value::Set => return refuse(name, "a set"),
            Value::Bytes(_) | Value::Opaque => {
                return refuse(name, "bytes, or a text with escapes");
            }
            Value::Number | Value::TorchMagic => {
                return refuse(name, "a number wider than 64 bits");
            }
            Value::Unknown => return refuse(name, "a value that is not known"),
        };
        self.values.insert(name.to_owned(), plain);
        Ok(())
    }

    fn each(&mut self, name: &str, items: &[Value], depth: u32) -> Result<(), Refusal> {
        for (index, item) in items.iter().enumerate() {
            self.visit(&below(name, &index.to_string()), *item, depth + 1)?;
        }
        Ok(())
    }

    fn pairs(&mut self, name: &str, pairs: &[(Value, Value)], depth: u32) -> Result<(), Refusal> {
        // A key that comes twice keeps its last value, as it does in Python.
        let mut last = BTreeMap::new();
        for (place, (key, value)) in pairs.iter().enumerate() {
            let key = match key {
                Value::Int(number) => number.to_string(),
                key => match text(self.source, *key) {
                    Some(key) => key,
                    None => return refuse(name, "a dictionary with keys other than text"),
                },
            };
            last.insert(key, (place, *value));
        }
        let mut ordered: Vec<_> = last.into_iter().collect();
        ordered.sort_by_key(|(_, (place, _))| *place);
        for (key, (_, value)) in ordered {
            self.visit(&below(name, &key), value, depth + 1)?;
        }
        Ok(())
    }

    fn object(&mut self, name: &str, id: Id, depth: u32) -> Result<(), Refusal> {
        let Some(call) = self.heap.call_of(id).copied() else {
            return refuse(name, "more objects than the limit");
        };
        let class = self.heap.name_of(call.global).unwrap_or_default();
        let arguments = match call.arguments {
            Value::Tuple(id) => self.heap.tuple_items(id),
            _ => &[],
        };
        match class.as_str() {
            "collections.OrderedDict" | "collections.defaultdict" | "builtins.dict" => {
                let pairs = self.ordered(&call, arguments);
                self.pairs(name, &pairs, depth)
            }
            "torch.Size" | "torch.device" | "builtins.list" => self.each(name, arguments, depth),
            "torch.nn.parameter.Parameter" => refuse(name, "a parameter without a value"),
            _ if class.starts_with("torch._utils._rebuild_") => {
                self.rebuilt(name, &class, arguments, depth)
            }
            _ if class.ends_with(".multiarray._reconstruct") => self.ndarray(name, &call),
            _ if class.ends_with("._frombuffer") => match arguments {
                [bytes, dtype, shape, order] => {
                    let fortran = text(self.source, *order).as_deref() == Some("F");
                    self.array(name, (*dtype, *shape, fortran), *bytes)
                }
                _ => refuse(name, "an array that is not written as usual"),
            },
            _ if class.ends_with(".multiarray.scalar") => match arguments {
                [dtype, bytes] => {
                    let empty = Value::Tuple(Id::MAX);
                    self.array(name, (*dtype, empty, false), *bytes)
                }
                _ => refuse(name, "a number that is not written as usual"),
            },
            _ => self.module(name, &class, &call, depth),
        }
    }

    /// The pairs of an ordered dictionary: those it was made with and those that were added.
    fn ordered(&self, call: &Call, arguments: &[Value]) -> Vec<(Value, Value)> {
        let made_with = match arguments {
            [Value::List(list)] => self.heap.items(*list),
            _ => &[],
        };
        let pair = |value: &Value| match value {
            Value::Tuple(id) => self.heap.tuple_items(*id).try_into().ok(),
            Value::List(id) => self.heap.items(*id).try_into().ok(),
            _ => None,
        };
        let added = call.entries.map_or(&[][..], |id| self.heap.entries(id));
        made_with
            .iter()
            .filter_map(pair)
            .map(|[key, value]: [Value; 2]| (key, value))
            .chain(added.iter().copied())
            .collect()
    }

    /// A module of a neural network, with the names that its state dictionary would have.
    fn module(&mut self, name: &str, class: &str, call: &Call, depth: u32) -> Result<(), Refusal> {
        let Some(Value::Dict(state)) = call.state else {
            return refuse(name, &format!("an object of {class}"));
        };
        let entries = self.heap.entries(state);
        let field = |wanted: &str| {
            let mut found = entries.iter().rev().filter_map(|(key, value)| {
                (text(self.source, *key).as_deref() == Some(wanted)).then_some(*value)
            });
            found.next()
        };
        let (Some(parameters), Some(modules)) = (field("_parameters"), field("_modules")) else {
            return refuse(name, &format!("an object of {class}"));
        };
        let buffers = field("_buffers").unwrap_or(Value::None);
        for part in [parameters, buffers, modules] {
            let none = |value: &Value| *value == Value::None;
            let pairs: Vec<_> = match part {
                Value::Dict(id) => self.heap.entries(id).to_vec(),
                Value::Object(id) => self
                    .heap
                    .call_of(id)
                    .map(|call| self.ordered(call, &[]))
                    .unwrap_or_default(),
                _ => Vec::new(),
            };
            let pairs: Vec<_> = pairs
                .into_iter()
                .filter(|(_, value)| !none(value))
                .collect();
            self.pairs(name, &pairs, depth)?;
        }
        Ok(())
    }

    fn rebuilt(
        &mut self,
        name: &str,
        class: &str,
        arguments: &[Value],
        depth: u32,
    ) -> Result<(), Refusal> {
        match (class.trim_start_matches("torch._utils."), arguments) {
            ("_rebuild_parameter" | "_rebuild_parameter_with_state", [tensor, ..]) => {
                self.visit(name, *tensor, depth + 1)
            }
            ("_rebuild_from_type_v2", [Value::Global(function), _, Value::Tuple(inner), ..]) => {
                let class = self.heap.name_of(*function).unwrap_or_default();
                let inner = self.heap.tuple_items(*inner);
                match depth < DEPTH_MAX {
                    true => self.rebuilt(name, &class, inner, depth + 1),
                    false => refuse(name, "a tensor that nests too deep"),
                }
            }
            (
                "_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_tensor_v3",
                [storage, offset, size, stride, rest @ ..],
            ) => {
                let kind = match (class.ends_with("_v3"), rest) {
                    (true, [_, _, Value::Global(kind), ..]) => self.heap.name_of(*kind),
                    (true, _) => return refuse(name, "a tensor without a type"),
                    (false, _) => None,
                };
                let marks = rest.get(if kind.is_some() { 3 } else { 2 });
                if !self.is_unmarked(marks) {
                    return refuse(name, "a tensor that is conjugated or negated");
                }
                self.tensor(name, (*storage, *offset), (*size, *stride), kind)
            }
            _ => refuse(name, &format!("a tensor of {class}")),
        }
    }

    /// Whether the marks behind a tensor say nothing.
    fn is_unmarked(&self, marks: Option<&Value>) -> bool {
        match marks {
            None | Some(Value::None) => true,
            Some(Value::Dict(id)) => self.heap.entries(*id).is_empty(),
            Some(_) => false,
        }
    }

    fn tensor(
        &mut self,
        name: &str,
        (storage, offset): (Value, Value),
        (size, stride): (Value, Value),
        kind: Option<String>,
    ) -> Result<(), Refusal> {
        let stored = match storage {
            Value::Storage(id) => self.heap.stored(id),
            _ => None,
        };
        let Some(stored) = stored else {
            return refuse(name, "a tensor whose storage lies elsewhere");
        };
        let element: Option<Element> = match &kind {
            Some(kind) => element::of_dtype(kind),
            None => element::of_storage(&stored.class),
        };
        let Some(element) = element else {
            let kind = kind.unwrap_or_else(|| stored.class.clone());
            return refuse(
                name,
                &format!("numbers of type {kind}, which safetensors has not"),
            );
        };
        let (Some(shape), Some(strides), Value::Int(offset)) =
            (self.numbers(size), self.numbers(stride), offset)
        else {
            return refuse(name, "a tensor whose shape is not plain numbers");
        };
        let Some(place) = self.storages.places.get(&stored.key) else {
            return refuse(name, "a tensor whose storage is missing");
        };
        let skipped = u64::try_from(offset)
            .ok()
            .and_then(|offset| offset.checked_mul(element.width));
        let Some(skipped) = skipped.filter(|skipped| *skipped <= place.size) else {
            return refuse(name, "a tensor that begins behind its storage");
        };
        self.into.push(Tensor {
            name: name.to_owned(),
            element,
            shape,
            strides,
            place: Place {
                held: place.held,
                offset: place.offset + skipped,
                size: place.size - skipped,
            },
            swapped: false,
        })
    }

    /// A tuple or list of numbers, or a `torch.Size` of them.
    pub(super) fn numbers(&self, value: Value) -> Option<Vec<u64>> {
        let items = match value {
            Value::Tuple(id) => self.heap.tuple_items(id),
            Value::List(id) => self.heap.items(id),
            Value::Object(id) => match self.heap.call_of(id)?.arguments {
                Value::Tuple(arguments) => match self.heap.tuple_items(arguments) {
                    [Value::Tuple(id)] => self.heap.tuple_items(*id),
                    [Value::List(id)] => self.heap.items(*id),
                    _ => return None,
                },
                _ => return None,
            },
            _ => return None,
        };
        let number = |item: &Value| match item {
            Value::Int(number) => u64::try_from(*number).ok(),
            _ => None,
        };
        items.iter().map(number).collect()
    }
}

pub(super) fn refuse(name: &str, what: &str) -> Result<(), Refusal> {
    let name = match name {
        "" => "the file",
        name => &format!("\"{}\"", crate::report::printable(name)),
    };
    Err(Refusal::new(format!("{name} holds {what}")))
}

fn below(name: &str, key: &str) -> String {
    match name {
        "" => key.to_owned(),
        name => format!("{name}.{key}"),
    }
}
