//! What of a stream is inspected as a whole: texts that are gathered, and the record at the end.

use seawall_base::OnError;

use super::{StreamInspector, StreamStep};
use crate::channel::Segment;
use crate::detectors::LOOKBACK;
use crate::verdict::Action;

/// Text kept for the inspection at the end; longer texts are inspected in parts.
const WHOLE_MAX: usize = 256 << 10;

impl StreamInspector {
    pub(super) fn gather(&mut self, piece: &str) -> StreamStep {
        let most = self.guard.compiled().policy.limits.gathered_bytes_max;
        if self.pending.len() + piece.len() <= most {
            self.pending.push_str(piece);
            return StreamStep::default();
        }
        self.inspection.limits_hit.push("gathered-bytes");
        match self.guard.compiled().policy.on_error {
            OnError::Deny => self.stop(String::new()),
            OnError::Allow => {
                self.gather = false;
                let release = std::mem::take(&mut self.pending) + piece;
                StreamStep {
                    release,
                    ..StreamStep::default()
                }
            }
        }
    }

    pub(super) fn finish_gathered(&mut self) -> StreamStep {
        let text = std::mem::take(&mut self.pending);
        let segment = Segment {
            channel: self.channel,
            path: "",
            text: &text,
        };
        let inspection = self.guard.inspect_in(self.flow.as_ref(), &[segment]);
        self.inspection = inspection;
        if self.inspection.verdict > Action::Redact {
            self.stopped = true;
            return StreamStep {
                stop: Some(self.inspection.clone()),
                ..StreamStep::default()
            };
        }
        StreamStep {
            release: self.inspection.redacted(0, &text),
            ..StreamStep::default()
        }
    }

    pub(super) fn remember(&mut self, piece: &str) {
        self.whole.push_str(piece);
        if self.whole.len() > WHOLE_MAX {
            self.inspect_whole();
            let from = self
                .whole
                .ceil_char_boundary(self.whole.len().saturating_sub(LOOKBACK));
            self.whole.drain(..from);
        }
    }

    /// What the detectors that need a whole text say; it can only be recorded.
    pub(super) fn inspect_whole(&mut self) {
        if self.whole.is_empty() {
            return;
        }
        let segment = Segment {
            channel: self.channel,
            path: "",
            text: &self.whole,
        };
        let inspection = self.guard.inspect_in(self.flow.as_ref(), &[segment]);
        self.inspection.verdict = self.inspection.verdict.max(inspection.verdict);
        self.inspection.score = self.inspection.score.max(inspection.score);
        self.inspection.detections.extend(inspection.detections);
        for limit in inspection.limits_hit {
            if !self.inspection.limits_hit.contains(&limit) {
                self.inspection.limits_hit.push(limit);
            }
        }
    }
}
