//! The opcodes, by family: control, literals, collections, memo, imports and calls.

use super::facts::Outside;
use super::judge::Via;
use super::machine::{Fault, Flow, Machine};
use super::value::Value;

const UNDERFLOW: Fault = Fault::Broken("an opcode takes more values than there are");

impl Machine<'_> {
    /// Carries out one opcode.
    pub(super) fn carry_out(&mut self, opcode: u8) -> Result<Flow, Fault> {
        match opcode {
            b'(' => self.marks.push(self.stack.len()),
            b'.' => return Ok(Flow::Stop(self.pop()?)),
            b'0' => self.pop_or_mark()?,
            b'1' => drop(self.pop_mark()?),
            b'2' => {
                let top = self.pop()?;
                self.stack.push(top);
                self.stack.push(top);
            }
            0x80 => {
                if self.cursor.u8()? > 5 {
                    return Err(Fault::Broken("a protocol that does not exist"));
                }
            }
            0x95 => self.frame()?,
            b'F' | b'G' | b'I' | b'J' | b'K' | b'L' | b'M' | b'N' | 0x88..=0x8b => {
                let value = self.literal(opcode)?;
                self.stack.push(value);
            }
            b'S' | b'T' | b'U' | b'V' | b'X' | b'B' | b'C' | 0x8c..=0x8e | 0x96 => {
                let value = self.string(opcode)?;
                self.stack.push(value);
            }
            b']' | b'}' | b')' | b't' | b'l' | b'd' | 0x85..=0x87 | 0x8f | 0x91 => {
                let value = self.collection(opcode)?;
                self.stack.push(value);
            }
            b'a' | b'e' | b's' | b'u' | 0x90 => self.fill_collection(opcode)?,
            b'p' | b'q' | b'r' | b'g' | b'h' | b'j' | 0x94 => self.memo_op(opcode)?,
            b'b' => {
                let state = self.pop()?;
                let object = *self.stack.last().ok_or(UNDERFLOW)?;
                return self.build(object, state);
            }
            _ => {
                let value = self.import_or_call(opcode)?;
                self.stack.push(value);
            }
        }
        Ok(Flow::Next)
    }

    fn import_or_call(&mut self, opcode: u8) -> Result<Value, Fault> {
        Ok(match opcode {
            b'c' => {
                let (module, name) = self.two_lines()?;
                self.import(module, name)
            }
            0x93 => self.import_from_stack()?,
            b'i' => {
                let (module, name) = self.two_lines()?;
                let arguments = self.tuple_from_mark()?;
                let class = self.import(module, name);
                self.call(class, arguments, Via::Instance)
            }
            b'o' => {
                let start = self.pop_mark_start()?;
                let class = *self.stack.get(start).ok_or(UNDERFLOW)?;
                let arguments = self
                    .heap
                    .tuple(self.stack.get(start + 1..).unwrap_or_default());
                self.stack.truncate(start);
                self.call(class, arguments, Via::Instance)
            }
            b'R' => {
                let arguments = self.pop()?;
                let callable = self.pop()?;
                self.call(callable, arguments, Via::Reduce)
            }
            0x81 => {
                let arguments = self.pop()?;
                let class = self.pop()?;
                self.call(class, arguments, Via::New)
            }
            0x92 => {
                let keywords = self.pop()?;
                let arguments = self.pop()?;
                let class = self.pop()?;
                // Keywords are part of the shape; nobody on the allow-list takes any.
                let empty = matches!(keywords, Value::Dict(id) if self.heap.entries(id).is_empty());
                let arguments = if empty { arguments } else { Value::Unknown };
                self.call(class, arguments, Via::New)
            }
            0x82..=0x84 => {
                let bytes = 1 << (opcode - 0x82);
                self.cursor.skip(bytes)?;
                self.facts.imports += 1;
                self.outside(Outside::Extension);
                Value::Unknown
            }
            b'P' => {
                let id = self.line_value()?;
                self.persistent(id)
            }
            b'Q' => {
                let id = self.pop()?;
                self.persistent(id)
            }
            0x97 => {
                self.outside(Outside::Buffer);
                Value::Opaque
            }
            0x98 => self.pop()?,
            _ => return Err(Fault::Broken("an opcode that does not exist")),
        })
    }

    fn collection(&mut self, opcode: u8) -> Result<Value, Fault> {
        let start = self.marks.last().copied().unwrap_or(0);
        if matches!(opcode, b'l' | 0x91) {
            self.note_all_kept(start);
        }
        Ok(match opcode {
            b']' => self.heap.list(),
            b'}' => self.heap.dict(),
            b')' => self.heap.tuple(&[]),
            b't' => self.tuple_from_mark()?,
            0x85..=0x87 => {
                let count = usize::from(opcode - 0x84);
                let start = self.floor(count)?;
                let tuple = self.heap.tuple(self.stack.get(start..).unwrap_or_default());
                self.stack.truncate(start);
                tuple
            }
            b'd' => {
                let start = self.pop_mark_start()?;
                let dict = self.heap.dict();
                self.insert_pairs(dict, start)?;
                dict
            }
            0x8f => Value::Set,
            0x91 => {
                self.pop_mark()?;
                Value::Set
            }
            _ => {
                let list = self.heap.list();
                if let Value::List(id) = list {
                    self.heap
                        .extend(id, self.stack.get(start..).unwrap_or_default());
                }
                self.pop_mark()?;
                list
            }
        })
    }

    /// APPEND, APPENDS, SETITEM, SETITEMS, ADDITEMS: the target stays on the stack.
    fn fill_collection(&mut self, opcode: u8) -> Result<(), Fault> {
        let start = match opcode {
            b'a' => self.floor(1)?,
            b's' => self.floor(2)?,
            _ => self.pop_mark_start()?,
        };
        let target = match start.checked_sub(1) {
            Some(index) if index >= self.fence() => self.stack.get(index).copied(),
            _ => None,
        };
        let target = target.ok_or(UNDERFLOW)?;
        let fits = match opcode {
            b'a' | b'e' => matches!(target, Value::List(_)),
            b's' | b'u' => matches!(target, Value::Dict(_)),
            _ => matches!(target, Value::Set),
        };
        if matches!(opcode, b's' | b'u') {
            self.insert_pairs(target, start)?;
        } else {
            self.note_all_kept(start);
            if let Value::List(id) = target {
                self.heap
                    .extend(id, self.stack.get(start..).unwrap_or_default());
            }
        }
        self.stack.truncate(start);
        match target {
            _ if fits => Ok(()),
            // A subclass of the collection, or something already reported.
            Value::Object(_) | Value::Unknown => Ok(()),
            Value::Global(_) => {
                let what = "items are added to an imported object";
                self.facts
                    .record(self.offset, super::facts::Event::Computed(what));
                Ok(())
            }
            _ => Err(Fault::Broken("items are added to a plain value")),
        }
    }

    /// Moves the values from `start` on into a dictionary as pairs.
    fn insert_pairs(&mut self, target: Value, start: usize) -> Result<(), Fault> {
        self.note_all_kept(start);
        let pairs = self.stack.get(start..).unwrap_or_default();
        if pairs.len() % 2 != 0 {
            return Err(Fault::Broken("a dictionary has a key without a value"));
        }
        let entries = match target {
            Value::Dict(id) => Some(id),
            Value::Object(id) => self.heap.entries_of(id),
            _ => None,
        };
        let pairs = self.stack.get(start..).unwrap_or_default();
        if let Some(id) = entries {
            let halves = pairs.iter().step_by(2).zip(pairs.iter().skip(1).step_by(2));
            for (key, value) in halves {
                self.heap.insert(id, *key, *value);
            }
        }
        self.stack.truncate(start);
        Ok(())
    }

    /// Looks for functions among the values from `start` on, which go into a collection.
    fn note_all_kept(&mut self, start: usize) {
        let found = self
            .stack
            .get(start..)
            .unwrap_or_default()
            .iter()
            .find(|value| {
                matches!(value, Value::Global(_) | Value::Tuple(_))
                    && self.heap.carries_function(**value)
            });
        if let Some(value) = found.copied() {
            self.note_kept(value);
        }
    }

    fn memo_op(&mut self, opcode: u8) -> Result<(), Fault> {
        match opcode {
            0x94 | b'p' | b'q' | b'r' => {
                let top = match self.stack.len() > self.fence() {
                    true => self.stack.last().copied(),
                    false => None,
                };
                let top = top.ok_or(UNDERFLOW)?;
                match opcode {
                    0x94 => self.memo.push(top),
                    _ => {
                        let index = self.memo_index(opcode)?;
                        self.memo.put(index, top);
                    }
                }
            }
            _ => {
                let index = self.memo_index(opcode)?;
                let value = self
                    .memo
                    .get(index)
                    .or_else(|| self.remembered_below(index));
                self.stack
                    .push(value.ok_or(Fault::Broken("a memo entry that was never stored"))?);
            }
        }
        Ok(())
    }

    fn memo_index(&mut self, opcode: u8) -> Result<u64, Fault> {
        match opcode {
            b'p' | b'g' => self.line_index(),
            b'q' | b'h' => Ok(u64::from(self.cursor.u8()?)),
            _ => Ok(self.cursor.number::<4>()?),
        }
    }

    /// Takes the top value, which must lie above the last mark.
    pub(super) fn pop(&mut self) -> Result<Value, Fault> {
        if self.stack.len() <= self.fence() {
            return Err(UNDERFLOW);
        }
        self.stack.pop().ok_or(UNDERFLOW)
    }

    fn pop_or_mark(&mut self) -> Result<(), Fault> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(drop)
    }

    fn tuple_from_mark(&mut self) -> Result<Value, Fault> {
        let start = self.pop_mark_start()?;
        let tuple = self.heap.tuple(self.stack.get(start..).unwrap_or_default());
        self.stack.truncate(start);
        Ok(tuple)
    }

    fn pop_mark(&mut self) -> Result<(), Fault> {
        let start = self.pop_mark_start()?;
        self.stack.truncate(start);
        Ok(())
    }

    fn pop_mark_start(&mut self) -> Result<usize, Fault> {
        self.marks.pop().ok_or(Fault::Broken("a mark is missing"))
    }

    /// Index of the lowest of the top `count` values.
    fn floor(&self, count: usize) -> Result<usize, Fault> {
        match self.stack.len().checked_sub(count) {
            Some(start) if start >= self.fence() => Ok(start),
            _ => Err(UNDERFLOW),
        }
    }

    fn fence(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }
}
