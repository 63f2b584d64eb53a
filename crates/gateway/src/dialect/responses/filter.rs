//! The filter of a stream of response events.
//!
//! The dialect says every text several times: in pieces, and whole at the end of the text, of its
//! part, of its item and of the response. Pieces stream through inspectors; whatever is whole is
//! inspected whole and edited in place, by the same policy. A tool call is kept until its item is
//! done, and is told then from its beginning; what the end of the response says of it is replaced by
//! what was released.

use std::collections::BTreeMap;

use seawall_base::ErrorCode;
use seawall_guard::{Action, Inspection};
use seawall_llm::responses::{ResponsesEvent, TextKey};
use seawall_llm::{DialectError, Leaf, Usage, sse};
use serde_json::{Value, json};

use super::{item_of, shown, stored};
use crate::dialect::{Ending, Filter, FilterOptions};
use crate::gate::{Gate, Judged};
use crate::held::{Closed, Held, Stop};
use crate::inspect::Texts;
use crate::watch::Watch;

/// The filter of one stream.
pub(crate) struct ResponsesFilter {
    gate: Gate<TextKey>,
    options: FilterOptions,
    /// Items of tool calls as they were released.
    released: BTreeMap<u64, Value>,
    /// Ends of tool calls that wait for a person.
    waiting: BTreeMap<u64, ResponsesEvent>,
    /// The response as its end at the limit would say it.
    incomplete: Option<Value>,
    usage: Option<Usage>,
    out: Vec<u8>,
}

impl Filter for ResponsesFilter {
    fn event(&mut self, event: &sse::Event) -> Result<Option<Held>, Stop> {
        let mut read =
            ResponsesEvent::parse(&event.data, &self.options.json).map_err(Stop::Failed)?;
        if !event.name.is_empty() && event.name != read.kind() {
            return Err(failed("An event of the upstream has two names."));
        }
        if read.is_error() {
            // Its words are about the upstream's own troubles.
            return Err(failed("The upstream broke off with an error."));
        }
        self.usage = read.usage().or(self.usage);
        if self.gate.is_open() {
            self.remember(&read);
            self.pass(&read, Some(&event.data));
            return Ok(None);
        }
        if read.open_call().is_some() {
            // Told again, from the end of the item, once the call may go out.
            self.gate.keep(event.data.len())?;
            return Ok(None);
        }
        let changed = read.drop_echoes();
        if read.text().is_some() {
            return self.piece(read, changed, &event.data);
        }
        if let Some(key) = read.finished() {
            let release = self.gate.end(&key)?;
            self.tell(&read, key, &release);
        }
        self.whole(read, changed, &event.data)
    }

    fn release(&mut self, held: Held, approved: Vec<String>) {
        let (group, then) = held.approved(approved);
        for closed in group {
            if let Some(mut event) = self.waiting.remove(&closed.choice) {
                event.set_arguments(&closed.call.arguments);
                self.emit_call(closed.choice, &event);
            }
        }
        self.out.extend_from_slice(&then);
    }

    fn last_events(&self, ending: &Ending<'_>) -> Vec<sse::Event> {
        let last = self.incomplete.clone().unwrap_or_else(|| {
            let details = json!({ "reason": "max_output_tokens" });
            json!({ "type": "response.incomplete", "response": {
                "id": ending.id, "object": "response", "created_at": ending.created,
                "status": "incomplete", "incomplete_details": details,
                "model": ending.model, "output": [],
            }})
        });
        vec![sse::Event {
            name: String::new(),
            data: last.to_string(),
        }]
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

impl ResponsesFilter {
    pub(crate) fn new(options: FilterOptions) -> Self {
        Self {
            gate: Gate::new(options.watch.clone(), options.call_bytes_max),
            options,
            released: BTreeMap::new(),
            waiting: BTreeMap::new(),
            incomplete: None,
            usage: None,
            out: Vec::new(),
        }
    }

    /// Keeps how the response would end at its limit.
    fn remember(&mut self, event: &ResponsesEvent) {
        if self.incomplete.is_none() {
            self.incomplete = event.incomplete();
        }
    }

    /// Takes a piece of a text.
    fn piece(
        &mut self,
        mut event: ResponsesEvent,
        mut changed: bool,
        data: &str,
    ) -> Result<Option<Held>, Stop> {
        self.gate.rest(|sink| event.visit_rest(sink))?;
        let mut cut = None;
        if let Some((key, role, text)) = event.text() {
            let step = self.gate.push(&key, role, text)?;
            cut = step.cut.then_some(key);
            changed |= step.release != *text;
            *text = step.release;
        }
        if !(changed && event.is_hollow()) {
            self.pass(&event, (!changed).then_some(data));
        }
        if cut.is_none() {
            return Ok(None);
        }
        // What other texts still hold back was not judged, so it stays here.
        if let Some(last) = self.incomplete.take() {
            self.send("response.incomplete", &last);
        }
        Err(Stop::Cut)
    }

    /// Takes an event that says something whole: inspected, edited, passed on.
    fn whole(
        &mut self,
        mut event: ResponsesEvent,
        mut changed: bool,
        data: &str,
    ) -> Result<Option<Held>, Stop> {
        for (position, item) in &self.released {
            let place = format!("/response/output/{position}");
            changed |= event.body().pointer(&place).is_some();
            event.replace_item(*position, item);
        }
        if event.is_last() {
            self.flush()?;
        }
        let call = event.closed_call();
        let (inspection, held, edited) = self.inspect(&mut event)?;
        changed |= edited;
        if inspection.verdict == Action::Hold && (!held || call.is_none()) {
            // A hold on something that is not a tool call has nobody to wait for.
            return Err(Stop::Blocked(inspection));
        }
        if let Some((position, _)) = call {
            return Ok(self.end_call(position, event, inspection));
        }
        self.gate.note(inspection);
        self.remember(&event);
        self.pass(&event, (!changed).then_some(data));
        Ok(None)
    }

    /// Sends a tool call that is whole, or keeps it for a person.
    fn end_call(
        &mut self,
        position: u64,
        event: ResponsesEvent,
        inspection: Inspection,
    ) -> Option<Held> {
        if inspection.verdict != Action::Hold {
            self.gate.note(inspection);
            self.emit_call(position, &event);
            return None;
        }
        let (_, call) = event.closed_call()?;
        self.waiting.insert(position, event);
        Some(Held::new(Judged {
            inspection,
            group: vec![Closed {
                choice: position,
                index: None,
                call,
            }],
            held: vec![0],
        }))
    }

    /// Inspects all of an event and applies what is to be redacted. Says whether what is to be held is
    /// the item of the event, and whether the event was changed.
    fn inspect(&self, event: &mut ResponsesEvent) -> Result<(Inspection, bool, bool), Stop> {
        let Some(watch) = &self.options.watch else {
            return Ok((Inspection::default(), false, false));
        };
        let before = event.clone();
        let seen = Self::texts(watch, &before, &self.released);
        let inspection = seen.inspect_answer(watch);
        if inspection.verdict == Action::Block {
            return Err(Stop::Blocked(inspection));
        }
        let held = seen
            .paths(&inspection, Action::Hold)
            .all(|path| item_of(path) == Some("/item"));
        let edits = seen.edits(&inspection);
        let changed = !edits.is_empty();
        for edit in edits {
            let (path, place) = stored(before.body(), &edit.path, edit.place);
            if event.edit(&path, place, edit.text).is_err() {
                return Err(Stop::Blocked(inspection));
            }
        }
        if changed {
            let again = Self::texts(watch, event, &self.released).inspect_answer(watch);
            if !again.redactions.is_empty() || again.verdict > inspection.verdict {
                return Err(Stop::Blocked(inspection));
            }
        }
        Ok((inspection, held, changed))
    }

    /// The texts of an event but those of calls that were released: they stand in it as released.
    fn texts<'a>(
        watch: &Watch,
        event: &'a ResponsesEvent,
        released: &BTreeMap<u64, Value>,
    ) -> Texts<'a> {
        let mut texts = Texts::default();
        let mut add = |leaf: Leaf<'_, 'a>| texts.add(watch.channel(&leaf), leaf);
        event.visit_rest(&mut |leaf| {
            let position = leaf.path.strip_prefix("/response/output/");
            let position = position.and_then(|rest| rest.split('/').next()?.parse::<u64>().ok());
            if position.is_none_or(|position| !released.contains_key(&position)) {
                shown(event.body(), leaf, &mut add);
            }
        });
        texts
    }

    /// Tells a call that may go out, from its beginning.
    fn emit_call(&mut self, position: u64, event: &ResponsesEvent) {
        if let Some(item) = event.body().get("item") {
            self.released.insert(position, item.clone());
        }
        for told in event.call_events() {
            let kind = told.get("type").and_then(Value::as_str).unwrap_or_default();
            sse::encode_named(kind, &told.to_string(), &mut self.out);
        }
        self.send(event.kind(), event.body());
    }

    /// Ends the texts that the upstream forgot to end.
    fn flush(&mut self) -> Result<(), Stop> {
        for key in self.gate.open_texts() {
            let release = self.gate.end(&key)?;
            if !release.is_empty() {
                let kind = format!("response.{}.delta", key.kind);
                let told = json!({"type": kind, "output_index": key.item,
                    "content_index": key.part, "delta": release});
                self.send(&kind, &told);
            }
        }
        Ok(())
    }

    /// Sends what a text held back, before the event that ends it.
    fn tell(&mut self, event: &ResponsesEvent, key: TextKey, release: &str) {
        if !release.is_empty() {
            let told = event.release(key, release);
            self.send(&format!("response.{}.delta", key.kind), &told);
        }
    }

    fn pass(&mut self, event: &ResponsesEvent, unchanged: Option<&str>) {
        match unchanged {
            // Strictly parsed and fully inspected: the bytes go on as they came.
            Some(data) => sse::encode_named(event.kind(), data, &mut self.out),
            None => self.send(event.kind(), event.body()),
        }
    }

    fn send(&mut self, kind: &str, event: &Value) {
        sse::encode_named(kind, &event.to_string(), &mut self.out);
    }
}

fn failed(why: &str) -> Stop {
    Stop::Failed(DialectError::whole(ErrorCode::UpstreamFailed, why))
}
