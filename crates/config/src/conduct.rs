//! What the configuration says about how callers behave: places for their calls, and what is done
//! about sessions that run away.

use std::collections::BTreeMap;

use crate::reader::Reader;
use crate::yaml::Node;

/// Places for calls that run at a time, and the line of those that wait for one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CallLimits {
    /// Calls that run at a time.
    pub open_max: u64,
    /// Calls that wait, as a whole.
    pub waiting_max: u64,
    /// Calls that wait, of one key.
    pub waiting_per_key_max: u64,
    /// Seconds that a call waits at most.
    pub wait_seconds: u64,
    /// Calls of a key that go in when it is its turn, by the key's name.
    pub weights: BTreeMap<String, u32>,
}

/// The detectors of runaway sessions, by the names under which a configuration sets their actions.
pub const DETECTORS: [&str; 7] = [
    "same-call",
    "cycle",
    "growing-context",
    "velocity",
    "change",
    "identity",
    "peers",
];

/// What can be done about what a detector notices.
pub const ACTIONS: [(&str, &str); 5] = [
    ("off", "off"),
    ("alert", "alert"),
    ("slow", "slow"),
    ("hold", "hold"),
    ("stop", "stop"),
];

/// Actions by detector; detectors that are not named keep theirs.
pub type RunawayActions = BTreeMap<&'static str, &'static str>;

/// Reads `calls`.
pub(crate) fn calls(reader: &Reader, node: &Node, target: &mut CallLimits) {
    let Some(mut fields) = reader.fields(node, "`calls`") else {
        return;
    };
    for (key, number) in [
        ("open", &mut target.open_max),
        ("waiting", &mut target.waiting_max),
        ("waiting-per-key", &mut target.waiting_per_key_max),
        ("wait-seconds", &mut target.wait_seconds),
    ] {
        crate::process::positive(reader, &mut fields, key, number);
    }
    if let Some(weights) = fields.optional("weights") {
        for entry in weights.entries() {
            let subject = format!("the weight of `{}`", entry.key);
            let weight = reader.count(&entry.value, &subject);
            match weight.map(u32::try_from) {
                Some(Ok(weight @ 1..=1_000)) => {
                    target.weights.insert(entry.key.clone(), weight);
                }
                Some(_) => reader.problem(&entry.value, format!("{subject} must be 1 to 1000")),
                None => {}
            }
        }
    }
    fields.finish();
}

/// Reads `runaway`.
pub(crate) fn runaway(reader: &Reader, node: &Node) -> RunawayActions {
    let mut actions = RunawayActions::new();
    let Some(mut fields) = reader.fields(node, "`runaway`") else {
        return actions;
    };
    for detector in DETECTORS {
        if let Some(action) = fields.one_of(detector, &ACTIONS) {
            actions.insert(detector, action);
        }
    }
    fields.finish();
    actions
}

impl Default for CallLimits {
    fn default() -> Self {
        Self {
            open_max: 1_024,
            waiting_max: 1_024,
            waiting_per_key_max: 256,
            wait_seconds: 30,
            weights: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ProcessConfig;

    #[test]
    fn places_weights_and_actions_are_read() {
        let text = "calls: {open: 8, waiting-per-key: 2, weights: {ci: 3}}\n\
                    runaway: {cycle: stop, velocity: off}\n";
        let config = ProcessConfig::read("a.yaml", text.as_bytes()).unwrap();
        assert_eq!(
            (config.calls.open_max, config.calls.waiting_max),
            (8, 1_024)
        );
        assert_eq!(config.calls.weights["ci"], 3);
        let actions: Vec<_> = config.runaway.into_iter().collect();
        assert_eq!(actions, [("cycle", "stop"), ("velocity", "off")]);
    }

    #[test]
    fn what_cannot_be_is_a_problem_with_its_place() {
        for wrong in [
            "calls: {open: 0}",
            "calls: {weights: {ci: 0}}",
            "calls: {weights: {ci: many}}",
            "calls: {opened: 3}",
            "runaway: {cycle: panic}",
            "runaway: {circle: stop}",
        ] {
            let problems = ProcessConfig::read("a.yaml", wrong.as_bytes()).unwrap_err();
            assert_eq!(problems.len(), 1, "{wrong}: {problems:?}");
        }
    }
}
