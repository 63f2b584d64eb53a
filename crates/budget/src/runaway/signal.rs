//! The words of runaway detection: what is looked at, what is noticed, what is done.

use std::collections::BTreeMap;

/// What one call of a session looked like.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Step {
    /// When it was made, in milliseconds.
    pub at_ms: i64,
    /// A fingerprint of each tool call in its answer: tool and arguments, hashed.
    pub calls: Vec<u64>,
    /// A fingerprint of each tool call without its arguments.
    pub tools: Vec<u64>,
    /// A fingerprint of what the tools returned since the call before; none where nothing did.
    pub result: Option<u64>,
    /// Tokens of the prompt.
    pub input_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
    /// Whether a person has said something since the call before.
    pub person: bool,
}

/// What was noticed.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Which detector.
    pub detector: Detector,
    /// What it asks for.
    pub action: Action,
    /// Calls of the session so far.
    pub calls: u64,
}

/// The detectors.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Detector {
    /// The same tool with the same arguments and the same result.
    SameCall,
    /// A cycle of calls among tools or agents.
    Cycle,
    /// A context that grows while nobody says anything.
    GrowingContext,
    /// Calls faster than the ceiling.
    Velocity,
    /// A sudden, lasting change of the rate within a session.
    Change,
    /// A lasting change of the rate of an identity over its sessions.
    Identity,
    /// An identity that calls far more than its peers do at the time.
    Peers,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Action {
    /// Nothing: the detector is off.
    Off,
    /// Tell somebody.
    Alert,
    /// Make the next call wait.
    Slow,
    /// Hold the next call for a person.
    Hold,
    /// Refuse all further calls of the session.
    Stop,
}

/// When the detectors speak.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The score of equal calls with equal results that is too much: each adds one, any other call
    /// takes three away.
    pub same_score: u32,
    /// Calls that a cycle of two to six must fill.
    pub cycle_calls: u32,
    /// Calls that are looked at together for a context that only grows.
    pub growing_calls: usize,
    /// Kinds of calls among them that still count as going round.
    pub growing_kinds: usize,
    /// Tokens by which the context must have grown per call.
    pub growing_tokens: u64,
    /// Calls within four seconds.
    pub burst_calls: usize,
    /// The score of a change of rate.
    pub change_score: f64,
    /// What each detector asks for.
    pub actions: BTreeMap<Detector, Action>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            same_score: 10,
            cycle_calls: 12,
            growing_calls: 15,
            growing_kinds: 3,
            growing_tokens: 560,
            burst_calls: 18,
            change_score: 12.0,
            actions: [
                (Detector::SameCall, Action::Stop),
                (Detector::Cycle, Action::Hold),
                (Detector::GrowingContext, Action::Hold),
                (Detector::Velocity, Action::Slow),
                (Detector::Change, Action::Alert),
                (Detector::Identity, Action::Alert),
                (Detector::Peers, Action::Alert),
            ]
            .into(),
        }
    }
}

impl Settings {
    /// What a detector asks for.
    #[must_use]
    pub fn action(&self, detector: Detector) -> Action {
        let action = self.actions.get(&detector);
        action.copied().unwrap_or(Action::Alert)
    }
}

impl Detector {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::SameCall,
        Self::Cycle,
        Self::GrowingContext,
        Self::Velocity,
        Self::Change,
        Self::Identity,
        Self::Peers,
    ];

    /// Its name in configuration, evidence and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SameCall => "same-call",
            Self::Cycle => "cycle",
            Self::GrowingContext => "growing-context",
            Self::Velocity => "velocity",
            Self::Change => "change",
            Self::Identity => "identity",
            Self::Peers => "peers",
        }
    }

    /// The detector of this name.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|detector| detector.as_str() == word)
    }
}

impl Action {
    /// All of them, the mildest first.
    pub const ALL: &'static [Self] = &[Self::Off, Self::Alert, Self::Slow, Self::Hold, Self::Stop];

    /// Its name in configuration, evidence and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Alert => "alert",
            Self::Slow => "slow",
            Self::Hold => "hold",
            Self::Stop => "stop",
        }
    }

    /// The action of this name.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|action| action.as_str() == word)
    }
}
