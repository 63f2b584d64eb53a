//! The filter of a stream: events in, bytes out, and nothing out that may still be blocked.
//!
//! Each text of each choice (content, reasoning, refusal, whatever else a delta carries) streams
//! through an inspector of its own, which holds back what can still become a match. Tool calls are
//! kept until their choice ends: no client can act on half a call, and arguments are judged as the
//! document they are. Everything else in a chunk is inspected when it is new.

use std::collections::BTreeMap;

use seawall_base::json::JsonLimits;
use seawall_guard::{Action, Inspection, StreamInspector, StreamStep};
use seawall_llm::{Chunk, DialectError, Leaf, Place, TextRole, ToolCall, Usage, sse};
use serde_json::json;

use crate::held::{Closed, Held, inspect_group};
use crate::inspect::{Texts, response_channel};
use crate::repeat::Repeat;
use crate::watch::Watch;

/// The filter of one stream. It knows no time and no network.
pub(crate) struct Filter {
    watch: Option<Watch>,
    options: FilterOptions,
    texts: BTreeMap<(u64, String), StreamInspector>,
    calls: BTreeMap<(u64, Option<u64>), ToolCall>,
    call_bytes: usize,
    /// What was last seen at a path outside the deltas, so that it is inspected once.
    seen: BTreeMap<String, String>,
    template: Option<Chunk>,
    repeat: Option<Repeat>,
    /// Frames in a row that had to be read in full.
    strange: u32,
    usage: Option<Usage>,
    noted: Vec<Inspection>,
    /// A text repeats itself.
    cut: bool,
    out: Vec<u8>,
}

/// What a filter is told.
#[derive(Clone, Debug)]
pub(crate) struct FilterOptions {
    /// Whether the client asked for the usage chunk.
    pub(crate) include_usage: bool,
    /// Bytes that tool calls may have.
    pub(crate) call_bytes_max: usize,
    pub(crate) json: JsonLimits,
}

/// Why a stream must end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The guard says so.
    Blocked(Inspection),
    /// The upstream sent what cannot be inspected.
    Failed(DialectError),
    /// The answer repeats itself: it was ended in good order and nothing follows.
    Cut,
}

impl Filter {
    pub(crate) fn new(watch: Option<Watch>, options: FilterOptions) -> Self {
        Self {
            watch,
            options,
            texts: BTreeMap::new(),
            calls: BTreeMap::new(),
            call_bytes: 0,
            seen: BTreeMap::new(),
            template: None,
            repeat: None,
            strange: 0,
            usage: None,
            noted: Vec::new(),
            cut: false,
            out: Vec::new(),
        }
    }

    /// What may be sent now.
    pub(crate) fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// Tells the client that the stream lives, where nothing else does. The upstream's own words for
    /// that were not inspected, so they stay here.
    pub(crate) fn keep_alive(&mut self) {
        if self.out.is_empty() {
            self.out.extend_from_slice(b": keep-alive\n\n");
        }
    }

    /// What the upstream reported.
    pub(crate) const fn usage(&self) -> Option<Usage> {
        self.usage
    }

    /// Inspections that let text pass and saw something in it.
    pub(crate) fn take_noted(&mut self) -> Vec<Inspection> {
        std::mem::take(&mut self.noted)
    }

    /// Takes the data of one event.
    pub(crate) fn event(&mut self, data: &str) -> Result<Option<Held>, Stop> {
        if let Some(repeated) = self.repeated(data) {
            return repeated.map(|()| None);
        }
        self.event_in_full(data)
    }

    /// Takes an event that differs from one before it in its text alone.
    fn repeated(&mut self, data: &str) -> Option<Result<(), Stop>> {
        let repeat = self.repeat.as_ref()?;
        let text = repeat.text(data)?;
        if self.watch.is_none() {
            self.strange = 0;
            sse::encode(data, &mut self.out);
            return Some(Ok(()));
        }
        let step = self.texts.get_mut(&repeat.key)?.push(&text);
        self.strange = 0;
        if let Some(inspection) = step.stop {
            return Some(Err(Stop::Blocked(inspection)));
        }
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
        let Some(watch) = self.watch.clone() else {
            // Without a guard only usage is read.
            self.emit(&chunk, (!changed).then_some(data));
            if !changed && self.strange <= STRANGE_MAX && chunk.usage().is_none() {
                self.learn(data, &mut chunk);
            }
            return Ok(None);
        };
        changed |= self.keep_calls(&mut chunk)?;
        self.inspect_rest(&watch, &chunk)?;
        let finished = chunk.finished();
        let says_only_text = !changed && finished.is_empty() && chunk.usage().is_none();
        let is_worth_it = says_only_text && self.strange <= STRANGE_MAX;
        let mut before = is_worth_it.then(|| chunk.clone());
        changed |= self.inspect_texts(&watch, &mut chunk, &finished)?;
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
        let held = self.close_calls(&watch, &chunk, |choice| finished.contains(&choice))?;
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
    pub(crate) fn finish(&mut self) -> Result<Option<Held>, Stop> {
        let (Some(watch), Some(chunk)) = (self.watch.clone(), self.template.clone()) else {
            sse::encode("[DONE]", &mut self.out);
            return Ok(None);
        };
        let mut choices: Vec<u64> = self.texts.keys().map(|(choice, _)| *choice).collect();
        choices.dedup();
        for choice in choices {
            self.flush_texts(&chunk, choice)?;
        }
        let held = self.close_calls(&watch, &chunk, |_| true)?;
        let Some(mut held) = held else {
            sse::encode("[DONE]", &mut self.out);
            return Ok(None);
        };
        sse::encode("[DONE]", &mut held.then);
        Ok(Some(held))
    }

    /// Ends an answer that repeats itself as one that reached its limit of tokens.
    fn end_early(&mut self, chunk: &Chunk) -> Result<Option<Held>, Stop> {
        let mut choices: Vec<u64> = self.texts.keys().map(|(choice, _)| *choice).collect();
        choices.dedup();
        for choice in choices {
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

    /// Releases held calls with the arguments that were approved.
    pub(crate) fn release(&mut self, held: Held, approved: Vec<String>) {
        let (group, then) = held.approved(approved);
        self.emit_calls(&group);
        self.out.extend_from_slice(&then);
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
            let bytes = piece.id.len() + piece.name.len() + piece.arguments.len();
            self.call_bytes = self.call_bytes.saturating_add(bytes).saturating_add(64);
            if self.call_bytes > self.options.call_bytes_max {
                return Err(Stop::Failed(DialectError::whole(
                    seawall_base::ErrorCode::UpstreamFailed,
                    "The tool calls of the answer are larger than the limit.",
                )));
            }
            let call = self.calls.entry((delta.choice, delta.index)).or_default();
            call.id.push_str(&piece.id);
            call.name.push_str(&piece.name);
            call.arguments.push_str(&piece.arguments);
        }
        Ok(any)
    }

    /// Inspects what stands outside the deltas, where it differs from what stood there before.
    fn inspect_rest(&mut self, watch: &Watch, chunk: &Chunk) -> Result<(), Stop> {
        let mut fresh = Texts::default();
        let seen = &mut self.seen;
        chunk.visit_rest(&mut |leaf| {
            if leaf.role != TextRole::Protocol && is_fresh(seen, &leaf) {
                fresh.add(response_channel(leaf.role), leaf);
            }
        });
        if fresh.is_empty() {
            return Ok(());
        }
        let inspection = fresh.inspect_answer(watch);
        if inspection.verdict >= Action::Redact {
            return Err(Stop::Blocked(inspection));
        }
        self.note(inspection);
        Ok(())
    }

    /// Runs every text piece through its inspector. True when a piece changed.
    fn inspect_texts(
        &mut self,
        watch: &Watch,
        chunk: &mut Chunk,
        finished: &[u64],
    ) -> Result<bool, Stop> {
        let (mut changed, mut stopped) = (false, None);
        let (texts, noted, cut) = (&mut self.texts, &mut self.noted, &mut self.cut);
        chunk.texts(|delta| {
            if stopped.is_some() {
                return;
            }
            let key = (delta.choice, delta.field.to_owned());
            let channel = response_channel(delta.role).unwrap_or(seawall_guard::Channel::Output);
            let inspector = texts
                .entry(key.clone())
                .or_insert_with(|| watch.stream(channel));
            let mut step = inspector.push(delta.text);
            if step.stop.is_none() && finished.contains(&delta.choice) {
                let last = inspector.finish();
                step.release.push_str(&last.release);
                step.stop = last.stop;
                note(noted, inspector);
                texts.remove(&key);
            }
            *cut |= step.cut;
            stopped = step.stop;
            changed |= step.release != *delta.text;
            *delta.text = step.release;
        });
        match stopped {
            Some(inspection) => Err(Stop::Blocked(inspection)),
            None => Ok(changed),
        }
    }

    /// Ends the texts of a choice and sends what they held back.
    fn flush_texts(&mut self, chunk: &Chunk, choice: u64) -> Result<(), Stop> {
        let keys: Vec<_> = self
            .texts
            .keys()
            .filter(|key| key.0 == choice)
            .cloned()
            .collect();
        for key in keys {
            let Some(mut inspector) = self.texts.remove(&key) else {
                continue;
            };
            let StreamStep { release, stop, .. } = inspector.finish();
            if let Some(inspection) = stop {
                return Err(Stop::Blocked(inspection));
            }
            note(&mut self.noted, &inspector);
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
        watch: &Watch,
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
        let mut group: Vec<_> = ended
            .into_iter()
            .map(|((choice, index), call)| Closed {
                choice,
                index,
                call,
            })
            .collect();
        if group.is_empty() {
            return Ok(None);
        }
        let (inspection, held) = inspect_group(watch, &mut group)?;
        if inspection.verdict < Action::Hold {
            self.note(inspection);
            self.emit_calls(&group);
            return Ok(None);
        }
        Ok(Some(Held {
            inspection,
            group,
            held,
            then: Vec::new(),
        }))
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

    fn note(&mut self, inspection: Inspection) {
        if inspection.verdict > Action::Allow {
            self.noted.push(inspection);
        }
    }
}

fn is_fresh(seen: &mut BTreeMap<String, String>, leaf: &Leaf<'_, '_>) -> bool {
    if leaf.place != Place::Value {
        return true;
    }
    match seen.get_mut(leaf.path) {
        Some(last) if *last == leaf.text => false,
        Some(last) => {
            last.clear();
            last.push_str(&leaf.text);
            true
        }
        None => {
            // Bounded by the paths of one chunk; an endless variety of paths stops being kept.
            if seen.len() < SEEN_MAX {
                seen.insert(leaf.path.to_owned(), leaf.text.clone().into_owned());
            }
            true
        }
    }
}

/// After so many frames in a row that had to be read in full, a stream is one that does not repeat.
const STRANGE_MAX: u32 = 16;

/// Paths outside the deltas that are remembered.
const SEEN_MAX: usize = 64;

fn note(noted: &mut Vec<Inspection>, inspector: &StreamInspector) {
    let inspection = inspector.inspection();
    if inspection.verdict > Action::Allow {
        noted.push(inspection.clone());
    }
}
