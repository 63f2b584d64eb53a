//! The watches of all sessions of a process.
//!
//! What calls looked like is read from the conversation that a client sends again with every call, so
//! a loop shows wherever its calls went: to this replica or another, with a name or without. Pace
//! needs memory, which is kept for sessions that have a name. Memory is bounded: what was not seen for
//! an hour is forgotten, the longest unseen first where there is too much.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::crowd::Crowd;
use super::signal::{Action, Settings, Signal, Step};
use super::watch::Watch;

/// Sessions and conversations that are remembered, each.
const KEPT_MAX: usize = 4_096;
const KEPT_MS: i64 = 3_600_000;
/// The end of a conversation that is looked at: no detector looks further back.
const STEPS_MAX: usize = 64;

/// One call, before it is made.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a> {
    /// Whose call it is.
    pub identity: &'a str,
    /// The session or run that it names.
    pub session: Option<&'a str>,
    /// A fingerprint of how its conversation began.
    pub conversation: u64,
    /// What the calls before it looked like, the oldest first.
    pub steps: &'a [Step],
    /// When it is made.
    pub at_ms: i64,
}

/// The patrol of one process.
#[derive(Clone, Debug)]
pub struct Patrol {
    settings: Arc<Settings>,
    sessions: BTreeMap<(String, String), Followed>,
    /// Up to which step a person has let a conversation go on.
    excused: BTreeMap<u64, (usize, i64)>,
    crowd: Crowd,
}

#[derive(Clone, Debug)]
struct Followed {
    watch: Watch,
    stopped: Option<Signal>,
    last_ms: i64,
}

impl Patrol {
    /// A patrol that has seen nothing.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings: Arc::new(settings),
            sessions: BTreeMap::new(),
            excused: BTreeMap::new(),
            crowd: Crowd::default(),
        }
    }

    /// What is noticed about a call and its session, the gravest first. A named session that was
    /// stopped stays stopped until it was not seen for an hour.
    pub fn look(&mut self, sighting: &Sighting<'_>) -> Vec<Signal> {
        let mut signals = self.shape(sighting);
        if let Some(session) = sighting.session {
            signals.extend(self.pace(sighting, session, &signals.clone()));
        }
        signals.sort_by_key(|signal| std::cmp::Reverse(signal.action));
        signals
    }

    /// Counts the call for its identity. When a minute is over, says which identities stood out in it.
    pub fn hear(&mut self, sighting: &Sighting<'_>) -> Vec<(String, Signal)> {
        let found = self.crowd.hear(sighting.identity, sighting.at_ms);
        let settings = &self.settings;
        let signal = |(identity, detector)| {
            let action = settings.action(detector);
            let calls = 0;
            (
                identity,
                Signal {
                    detector,
                    action,
                    calls,
                },
            )
        };
        let signals = found.into_iter().map(signal);
        signals
            .filter(|(_, signal)| signal.action > Action::Off)
            .collect()
    }

    /// A person has let the conversation go on: what it looked like so far does not count any more.
    pub fn excuse(&mut self, sighting: &Sighting<'_>) {
        let at_ms = sighting.at_ms;
        if self.excused.len() >= KEPT_MAX {
            forget(&mut self.excused, at_ms, |(_, last_ms)| *last_ms);
        }
        let until = (sighting.steps.len(), at_ms);
        self.excused.insert(sighting.conversation, until);
    }

    /// What the conversation looks like at its end.
    fn shape(&mut self, sighting: &Sighting<'_>) -> Vec<Signal> {
        let steps = sighting.steps;
        let excused = self.excused.get(&sighting.conversation);
        // A conversation that became shorter was compacted; it is looked at as it is now.
        let since = excused.map_or(0, |(steps, _)| *steps);
        let since = if since > steps.len() { 0 } else { since };
        let since = since.max(steps.len().saturating_sub(STEPS_MAX));
        let mut watch = Watch::new(Arc::clone(&self.settings));
        let mut last = Vec::new();
        for step in steps.get(since..).unwrap_or_default() {
            last = watch.look(step);
        }
        for signal in &mut last {
            signal.calls = u64::try_from(steps.len()).unwrap_or(u64::MAX);
        }
        last
    }

    fn pace(&mut self, sighting: &Sighting<'_>, session: &str, shape: &[Signal]) -> Vec<Signal> {
        let at_ms = sighting.at_ms;
        if self.sessions.len() >= KEPT_MAX {
            forget(&mut self.sessions, at_ms, |followed| followed.last_ms);
        }
        let name = (sighting.identity.to_owned(), session.to_owned());
        let fresh = || Followed {
            watch: Watch::new(Arc::clone(&self.settings)),
            stopped: None,
            last_ms: at_ms,
        };
        let followed = self.sessions.entry(name).or_insert_with(fresh);
        if at_ms.saturating_sub(followed.last_ms) > KEPT_MS {
            *followed = fresh();
        }
        followed.last_ms = followed.last_ms.max(at_ms);
        let signals = followed.watch.hear(at_ms);
        let stop = shape.iter().chain(&signals);
        let stop = stop
            .into_iter()
            .find(|signal| signal.action == Action::Stop);
        let (is_new, stop) = (followed.stopped.is_none(), stop.cloned());
        if is_new {
            followed.stopped.clone_from(&stop);
        }
        let again = followed.stopped.clone().filter(|_| stop.is_none());
        signals.into_iter().chain(again).collect()
    }
}

/// Forgets what was not seen for an hour, else the half that was not seen for longest.
fn forget<K: Clone + Ord, V>(kept: &mut BTreeMap<K, V>, at_ms: i64, last_ms: impl Fn(&V) -> i64) {
    kept.retain(|_, one| at_ms.saturating_sub(last_ms(one)) <= KEPT_MS);
    if kept.len() < KEPT_MAX {
        return;
    }
    let mut times: Vec<i64> = kept.values().map(&last_ms).collect();
    times.sort_unstable();
    let middle = times.get(times.len() / 2).copied().unwrap_or(at_ms);
    kept.retain(|_, one| last_ms(one) > middle);
    if kept.len() >= KEPT_MAX {
        // All were seen at one time.
        kept.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runaway::Detector;

    fn step(call: u64, result: u64) -> Step {
        Step {
            calls: vec![call],
            result: Some(result),
            ..Step::default()
        }
    }

    fn sighting<'a>(session: Option<&'a str>, steps: &'a [Step], at_ms: i64) -> Sighting<'a> {
        Sighting {
            identity: "key_1",
            session,
            conversation: 7,
            steps,
            at_ms,
        }
    }

    fn first(signals: &[Signal]) -> Option<(Detector, Action)> {
        let first = signals.first()?;
        Some((first.detector, first.action))
    }

    #[test]
    fn a_loop_is_read_from_the_conversation_on_any_replica() {
        let steps = vec![step(1, 1); 30];
        let found = (1..30).find(|count| {
            // Each call goes to a replica that has seen nothing.
            let mut patrol = Patrol::new(Settings::default());
            let steps = &steps[..*count];
            !patrol.look(&sighting(None, steps, 0)).is_empty()
        });
        assert_eq!(found, Some(10));
    }

    #[test]
    fn conversations_that_begin_alike_are_not_taken_for_one() {
        let mut patrol = Patrol::new(Settings::default());
        for count in 1..9 {
            for _ in 0..20 {
                let steps = vec![step(1, 1); count];
                assert_eq!(patrol.look(&sighting(None, &steps, 0)), []);
            }
        }
    }

    #[test]
    fn a_named_session_stays_stopped_and_another_goes_on() {
        let mut patrol = Patrol::new(Settings::default());
        let steps = vec![step(1, 1); 12];
        let stop = Some((Detector::SameCall, Action::Stop));
        assert_eq!(first(&patrol.look(&sighting(Some("a"), &steps, 0))), stop);
        // The client drops its history; the name is known.
        assert_eq!(first(&patrol.look(&sighting(Some("a"), &[], 9_000))), stop);
        assert_eq!(patrol.look(&sighting(Some("b"), &[], 9_000)), []);
        let later = KEPT_MS + 9_001;
        assert_eq!(patrol.look(&sighting(Some("a"), &[], later)), []);
    }

    #[test]
    fn a_person_who_lets_it_go_on_is_not_asked_at_every_call() {
        let mut patrol = Patrol::new(Settings::default());
        let circle: Vec<Step> = (0..40).map(|at| step(at % 3, 1)).collect();
        let look = |patrol: &mut Patrol, count: usize| {
            let signals = patrol.look(&sighting(None, &circle[..count], 0));
            first(&signals).map(|(detector, _)| detector)
        };
        assert_eq!(look(&mut patrol, 13), Some(Detector::Cycle));
        patrol.excuse(&sighting(None, &circle[..13], 0));
        assert_eq!(look(&mut patrol, 14), None);
        assert_eq!(look(&mut patrol, 26), Some(Detector::Cycle));
        // A conversation that was compacted is looked at as it is.
        assert_eq!(look(&mut patrol, 12), Some(Detector::Cycle));
    }

    #[test]
    fn a_burst_needs_a_name_and_memory_is_bounded() {
        let mut patrol = Patrol::new(Settings::default());
        let burst = |patrol: &mut Patrol, session| {
            let signals = (0..40).map(|at| patrol.look(&sighting(session, &[], at * 50)));
            signals.last().unwrap_or_default()
        };
        assert_eq!(burst(&mut patrol, None), []);
        let found = first(&burst(&mut patrol, Some("a")));
        assert_eq!(found, Some((Detector::Velocity, Action::Slow)));
        for number in 0..3 * KEPT_MAX {
            let at_ms = i64::try_from(number).unwrap();
            patrol.look(&sighting(Some(&number.to_string()), &[], at_ms));
            assert!(patrol.sessions.len() <= KEPT_MAX);
        }
    }
}
