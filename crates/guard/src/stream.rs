//! Inspection of a text that arrives in pieces: what can still become a match is held back.
//!
//! The text is cut where no match can lie across ([`cuts`]); what lies before the last cut is
//! inspected with a little of what went before it, and released. Where a detector may act that needs
//! the whole text (tool calls, or by policy), all of it is gathered to a limit instead.

mod automaton;
mod cuts;
#[cfg(test)]
mod tests;
mod whole;

use std::sync::Arc;

use seawall_base::OnError;

pub(crate) use self::automaton::Automaton;
use self::cuts::Cuts;
use crate::channel::Channel;
use crate::detectors::{LOOKBACK, REPETITION};
use crate::engine::{Guard, Input, StreamHit};
use crate::flow::{Flow, Repeats};
use crate::verdict::{Action, Detection, Inspection};

/// Inspects one text (one choice's content, one tool call's arguments, one reasoning trace) as it
/// streams. Owns a handle on its guard, so it can live in a task.
#[derive(Debug)]
pub struct StreamInspector {
    guard: Guard,
    flow: Option<Flow>,
    automaton: Arc<Automaton>,
    channel: Channel,
    gather: bool,
    cuts: Cuts,
    /// Follows repetition; none where the policy does not cut it.
    repeats: Option<Repeats>,
    /// Released text that detectors may look back to.
    context: String,
    /// Text that is not released.
    pending: String,
    /// Stream offset where `pending` begins.
    base: usize,
    /// The places to which the text could be released so far, beyond `base`.
    places: Vec<usize>,
    /// The text for the inspection as a whole, and its stream offset.
    whole: String,
    inspection: Inspection,
    stopped: bool,
}

/// The detector whose prose is followed word by word.
const ECHO: &str = "echoed-instructions";

/// What may go on to the client after one push.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamStep {
    /// Text that can no longer become part of a match, with redactions applied.
    pub release: String,
    /// Set when the stream must stop; nothing is released any more after that.
    pub stop: Option<Inspection>,
    /// The text repeats itself: this was its last piece, and the answer ends here in good order.
    pub cut: bool,
}

impl StreamInspector {
    pub(crate) fn new(guard: Guard, channel: Channel, flow: Option<Flow>) -> Self {
        let compiled = guard.compiled();
        let codes = flow.as_ref().and_then(|flow| {
            let codes = flow.codes(compiled.canaries.forms());
            codes.automaton.clone()
        });
        let operator = flow
            .as_ref()
            .filter(|_| compiled.acts_on(ECHO, channel))
            .map(Flow::operator)
            .filter(|operator| !operator.is_short());
        let repeats = compiled
            .acts_on(REPETITION, channel)
            .then(|| Repeats::new(compiled.policy.limits.repeated_bytes_max));
        Self {
            automaton: codes.unwrap_or_else(|| Arc::clone(&compiled.automaton)),
            gather: !compiled.can_stream(channel),
            cuts: Cuts::new(operator.cloned()),
            repeats,
            guard,
            flow,
            channel,
            context: String::new(),
            pending: String::new(),
            base: 0,
            places: Vec::new(),
            whole: String::new(),
            inspection: Inspection::default(),
            stopped: false,
        }
    }

    /// Takes the next piece and says what may go on.
    pub fn push(&mut self, piece: &str) -> StreamStep {
        if self.stopped {
            return StreamStep::default();
        }
        let most = self
            .repeats
            .as_mut()
            .and_then(|repeats| repeats.push(piece));
        let Some(most) = most else {
            return self.take(piece);
        };
        let mut step = self.take(piece.get(..most).unwrap_or_default());
        if step.stop.is_none() {
            let last = self.finish();
            step.release.push_str(&last.release);
            step.stop = last.stop;
            step.cut = step.stop.is_none();
            self.note(REPETITION, "spend-limit", Action::Redact);
        }
        step
    }

    fn take(&mut self, piece: &str) -> StreamStep {
        if self.gather {
            return self.gather(piece);
        }
        let mut limit = None;
        let mut taken = 0;
        for character in piece.chars() {
            let hold = self.cuts.step(&self.automaton, character);
            taken += character.len_utf8();
            if self.places.last() != Some(&hold) {
                self.places.push(hold);
            }
            let end = self.base + self.pending.len() + taken;
            if self.cuts.echo_found().is_some() {
                break;
            }
            if end.saturating_sub(hold) > self.guard.compiled().policy.limits.held_bytes_max {
                limit = Some(hold);
                break;
            }
        }
        self.pending
            .push_str(piece.get(..taken).unwrap_or_default());
        self.remember(piece.get(..taken).unwrap_or_default());
        let hold = self.places.last().copied().unwrap_or(self.base);
        let step = self.release_to(hold);
        if self.cuts.echo_found().is_some() && step.stop.is_none() {
            return self.stop_echo(step.release);
        }
        match limit {
            Some(_) if step.stop.is_none() => {
                self.overflow(step, piece.get(taken..).unwrap_or_default())
            }
            _ => step,
        }
    }

    /// Ends the text: what was held back is released or the stream stops.
    pub fn finish(&mut self) -> StreamStep {
        if self.stopped {
            return StreamStep::default();
        }
        let step = if self.gather {
            self.finish_gathered()
        } else {
            // The last run ends with the text.
            let end = self.base + self.pending.len();
            self.cuts.step(&self.automaton, '\n');
            if self.cuts.echo_found().is_some() {
                let hold = self.places.last().copied().unwrap_or(self.base);
                let step = self.release_to(hold);
                return match step.stop {
                    Some(_) => step,
                    None => self.stop_echo(step.release),
                };
            }
            if self.places.last() != Some(&end) {
                self.places.push(end);
            }
            self.release_to(end)
        };
        if step.stop.is_none() {
            self.inspect_whole();
            self.stopped = true;
        }
        step
    }

    /// Everything seen so far: complete when the stream has finished or stopped. Offsets are those
    /// of the text inspected last when the stream is longer than a quarter of a mebibyte.
    #[must_use]
    pub const fn inspection(&self) -> &Inspection {
        &self.inspection
    }

    /// Bytes that wait to be released.
    #[must_use]
    pub const fn held_bytes(&self) -> usize {
        self.pending.len()
    }

    /// Inspects and releases up to a cut.
    fn release_to(&mut self, cut: usize) -> StreamStep {
        let length = cut.saturating_sub(self.base).min(self.pending.len());
        if length == 0 {
            return StreamStep::default();
        }
        let context = tail(&self.context);
        let hits = if self.cuts.interesting_after(self.base) {
            let text = format!(
                "{}{}",
                context,
                self.pending.get(..length).unwrap_or_default()
            );
            self.guard.compiled().stream_hits(&Input {
                channel: self.channel,
                path: "",
                text: &text,
                flow: self.flow.as_ref(),
                tool: "",
            })
        } else {
            Vec::new()
        };
        let lead = context.len();
        let fresh: Vec<&StreamHit> = hits.iter().filter(|hit| hit.span.end > lead).collect();
        let stop = fresh.iter().find(|hit| hit.action > Action::Redact);
        let Some(stop) = stop else {
            let release = redacted(self.pending.get(..length).unwrap_or_default(), lead, &fresh);
            self.advance(length);
            return StreamStep {
                release,
                ..StreamStep::default()
            };
        };
        let begin = self.base + stop.span.start.saturating_sub(lead);
        let end = self.base + stop.span.end.saturating_sub(lead);
        let safe = self
            .places
            .iter()
            .copied()
            .filter(|place| *place <= begin)
            .max()
            .unwrap_or(self.base);
        let safe = safe.saturating_sub(self.base).min(length);
        let before: Vec<&StreamHit> = fresh
            .into_iter()
            .filter(|hit| hit.span.end <= lead + safe)
            .collect();
        let release = redacted(self.pending.get(..safe).unwrap_or_default(), lead, &before);
        let unseen = self.base + self.pending.len() - end.min(self.base + self.pending.len());
        let kept = self
            .whole
            .floor_char_boundary(self.whole.len().saturating_sub(unseen));
        self.whole.truncate(kept);
        self.stop(release)
    }

    fn stop(&mut self, release: String) -> StreamStep {
        self.inspect_whole();
        self.inspection.verdict = self.inspection.verdict.max(Action::Block);
        self.stopped = true;
        self.pending.clear();
        StreamStep {
            release,
            stop: Some(self.inspection.clone()),
            cut: false,
        }
    }

    /// Stops because the text repeats the operator's.
    fn stop_echo(&mut self, release: String) -> StreamStep {
        let mut step = self.stop(release);
        self.note(ECHO, self.channel.control(), Action::Block);
        step.stop = Some(self.inspection.clone());
        step
    }

    /// Makes sure that the inspection names the detector that ended the text.
    fn note(&mut self, detector: &'static str, control: &'static str, action: Action) {
        let known = |detection: &Detection| detection.detector == detector;
        if self.inspection.detections.iter().any(known) {
            return;
        }
        let end = self.whole.len();
        self.inspection.verdict = self.inspection.verdict.max(action);
        self.inspection.detections.push(Detection {
            detector,
            control,
            segment: 0,
            spans: std::iter::once(self.whole.floor_char_boundary(end.saturating_sub(1))..end)
                .collect(),
            score: 1.0,
            action,
        });
    }

    fn advance(&mut self, length: usize) {
        let released = self.pending.get(..length).unwrap_or_default();
        self.context.push_str(released);
        if self.context.len() > 8 * LOOKBACK {
            let excess = self.context.chars().count().saturating_sub(LOOKBACK + 32);
            let from = self
                .context
                .char_indices()
                .nth(excess)
                .map_or(0, |(at, _)| at);
            self.context.drain(..from);
        }
        self.pending.drain(..length);
        self.base += length;
        let base = self.base;
        self.places.retain(|place| *place >= base);
    }

    /// More is held than may be: policy decides.
    fn overflow(&mut self, step: StreamStep, rest: &str) -> StreamStep {
        self.inspection.limits_hit.push("held-bytes");
        match self.guard.compiled().policy.on_error {
            OnError::Deny => self.stop(step.release),
            OnError::Allow => {
                let mut release = step.release;
                release.push_str(&self.pending);
                self.advance(self.pending.len());
                self.cuts = self.cuts.restarted();
                self.places.clear();
                self.base = 0;
                let next = self.take(rest);
                StreamStep {
                    release: release + &next.release,
                    ..next
                }
            }
        }
    }
}

/// As much of what was released as a detector may look back at, and the end of what precedes it.
fn tail(context: &str) -> &str {
    let from = context.char_indices().rev().nth(LOOKBACK + 31);
    from.map_or(context, |(at, _)| context.get(at..).unwrap_or_default())
}

/// Replaces the hits, which are sorted by place, in `text`; `lead` bytes of context precede it.
fn redacted(text: &str, lead: usize, hits: &[&StreamHit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for hit in hits {
        let (start, end) = (
            hit.span.start.saturating_sub(lead),
            hit.span.end.saturating_sub(lead),
        );
        if start >= done {
            out.push_str(text.get(done..start).unwrap_or_default());
            out.push_str(hit.label);
        }
        done = done.max(end);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}
