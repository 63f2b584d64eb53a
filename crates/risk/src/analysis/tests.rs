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
        values: true,
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
fn a_secondary_loss_adds_its_chance_times_its_amount() {
    let plain = run(&system(WALL), &[]);
    let text = SMALL
        .replace("\nCONTROLS\n", &format!("\n{}\n", WALL.trim_end()))
        .replace(
            "range: [1000, 500000]}",
            "range: [1000, 500000], secondary: [{name: fine, chance: [0.3, 0.5], range: [1000, 500000]}]}",
        );
    let (system, problems) = read("seawall.yaml", text.as_bytes());
    assert!(problems.is_empty(), "{problems:?}");
    let more = run(&system.unwrap(), &[]);
    let leak = |analysis: &Analysis| analysis.losses[0].with.mean;
    // The same campaigns; four in ten leaks cost as much again.
    assert!(
        (leak(&more) / leak(&plain) - 1.4).abs() < 0.01,
        "{} {}",
        leak(&more),
        leak(&plain)
    );
    assert!(more.tails[2].at_risk.mean > plain.tails[2].at_risk.mean);
}

#[test]
fn years_that_move_together_have_worse_tails_and_the_same_mean() {
    let at = |dependence: &str| {
        let text = SMALL
            .replace("\nCONTROLS\n", &format!("\n{}\n", WALL.trim_end()))
            .replace("currency: EUR", &format!("currency: EUR\n{dependence}"))
            .replace(
                "position: outsider, campaigns: [1, 8], tries: 4}",
                "position: outsider, campaigns: [20, 40], tries: 40}\n  - {id: other, position: \
                 customer, campaigns: [20, 40], tries: 40}",
            );
        let (system, problems) = read("seawall.yaml", text.as_bytes());
        assert!(problems.is_empty(), "{problems:?}");
        let mut options = options(1);
        options.effort.years = 2_000;
        analyse(&system.unwrap(), &Observation::default(), &[], &options)
    };
    let (apart, together) = (at(""), at("dependence: 1"));
    assert_eq!(apart.with, together.with, "what is expected does not move");
    let tail = |analysis: &Analysis| analysis.tails[0].at_risk.mean;
    assert!(
        tail(&together) > 1.2 * tail(&apart),
        "{} {}",
        tail(&together),
        tail(&apart)
    );
}

#[test]
fn declared_steps_come_to_what_their_tree_says() {
    // Goal needs l or r; l needs a and s, r needs b and s: 0.375 where all are halves.
    let tree = "digraph { root [color=green]; l [color=blue]; r [color=blue]; root -> {l r}; \
                l -> {a s}; r -> {b s}; a [probability=0.5]; b [probability=0.5]; s [probability=0.5] }";
    let imported = seawall_system::import::import(
        seawall_system::import::Format::Dot,
        "t.dot",
        tree.as_bytes(),
    );
    let yaml = imported.unwrap().yaml;
    let (system, problems) = read("seawall.yaml", yaml.as_bytes());
    assert!(problems.is_empty(), "{problems:?}");
    let mut options = options(1);
    options.effort.groups = 40;
    let system = system.unwrap();
    let analysis = analyse(&system, &Observation::default(), &[], &options);
    let campaigns = system.actors[0].campaigns.gamma().unwrap().mean();
    let certain = campaigns * system.losses[0].severity.mean();
    let chance = analysis.with.mean / certain;
    assert!((chance - 0.375).abs() < 0.01, "{chance}");
    assert_eq!(
        analysis.shares.default, 1.0,
        "nobody answers for money or frequency"
    );
}

#[test]
fn an_estimate_past_its_day_is_said_and_names_who_answers() {
    let text = SMALL.replace("\nCONTROLS\n", "\n []\n").replace(
        "tries: 4}",
        "tries: 4, basis: incident list, owner: soc@example.org, until: 2026-11-22}",
    );
    let (system, problems) = read("seawall.yaml", text.as_bytes());
    assert!(problems.is_empty(), "{problems:?}");
    let analysis = run(&system.unwrap(), &[]);
    let item = analysis
        .assumptions
        .iter()
        .find(|item| item.subject == "anyone");
    let item = item.unwrap();
    assert_eq!(
        (item.basis.as_str(), item.owner.as_deref()),
        ("incident list", Some("soc@example.org"))
    );
    assert!(item.is_expired);
    assert_eq!(
        analysis
            .assumptions
            .iter()
            .filter(|item| item.is_expired)
            .count(),
        1
    );
}

#[test]
fn a_control_that_costs_more_than_it_saves_is_worth_less_than_nothing() {
    let heavy = WALL.replace(
        "cost: 10",
        "cost: 10, friction: {requests: 1000000, cost: 20, rate: [0.01, 0.03]}",
    );
    let analysis = run(&system(&heavy), &[]);
    let (net, worth) = analysis.controls[0].net.unwrap();
    assert!(net.p95 < 0.0 && worth < 0.05, "{net:?} {worth}");
    assert!(
        analysis.controls[0].value.mean > 0.0,
        "it does stop attacks"
    );
}

#[test]
fn order_of_parts_and_currency_change_no_figure() {
    let (one, other) = (system(WALL), system(WALL));
    let mut turned = other;
    turned.components.reverse();
    turned.assets.reverse();
    turned.losses.reverse();
    turned.currency = "USD".to_owned();
    let figures = |system: &System| {
        let mut value = crate::json(&run(system, &[]));
        value["currency"] = serde_json::Value::Null;
        value["assumptions"] = serde_json::Value::Null;
        value.to_string()
    };
    assert_eq!(figures(&one), figures(&turned));
}

#[test]
fn what_the_ledger_saw_updates_the_frequency_and_is_backtested() {
    let text = SMALL
        .replace("\nCONTROLS\n", &format!("\n{}\n", WALL.trim_end()))
        .replace("tries: 4}", "tries: 4, seen-at: [chat]}");
    let (system, problems) = read("seawall.yaml", text.as_bytes());
    assert!(problems.is_empty(), "{problems:?}");
    let system = system.unwrap();
    let saw = |campaigns| {
        let found = seawall_system::Attempts {
            campaigns,
            years: 2.0,
        };
        let attempts = [("chat".to_owned(), found)].into();
        let seen = Observation {
            attempts,
            ..Observation::default()
        };
        analyse(&system, &seen, &[], &options(1))
    };
    let (none, few, many) = (run(&system, &[]), saw(6), saw(60));
    assert!(many.with.mean > 3.0 * few.with.mean);
    assert!(few.shares.measured > none.shares.measured);
    assert!(none.backtest.rows.is_empty());
    assert!(few.backtest.rows[0].is_inside() && !many.backtest.rows[0].is_inside());
}

#[test]
fn trials_of_others_count_where_there_are_none_of_ones_own() {
    let bare = "  - {id: wall, kind: prompt-inspection, stands-at: [bot]}\n";
    let mut owned = system(bare);
    let wall = |system: &System, records: &[TrialRecord]| run(system, records).with.mean;
    let (default, measured) = (wall(&owned, &[]), wall(&owned, &pairs(5, 20)));
    owned.imported_trials.push(seawall_system::ImportedTrials {
        kind: "prompt-inspection".to_owned(),
        family: "direct-injection".to_owned(),
        trials: 400,
        blocked: 396,
        judge: None,
        source: "another lab".to_owned(),
        location: owned.controls[0].location,
    });
    assert!(wall(&owned, &[]) < default);
    assert_eq!(
        wall(&owned, &pairs(5, 20)),
        measured,
        "one's own stand first"
    );
}

#[test]
fn what_a_control_saves_is_shared_out_by_property() {
    let analysis = run(&system(WALL), &[]);
    let control = &analysis.controls[0];
    let sum: f64 = control.heat.iter().sum();
    assert!((sum / control.value.mean - 1.0).abs() < 1e-9);
    assert!(control.heat[0] > 0.0 && control.heat[3] == 0.0);
}

#[test]
fn half_of_the_trials_predict_the_other_half() {
    let analysis = run(&system(WALL), &pairs(36, 4));
    let row = &analysis.backtest.rows[0];
    assert_eq!(
        (row.of, row.what.as_str()),
        (Some(20), "blocks of direct-injection (static)")
    );
    assert_eq!(row.came, 16, "all passes came late");
    assert!(row.predicted[0] <= row.predicted[1]);
}

#[test]
fn shapley_shares_sum_to_what_controls_prevent() {
    let controls = format!(
        "{WALL}  - {{id: late, kind: output-inspection, stands-at: [bot]}}\n  - {{id: watch, kind: \
         audit-ledger, stands-at: [bot], efficacy: [0.1, 0.3]}}\n"
    );
    let analysis = run(&system(&controls), &[]);
    let sum: f64 = analysis
        .controls
        .iter()
        .map(|control| control.shapley.mean)
        .sum();
    let prevented = analysis.without.mean - analysis.with.mean;
    assert!((sum / prevented - 1.0).abs() < 1e-9, "{sum} {prevented}");
}

#[test]
fn futures_move_the_way_they_say() {
    let wall = system(&format!(
        "{WALL}  - {{id: asked, kind: human-review, stands-at: [bot], efficacy: [0.4, 0.8]}}\n"
    ));
    let options = options(1);
    let found = futures(
        &wall,
        &Observation::default(),
        &[],
        &options,
        (2, Some(0.8)),
    );
    let of = |id: &str| found.iter().find(|future| future.id == id).unwrap();
    let losses =
        |id: &str| -> Vec<f64> { of(id).years.iter().map(|year| year.loss.mean).collect() };
    let now = losses("as-is");
    assert!(now.iter().all(|loss| *loss == now[0]), "{now:?}");
    for id in ["stronger-attackers", "more-attackers"] {
        let years = losses(id);
        assert_eq!(years[0], now[0]);
        assert!(years.is_sorted() && years[2] > years[0], "{id} {years:?}");
    }
    assert!(losses("filters-fail")[0] > now[0]);
    let queue = &of("reviewers-overrun").years;
    assert!((queue[0].review_wait.unwrap() - 4.0).abs() < 1e-9);
    assert!(queue[2].review_wait.is_none() && queue[2].review_use > 1.0);
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
