//! The filter of a stream of message events.
//!
//! Texts and reasoning stream block by block through inspectors. A tool call is kept until its block
//! ends, and is told then from its beginning. The name that an event has on the wire is made from its
//! data, so that client and filter never read different events.

use std::collections::{BTreeMap, BTreeSet};

use seawall_base::ErrorCode;
use seawall_guard::Inspection;
use seawall_llm::messages::MessagesEvent;
use seawall_llm::{DialectError, ToolCall, Usage, sse};
use serde_json::{Value, json};

use crate::dialect::{Ending, Filter, FilterOptions};
use crate::gate::Gate;
use crate::held::{Closed, Held, Stop};

/// The block, and the member of its deltas.
type Key = (u64, String);

/// The filter of one stream.
pub(crate) struct MessagesFilter {
    gate: Gate<Key>,
    options: FilterOptions,
    /// Calls whose block is open, with the event that began it.
    calls: BTreeMap<u64, (Value, ToolCall)>,
    /// Calls that wait for a person, with the event that began them.
    waiting: BTreeMap<u64, Value>,
    /// Blocks that have begun and not ended.
    open: BTreeSet<u64>,
    usage: Option<Usage>,
    out: Vec<u8>,
}

impl Filter for MessagesFilter {
    fn event(&mut self, event: &sse::Event) -> Result<Option<Held>, Stop> {
        let mut read =
            MessagesEvent::parse(&event.data, &self.options.json).map_err(Stop::Failed)?;
        // The one thing that is decided by the name alone is where the stream ends.
        if !event.name.is_empty() && event.name != read.kind() {
            return Err(failed("An event of the upstream has two names."));
        }
        self.usage = read.usage(self.usage);
        match read.kind() {
            // Its words are about the upstream's own troubles.
            "error" => return Err(failed("The upstream broke off with an error.")),
            "ping" => {
                self.send(&json!({ "type": "ping" }));
                return Ok(None);
            }
            _ => {}
        }
        if self.gate.is_open() {
            self.pass(&read, Some(&event.data));
            return Ok(None);
        }
        let started = (read.kind() == "content_block_start").then(|| read.body().clone());
        let call = read.take_tool_call();
        self.gate.rest(|sink| read.visit_rest(sink))?;
        if let Some(delta) = call {
            self.gate.keep(event.data.len())?;
            self.keep_call(delta.choice, delta.piece, started)?;
            return Ok(None);
        }
        self.track(&read)?;
        if let Some(block) = read.finished() {
            return self.end_block(block, &read, &event.data);
        }
        if read.kind() == "message_stop" {
            self.flush()?;
        }
        self.inspect_texts(&mut read, &event.data)
    }

    fn release(&mut self, held: Held, approved: Vec<String>) {
        let (group, then) = held.approved(approved);
        for closed in &group {
            if let Some(start) = self.waiting.remove(&closed.choice) {
                self.emit_call(closed.choice, start, &closed.call);
            }
        }
        self.out.extend_from_slice(&then);
    }

    fn last_events(&self, _ending: &Ending<'_>) -> Vec<sse::Event> {
        self.ending()
            .map(|event| sse::Event {
                name: String::new(),
                data: event.to_string(),
            })
            .collect()
    }

    fn keep_alive(&mut self) {
        if self.out.is_empty() {
            self.out.extend_from_slice(b": keep-alive\n\n");
        }
    }

    fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    fn take_noted(&mut self) -> Vec<Inspection> {
        self.gate.take_noted()
    }

    fn usage(&self) -> Option<Usage> {
        self.usage
    }
}

impl MessagesFilter {
    pub(crate) fn new(options: FilterOptions) -> Self {
        Self {
            gate: Gate::new(options.watch.clone(), options.call_bytes_max),
            options,
            calls: BTreeMap::new(),
            waiting: BTreeMap::new(),
            open: BTreeSet::new(),
            usage: None,
            out: Vec::new(),
        }
    }

    /// Begins a call, or adds to one that has begun.
    fn keep_call(&mut self, block: u64, piece: ToolCall, start: Option<Value>) -> Result<(), Stop> {
        match (start, self.calls.get_mut(&block)) {
            (Some(start), None) if self.open.insert(block) => {
                self.calls.insert(block, (start, piece));
                Ok(())
            }
            (None, Some((_, call))) => {
                call.arguments.push_str(&piece.arguments);
                Ok(())
            }
            _ => Err(failed("A tool call of the upstream's stream is broken.")),
        }
    }

    /// Follows which blocks are open: a piece of a block that is not has no place.
    fn track(&mut self, event: &MessagesEvent) -> Result<(), Stop> {
        let index = event.body().get("index").and_then(Value::as_u64);
        let sound = match (event.kind(), index) {
            ("content_block_start", Some(block)) => self.open.insert(block),
            ("content_block_delta" | "content_block_stop", Some(block)) => {
                self.open.contains(&block)
                    && !(self.calls.contains_key(&block) && event.finished().is_none())
            }
            _ => true,
        };
        match sound {
            true => Ok(()),
            false => Err(failed(
                "The blocks of the upstream's stream are out of order.",
            )),
        }
    }

    /// Ends a block: what its texts held back goes out, its call is judged.
    fn end_block(
        &mut self,
        block: u64,
        event: &MessagesEvent,
        data: &str,
    ) -> Result<Option<Held>, Stop> {
        self.open.remove(&block);
        self.flush_block(block)?;
        let Some((start, call)) = self.calls.remove(&block) else {
            self.pass(event, Some(data));
            return Ok(None);
        };
        let closed = Closed {
            choice: block,
            index: Some(block),
            call,
        };
        let judged = self.gate.calls(vec![closed])?;
        if judged.waits() {
            self.waiting.insert(block, start);
            let mut held = Held::new(judged);
            sse::encode_named(event.kind(), data, &mut held.then);
            return Ok(Some(held));
        }
        if let Some(closed) = judged.group.first() {
            self.emit_call(block, start, &closed.call);
        }
        self.pass(event, Some(data));
        Ok(None)
    }

    /// Tells a call that may go out.
    fn emit_call(&mut self, block: u64, mut start: Value, call: &ToolCall) {
        if let Some(Value::Object(fields)) = start.get_mut("content_block") {
            fields.insert("id".to_owned(), call.id.as_str().into());
            fields.insert("name".to_owned(), call.name.as_str().into());
            fields.insert("input".to_owned(), json!({}));
        }
        self.send(&start);
        if !call.arguments.is_empty() {
            let [_, delta] = MessagesEvent::tool_use(block, call);
            self.send(&delta);
        }
    }

    /// Runs the text piece of an event through its inspector.
    fn inspect_texts(
        &mut self,
        event: &mut MessagesEvent,
        data: &str,
    ) -> Result<Option<Held>, Stop> {
        let (mut changed, mut cut, mut stopped) = (false, false, None);
        let gate = &mut self.gate;
        event.texts(|delta| {
            let key = (delta.choice, delta.field.to_owned());
            match gate.push(&key, delta.role, delta.text) {
                Ok(step) => {
                    cut |= step.cut;
                    changed |= step.release != *delta.text;
                    *delta.text = step.release;
                }
                Err(stop) => stopped = Some(stop),
            }
        });
        if let Some(stop) = stopped {
            return Err(stop);
        }
        if !(changed && event.is_hollow()) {
            self.pass(event, (!changed).then_some(data));
        }
        if cut {
            self.flush()?;
            let ending: Vec<Value> = self.ending().collect();
            for event in &ending {
                self.send(event);
            }
            return Err(Stop::Cut);
        }
        Ok(None)
    }

    /// The events that end the answer at its limit.
    fn ending(&self) -> impl Iterator<Item = Value> {
        // A call that is not whole can only be dropped with its block; nobody was told of it.
        let open = self
            .open
            .iter()
            .filter(|block| !self.calls.contains_key(block));
        let stops = open.map(|block| json!({ "type": "content_block_stop", "index": block }));
        let output = self.usage.map_or(0, |usage| usage.completion_tokens);
        let delta = json!({
            "type": "message_delta",
            "delta": { "stop_reason": "max_tokens", "stop_sequence": null },
            "usage": { "output_tokens": output },
        });
        stops.chain([delta, json!({ "type": "message_stop" })])
    }

    /// Ends all texts.
    fn flush(&mut self) -> Result<(), Stop> {
        for (block, _) in self.gate.open_texts() {
            self.flush_block(block)?;
        }
        Ok(())
    }

    /// Ends the texts of a block and sends what they held back.
    fn flush_block(&mut self, block: u64) -> Result<(), Stop> {
        let keys = self.gate.open_texts();
        for key in keys.into_iter().filter(|key| key.0 == block) {
            let release = self.gate.end(&key)?;
            if !release.is_empty() {
                self.send(&MessagesEvent::release(block, &key.1, &release));
            }
        }
        Ok(())
    }

    fn pass(&mut self, event: &MessagesEvent, unchanged: Option<&str>) {
        match unchanged {
            // Strictly parsed and fully inspected: the bytes go on as they came.
            Some(data) => sse::encode_named(event.kind(), data, &mut self.out),
            None => self.send(event.body()),
        }
    }

    fn send(&mut self, event: &Value) {
        let kind = event.get("type").and_then(Value::as_str);
        sse::encode_named(kind.unwrap_or_default(), &event.to_string(), &mut self.out);
    }
}

fn failed(why: &str) -> Stop {
    Stop::Failed(DialectError::whole(ErrorCode::UpstreamFailed, why))
}
