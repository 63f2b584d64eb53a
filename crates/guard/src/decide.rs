//! From hits to actions: one sum for the likelihood of an attack, one table for what to do.

use std::ops::Range;

use crate::canonical::{Canonical, Origin};
use crate::channel::Channel;
use crate::detectors::{DETECTORS, Hit};
use crate::language::Class;
use crate::policy::{ActionOverride, GuardPolicy};
use crate::verdict::Action;

/// A hit of one detector in one view.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Index into the list of detectors.
    pub(crate) detector: usize,
    /// Index of the view.
    pub(crate) view: usize,
    /// The hit.
    pub(crate) hit: Hit,
}

/// The likelihood that a view holds an attack, and the stretch that says so.
#[derive(Clone, Debug, Default)]
pub(crate) struct Likelihood {
    /// 0 to 1.
    pub(crate) score: f32,
    /// Bytes of the view.
    pub(crate) stretch: Range<usize>,
}

/// The action table of one policy: detector by channel.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<Action>>,
}

impl Table {
    /// Applies the policy's overrides to the defaults.
    pub(crate) fn new(policy: &GuardPolicy) -> Self {
        let rows = DETECTORS
            .iter()
            .map(|detector| {
                let mut row: Vec<Action> = Channel::ALL
                    .iter()
                    .map(|channel| (detector.actions)(*channel))
                    .collect();
                let own = policy
                    .overrides
                    .iter()
                    .filter(|entry| entry.detector == detector.meta.id);
                for entry in own {
                    apply(&mut row, entry);
                }
                row
            })
            .collect();
        Self { rows }
    }

    /// What a certain hit of `detector` means on `channel`.
    pub(crate) fn action(&self, detector: usize, channel: Channel) -> Action {
        let column = Channel::ALL.iter().position(|known| *known == channel);
        self.rows
            .get(detector)
            .zip(column)
            .and_then(|(row, column)| row.get(column))
            .copied()
            .unwrap_or(Action::Block)
    }
}

fn apply(row: &mut [Action], entry: &ActionOverride) {
    for (action, channel) in row.iter_mut().zip(Channel::ALL) {
        if entry.channel.is_none_or(|only| only == *channel) {
            *action = entry.action;
        }
    }
}

/// Sums what the attack detectors add within [`WINDOW`] bytes, and takes the worst stretch.
///
/// A sum over the whole text would let length decide; a window lets no padding dilute an attack.
pub(crate) fn likelihood(
    canonical: &Canonical<'_>,
    view: usize,
    hits: &[&Hit],
    bias: f32,
) -> Likelihood {
    let Some(reading) = canonical.views.get(view) else {
        return Likelihood::default();
    };
    let disguise = if hits.is_empty() {
        0.0
    } else {
        match reading.origin {
            Origin::Visible | Origin::Escaped | Origin::Step => 0.0,
            Origin::Decoded => 0.8,
            Origin::Hidden | Origin::Unscrambled => 1.6,
        }
    };
    let mut order: Vec<&Hit> = hits.to_vec();
    order.sort_by_key(|hit| (hit.span.start, hit.span.end));
    let (mut best, mut stretch) = (0.0_f32, 0..0);
    for (position, first) in order.iter().enumerate() {
        let limit = first.span.start + WINDOW;
        let window = order
            .get(position..)
            .unwrap_or_default()
            .iter()
            .take_while(|hit| hit.span.start < limit);
        let sum = window_sum(window.clone().take(HITS_PER_WINDOW));
        if sum > best {
            best = sum;
            let end = window
                .take(HITS_PER_WINDOW)
                .map(|hit| hit.span.end)
                .max()
                .unwrap_or(first.span.end);
            stretch = first.span.start..end;
        }
    }
    let about = reading
        .tokens
        .iter()
        .skip_while(|token| token.span().end < stretch.start)
        .take_while(|token| token.span().start < stretch.end.max(stretch.start + WINDOW))
        .filter(|token| token.class.has(Class::ABOUT))
        .count();
    let damping = (about.saturating_sub(1) as f32 * 0.15).min(1.2);
    Likelihood {
        score: sigmoid(bias + best + disguise - damping),
        stretch,
    }
}

/// About ninety words: a paragraph of instructions.
const WINDOW: usize = 512;
/// More hits than this in one window add nothing.
const HITS_PER_WINDOW: usize = 64;
/// Log-odds of a text in which nothing was seen; puts one half at about one per cent of benign texts
/// above it, as `cargo xtask eval guard` shows.
pub(crate) const BIAS: f32 = -3.05;

/// Each act counts fully once, half the second time, and no more: saying it again proves nothing.
fn window_sum<'a>(hits: impl Iterator<Item = &'a &'a Hit>) -> f32 {
    let mut seen: Vec<(&'static str, f32, u8)> = Vec::new();
    for hit in hits {
        match seen.iter_mut().find(|(label, _, _)| *label == hit.label) {
            Some((_, sum, count)) => {
                if *count == 1 {
                    *sum += hit.score * 0.5;
                    *count = 2;
                }
            }
            None => seen.push((hit.label, hit.score, 1)),
        }
    }
    seen.iter().map(|(_, sum, _)| sum).sum()
}

/// The logistic function.
pub(crate) fn sigmoid(value: f32) -> f32 {
    1.0 / (1.0 + (-value).exp())
}
