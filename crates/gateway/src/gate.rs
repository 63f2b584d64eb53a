//! What the filters of all dialects share: an inspector for each text that streams, the memory of what
//! was seen around the texts, tool calls that are judged once they are whole.

use std::collections::BTreeMap;

use seawall_base::ErrorCode;
use seawall_guard::{Action, Channel, Inspection, StreamInspector, StreamStep};
use seawall_llm::{DialectError, Leaf, Place, TextRole};

use crate::held::{Closed, Stop, inspect_group};
use crate::inspect::{Texts, response_channel};
use crate::watch::Watch;

/// The guard of one stream whose texts are known by keys. Without a guard everything passes.
pub(crate) struct Gate<K> {
    watch: Option<Watch>,
    texts: BTreeMap<K, StreamInspector>,
    /// What was last seen at a path outside the texts, so that it is inspected once.
    seen: BTreeMap<String, String>,
    noted: Vec<Inspection>,
    call_bytes: usize,
    call_bytes_max: usize,
}

/// What became of a piece of text.
#[derive(Debug)]
pub(crate) struct Passed {
    /// What may go out.
    pub(crate) release: String,
    /// The text repeats itself, and the answer is to end here.
    pub(crate) cut: bool,
}

/// Tool calls that have ended and may go out, now or once a person agrees.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) inspection: Inspection,
    pub(crate) group: Vec<Closed>,
    /// Positions in the group that wait for a person.
    pub(crate) held: Vec<usize>,
}

/// Paths outside the texts that are remembered.
const SEEN_MAX: usize = 64;
/// What a tool call costs beside its texts.
const CALL_BYTES: usize = 64;

impl<K: Clone + Ord> Gate<K> {
    pub(crate) const fn new(watch: Option<Watch>, call_bytes_max: usize) -> Self {
        Self {
            watch,
            texts: BTreeMap::new(),
            seen: BTreeMap::new(),
            noted: Vec::new(),
            call_bytes: 0,
            call_bytes_max,
        }
    }

    /// Whether everything passes.
    pub(crate) const fn is_open(&self) -> bool {
        self.watch.is_none()
    }

    /// Takes a piece of a text.
    pub(crate) fn push(&mut self, key: &K, role: TextRole, piece: &str) -> Result<Passed, Stop> {
        let Some(watch) = &self.watch else {
            return Ok(Passed {
                release: piece.to_owned(),
                cut: false,
            });
        };
        if let Some(inspector) = self.texts.get_mut(key) {
            return passed(inspector.push(piece));
        }
        let channel = response_channel(role).unwrap_or(Channel::Output);
        let inspector = self.texts.entry(key.clone());
        passed(
            inspector
                .or_insert_with(|| watch.stream(channel))
                .push(piece),
        )
    }

    /// Takes the last piece of a text.
    pub(crate) fn push_last(
        &mut self,
        key: &K,
        role: TextRole,
        piece: &str,
    ) -> Result<Passed, Stop> {
        let mut step = self.push(key, role, piece)?;
        step.release.push_str(&self.end(key)?);
        Ok(step)
    }

    /// Takes a piece of a text that has begun; none where it has not.
    pub(crate) fn push_on(&mut self, key: &K, piece: &str) -> Option<Result<Passed, Stop>> {
        Some(passed(self.texts.get_mut(key)?.push(piece)))
    }

    /// Ends a text, and returns what it held back.
    pub(crate) fn end(&mut self, key: &K) -> Result<String, Stop> {
        let Some(mut inspector) = self.texts.remove(key) else {
            return Ok(String::new());
        };
        let last = passed(inspector.finish())?;
        if inspector.inspection().verdict > Action::Allow {
            self.noted.push(inspector.inspection().clone());
        }
        Ok(last.release)
    }

    /// The texts that have not ended.
    pub(crate) fn open_texts(&self) -> Vec<K> {
        self.texts.keys().cloned().collect()
    }

    /// Inspects what stands outside the texts, where it differs from what stood there before.
    pub(crate) fn rest<'a>(
        &mut self,
        visit: impl FnOnce(&mut dyn FnMut(Leaf<'_, 'a>)),
    ) -> Result<(), Stop> {
        let Some(watch) = &self.watch else {
            return Ok(());
        };
        let mut fresh = Texts::default();
        let seen = &mut self.seen;
        visit(&mut |leaf| {
            if leaf.role != TextRole::Protocol && is_fresh(seen, &leaf) {
                fresh.add(watch.channel(&leaf), leaf);
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

    /// Counts what is kept of a tool call until it is whole.
    pub(crate) fn keep(&mut self, bytes: usize) -> Result<(), Stop> {
        self.call_bytes = self
            .call_bytes
            .saturating_add(bytes)
            .saturating_add(CALL_BYTES);
        if self.call_bytes > self.call_bytes_max {
            return Err(Stop::Failed(DialectError::whole(
                ErrorCode::UpstreamFailed,
                "The tool calls of the answer are larger than the limit.",
            )));
        }
        Ok(())
    }

    /// Judges tool calls that are whole.
    pub(crate) fn calls(&mut self, mut group: Vec<Closed>) -> Result<Judged, Stop> {
        let Some(watch) = &self.watch else {
            return Ok(Judged {
                inspection: Inspection::default(),
                group,
                held: Vec::new(),
            });
        };
        let (inspection, held) = inspect_group(watch, &mut group)?;
        if inspection.verdict < Action::Hold {
            self.note(inspection.clone());
        }
        Ok(Judged {
            inspection,
            group,
            held,
        })
    }

    /// Keeps an inspection that let text pass, if it saw something.
    pub(crate) fn note(&mut self, inspection: Inspection) {
        if inspection.verdict > Action::Allow {
            self.noted.push(inspection);
        }
    }

    /// What was noted since the last call.
    pub(crate) fn take_noted(&mut self) -> Vec<Inspection> {
        std::mem::take(&mut self.noted)
    }
}

impl Judged {
    /// Whether a person has to decide.
    pub(crate) fn waits(&self) -> bool {
        self.inspection.verdict >= Action::Hold
    }
}

fn passed(step: StreamStep) -> Result<Passed, Stop> {
    match step.stop {
        Some(inspection) => Err(Stop::Blocked(inspection)),
        None => Ok(Passed {
            release: step.release,
            cut: step.cut,
        }),
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
            // Bounded by the paths of one event; an endless variety of paths stops being kept.
            if seen.len() < SEEN_MAX {
                seen.insert(leaf.path.to_owned(), leaf.text.clone().into_owned());
            }
            true
        }
    }
}
