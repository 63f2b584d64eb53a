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
pub(super) struct Call {
    pub(super) global: Id,
    pub(super) arguments: Value,
    /// What BUILD gave it last.
    pub(super) state: Option<Value>,
}

/// The tables of one machine.
#[derive(Debug, Default)]
pub(super) struct Heap {
    items: Vec<Value>,
    /// Start and count; the top bit of the count says that a function lies inside.
    tuples: Vec<(u32, u16)>,
    dicts: Vec<Vec<(Value, Value)>>,
    pub(super) globals: Vec<Global>,
    names: BTreeMap<Name, Id>,
    calls: Vec<Call>,
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
            return if data { Value::List } else { Value::Unknown };
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
    pub(super) fn tuple_items(&self, id: Id) -> &[Value] {
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

    /// Makes an empty dictionary; beyond the cap all share one that stays empty.
    pub(super) fn dict(&mut self) -> Value {
        if self.dicts.len() < DICTS_MAX {
            self.dicts.push(Vec::new());
            return Value::Dict(u32::try_from(self.dicts.len() - 1).unwrap_or(u32::MAX));
        }
        Value::Dict(Id::MAX)
    }

    /// Keeps an entry of a dictionary, the first few only.
    pub(super) fn insert(&mut self, id: Id, key: Value, value: Value) {
        if let Some(entries) = self.dicts.get_mut(id as usize)
            && entries.len() < DICT_ENTRIES_MAX
        {
            entries.push((key, value));
        }
    }

    /// Whether entries may be missing.
    pub(super) fn is_cut(&self, id: Id) -> bool {
        self.dicts
            .get(id as usize)
            .is_none_or(|entries| entries.len() >= DICT_ENTRIES_MAX)
    }

    /// The kept entries of a dictionary.
    pub(super) fn entries(&self, id: Id) -> &[(Value, Value)] {
        self.dicts.get(id as usize).map_or(&[], Vec::as_slice)
    }

    /// Keeps an allowed call; `None` beyond the cap.
    pub(super) fn call(&mut self, global: Id, arguments: Value) -> Value {
        if self.calls.len() >= CALLS_MAX {
            return Value::Object(Id::MAX);
        }
        self.calls.push(Call {
            global,
            arguments,
            state: None,
        });
        Value::Object(u32::try_from(self.calls.len() - 1).unwrap_or(u32::MAX))
    }

    /// The call that made an object.
    pub(super) fn call_of(&self, object: Id) -> Option<&Call> {
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
