//! The compiled guard: canonicalise, detect, decide.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use seawall_base::{Digest, Hasher, OnError};

use crate::canonical::{Canonical, Origin, canonicalise, canonicalise_runs};
use crate::channel::{Channel, Segment};
use crate::decide::{Found, Table};
use crate::detectors::{Anchor, Canaries, DETECTORS, Scene, numbers};
use crate::flow::{Conversation, Flow, Recent};
use crate::language;
use crate::policy::{GuardPolicy, PolicyError};
use crate::rules::Rules;
use crate::stream::{Automaton, StreamInspector};
use crate::verdict::{Action, Detection, Inspection, Redaction};
use crate::weigh::CERTAIN_MIN;

/// A policy made ready to inspect messages. Cheap to clone, safe to share between threads.
#[derive(Clone, Debug)]
pub struct Guard {
    compiled: Arc<Compiled>,
}

/// What compiling a policy yields.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) policy: GuardPolicy,
    pub(crate) canaries: Canaries,
    rules: Rules,
    pub(crate) automaton: Arc<Automaton>,
    recent: Arc<Recent>,
    digest: Digest,
    table: Table,
    literals: AhoCorasick,
    /// For each pattern of `literals`: the detector and its literal.
    owners: Vec<(usize, usize)>,
}

/// One text to inspect, and what is known around it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input<'a> {
    pub(crate) channel: Channel,
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
    /// Where the conversation's texts came from, for an answer to it.
    pub(crate) flow: Option<&'a Flow>,
    /// The tool whose arguments the text is; empty where it is something else.
    pub(crate) tool: &'a str,
}

/// One text under inspection.
struct Subject<'a> {
    canonical: &'a Canonical<'a>,
    input: Input<'a>,
    only_streams: bool,
}

/// A hit in a text that streams, in the original text.
#[derive(Debug)]
pub(crate) struct StreamHit {
    pub(crate) span: Range<usize>,
    pub(crate) action: Action,
    pub(crate) label: &'static str,
}

/// What one text gave: detections with spans in the original, and the likelihood of an attack.
#[derive(Debug, Default)]
pub(crate) struct TextResult {
    pub(crate) score: f32,
    pub(crate) detections: Vec<Detection>,
    pub(crate) redactions: Vec<(Range<usize>, &'static str)>,
    pub(crate) limits_hit: Vec<&'static str>,
}

impl Guard {
    /// Checks a policy and compiles its patterns.
    ///
    /// # Errors
    /// When the policy names what does not exist or sets a value out of range.
    pub fn compile(policy: GuardPolicy) -> Result<Self, PolicyError> {
        policy.check()?;
        for entry in &policy.overrides {
            if !DETECTORS
                .iter()
                .any(|detector| detector.meta.id == entry.detector)
            {
                return Err(PolicyError::UnknownDetector(entry.detector.clone()));
            }
        }
        let owners: Vec<(usize, usize)> = DETECTORS
            .iter()
            .enumerate()
            .flat_map(|(detector, rule)| {
                (0..rule.literals.len()).map(move |literal| (detector, literal))
            })
            .collect();
        let literals = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(
                DETECTORS
                    .iter()
                    .flat_map(|detector| detector.literals.iter()),
            )
            .map_err(|_| PolicyError::Pattern("literals"))?;
        let canaries = Canaries::compile(&policy.canaries)?;
        let mut digest = Hasher::new();
        digest.update(policy.digest().as_bytes());
        for detector in DETECTORS {
            digest.update(detector.meta.id.as_bytes());
            digest.update(detector.meta.since.as_bytes());
        }
        digest.update(env!("CARGO_PKG_VERSION").as_bytes());
        Ok(Self {
            compiled: Arc::new(Compiled {
                automaton: Arc::new(Automaton::new(canaries.forms())),
                canaries,
                rules: Rules::compile(&policy.tool_rules)?,
                table: Table::new(&policy),
                policy,
                recent: Arc::default(),
                digest: digest.finish(),
                literals,
                owners,
            }),
        })
    }

    /// The digest of the policy and of the detectors' versions; it names the guard in evidence.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.compiled.digest
    }

    /// Inspects the texts of one message together, so that a payload split over them is seen.
    #[must_use]
    pub fn inspect(&self, segments: &[Segment<'_>]) -> Inspection {
        self.inspect_in(None, segments)
    }

    /// Remembers a conversation, to judge the answer by where its parts come from.
    #[must_use]
    pub fn follow(&self, conversation: Conversation) -> Flow {
        let compiled = &self.compiled;
        let recent = Arc::clone(&compiled.recent);
        Flow::new(conversation, compiled.policy.limits, recent)
    }

    /// Inspects the texts of an answer in the light of the conversation that it answers.
    #[must_use]
    pub fn inspect_answer(&self, flow: &Flow, segments: &[Segment<'_>]) -> Inspection {
        self.inspect_in(Some(flow), segments)
    }

    pub(crate) fn inspect_in(&self, flow: Option<&Flow>, segments: &[Segment<'_>]) -> Inspection {
        let limits = &self.compiled.policy.limits;
        let mut inspection = Inspection::default();
        let mut bytes = 0_usize;
        for (index, segment) in segments.iter().enumerate() {
            bytes = bytes.saturating_add(segment.text.len());
            let limit = match (bytes > limits.bytes_max, index >= limits.segments_max) {
                (true, _) => Some("bytes"),
                (_, true) => Some("segments"),
                _ => None,
            };
            if let Some(limit) = limit {
                inspection.limits_hit.push(limit);
                break;
            }
            let result = self.compiled.text(&Input {
                channel: segment.channel,
                path: segment.path,
                text: segment.text,
                flow,
                tool: tool_of(segments, index),
            });
            add(&mut inspection, index, result);
        }
        if segments.len() > 1 {
            crate::joined::inspect(&self.compiled, flow, segments, &mut inspection);
        }
        self.compiled.conclude(&mut inspection);
        inspection
    }

    /// Starts the inspection of one text that arrives in pieces.
    #[must_use]
    pub fn stream(&self, channel: Channel) -> StreamInspector {
        StreamInspector::new(self.clone(), channel, None)
    }

    /// The same for a text of an answer to `flow`.
    #[must_use]
    pub fn stream_answer(&self, flow: &Flow, channel: Channel) -> StreamInspector {
        StreamInspector::new(self.clone(), channel, Some(flow.clone()))
    }

    pub(crate) fn compiled(&self) -> &Compiled {
        &self.compiled
    }
}

/// The name of the tool whose arguments a segment is: it stands beside them.
fn tool_of<'a>(segments: &[Segment<'a>], index: usize) -> &'a str {
    let call = segments
        .get(index)
        .filter(|segment| segment.channel == Channel::ToolCall)
        .and_then(|segment| segment.path.strip_suffix("/arguments"));
    let Some(call) = call else {
        return "";
    };
    let near = index.saturating_sub(4)..(index + 5).min(segments.len());
    let name = segments.get(near).unwrap_or_default().iter().find(|other| {
        other.channel == Channel::ToolCall && other.path.strip_suffix("/name") == Some(call)
    });
    name.map_or("", |name| name.text)
}

/// Adds what one text gave to the inspection of the message.
pub(crate) fn add(inspection: &mut Inspection, segment: usize, result: TextResult) {
    inspection.score = inspection.score.max(result.score);
    inspection
        .detections
        .extend(result.detections.into_iter().map(|detection| Detection {
            segment,
            ..detection
        }));
    inspection.redactions.extend(
        result
            .redactions
            .into_iter()
            .map(|(span, label)| Redaction {
                segment,
                span,
                replacement: label.to_owned(),
            }),
    );
    for limit in result.limits_hit {
        if !inspection.limits_hit.contains(&limit) {
            inspection.limits_hit.push(limit);
        }
    }
}

impl Compiled {
    /// The strictest action of detections and limits.
    pub(crate) fn conclude(&self, inspection: &mut Inspection) {
        let strictest = inspection
            .detections
            .iter()
            .map(|detection| detection.action)
            .max()
            .unwrap_or_default();
        let limited = match (inspection.limits_hit.is_empty(), self.policy.on_error) {
            (true, _) => Action::Allow,
            (false, OnError::Deny) => Action::Block,
            (false, OnError::Allow) => Action::Flag,
        };
        inspection.verdict = strictest.max(limited);
    }

    /// What a certain hit means here.
    pub(crate) fn action(&self, detector: usize, channel: Channel) -> Action {
        self.table.action(detector, channel)
    }

    /// Inspects one text.
    pub(crate) fn text(&self, input: &Input<'_>) -> TextResult {
        let canonical = canonicalise(input.text, &self.policy.limits);
        let mut found = Vec::new();
        let subject = Subject {
            canonical: &canonical,
            input: *input,
            only_streams: false,
        };
        for (index, view) in canonical.views.iter().enumerate() {
            if view.origin != Origin::Step {
                self.view(&subject, index, &mut found);
            }
        }
        crate::weigh::weigh(self, &canonical, input.channel, &found)
    }

    /// Whether the policy changes or stops what this detector sees on `channel`.
    pub(crate) fn acts_on(&self, id: &str, channel: Channel) -> bool {
        let detector = DETECTORS.iter().position(|rule| rule.meta.id == id);
        detector.is_some_and(|detector| self.action(detector, channel) >= Action::Redact)
    }

    /// Whether a stream on this channel can hold back only what may become a match.
    pub(crate) fn can_stream(&self, channel: Channel) -> bool {
        channel != Channel::ToolCall
            && DETECTORS
                .iter()
                .enumerate()
                .all(|(index, rule)| rule.streams || self.action(index, channel) < Action::Redact)
    }

    /// The certain hits of the detectors that stream, each on its own, by place.
    pub(crate) fn stream_hits(&self, input: &Input<'_>) -> Vec<StreamHit> {
        let channel = input.channel;
        let canonical = canonicalise_runs(input.text, &self.policy.limits);
        let mut found = Vec::new();
        let subject = Subject {
            canonical: &canonical,
            input: *input,
            only_streams: true,
        };
        for (index, view) in canonical.views.iter().enumerate() {
            if view.origin != Origin::Step {
                self.view(&subject, index, &mut found);
            }
        }
        let mut hits: Vec<StreamHit> = found
            .into_iter()
            .filter(|found| found.hit.score >= CERTAIN_MIN)
            .map(|found| StreamHit {
                action: self.action(found.detector, channel),
                label: found.hit.label,
                span: canonical.original(found.view, found.hit.span),
            })
            .filter(|hit| hit.action >= Action::Redact)
            .collect();
        hits.sort_by_key(|hit| (hit.span.start, hit.span.end));
        hits
    }

    /// Runs every detector that may act on this channel over one view.
    fn view(&self, subject: &Subject<'_>, index: usize, found: &mut Vec<Found>) {
        let Subject {
            canonical,
            input,
            only_streams,
        } = *subject;
        let channel = input.channel;
        let Some(view) = canonical.views.get(index) else {
            return;
        };
        let mut anchors: Vec<Vec<Anchor>> = vec![Vec::new(); DETECTORS.len()];
        for hit in self.literals.find_overlapping_iter(view.text.as_ref()) {
            if let Some((detector, literal)) = self.owners.get(hit.pattern().as_usize())
                && let Some(list) = anchors.get_mut(*detector)
            {
                list.push(Anchor {
                    literal: *literal,
                    start: hit.start(),
                    end: hit.end(),
                });
            }
        }
        let numbers = numbers::numbers(view);
        let acts = if only_streams {
            Vec::new()
        } else {
            language::find(&view.tokens)
        };
        let (concern, ruled) = (OnceCell::new(), OnceCell::new());
        let mut hits = Vec::new();
        for (detector, (rule, anchors)) in DETECTORS.iter().zip(&anchors).enumerate() {
            if only_streams && !rule.streams || self.action(detector, channel) == Action::Allow {
                continue;
            }
            let scene = Scene {
                view,
                canonical,
                is_first: index == 0,
                channel,
                path: input.path,
                flow: input.flow,
                tool: input.tool,
                streaming: only_streams,
                anchors,
                acts: &acts,
                numbers: &numbers,
                concern: &concern,
                rules: &self.rules,
                ruled: &ruled,
                policy: &self.policy,
                canaries: &self.canaries,
            };
            (rule.check)(&scene, &mut hits);
            found.extend(hits.drain(..).map(|hit| Found {
                detector,
                view: index,
                hit,
            }));
        }
    }
}

/// Sorted and disjoint.
pub(crate) fn merged(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut out: Vec<Range<usize>> = Vec::with_capacity(spans.len());
    for span in spans {
        match out.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => out.push(span),
        }
    }
    out
}
