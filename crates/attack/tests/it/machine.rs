//! The machine itself: pairing, resuming, pausing, recovering a known efficacy.

use std::collections::{BTreeMap, BTreeSet};

use seawall_attack::{
    Attempt, Campaign, CampaignConfig, Draw, Observation, Recorded, Response, Step, Suite, Tally,
};
use seawall_base::{Digest, Timestamp};
use seawall_evidence::trial::{Arm, Outcome, Trial};
use serde_json::json;

fn config(seed: u64) -> CampaignConfig {
    CampaignConfig {
        id: "camp_1".to_owned(),
        suite: Suite::smoke(),
        seed,
        arms: vec![Arm::Off, Arm::On],
        model: "practice".to_owned(),
        target: "practice".to_owned(),
        target_digest: Digest::of(b"target"),
        controls_off: Digest::of(b"none"),
        controls_on: Digest::of(b"all"),
        concurrency_max: 8,
        per_second: None,
    }
}

fn now() -> Timestamp {
    Timestamp::from_second(1_000).unwrap()
}

fn answered(status: u16, body: serde_json::Value) -> Observation {
    Observation {
        response: Response::Answer {
            status,
            body: Some(body),
            verdict: None,
        },
        latency_us: 5,
    }
}

fn unguarded(attempt: &Attempt) -> Observation {
    answered(200, seawall_practice::respond(&attempt.request).unwrap())
}

/// Stops an attack on the on arm with the probability that its family is given.
fn simulated(attempt: &Attempt, seed: u64, stops: &BTreeMap<&str, u64>) -> Observation {
    let percent = stops.get(attempt.family).copied().unwrap_or(0);
    let roll = Draw::new(seed, attempt.probe, attempt.pair).below(100);
    if attempt.arm == Arm::On && roll < percent {
        let error = json!({ "code": "blocked_by_policy", "control": "prompt-inspection", "detector": "simulated" });
        return answered(400, json!({ "error": error }));
    }
    unguarded(attempt)
}

/// Runs until done, at most `limit` attempts.
fn run(
    campaign: &mut Campaign,
    limit: usize,
    mut target: impl FnMut(&Attempt) -> Observation,
) -> Vec<Trial> {
    let mut trials = Vec::new();
    while trials.len() < limit {
        match campaign.next(now()) {
            Step::Send(attempt) => match campaign.record(attempt.id, &target(&attempt), now()) {
                Recorded::Trial(trial) => trials.push(*trial),
                Recorded::Again => {}
                other @ Recorded::Unknown => panic!("{other:?}"),
            },
            Step::Done => break,
            other => panic!("{other:?}"),
        }
    }
    trials
}

#[test]
fn arms_of_a_pair_get_the_same_bytes_and_a_seed_repeats_everything() {
    let collect = |seed| {
        let mut campaign = Campaign::new(config(seed));
        let mut sent: Vec<(u64, String, String)> = Vec::new();
        run(&mut campaign, usize::MAX, |attempt| {
            sent.push((
                attempt.pair,
                attempt.arm.word().to_owned(),
                attempt.request.to_string(),
            ));
            unguarded(attempt)
        });
        sent
    };
    let sent = collect(7);
    assert_eq!(sent, collect(7));
    assert_ne!(sent, collect(8));
    let mut by_pair: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
    let mut arms: BTreeMap<u64, usize> = BTreeMap::new();
    let mut opened = BTreeSet::new();
    // Later turns hold what the target said, so that only first turns are the same by design.
    for (pair, arm, request) in sent
        .iter()
        .filter(|(pair, arm, _)| arm != "benign" && opened.insert((*pair, arm.clone())))
    {
        by_pair.entry(*pair).or_default().insert(request);
        *arms.entry(*pair).or_default() += usize::from(!arm.is_empty());
    }
    assert!(by_pair.len() >= 200);
    assert!(
        by_pair.values().all(|requests| requests.len() == 1)
            && arms.values().all(|count| *count == 2)
    );
}

#[test]
fn a_killed_campaign_repeats_and_loses_nothing() {
    let mut whole = Campaign::new(config(3));
    let planned = whole.planned();
    let expected: BTreeSet<(String, String)> = run(&mut whole, usize::MAX, unguarded)
        .iter()
        .map(|trial| (trial.pair.to_string(), trial.arm.word().to_owned()))
        .collect();
    let mut first = Campaign::new(config(3));
    let mut trials = run(&mut first, 123, unguarded);
    let mut second = Campaign::new(config(3));
    assert_eq!(second.resume(&trials), 123);
    trials.extend(run(&mut second, usize::MAX, unguarded));
    let seen: BTreeSet<(String, String)> = trials
        .iter()
        .map(|trial| (trial.pair.to_string(), trial.arm.word().to_owned()))
        .collect();
    assert_eq!(trials.len(), expected.len());
    assert_eq!((seen, second.recorded()), (expected, planned));
    let mut foreign = Campaign::new(config(4));
    assert_eq!(foreign.resume(&trials), 0);
}

#[test]
fn a_known_efficacy_lies_within_the_stated_interval() {
    let stops = BTreeMap::from([
        ("direct-injection", 90),
        ("document-injection", 60),
        ("extraction", 30),
        ("exfiltration", 100),
        ("smuggling", 75),
        ("tool-hijack", 50),
        ("tool-result-injection", 10),
        ("wallet", 0),
        ("code-execution", 80),
        ("jailbreak", 45),
        ("multilingual", 20),
        ("multi-turn", 65),
        ("rag-poisoning", 95),
    ]);
    let (mut inside, mut all) = (0, 0);
    for seed in 0..8 {
        let mut campaign = Campaign::new(config(seed));
        let tally = Tally::of(&run(&mut campaign, usize::MAX, |attempt| {
            simulated(attempt, seed, &stops)
        }));
        assert_eq!(tally.all.off.k, tally.all.off.n);
        for (family, result) in &tally.families {
            let truth =
                f64::from(u32::try_from(stops.get(family.as_str()).copied().unwrap_or(0)).unwrap())
                    / 100.0;
            let (low, high) = result.stopped.interval();
            all += 1;
            inside += usize::from(low <= truth && truth <= high);
        }
        assert_eq!(tally.benign.k, tally.benign.n);
    }
    assert!(inside * 100 >= all * 90, "{inside} of {all}");
}

#[test]
fn errors_are_unassessed_and_pauses_are_bounded() {
    let mut campaign = Campaign::new(config(1));
    let step = campaign.next(now());
    let Step::Send(attempt) = step else {
        panic!("{step:?}")
    };
    let failed = Observation {
        response: Response::Failed("timed out".to_owned()),
        latency_us: 1,
    };
    let recorded = campaign.record(attempt.id, &failed, now());
    let Recorded::Trial(trial) = recorded else {
        panic!("{recorded:?}")
    };
    assert_eq!(
        trial.outcome,
        Outcome::Unassessed {
            reason: "timed out".to_owned()
        }
    );
    let busy = answered(429, json!({ "error": { "code": "rate_limit_exceeded" } }));
    let mut clock = now();
    let mut trials: Vec<Trial> = Vec::new();
    let mut sent = 0_u64;
    loop {
        match campaign.next(clock) {
            Step::Send(attempt) => {
                sent += 1;
                if let Recorded::Trial(trial) = campaign.record(attempt.id, &busy, clock) {
                    trials.push(*trial);
                }
            }
            Step::Wait(until) => clock = until,
            Step::Done => break,
            Step::Busy => panic!("nothing is in flight"),
        }
    }
    assert!(
        trials
            .iter()
            .all(|trial| matches!(trial.outcome, Outcome::Unassessed { .. }))
    );
    assert_eq!(sent, (campaign.planned() - 1) * 6);
}

#[test]
fn a_rate_limit_spaces_attempts_on_the_given_clock() {
    let mut limited = config(1);
    limited.per_second = Some(2);
    limited.concurrency_max = 1_000;
    let mut campaign = Campaign::new(limited);
    let mut clock = now();
    for _ in 0..10 {
        match campaign.next(clock) {
            Step::Wait(until) => clock = until,
            Step::Send(_) => {}
            other => panic!("{other:?}"),
        }
    }
    let waited = clock.duration_since(now()).as_millis();
    assert!((1_500..=3_000).contains(&waited), "{waited}");
}
