//! The analysis on a small system and on the example: bars that any change must keep.

use seawall_evidence::trial::{Arm, Outcome};
use seawall_system::read;

use super::*;
use crate::evidence::tests::{at, blocked, record};

const SMALL: &str = "\
schema: seawall.system/v1
name: desk
demonstration: true
currency: EUR
appetite: {loss: 200000, probability: 0.1}
assets:
  - {id: files, kind: personal-data}
  - {id: rules, kind: instructions}
components:
  - {id: bot, kind: agent, exposed: [internet], holds: [rules]}
  - {id: store, kind: vector-store, holds: [files]}
flows:
  - {id: lookup, from: store, to: bot, carries: [documents]}
actors:
  - {id: anyone, position: outsider, campaigns: [1, 8], tries: 4}
controls:
CONTROLS
losses:
  - {id: leak, asset: files, effect: confidentiality, range: [1000, 500000]}
  - {id: rules-leak, asset: rules, effect: confidentiality, least: 10, likely: 200, most: 900}
";

const WALL: &str =
    "  - {id: wall, kind: prompt-inspection, stands-at: [bot], efficacy: [0.85, 0.95], cost: 10}\n";

fn system(controls: &str) -> System {
    let controls = if controls.is_empty() { " []" } else { controls };
    let text = SMALL.replace(
        "\nCONTROLS\n",
        &format!("\n{}\n", controls.trim_end_matches('\n')),
    );
    let (system, problems) = read("seawall.yaml", text.as_bytes());
    assert!(problems.is_empty(), "{problems:?}\n{text}");
    system.unwrap()
}

fn options(threads: usize) -> Options {
    let mut options =
        Options::new(7, at("2026-11-23T12:00:00Z")).threads(NonZeroUsize::new(threads).unwrap());
    options.effort = Effort {
        draws: 48,
        groups: 2,
        years: 100,
        details: 16,
        tornado: 2,
    };
    options
}

fn run(system: &System, records: &[TrialRecord]) -> Analysis {
    analyse(system, &Observation::default(), records, &options(1))
}

fn pairs(blocks: u64, passes: u64) -> Vec<TrialRecord> {
    (0..blocks + passes)
        .flat_map(|pair| {
            let on = if pair < blocks {
                blocked("prompt-inspection")
            } else {
                Outcome::Succeeded
            };
            let family = "direct-injection";
            [
                record(pair, Arm::Off, family, Outcome::Succeeded),
                record(pair, Arm::On, family, on),
            ]
        })
        .collect()
}

#[test]
fn threads_and_order_change_no_byte() {
    let wall = system(WALL);
    let records = pairs(20, 5);
    let observation = Observation::default();
    let text = |threads, records: &[TrialRecord]| {
        crate::json(&analyse(&wall, &observation, records, &options(threads))).to_string()
    };
    let one = text(1, &records);
    assert_eq!(one, text(2, &records));
    assert_eq!(one, text(4, &records));
    let mut reversed = records.clone();
    reversed.reverse();
    assert_eq!(one, text(3, &reversed));

    let other = format!("  - {{id: late, kind: output-inspection, stands-at: [bot]}}\n{WALL}");
    let swapped = format!("{WALL}  - {{id: late, kind: output-inspection, stands-at: [bot]}}\n");
    let strip = |controls: &str| {
        let mut value = crate::json(&run(&system(controls), &records));
        value["source"] = serde_json::Value::Null;
        value.to_string()
    };
    // The two texts differ in lines and digest, and in nothing that is computed.
    let (left, right) = (strip(&other), strip(&swapped));
    assert_eq!(left, right);
}

#[test]
fn a_control_never_raises_a_loss() {
    let none = run(&system(""), &[]);
    let one = run(&system(WALL), &[]);
    let two = format!("{WALL}  - {{id: late, kind: output-inspection, stands-at: [bot]}}\n");
    let two = run(&system(&two), &[]);
    let watched = format!(
        "{WALL}  - {{id: watch, kind: audit-ledger, stands-at: [bot], efficacy: [0.1, 0.3]}}\n"
    );
    let watched = run(&system(&watched), &[]);
    assert!(one.with.mean < none.with.mean);
    assert!(two.with.mean < one.with.mean);
    assert!(
        watched.with.mean < one.with.mean,
        "noticing failed tries is worth something"
    );
    assert_eq!(
        none.without, one.without,
        "the same campaigns, whatever stands in their way"
    );
    assert_eq!(none.with, none.without);
    assert!(
        watched
            .controls
            .iter()
            .all(|control| control.value.mean >= 0.0)
    );
}

#[test]
fn more_blocks_never_raise_and_more_passes_never_lower_a_loss() {
    let wall = system(WALL);
    let mut before = f64::INFINITY;
    for blocks in [0, 1, 5, 20, 80] {
        let loss = run(&wall, &pairs(blocks, 3)).with.mean;
        assert!(loss <= before, "{blocks} blocks: {loss} after {before}");
        before = loss;
    }
    let mut before = 0.0;
    for passes in [0, 1, 5, 20] {
        let loss = run(&wall, &pairs(30, passes)).with.mean;
        assert!(loss >= before, "{passes} passes: {loss} after {before}");
        before = loss;
    }
}

#[test]
fn two_redundant_controls_leave_what_one_leaves() {
    let twin = |id: &str| {
        format!(
            "  - {{id: {id}, kind: prompt-inspection, stands-at: [bot], mechanism: engine, \
             fails-with: host, efficacy: [0.88, 0.92]}}\n"
        )
    };
    let one = run(&system(&twin("one")), &[]);
    let two = run(&system(&format!("{}{}", twin("one"), twin("two"))), &[]);
    assert_eq!(one.with, two.with);
    assert!(two.controls.iter().all(|control| control.value.mean == 0.0));
    let independent = WALL.replace("wall", "other");
    let backed = run(&system(&format!("{WALL}{independent}")), &[]);
    assert!(backed.with.mean < run(&system(WALL), &[]).with.mean);
}

#[test]
fn every_figure_has_its_interval_and_every_default_is_listed() {
    let analysis = run(&system(WALL), &pairs(20, 2));
    assert!(analysis.with.p5 <= analysis.with.mean && analysis.with.mean <= analysis.with.p95);
    assert!(analysis.with.mean < analysis.without.mean);
    let shares = analysis.shares;
    assert!((shares.measured + shares.elicited + shares.default - 1.0).abs() < 1e-9);
    assert!(shares.measured > 0.0 && shares.default > 0.0);
    let subjects: Vec<&str> = analysis
        .assumptions
        .iter()
        .map(|item| item.subject.as_str())
        .collect();
    for subject in ["wall", "direct-prompt-injection", "independence"] {
        assert!(subjects.contains(&subject), "{subject}");
    }
    let probabilities: Vec<f64> = analysis
        .exceedance
        .iter()
        .map(|point| point.probability)
        .collect();
    assert!(probabilities.is_sorted_by(|left, right| left >= right));
    assert!(
        analysis
            .exceedance
            .iter()
            .all(|point| point.probability <= point.without + 0.05)
    );
    let path = &analysis.paths[0];
    assert_eq!(path.actor, "anyone");
    assert!(
        path.steps
            .iter()
            .any(|step| step.maps.iter().any(|id| id.starts_with("AML.")))
    );
    let first = path.steps.first().unwrap();
    assert_eq!(first.threat, "internet-access");
    assert_eq!(first.place.as_ref().unwrap().0, "seawall.yaml");
}

#[test]
fn practice_trials_move_only_a_demonstration() {
    let mut real = system(WALL);
    real.demonstration = false;
    let without = run(&real, &[]);
    let with = run(&real, &pairs(100, 0));
    assert_eq!(without.with, with.with);
    assert_eq!(with.trials.ignored_practice, 200);
}

#[test]
fn a_loss_without_a_path_and_no_actor_that_arrives_are_said() {
    let text = SMALL
        .replace("\nCONTROLS\n", "\n []\n")
        .replace("exposed: [internet]", "exposed: [staff]")
        .replace("position: outsider", "position: contributor");
    let (system, problems) = read("seawall.yaml", text.as_bytes());
    assert!(problems.is_empty(), "{problems:?}");
    let analysis = run(&system.unwrap(), &[]);
    assert_eq!(analysis.with.mean, 0.0);
    assert!(analysis.losses.iter().all(|loss| !loss.is_reachable));
    assert!(analysis.exceedance.is_empty() && analysis.paths.is_empty());
}
