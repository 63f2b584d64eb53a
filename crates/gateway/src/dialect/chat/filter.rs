//! The filter of a stream of chat chunks.
//!
//! Each text of each choice (content, reasoning, refusal, whatever else a delta carries) streams
//! through an inspector of its own, which holds back what can still become a match. Tool calls are
//! kept until their choice ends: no client can act on half a call, and arguments are judged as the
//! document they are. Everything else in a chunk is inspected when it is new.

use std::collections::BTreeMap;

use seawall_guard::Inspection;
use seawall_llm::{Chunk, ToolCall, Usage, sse};
use serde_json::json;

use super::repeat::Repeat;
use crate::dialect::{Ending, Filter, FilterOptions};
use crate::gate::Gate;
use crate::held::{Closed, Held, Stop};

/// The choice, and the member of its delta.
type Key = (u64, String);

/// The filter of one stream.
pub(crate) struct ChatFilter {
    gate: Gate<Key>,
    options: FilterOptions,
    calls: BTreeMap<(u64, Option<u64>), ToolCall>,
    template: Option<Chunk>,
    repeat: Option<Repeat>,
    /// Frames in a row that had to be read in full.
    strange: u32,
    usage: Option<Usage>,
    /// A text repeats itself.
    cut: bool,
    out: Vec<u8>,
}

/// After so many frames in a row that had to be read in full, a stream is one that does not repeat.
const STRANGE_MAX: u32 = 16;

impl Filter for ChatFilter {
    fn event(&mut self, event: &sse::Event) -> Result<Option<Held>, Stop> {
        let data = event.data.as_str();
        if data == "[DONE]" {
            return self.finish();
        }
        if let Some(repeated) = self.repeated(data) {
            return repeated.map(|()| None);
        }
        self.event_in_full(data)
    }

    fn release(&mut self, held: Held, approved: Vec<String>) {
        let (group, then) = held.approved(approved);
        self.emit_calls(&group);
        self.out.extend_from_slice(&then);
    }

    fn last_events(&self, ending: &Ending<'_>) -> Vec<sse::Event> {
        let last = |choice: u64| {
            json!({
                "id": ending.id, "object": "chat.completion.chunk", "created": ending.created,
                "model": ending.model,
                "choices": [{"index": choice, "delta": {}, "finish_reason": "length"}],
            })
        };
        let ends = (0..ending.choices).map(|choice| last(choice).to_string());
        let ends = ends.chain(std::iter::once("[DONE]".to_owned()));
        let event = |data| sse::Event {
            data,
            ..sse::Event::default()
        };
        ends.map(event).collect()
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

impl ChatFilter {
    pub(crate) fn new(options: FilterOptions) -> Self {
        Self {
            gate: Gate::new(options.watch.clone(), options.call_bytes_max),
            options,
            calls: BTreeMap::new(),
            template: None,
            repeat: None,
            strange: 0,
            usage: None,
            cut: false,
            out: Vec::new(),
        }
    }

    /// Takes an event that differs from one before it in its text alone.
    fn repeated(&mut self, data: &str) -> Option<Result<(), Stop>> {
        let repeat = self.repeat.as_ref()?;
        let text = repeat.text(data)?;
        if self.gate.is_open() {
            self.strange = 0;
            sse::encode(data, &mut self.out);
            return Some(Ok(()));
        }
        let step = self.gate.push_on(&repeat.key, &text)?;
        self.strange = 0;
        let step = match step {
            Ok(step) => step,
            Err(stop) => return Some(Err(stop)),
        };
        if step.release == text {
            sse::encode(data, &mut self.out);
        } else if !(step.release.is_empty() && repeat.is_hollow) {
            sse::encode(&repeat.frame(&step.release), &mut self.out);
        }
        let ended = self.template.clone().filter(|_| step.cut);
        Some(match ended {
            Some(template) => self.end_early(&template).map(|_| ()),
            None => Ok(()),
        })
    }

    /// Keeps what the next frames may have in common with this one, which says nothing but a text.
    fn learn(&mut self, data: &str, chunk: &mut Chunk) {
        self.repeat = None;
        self.strange = self.strange.saturating_add(1);
        if self.strange > STRANGE_MAX {
            return;
        }
        let mut pieces = Vec::new();
        chunk.texts(|delta| {
            pieces.push((
                (delta.choice, delta.field.to_owned()),
                std::mem::take(delta.text),
            ));
        });
        let Ok([(key, text)]) = <[_; 1]>::try_from(pieces) else {
            return;
        };
        self.repeat = Repeat::learn(data, key, &text, chunk.is_hollow());
    }

    fn event_in_full(&mut self, data: &str) -> Result<Option<Held>, Stop> {
        let mut chunk = Chunk::parse(data, &self.options.json).map_err(Stop::Failed)?;
        self.usage = chunk.usage().or(self.usage);
        let mut changed = false;
        if !self.options.include_usage {
            if chunk.is_usage_only() {
                return Ok(None);
            }
            changed = chunk.strip_usage();
        }
        if self.gate.is_open() {
            // Without a guard only usage is read.
            self.emit(&chunk, (!changed).then_some(data));
            if !changed && self.strange <= STRANGE_MAX && chunk.usage().is_none() {
                self.learn(data, &mut chunk);
            }
            return Ok(None);
        }
        changed |= self.keep_calls(&mut chunk)?;
        self.gate.rest(|sink| chunk.visit_rest(sink))?;
        let finished = chunk.finished();
        let says_only_text = !changed && finished.is_empty() && chunk.usage().is_none();
        let is_worth_it = says_only_text && self.strange <= STRANGE_MAX;
        let mut before = is_worth_it.then(|| chunk.clone());
        changed |= self.inspect_texts(&mut chunk, &finished)?;
        if self.cut {
            self.emit(&chunk, None);
            return self.end_early(&chunk);
        }
        match &mut before {
            Some(before) => self.learn(data, before),
            None => self.repeat = None,
        }
        for choice in &finished {
            self.flush_texts(&chunk, *choice)?;
        }
        let held = self.close_calls(&chunk, |choice| finished.contains(&choice))?;
        if self.template.is_none() {
            self.template = Some(chunk.clone());
        }
        if changed && chunk.is_hollow() {
            return Ok(held);
        }
        let Some(mut held) = held else {
            self.emit(&chunk, (!changed).then_some(data));
            return Ok(None);
        };
        sse::encode(&chunk.body().to_string(), &mut held.then);
        Ok(Some(held))
    }

    /// Ends the stream in order: what is held back is released or blocked.
    fn finish(&mut self) -> Result<Option<Held>, Stop> {
        let Some(chunk) = self.template.clone().filter(|_| !self.gate.is_open()) else {
            sse::encode("[DONE]", &mut self.out);
            return Ok(None);
        };
        for choice in self.open_choices() {
            self.flush_texts(&chunk, choice)?;
        }
        let Some(mut held) = self.close_calls(&chunk, |_| true)? else {
            sse::encode("[DONE]", &mut self.out);
            return Ok(None);
        };
        sse::encode("[DONE]", &mut held.then);
        Ok(Some(held))
    }

    /// Ends an answer that repeats itself as one that reached its limit of tokens.
    fn end_early(&mut self, chunk: &Chunk) -> Result<Option<Held>, Stop> {
        for choice in self.open_choices() {
            self.flush_texts(chunk, choice)?;
            let mut frame = chunk.with_delta(choice, &json!({}));
            if let Some(reason) = frame.pointer_mut("/choices/0/finish_reason") {
                *reason = "length".into();
            }
            sse::encode(&frame.to_string(), &mut self.out);
        }
        sse::encode("[DONE]", &mut self.out);
        Err(Stop::Cut)
    }

    fn open_choices(&self) -> Vec<u64> {
        let texts = self.gate.open_texts();
        let mut choices: Vec<u64> = texts.into_iter().map(|(choice, _)| choice).collect();
        choices.dedup();
        choices
    }

    fn emit(&mut self, chunk: &Chunk, unchanged: Option<&str>) {
        match unchanged {
            // Strictly parsed and fully inspected: the bytes go on as they came.
            Some(data) => sse::encode(data, &mut self.out),
            None => sse::encode(&chunk.body().to_string(), &mut self.out),
        }
    }

    /// Takes pieces of tool calls out of the chunk. True when there were any.
    fn keep_calls(&mut self, chunk: &mut Chunk) -> Result<bool, Stop> {
        let pieces = chunk.take_tool_calls();
        let any = !pieces.is_empty();
        for delta in pieces {
            let piece = delta.piece;
            self.gate
                .keep(piece.id.len() + piece.name.len() + piece.arguments.len())?;
            let call = self.calls.entry((delta.choice, delta.index)).or_default();
            call.id.push_str(&piece.id);
            call.name.push_str(&piece.name);
            call.arguments.push_str(&piece.arguments);
        }
        Ok(any)
    }

    /// Runs every text piece through its inspector. True when a piece changed.
    fn inspect_texts(&mut self, chunk: &mut Chunk, finished: &[u64]) -> Result<bool, Stop> {
        let (mut changed, mut stopped) = (false, None);
        let (gate, cut) = (&mut self.gate, &mut self.cut);
        chunk.texts(|delta| {
            if stopped.is_some() {
                return;
            }
            let key = (delta.choice, delta.field.to_owned());
            let step = match finished.contains(&delta.choice) {
                true => gate.push_last(&key, delta.role, delta.text),
                false => gate.push(&key, delta.role, delta.text),
            };
            match step {
                Ok(step) => {
                    *cut |= step.cut;
                    changed |= step.release != *delta.text;
                    *delta.text = step.release;
                }
                Err(stop) => stopped = Some(stop),
            }
        });
        stopped.map_or(Ok(changed), Err)
    }

    /// Ends the texts of a choice and sends what they held back.
    fn flush_texts(&mut self, chunk: &Chunk, choice: u64) -> Result<(), Stop> {
        let keys = self.gate.open_texts();
        for key in keys.into_iter().filter(|key| key.0 == choice) {
            let release = self.gate.end(&key)?;
            if !release.is_empty() {
                let frame = chunk.with_delta(choice, &json!({ key.1: release }));
                sse::encode(&frame.to_string(), &mut self.out);
            }
        }
        Ok(())
    }

    /// Inspects the tool calls of the choices that end, and sends or holds them.
    fn close_calls(
        &mut self,
        chunk: &Chunk,
        ends: impl Fn(u64) -> bool,
    ) -> Result<Option<Held>, Stop> {
        if self.calls.is_empty() {
            return Ok(None);
        }
        if self.template.is_none() {
            self.template = Some(chunk.clone());
        }
        let all = std::mem::take(&mut self.calls);
        let (ended, open): (Vec<_>, Vec<_>) = all.into_iter().partition(|(key, _)| ends(key.0));
        self.calls = open.into_iter().collect();
        let closed = |((choice, index), call)| Closed {
            choice,
            index,
            call,
        };
        let group: Vec<_> = ended.into_iter().map(closed).collect();
        if group.is_empty() {
            return Ok(None);
        }
        let judged = self.gate.calls(group)?;
        if judged.waits() {
            return Ok(Some(Held::new(judged)));
        }
        self.emit_calls(&judged.group);
        Ok(None)
    }

    fn emit_calls(&mut self, group: &[Closed]) {
        let Some(template) = &self.template else {
            return;
        };
        for Closed {
            choice,
            index,
            call,
        } in group
        {
            let function = json!({ "name": call.name, "arguments": call.arguments });
            let delta = match index {
                Some(index) => json!({ "tool_calls": [
                    { "index": index, "id": call.id, "type": "function", "function": function }
                ]}),
                None => json!({ "function_call": function }),
            };
            let frame = template.with_delta(*choice, &delta);
            sse::encode(&frame.to_string(), &mut self.out);
        }
    }
}
