//! Tables behind the abstract values: tuples, dictionaries, names and calls, each with a cap.

use std::collections::BTreeMap;

use super::facts::{Class, Name};
use super::judge::Shape;
use super::value::{Id, Value};

/// Items kept over all tuples (16 bytes each).
const TUPLE_ITEMS_MAX: usize = 768 << 10;
const TUPLES_MAX: usize = 512 << 10;
/// Items of a tuple that may matter to a call shape; longer ones are data.
const TUPLE_MAX: usize = 64;
const DICTS_MAX: usize = 64 << 10;
const DICT_ENTRIES_MAX: usize = 12;
const CALLS_MAX: usize = 256 << 10;
const NAMES_MAX: usize = 16 << 10;
/// Set in the count of a tuple that holds a function.
const FUNCTION_INSIDE: u16 = 1 << 15;

/// What is remembered about an import.
#[derive(Debug)]
pub(super) struct Global {
    pub(super) name: Name,
    pub(super) class: Class,
    /// The line of the allow-list, where the name is on it.
    pub(super) shape: Option<Shape>,
}

/// An allowed call: what was called, with what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) global: Id,
    pub(crate) arguments: Value,
    /// What BUILD gave it last.
    pub(crate) state: Option<Value>,
    /// What was added by keys, where everything is kept.
    pub(crate) entries: Option<Id>,
}

/// The tables of one machine.
#[derive(Debug, Default)]
pub(crate) struct Heap {
    items: Vec<Value>,
    /// Start and count; the top bit of the count says that a function lies inside.
    tuples: Vec<(u32, u16)>,
    dicts: Vec<Vec<(Value, Value)>>,
    pub(super) globals: Vec<Global>,
    names: BTreeMap<Name, Id>,
    calls: Vec<Call>,
    lists: Vec<Vec<Value>>,
    storages: Vec<Stored>,
    raw: Vec<Raw>,
    /// Entries that may still be kept; `None` where a judgement is all that is wanted.
    room: Option<usize>,
    overflow: bool,
}

/// A storage of a PyTorch container.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    /// The name of its class, such as `FloatStorage`.
    pub(crate) class: String,
    pub(crate) key: String,
    pub(crate) bytes: u64,
}

/// An array whose bytes lie in the stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw {
    pub(crate) offset: u64,
    /// The object that describes it.
    pub(crate) wrapper: Value,
}

impl Heap {
    /// Keeps a tuple. One that is too long, or beyond the cap, cannot be called with.
    pub(super) fn tuple(&mut self, items: &[Value]) -> Value {
        let full =
            self.items.len() + items.len() > TUPLE_ITEMS_MAX || self.tuples.len() >= TUPLES_MAX;
        if items.len() > TUPLE_MAX || full {
            // As an argument list it is refused; inside data it hides nothing but data, because
            // whatever is not data makes the whole unknown.
            let data = items.iter().all(|item| item.is_data());
            self.overflow = true;
            return if data {
                Value::List(Id::MAX)
            } else {
                Value::Unknown
            };
        }
        let start = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        let mark = match items.iter().any(|item| self.carries_function(*item)) {
            true => FUNCTION_INSIDE,
            false => 0,
        };
        self.items.extend_from_slice(items);
        self.tuples.push((start, items.len() as u16 | mark));
        Value::Tuple(u32::try_from(self.tuples.len() - 1).unwrap_or(u32::MAX))
    }

    /// The items of a tuple.
    pub(crate) fn tuple_items(&self, id: Id) -> &[Value] {
        let Some((start, count)) = self.tuples.get(id as usize) else {
            return &[];
        };
        let start = *start as usize;
        self.items
            .get(start..start + usize::from(*count & !FUNCTION_INSIDE))
            .unwrap_or_default()
    }

    /// Whether the value is a function that is meant to be called at once, or a tuple with one.
    pub(super) fn carries_function(&self, value: Value) -> bool {
        match value {
            Value::Global(id) => self
                .globals
                .get(id as usize)
                .is_some_and(|global| matches!(global.shape, Some(Shape::Call(_)))),
            Value::Tuple(id) => self
                .tuples
                .get(id as usize)
                .is_some_and(|(_, count)| count & FUNCTION_INSIDE != 0),
            _ => false,
        }
    }

    /// The first function that lies in a tuple or in a tuple in it.
    pub(super) fn function_in(&self, tuple: Id) -> Option<&Global> {
        let mut tuple = tuple;
        for _ in 0..16 {
            let found = self
                .tuple_items(tuple)
                .iter()
                .find(|item| self.carries_function(**item))?;
            match found {
                Value::Global(id) => return self.globals.get(*id as usize),
                Value::Tuple(inner) => tuple = *inner,
                _ => return None,
            }
        }
        None
    }

    /// A heap that keeps everything, up to `entries_max` entries of lists and dictionaries.
    pub(super) fn keep_all(&mut self, entries_max: usize) {
        self.room = Some(entries_max);
    }

    /// Whether floats and the items of lists are kept.
    pub(super) const fn keeps_all(&self) -> bool {
        self.room.is_some()
    }

    /// Whether something was left out that should have been kept.
    pub(crate) const fn is_overfull(&self) -> bool {
        self.overflow
    }

    /// Makes an empty list.
    pub(super) fn list(&mut self) -> Value {
        if self.room.is_none() {
            return Value::List(Id::MAX);
        }
        self.lists.push(Vec::new());
        Value::List(u32::try_from(self.lists.len() - 1).unwrap_or(Id::MAX))
    }

    /// Adds items to a list that is kept.
    pub(super) fn extend(&mut self, list: Id, items: &[Value]) {
        let Some(room) = &mut self.room else {
            return;
        };
        match (
            room.checked_sub(items.len()),
            self.lists.get_mut(list as usize),
        ) {
            (Some(left), Some(kept)) => {
                *room = left;
                kept.extend_from_slice(items);
            }
            _ => self.overflow = true,
        }
    }

    /// The items of a list that is kept.
    pub(crate) fn items(&self, list: Id) -> &[Value] {
        self.lists.get(list as usize).map_or(&[], Vec::as_slice)
    }

    /// Keeps a storage.
    pub(super) fn store(&mut self, stored: Stored) -> Value {
        if self.room.is_none() {
            return Value::Storage(Id::MAX);
        }
        self.storages.push(stored);
        Value::Storage(u32::try_from(self.storages.len() - 1).unwrap_or(Id::MAX))
    }

    /// A storage that is kept.
    pub(crate) fn stored(&self, id: Id) -> Option<&Stored> {
        self.storages.get(id as usize)
    }

    /// Keeps where the bytes of an array lie.
    pub(super) fn raw_array(&mut self, raw: Raw) -> Value {
        if self.room.is_none() {
            return Value::Array(Id::MAX);
        }
        self.raw.push(raw);
        Value::Array(u32::try_from(self.raw.len() - 1).unwrap_or(Id::MAX))
    }

    /// Where the bytes of an array lie that is kept.
    pub(crate) fn raw(&self, id: Id) -> Option<Raw> {
        self.raw.get(id as usize).copied()
    }

    /// The dictionary that holds what was added to an object by its keys.
    pub(super) fn entries_of(&mut self, object: Id) -> Option<Id> {
        self.room?;
        let known = self.calls.get(object as usize)?.entries;
        if known.is_some() {
            return known;
        }
        let Value::Dict(id) = self.dict() else {
            return None;
        };
        self.calls.get_mut(object as usize)?.entries = Some(id);
        Some(id)
    }

    /// Makes an empty dictionary; beyond the cap all share one that stays empty.
    pub(super) fn dict(&mut self) -> Value {
        if self.dicts.len() < DICTS_MAX || self.room.is_some() {
            self.dicts.push(Vec::new());
            return Value::Dict(u32::try_from(self.dicts.len() - 1).unwrap_or(u32::MAX));
        }
        Value::Dict(Id::MAX)
    }

    /// Keeps an entry of a dictionary, the first few only.
    pub(super) fn insert(&mut self, id: Id, key: Value, value: Value) {
        let Some(entries) = self.dicts.get_mut(id as usize) else {
            return;
        };
        match &mut self.room {
            None if entries.len() >= DICT_ENTRIES_MAX => {}
            None => entries.push((key, value)),
            Some(0) => self.overflow = true,
            Some(room) => {
                *room -= 1;
                entries.push((key, value));
            }
        }
    }

    /// Whether entries may be missing.
    pub(super) fn is_cut(&self, id: Id) -> bool {
        let cut = |entries: &Vec<_>| self.room.is_none() && entries.len() >= DICT_ENTRIES_MAX;
        self.dicts.get(id as usize).is_none_or(cut)
    }

    /// The kept entries of a dictionary.
    pub(crate) fn entries(&self, id: Id) -> &[(Value, Value)] {
        self.dicts.get(id as usize).map_or(&[], Vec::as_slice)
    }

    /// Keeps an allowed call; `None` beyond the cap.
    pub(super) fn call(&mut self, global: Id, arguments: Value) -> Value {
        if self.calls.len() >= CALLS_MAX {
            self.overflow = true;
            return Value::Object(Id::MAX);
        }
        self.calls.push(Call {
            global,
            arguments,
            state: None,
            entries: None,
        });
        Value::Object(u32::try_from(self.calls.len() - 1).unwrap_or(u32::MAX))
    }

    /// The dotted name of an import.
    pub(crate) fn name_of(&self, global: Id) -> Option<String> {
        let name = &self.globals.get(global as usize)?.name;
        Some(format!("{}.{}", name.module, name.name))
    }

    /// The call that made an object.
    pub(crate) fn call_of(&self, object: Id) -> Option<&Call> {
        self.calls.get(object as usize)
    }

    /// Remembers the state that BUILD gave an object.
    pub(super) fn set_state(&mut self, object: Id, state: Value) {
        if let Some(call) = self.calls.get_mut(object as usize) {
            call.state = Some(state);
        }
    }

    /// The id of an import, made once per name by `judge`; `None` beyond the cap.
    pub(super) fn global(&mut self, name: Name, judge: impl FnOnce(&Name) -> Global) -> Option<Id> {
        if let Some(id) = self.names.get(&name) {
            return Some(*id);
        }
        if self.globals.len() >= NAMES_MAX {
            return None;
        }
        let id = Id::try_from(self.globals.len()).ok()?;
        self.globals.push(judge(&name));
        self.names.insert(name, id);
        Some(id)
    }
}
