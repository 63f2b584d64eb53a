//! The campaign machine: which attempt is next, and what an observation means.
//!
//! Sans I/O: the driver asks [`Campaign::next`], sends, and hands what it saw to [`Campaign::record`].
//! Off and on attempts of a pair carry the same bytes. What cannot be judged is unassessed, never
//! resisted; a target that asks for a pause is asked again, a bounded number of times.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use seawall_base::{Digest, SignedDuration, Timestamp};
use seawall_evidence::trial::{Arm, Outcome, Stratum, Trial};
use serde_json::Value;

use crate::draw::Draw;
use crate::observation::{Observation, Reply, Response, Stop};
use crate::oracle::Oracle;
use crate::probe::{Payload, Probe, Task, continued};
use crate::rate::Bucket;
use crate::suite::Suite;

/// How often an attempt is sent again after the target asked for a pause.
const PAUSES_MAX: u32 = 5;

/// What a campaign is told at its start.
#[derive(Clone, Debug)]
pub struct CampaignConfig {
    /// Id of the campaign, which its trials carry.
    pub id: String,
    /// What is sent.
    pub suite: Suite,
    /// Makes the payloads.
    pub seed: u64,
    /// The arms that attacks go to: off and on, or one of them where there is one route only.
    pub arms: Vec<Arm>,
    /// The model that requests name.
    pub model: String,
    /// Name of the target, such as `practice`.
    pub target: String,
    /// Digest of the target's identity, before it has answered.
    pub target_digest: Digest,
    /// Digest of the controls on the off arm.
    pub controls_off: Digest,
    /// Digest of the controls on the other arms.
    pub controls_on: Digest,
    /// Attempts in flight at a time.
    pub concurrency_max: usize,
    /// Attempts per second, where they are limited.
    pub per_second: Option<u32>,
}

/// One request to send.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Names the attempt within the campaign.
    pub id: u64,
    /// Number that off and on share.
    pub pair: u64,
    /// Which route it goes to.
    pub arm: Arm,
    /// Id of the probe or task.
    pub probe: &'static str,
    /// Id of its family.
    pub family: &'static str,
    /// The body.
    pub request: Value,
}

/// What the driver does next.
#[derive(Clone, Debug)]
pub enum Step {
    /// Send this.
    Send(Box<Attempt>),
    /// Nothing may be sent before then.
    Wait(Timestamp),
    /// As many attempts are in flight as may be: wait for one of them.
    Busy,
    /// Everything is recorded.
    Done,
}

/// What an observation led to.
#[derive(Clone, Debug, PartialEq)]
pub enum Recorded {
    /// A trial to append to the ledger.
    Trial(Box<Trial>),
    /// The attempt comes again: the target asked for a pause, or the next turn follows.
    Again,
    /// No attempt with this id is in flight.
    Unknown,
}

/// A campaign and where it stands.
#[derive(Debug)]
pub struct Campaign {
    config: CampaignConfig,
    suite_digest: Digest,
    waiting: VecDeque<Planned>,
    in_flight: BTreeMap<u64, Flight>,
    /// Attempts whose next turn is to be sent.
    speaking: VecDeque<Flight>,
    pauses: BTreeMap<u64, u32>,
    paused_until: Option<Timestamp>,
    bucket: Option<Bucket>,
    /// What the target last said it is, per arm word; a change splits the results.
    identities: BTreeMap<&'static str, Digest>,
    planned: u64,
    recorded: u64,
}

/// An attempt that is under way, and what its earlier turns gave.
#[derive(Clone, Debug)]
struct Flight {
    planned: Planned,
    oracle: Oracle,
    request: Value,
    turns: VecDeque<String>,
    earlier: Reply,
    latency_us: u64,
}

#[derive(Clone, Debug)]
struct Planned {
    id: u64,
    pair: u64,
    arm: Arm,
    source: Source,
    variation: u64,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Probe(&'static Probe),
    Task(&'static Task),
}

impl Campaign {
    /// A campaign that has sent nothing.
    #[must_use]
    pub fn new(config: CampaignConfig) -> Self {
        let waiting = plan(&config);
        Self {
            suite_digest: config.suite.digest(),
            planned: u64::try_from(waiting.len()).unwrap_or(u64::MAX),
            waiting,
            in_flight: BTreeMap::new(),
            speaking: VecDeque::new(),
            pauses: BTreeMap::new(),
            paused_until: None,
            bucket: config
                .per_second
                .map(|rate| Bucket::new(rate, rate.min(16))),
            identities: BTreeMap::new(),
            recorded: 0,
            config,
        }
    }

    /// Takes over the trials that an earlier run of this campaign recorded; says how many were its own.
    /// Trials of another campaign, suite or seed do not count.
    pub fn resume(&mut self, trials: &[Trial]) -> u64 {
        let done: BTreeSet<(&str, u64, &Arm)> = trials
            .iter()
            .filter(|trial| {
                trial.campaign == self.config.id
                    && trial.suite_digest == self.suite_digest
                    && trial.seed == self.config.seed
            })
            .map(|trial| (trial.probe.as_str(), trial.pair, &trial.arm))
            .collect();
        let before = self.waiting.len();
        self.waiting
            .retain(|planned| !done.contains(&(planned.source.id(), planned.pair, &planned.arm)));
        let taken = u64::try_from(before - self.waiting.len()).unwrap_or(0);
        self.recorded += taken;
        taken
    }

    /// What to do at `now`.
    pub fn next(&mut self, now: Timestamp) -> Step {
        if self.waiting.is_empty() && self.speaking.is_empty() {
            return if self.in_flight.is_empty() {
                Step::Done
            } else {
                Step::Busy
            };
        }
        if self.in_flight.len() >= self.config.concurrency_max.max(1) {
            return Step::Busy;
        }
        if let Some(until) = self.paused_until.filter(|until| *until > now) {
            return Step::Wait(until);
        }
        if let Some(Err(until)) = self.bucket.as_mut().map(|bucket| bucket.take(now)) {
            return Step::Wait(until);
        }
        let flight = match self.speaking.pop_front() {
            Some(flight) => flight,
            None => match self.waiting.pop_front() {
                Some(planned) => Flight::start(planned, &self.config),
                None => return Step::Busy,
            },
        };
        let attempt = flight.attempt();
        self.in_flight.insert(flight.planned.id, flight);
        Step::Send(Box::new(attempt))
    }

    /// Says what came of the attempt `id`.
    pub fn record(&mut self, id: u64, observation: &Observation, now: Timestamp) -> Recorded {
        let Some(mut flight) = self.in_flight.remove(&id) else {
            return Recorded::Unknown;
        };
        if observation.response.is_pause()
            && self.may_come_again(&flight.planned, &observation.response)
        {
            let pauses = self.pauses.entry(id).or_insert(0);
            *pauses += 1;
            let pause = SignedDuration::from_millis(250_i64.saturating_mul(1 << (*pauses).min(6)));
            self.paused_until = now.saturating_add(pause).ok();
            // An attempt of several turns goes on with the turn that was refused.
            self.speaking.push_back(flight);
            return Recorded::Again;
        }
        flight.latency_us = flight.latency_us.saturating_add(observation.latency_us);
        if flight.goes_on(&observation.response) {
            self.speaking.push_back(flight);
            return Recorded::Again;
        }
        let outcome = judge(&flight, &observation.response);
        Recorded::Trial(Box::new(self.trial(flight, outcome, &observation.response)))
    }

    fn trial(&mut self, flight: Flight, outcome: Outcome, response: &Response) -> Trial {
        let planned = flight.planned;
        let target_digest = self.identity(&planned.arm, response);
        self.recorded += 1;
        let controls_digest = if planned.arm == Arm::Off {
            self.config.controls_off
        } else {
            self.config.controls_on
        };
        Trial {
            campaign: self.config.id.clone(),
            suite: self.config.suite.name.to_owned(),
            suite_digest: self.suite_digest,
            probe: planned.source.id().to_owned(),
            family: planned.source.family().to_owned(),
            stratum: Stratum::Static,
            arm: planned.arm,
            target: self.config.target.clone(),
            target_digest,
            controls_digest,
            seed: self.config.seed,
            pair: planned.pair,
            outcome,
            latency_us: flight.latency_us,
        }
    }

    /// Attempts planned altogether.
    #[must_use]
    pub const fn planned(&self) -> u64 {
        self.planned
    }

    /// Attempts recorded, those taken over included.
    #[must_use]
    pub const fn recorded(&self) -> u64 {
        self.recorded
    }

    /// Digest of the suite that is sent.
    #[must_use]
    pub const fn suite_digest(&self) -> Digest {
        self.suite_digest
    }

    /// What the campaign was told.
    #[must_use]
    pub const fn config(&self) -> &CampaignConfig {
        &self.config
    }

    /// A control's refusal (a spend limit, say) is an outcome, not a pause.
    fn may_come_again(&self, planned: &Planned, response: &Response) -> bool {
        let refused = matches!(response, Response::Answer { body: Some(body), .. } if Stop::of_error(body).is_some());
        !refused
            && self
                .pauses
                .get(&planned.id)
                .is_none_or(|pauses| *pauses < PAUSES_MAX)
    }

    /// What the target is, as far as it says: answers name model and fingerprint, refusals do not.
    fn identity(&mut self, arm: &Arm, response: &Response) -> Digest {
        let said = match response {
            Response::Answer {
                body: Some(body), ..
            } => Reply::of(body).and_then(|reply| reply.identity),
            Response::Answer { .. } | Response::Failed(_) => None,
        };
        match said {
            Some(identity) => {
                let digest = Digest::of(identity.as_bytes());
                self.identities.insert(arm.word(), digest);
                digest
            }
            None => {
                let known = self
                    .identities
                    .get(arm.word())
                    .or_else(|| self.identities.values().next());
                known.copied().unwrap_or(self.config.target_digest)
            }
        }
    }
}

impl Planned {
    fn payload(&self, config: &CampaignConfig) -> Payload {
        match self.source {
            Source::Probe(probe) => probe.payload(config.seed, self.variation, &config.model),
            Source::Task(task) => task.payload(config.seed, self.variation, &config.model),
        }
    }
}

impl Flight {
    fn start(planned: Planned, config: &CampaignConfig) -> Self {
        let payload = planned.payload(config);
        Self {
            planned,
            oracle: payload.oracle,
            request: payload.request,
            turns: payload.turns.into(),
            earlier: Reply::default(),
            latency_us: 0,
        }
    }

    fn attempt(&self) -> Attempt {
        Attempt {
            id: self.planned.id,
            pair: self.planned.pair,
            arm: self.planned.arm.clone(),
            probe: self.planned.source.id(),
            family: self.planned.source.family(),
            request: self.request.clone(),
        }
    }

    /// Takes an answer over and prepares the next turn, where there is one and the effect is not there.
    fn goes_on(&mut self, response: &Response) -> bool {
        let Response::Answer {
            status: 200..300,
            body: Some(body),
            ..
        } = response
        else {
            return false;
        };
        let Some(mut reply) = Reply::of(body).filter(|_| !self.turns.is_empty()) else {
            return false;
        };
        reply.after(&self.earlier);
        if self.oracle.holds(&reply) {
            return false;
        }
        let Some(turn) = self.turns.pop_front() else {
            return false;
        };
        self.request = continued(&self.request, body, &turn);
        self.earlier = reply;
        true
    }
}

impl Source {
    const fn id(self) -> &'static str {
        match self {
            Self::Probe(probe) => probe.id,
            Self::Task(task) => task.id,
        }
    }

    const fn family(self) -> &'static str {
        match self {
            Self::Probe(probe) => probe.family,
            Self::Task(task) => task.family,
        }
    }
}

/// All attempts: variation by variation, so that an early stop has seen every family; the arms of a pair
/// one after the other, in an order that the seed decides, so that drift favours neither.
fn plan(config: &CampaignConfig) -> VecDeque<Planned> {
    let mut planned = VecDeque::new();
    let mut pair = 0;
    for variation in 0..config.suite.variations {
        for probe in &config.suite.probes {
            let mut arms = config.arms.clone();
            if Draw::new(config.seed, "order", pair).below(2) == 1 {
                arms.reverse();
            }
            for arm in arms {
                planned.push_back(Planned {
                    id: 0,
                    pair,
                    arm,
                    source: Source::Probe(probe),
                    variation,
                });
            }
            pair += 1;
        }
        if variation < config.suite.repeats {
            for task in &config.suite.tasks {
                planned.push_back(Planned {
                    id: 0,
                    pair,
                    arm: Arm::Benign,
                    source: Source::Task(task),
                    variation,
                });
                pair += 1;
            }
        }
    }
    for (id, attempt) in planned.iter_mut().enumerate() {
        attempt.id = u64::try_from(id).unwrap_or(u64::MAX);
    }
    planned
}

fn judge(flight: &Flight, response: &Response) -> Outcome {
    let unassessed = |reason: String| Outcome::Unassessed { reason };
    let (status, body, verdict) = match response {
        Response::Failed(reason) => return unassessed(reason.clone()),
        Response::Answer {
            status,
            body,
            verdict,
        } => (*status, body.as_ref(), verdict.as_deref()),
    };
    let blocked = |stop: Stop| Outcome::Blocked {
        control: stop.control,
        detector: stop.detector,
    };
    let Some(body) = body else {
        return unassessed(format!("status {status} without JSON"));
    };
    if let Some(stop) = Stop::of_error(body) {
        return blocked(stop);
    }
    let reply = (200..300)
        .contains(&status)
        .then(|| Reply::of(body))
        .flatten();
    let Some(mut reply) = reply else {
        let code = body
            .pointer("/error/code")
            .and_then(Value::as_str)
            .unwrap_or("no completion");
        return unassessed(format!(
            "status {status}: {}",
            code.chars().take(60).collect::<String>()
        ));
    };
    reply.after(&flight.earlier);
    match (flight.oracle.holds(&reply), flight.planned.source) {
        (true, Source::Task(_)) => Outcome::Completed,
        (true, Source::Probe(_)) => Outcome::Succeeded,
        (false, _) => match verdict.and_then(Stop::of_header) {
            Some(stop) => blocked(stop),
            None => Outcome::Resisted,
        },
    }
}
