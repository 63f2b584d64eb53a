//! Turns what the detectors saw in the views of one text into detections and redactions.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::canonical::Canonical;
use crate::channel::Channel;
use crate::decide::{BIAS, Found, Likelihood, likelihood};
use crate::detectors::{DETECTORS, Hit};
use crate::engine::{Compiled, TextResult, merged};
use crate::verdict::{Action, Detection};

/// Weighs all hits in one text.
pub(crate) fn weigh(
    compiled: &Compiled,
    canonical: &Canonical<'_>,
    channel: Channel,
    found: &[Found],
) -> TextResult {
    let mut result = TextResult {
        limits_hit: canonical.limits_hit.clone(),
        ..TextResult::default()
    };
    let mut likelihoods = BTreeMap::new();
    for index in 0..canonical.views.len() {
        let hits: Vec<&Hit> = found
            .iter()
            .filter(|found| found.view == index && is_attack(found.detector))
            .map(|found| &found.hit)
            .collect();
        if index == 0 || !hits.is_empty() {
            let weighed = likelihood(canonical, index, &hits, BIAS);
            result.score = result.score.max(weighed.score);
            likelihoods.insert(index, weighed);
        }
    }
    let weighing = Weighing {
        compiled,
        canonical,
        channel,
        likelihoods,
    };
    for detector in 0..DETECTORS.len() {
        let hits: Vec<&Found> = found
            .iter()
            .filter(|found| found.detector == detector)
            .collect();
        if hits.is_empty() {
            continue;
        }
        if is_attack(detector) {
            result.detections.extend(weighing.attack(detector, &hits));
            continue;
        }
        let (certain, other): (Vec<&Found>, Vec<&Found>) = hits
            .into_iter()
            .partition(|found| found.hit.score >= CERTAIN_MIN);
        for hits in [certain, other] {
            let detection = weighing.content(detector, &hits, &mut result.redactions);
            result.detections.extend(detection);
        }
    }
    disjoint(&mut result.redactions);
    result
}

/// Puts redactions of several detectors in the order of the text; of two that overlap, the first
/// one's label stands for both.
fn disjoint(redactions: &mut Vec<(Range<usize>, &'static str)>) {
    redactions.sort_by_key(|(span, _)| (span.start, span.end));
    redactions.dedup_by(|(next, _), (last, _)| {
        let overlaps = next.start < last.end;
        if overlaps {
            last.end = last.end.max(next.end);
        }
        overlaps
    });
}

struct Weighing<'a> {
    compiled: &'a Compiled,
    canonical: &'a Canonical<'a>,
    channel: Channel,
    likelihoods: BTreeMap<usize, Likelihood>,
}

impl Weighing<'_> {
    /// A detector of attacks answers for the stretch that decided, if it added to it.
    fn attack(&self, detector: usize, hits: &[&Found]) -> Option<Detection> {
        let mut spans = Vec::new();
        let mut score = 0.0_f32;
        for found in hits {
            let Some(weighed) = self.likelihoods.get(&found.view) else {
                continue;
            };
            let span = &found.hit.span;
            let inside = span.start >= weighed.stretch.start && span.end <= weighed.stretch.end;
            if inside && found.hit.score >= CONTRIBUTION_MIN {
                score = score.max(weighed.score);
                spans.push(self.canonical.original(found.view, span.clone()));
            }
        }
        let threshold = self.compiled.policy.threshold;
        let action = match self.compiled.action(detector, self.channel) {
            action if score >= threshold => action,
            _ if score >= threshold * FLAG_SHARE => Action::Flag,
            _ => return None,
        };
        self.detection(detector, spans, score, action)
    }

    /// A detector of content answers for each hit.
    fn content(
        &self,
        detector: usize,
        hits: &[&Found],
        redactions: &mut Vec<(Range<usize>, &'static str)>,
    ) -> Option<Detection> {
        let score = hits.iter().map(|found| found.hit.score).fold(0.0, f32::max);
        let action = match self.compiled.action(detector, self.channel) {
            action if score >= CERTAIN_MIN => action,
            action => action.min(Action::Flag),
        };
        let mut spans = Vec::new();
        for found in hits {
            let span = self.canonical.original(found.view, found.hit.span.clone());
            if action == Action::Redact {
                redactions.push((span.clone(), found.hit.label));
            }
            spans.push(span);
        }
        self.detection(detector, spans, score, action)
    }

    fn detection(
        &self,
        detector: usize,
        spans: Vec<Range<usize>>,
        score: f32,
        action: Action,
    ) -> Option<Detection> {
        let rule = DETECTORS.get(detector)?;
        let control = match rule.meta.id {
            "tool-approval" => "tool-approval",
            "repetition" => "spend-limit",
            _ => self.channel.control(),
        };
        let mut spans = merged(spans);
        spans.truncate(self.compiled.policy.limits.hits_max);
        (!spans.is_empty()).then_some(Detection {
            detector: rule.meta.id,
            control,
            segment: 0,
            spans,
            score,
            action,
        })
    }
}

/// What adds less does not name its detector.
const CONTRIBUTION_MIN: f32 = 0.8;
/// From this share of the threshold on, an attack is recorded.
const FLAG_SHARE: f32 = 0.8;
/// Content that is less certain is only recorded.
pub(crate) const CERTAIN_MIN: f32 = 0.5;

fn is_attack(detector: usize) -> bool {
    DETECTORS.get(detector).is_some_and(|rule| rule.attack)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Segment;
    use crate::engine::Guard;
    use crate::policy::GuardPolicy;

    #[test]
    fn what_several_detectors_redact_is_replaced_in_the_order_of_the_text() {
        let guard = Guard::compile(GuardPolicy::default()).unwrap();
        let text = "call +44 20 7946 0958 or mail jane.doe@example.org, then +44 20 7946 0959";
        let channel = Channel::Output;
        let inspection = guard.inspect(&[Segment {
            channel,
            path: "",
            text,
        }]);
        assert_eq!(
            inspection.redacted(0, text),
            "call [phone] or mail [email], then [phone]"
        );
    }

    #[test]
    fn of_two_redactions_that_overlap_the_first_label_stands_for_both() {
        let mut redactions = vec![(8..9, "c"), (2..6, "b"), (0..4, "a"), (3..5, "d")];
        disjoint(&mut redactions);
        assert_eq!(redactions, [(0..6, "a"), (8..9, "c")]);
    }
}
