//! The unpickling machine: reads opcodes, moves abstract values, and asks `judge` about calls.
//!
//! The opcode bodies are in `ops` (stack and memo) and `operand` (what follows an opcode); this file
//! holds the state, the loop, frames, and everything that imports or calls.

use super::array::{ArrayState, Described};
use super::facts::{Class, Event, Facts, Name, Outside};
use super::heap::{Heap, Raw, Stored};
use super::judge::{self, Arguments, Via};
use super::memo::Memo;
use super::value::{Id, Value};
use crate::cursor::{Cursor, Stop};
use crate::source::{ReadAt, ReadError};

/// Values on the stack at once (16 bytes each).
pub(super) const STACK_MAX: usize = 1 << 19;

/// Where a pickle comes from, which decides what a persistent id means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Context {
    /// A file of its own.
    Plain,
    /// Inside of a PyTorch container, where persistent ids name storages.
    Torch,
    /// The same beside TorchScript code, whose classes are those of that code.
    TorchScript,
}

/// What raw bytes behind the description of an array are taken for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Arrays {
    /// The array, as joblib reads them.
    Inline,
    /// Opcodes: the loader of this stream is not joblib.
    Opcodes,
}

/// How a pickle ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    /// With STOP and this value.
    Stop(Value),
    /// The bytes end before STOP.
    Truncated,
    /// An opcode that no unpickler can carry out.
    Broken(&'static str),
    /// A limit was reached.
    Limit(&'static str),
    /// The source failed.
    Read(ReadError),
    /// Raw bytes of a joblib array follow the object at this index of the heap.
    Array(ArrayState),
}

/// How a pickle ended, and where.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) end: End,
    pub(crate) position: u64,
}

/// Why an opcode could not be carried out.
pub(super) enum Fault {
    Stop(Stop),
    Broken(&'static str),
    Limit(&'static str),
}

impl From<Stop> for Fault {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// What the loop does after an opcode.
pub(super) enum Flow {
    Next,
    Stop(Value),
    Array(ArrayState),
}

/// The state of the interpreter over one pickle.
pub(crate) struct Machine<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) stack: Vec<Value>,
    pub(super) marks: Vec<usize>,
    pub(super) memo: Memo,
    pub(super) heap: Heap,
    pub(super) facts: Facts,
    /// Offset of the opcode that is carried out.
    pub(super) offset: u64,
    context: Context,
    arrays: Arrays,
    /// Whether long runs of plain data go the short way.
    pub(super) hurries: bool,
    /// The memo of the machine that this one shadows.
    below: Option<&'a Memo>,
    frame_end: Option<u64>,
    steps: u64,
    steps_max: u64,
}

impl<'a> Machine<'a> {
    /// A machine at the cursor's position.
    pub(crate) fn new(cursor: Cursor<'a>, context: Context, steps_max: u64) -> Self {
        Self {
            offset: cursor.position(),
            cursor,
            stack: Vec::new(),
            marks: Vec::new(),
            memo: Memo::default(),
            heap: Heap::default(),
            facts: Facts::default(),
            context,
            arrays: Arrays::Inline,
            hurries: true,
            below: None,
            frame_end: None,
            steps: 0,
            steps_max,
        }
    }

    /// Has the machine keep what it reads, for a conversion.
    pub(crate) fn keep_all(&mut self, entries_max: usize) {
        self.heap.keep_all(entries_max);
    }

    /// What was kept.
    pub(crate) fn into_heap(self) -> Heap {
        self.heap
    }

    /// Runs to STOP or to whatever ends the pickle before, adding to `facts`; may be called again
    /// after an array.
    pub(crate) fn run(&mut self, facts: &mut Facts) -> Outcome {
        self.run_up_to(u64::MAX, facts)
    }

    /// The same, and no further than an opcode that begins at `last`.
    pub(crate) fn run_up_to(&mut self, last: u64, facts: &mut Facts) -> Outcome {
        std::mem::swap(&mut self.facts, facts);
        let end = loop {
            if self.cursor.position() == last {
                break End::Stop(Value::None);
            }
            if let Err(Stop::Read(error)) = self.hurry(last) {
                break End::Read(error);
            }
            match self.step() {
                Ok(Flow::Next) => {}
                Ok(Flow::Stop(value)) => break End::Stop(value),
                Ok(Flow::Array(state)) => break End::Array(state),
                Err(Fault::Stop(Stop::End)) => break End::Truncated,
                Err(Fault::Stop(Stop::Read(error))) => break End::Read(error),
                Err(Fault::Broken(what)) => break End::Broken(what),
                Err(Fault::Limit(what)) => break End::Limit(what),
            }
        };
        std::mem::swap(&mut self.facts, facts);
        let position = match end {
            End::Stop(_) | End::Array(_) => self.cursor.position(),
            _ => self.offset,
        };
        Outcome { end, position }
    }

    /// A machine for a pickle inside of this one, which its loader reads without joblib.
    pub(crate) fn plain(&self, steps_max: u64) -> Self {
        let cursor = Cursor::new(self.cursor.source(), self.cursor.position());
        let mut inner = Self::new(cursor, self.context, steps_max);
        inner.arrays = Arrays::Opcodes;
        inner
    }

    /// What an unpickler would do that does not know of raw arrays and takes their bytes for
    /// opcodes. Of the stack and the memo it knows the strings, of which names could be made.
    pub(crate) fn without_arrays(&self, steps_max: u64) -> Machine<'_> {
        let cursor = Cursor::new(self.cursor.source(), self.cursor.position());
        let mut shadow = Machine::new(cursor, self.context, steps_max);
        shadow.arrays = Arrays::Opcodes;
        shadow.below = Some(&self.memo);
        shadow.marks.clone_from(&self.marks);
        shadow.stack = self
            .stack
            .iter()
            .map(|value| value.as_seen_from_outside())
            .collect();
        shadow
    }

    /// Continues behind raw bytes that lie inside of the stream; the loader puts the array where
    /// its description was.
    pub(crate) fn resume_at(&mut self, position: u64) -> Result<(), Stop> {
        let count = position.saturating_sub(self.cursor.position());
        self.frame_end = None;
        self.cursor.skip(count)
    }

    /// Puts an array in the place of the object that describes it.
    pub(crate) fn take_array(&mut self, offset: u64) {
        if let Some(top) = self.stack.last_mut() {
            let wrapper = *top;
            *top = self.heap.raw_array(Raw { offset, wrapper });
        }
    }

    /// Opcodes carried out since this was last asked; they no longer count against the limit.
    pub(crate) const fn take_steps(&mut self) -> u64 {
        let steps = self.steps;
        self.steps_max = self.steps_max.saturating_sub(steps);
        self.steps = 0;
        steps
    }

    /// Where the frame ends that is being read.
    pub(super) const fn frame_end(&self) -> Option<u64> {
        self.frame_end
    }

    /// Opcodes that may still be carried out.
    pub(super) const fn steps_left(&self) -> u64 {
        self.steps_max.saturating_sub(self.steps)
    }

    /// Counts opcodes that were carried out.
    pub(super) const fn count_steps(&mut self, count: u64) {
        self.steps += count;
    }

    fn step(&mut self) -> Result<Flow, Fault> {
        self.steps += 1;
        if self.steps > self.steps_max {
            return Err(Fault::Limit("more opcodes than the limit"));
        }
        self.offset = self.cursor.position();
        let opcode = self.cursor.u8()?;
        let flow = self.carry_out(opcode)?;
        if let Some(end) = self.frame_end {
            let position = self.cursor.position();
            if position > end && self.offset < end {
                let what = "an opcode crosses the end of its frame, which some unpicklers ignore";
                self.facts.record(self.offset, Event::Ambiguous(what));
            }
            if position >= end {
                self.frame_end = None;
            } else if matches!(flow, Flow::Stop(_)) {
                let what = "the frame goes on after STOP, so unpicklers resume at different places";
                self.facts.record(self.offset, Event::Ambiguous(what));
            }
        }
        if self.stack.len() > STACK_MAX || self.marks.len() > STACK_MAX {
            return Err(Fault::Limit("the stack is deeper than the limit"));
        }
        Ok(flow)
    }

    /// FRAME: the next bytes belong together.
    pub(super) fn frame(&mut self) -> Result<(), Fault> {
        let size = self.cursor.number::<8>()?;
        if size > self.cursor.remaining() {
            return Err(Fault::Stop(Stop::End));
        }
        let inside = self
            .frame_end
            .is_some_and(|end| end > self.cursor.position());
        if inside {
            let what = "a frame begins inside of another one";
            self.facts.record(self.offset, Event::Ambiguous(what));
        }
        self.frame_end = Some(self.cursor.position().saturating_add(size));
        Ok(())
    }

    /// Imports `module.name` and gives the value that stands for it.
    pub(super) fn import(&mut self, module: String, name: String) -> Value {
        self.facts.imports += 1;
        let (module, name) = super::danger::python3_name(module, name);
        let scripted = self.context == Context::TorchScript;
        let judge = |name: &Name| match scripted {
            true => judge::classify_scripted(name),
            false => judge::classify(name),
        };
        let Some(id) = self.heap.global(Name { module, name }, judge) else {
            self.facts
                .record(self.offset, Event::Computed("more imports than the limit"));
            return Value::Unknown;
        };
        self.note_import(id, false);
        Value::Global(id)
    }

    /// `STACK_GLOBAL`: both names come from the stack.
    pub(super) fn import_from_stack(&mut self) -> Result<Value, Fault> {
        let name = self.pop()?;
        let module = self.pop()?;
        let source = self.cursor.source();
        let text = |value| match value {
            Value::Text(slice) => judge::read_text(source, slice),
            _ => None,
        };
        match (text(module), text(name)) {
            (Some(module), Some(name)) => Ok(self.import(module, name)),
            _ => {
                self.facts.imports += 1;
                let what = "the name of an import is not written as a plain short string";
                self.facts.record(self.offset, Event::Computed(what));
                Ok(Value::Unknown)
            }
        }
    }

    /// Calls `callable` and gives the value that stands for the result.
    pub(super) fn call(&mut self, callable: Value, arguments: Value, via: Via) -> Value {
        let Value::Global(id) = callable else {
            let what = "what is called is itself computed, not a plain import";
            self.facts.record(self.offset, Event::Computed(what));
            return Value::Unknown;
        };
        let Some(global) = self.heap.globals.get(id as usize) else {
            return Value::Unknown;
        };
        self.facts.calls += u64::from(global.name.is_identifier());
        if global.class != Class::Allowed {
            self.note_import(id, true);
            return Value::Unknown;
        }
        let how = self.shape_fault(id, arguments, via);
        if let Some(how) = how {
            if let Some(global) = self.heap.globals.get(id as usize) {
                let name = global.name.clone();
                self.facts.record(self.offset, Event::Shape { name, how });
            }
            return Value::Unknown;
        }
        self.note_nested(id, arguments);
        self.heap.call(id, arguments)
    }

    /// What is unusual about a call of an allowed name, if anything is.
    fn shape_fault(&self, id: Id, arguments: Value, via: Via) -> Option<&'static str> {
        let Value::Tuple(tuple) = arguments else {
            return Some("its arguments are not written as a plain tuple");
        };
        let shape = self.heap.globals.get(id as usize)?.shape?;
        let arguments = Arguments {
            items: self.heap.tuple_items(tuple),
            heap: &self.heap,
            source: self.cursor.source(),
        };
        if judge::accepts(shape, via, &arguments) {
            return None;
        }
        Some(match shape {
            judge::Shape::Value => "it is only ever mentioned, never called",
            _ => "no framework writes it with these arguments",
        })
    }

    /// BUILD: gives `object` its state.
    pub(super) fn build(&mut self, object: Value, state: Value) -> Result<Flow, Fault> {
        match object {
            Value::Object(id) => {
                self.note_kept(state);
                self.heap.set_state(id, state);
                return Ok(self.array_behind(id));
            }
            Value::Global(_) => {
                let what = "attributes of an imported object are set";
                self.facts.record(self.offset, Event::Computed(what));
            }
            // Already reported where it became unknown.
            Value::Unknown => {}
            _ => return Err(Fault::Broken("state is given to a plain value")),
        }
        Ok(Flow::Next)
    }

    /// What joblib reads behind an object that describes an array.
    fn array_behind(&mut self, object: Id) -> Flow {
        if self.arrays != Arrays::Inline {
            return Flow::Next;
        }
        match super::array::described(&self.heap, self.cursor.source(), object) {
            Described::Nothing => {}
            Described::Array(state) => return Flow::Array(state),
            Described::File => self.outside(Outside::ArrayFile),
            Described::Unclear => {
                let what = "how many raw bytes of an array follow is not written plainly";
                self.facts.record(self.offset, Event::Computed(what));
            }
        }
        Flow::Next
    }

    /// Notes a function that is put into a collection or a state, where the program may call it
    /// with arguments that nobody sees here.
    pub(super) fn note_kept(&mut self, value: Value) {
        if !matches!(value, Value::Global(_) | Value::Tuple(_))
            || !self.heap.carries_function(value)
        {
            return;
        }
        let name = match value {
            Value::Global(id) => self.heap.globals.get(id as usize),
            Value::Tuple(id) => self.heap.function_in(id),
            _ => None,
        };
        if let Some(name) = name.map(|global| global.name.clone()) {
            let how = "it is kept as a value, where frameworks call it at once";
            self.facts.record(self.offset, Event::Shape { name, how });
        }
    }

    /// PERSID and BINPERSID: the loader resolves `id`.
    pub(super) fn persistent(&mut self, id: Value) -> Value {
        let torch = self.context != Context::Plain;
        if torch && let Some(class) = super::array::module(&self.heap, self.cursor.source(), id) {
            return class;
        }
        if torch
            && let Some((key, bytes)) = super::array::storage(&self.heap, self.cursor.source(), id)
        {
            self.facts.storages.entry(key.clone()).or_insert(bytes);
            let class = super::array::storage_class(&self.heap, id).unwrap_or_default();
            return self.heap.store(Stored { class, key, bytes });
        }
        self.outside(Outside::PersistentId);
        Value::Unknown
    }

    /// Records that something outside of the stream decides a value.
    pub(super) fn outside(&mut self, what: Outside) {
        self.facts.record(self.offset, Event::Outside(what));
    }

    fn note_import(&mut self, id: Id, called: bool) {
        let Some(global) = self.heap.globals.get(id as usize) else {
            return;
        };
        if global.class != Class::Allowed {
            let event = Event::Import {
                name: global.name.clone(),
                class: global.class,
                called,
            };
            self.facts.record(self.offset, event);
        }
    }

    /// `torch.storage._load_from_bytes` unpickles the bytes that it is given.
    fn note_nested(&mut self, id: Id, arguments: Value) {
        let loads = self.heap.globals.get(id as usize).is_some_and(|global| {
            global.name.module == "torch.storage" && global.name.name == "_load_from_bytes"
        });
        let Value::Tuple(tuple) = arguments else {
            return;
        };
        if !loads {
            return;
        }
        let first = self.heap.tuple_items(tuple).first().copied();
        match first.and_then(|value| judge::bytes_of(&self.heap, value)) {
            Some(nested) => self.facts.nest(nested),
            None => {
                let what = "a pickle inside of the pickle is not written as plain bytes";
                self.facts.record(self.offset, Event::Computed(what));
            }
        }
    }

    /// What the memo of the machine below holds under `index`.
    pub(super) fn remembered_below(&self, index: u64) -> Option<Value> {
        let value = self.below?.get(index)?;
        Some(value.as_seen_from_outside())
    }

    /// The source that is read.
    pub(super) fn source(&self) -> &'a dyn ReadAt {
        self.cursor.source()
    }
}
