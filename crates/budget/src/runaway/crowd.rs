//! Identities over their sessions: calls per minute, beside an identity's own past and beside peers.
//!
//! Minutes without a call do not count: an identity that sleeps at night has not changed. Rates are
//! compared on a logarithmic scale, and only rises of more than an order of magnitude speak: offices
//! open, batches start. Whoever is noticed is noticed once an hour.

use std::collections::BTreeMap;

use super::change::{Cusum, PageHinkley};
use super::peers::robust_z;
use super::signal::Detector;

/// Identities that are remembered.
const MEMBERS_MAX: usize = 4_096;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;
/// Fewer calls in a minute are no runaway whatever went before.
const CALLS_MIN: u32 = 30;
/// Rates of sound identities deviate by this factor (the base of natural logarithms) at least.
const DEVIATION: f64 = 1.0;
/// A rise beside peers speaks from this factor on (logarithm of eight), and this robust z.
const RISE_MIN: f64 = 2.08;
const Z_MIN: f64 = 6.0;
/// How much one minute teaches about what is usual.
const LEARN: f64 = 0.05;

/// The identities of one process.
#[derive(Clone, Debug, Default)]
pub struct Crowd {
    minute: i64,
    calls: BTreeMap<String, u32>,
    members: BTreeMap<String, Member>,
}

#[derive(Clone, Debug)]
struct Member {
    cusum: Cusum,
    hinkley: PageHinkley,
    usual: f64,
    minutes: u32,
    last: i64,
    spoke_ms: Option<i64>,
}

impl Crowd {
    /// Counts a call. When a minute is over, says who stood out in it.
    pub fn hear(&mut self, identity: &str, at_ms: i64) -> Vec<(String, Detector)> {
        let minute = at_ms.div_euclid(MINUTE_MS);
        let found = if minute > self.minute {
            let found = self.close(at_ms);
            self.minute = minute;
            found
        } else {
            Vec::new()
        };
        if let Some(calls) = self.calls.get_mut(identity) {
            *calls = calls.saturating_add(1);
        } else if self.calls.len() < MEMBERS_MAX {
            self.calls.insert(identity.to_owned(), 1);
        }
        found
    }

    fn close(&mut self, at_ms: i64) -> Vec<(String, Detector)> {
        let calls = std::mem::take(&mut self.calls);
        if self.members.len().saturating_add(calls.len()) > MEMBERS_MAX {
            let since = self.minute.saturating_sub(60);
            self.members.retain(|_, member| member.last >= since);
        }
        let mut found = Vec::new();
        let mut rises = Vec::with_capacity(calls.len());
        for (identity, count) in &calls {
            if !self.members.contains_key(identity) && self.members.len() >= MEMBERS_MAX {
                continue;
            }
            let member = self.members.entry(identity.clone()).or_default();
            member.last = self.minute;
            let (rise, changed) = member.minute(*count);
            if let Some(rise) = rise {
                rises.push((rise, identity));
            }
            if changed && *count >= CALLS_MIN {
                found.push((identity.clone(), Detector::Identity));
            }
        }
        // Whoever has risen most is held against all; a second one is next once the first is stopped.
        let all: Vec<f64> = rises.iter().map(|(rise, _)| *rise).collect();
        let most = rises.iter().max_by(|one, two| one.0.total_cmp(&two.0));
        if let Some((rise, identity)) = most
            && *rise >= RISE_MIN
            && robust_z(*rise, &all).is_some_and(|z| z >= Z_MIN)
            && calls
                .get(*identity)
                .is_some_and(|count| *count >= CALLS_MIN)
        {
            found.push(((*identity).clone(), Detector::Peers));
        }
        found.retain(|(identity, _)| {
            let member = self.members.get_mut(identity);
            member.is_some_and(|member| member.may_speak(at_ms))
        });
        found
    }
}

impl Member {
    /// Takes the calls of a minute: how far they rose above the usual, once that is known, and whether
    /// they have risen for good.
    fn minute(&mut self, calls: u32) -> (Option<f64>, bool) {
        let rate = f64::from(calls.max(1)).ln();
        let rise = (self.minutes >= 12).then_some(rate - self.usual);
        let learn = if self.minutes < 12 {
            1.0 / f64::from(self.minutes + 1)
        } else {
            LEARN
        };
        self.usual += (rate - self.usual) * learn;
        self.minutes = self.minutes.saturating_add(1);
        let (cusum, hinkley) = (self.cusum.push(rate), self.hinkley.push(rate));
        (rise, cusum || hinkley)
    }

    fn may_speak(&mut self, at_ms: i64) -> bool {
        let spoke = self.spoke_ms.filter(|spoke| at_ms < spoke + HOUR_MS);
        if spoke.is_some() {
            return false;
        }
        self.spoke_ms = Some(at_ms);
        // What is known now is the new usual; a further rise speaks again.
        self.cusum = Self::default().cusum;
        self.hinkley = Self::default().hinkley;
        true
    }
}

impl Default for Member {
    fn default() -> Self {
        Self {
            cusum: Cusum::with_deviation(12.0, DEVIATION),
            hinkley: PageHinkley::new(12.0, 3.0),
            usual: 0.0,
            minutes: 0,
            last: 0,
            spoke_ms: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls of several identities in one minute; what is said at its end.
    fn minute(crowd: &mut Crowd, at: i64, calls: &[(&str, u32)]) -> Vec<(String, Detector)> {
        let mut found = Vec::new();
        for (identity, count) in calls {
            for _ in 0..*count {
                found.extend(crowd.hear(identity, at * MINUTE_MS));
            }
        }
        found
    }

    #[test]
    fn an_identity_that_rises_for_good_is_noticed_once_an_hour() {
        let mut crowd = Crowd::default();
        for at in 1..60 {
            let usual = u32::try_from(2 + at % 4).unwrap();
            assert_eq!(minute(&mut crowd, at, &[("key", usual)]), []);
        }
        let found: Vec<_> = (60..120)
            .filter_map(|at| {
                let found = minute(&mut crowd, at, &[("key", 400)]);
                (!found.is_empty()).then_some((at, found))
            })
            .collect();
        let [(at, said)] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert!(*at <= 70, "{at}");
        assert_eq!(said, &[("key".to_owned(), Detector::Identity)]);
    }

    #[test]
    fn one_that_rises_beside_peers_is_noticed_and_a_common_rise_is_not() {
        let names: Vec<String> = (0..12).map(|number| format!("key_{number}")).collect();
        let (first, rest) = names.split_first().unwrap();
        let rates = |most: u32, one: u32| -> Vec<(&str, u32)> {
            let varied = rest.iter().zip((0..3).cycle());
            let rest = varied.map(|(name, more)| (name.as_str(), most + more));
            std::iter::once((first.as_str(), one)).chain(rest).collect()
        };
        let mut crowd = Crowd::default();
        for at in 1..40 {
            assert_eq!(minute(&mut crowd, at, &rates(4, 4)), []);
        }
        // All rise together by nine times: an office opens.
        let mut opened = crowd.clone();
        assert_eq!(minute(&mut opened, 40, &rates(40, 40)), []);
        assert_eq!(minute(&mut opened, 41, &rates(40, 40)), []);
        assert_eq!(minute(&mut crowd, 40, &rates(4, 60)), []);
        let found = minute(&mut crowd, 41, &rates(4, 60));
        assert_eq!(found, [("key_0".to_owned(), Detector::Peers)]);
    }
}
