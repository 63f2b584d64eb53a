//! Possible futures side by side: what the system loses in each year of a what-if.
//!
//! A what-if changes the declaration year by year and prices it with the same draws, so that the
//! difference between two lines is the future and not the noise. An attacker who grows stronger moves
//! along the measured curve of success against tries: the bypass per try stays what trials found.

use seawall_catalog::ControlFunction;
use seawall_stats::Estimate;
use seawall_system::{Facts, Observation, Scenario, System};
use serde_json::{Value, json};

use super::{Options, curve, sample};
use crate::evidence::{TrialRecord, Trials};
use crate::model::Model;
use crate::simulate::Effort;

/// One what-if, year by year.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Future {
    /// Its id.
    pub id: String,
    /// What happens.
    pub name: String,
    /// The years, from the present one on.
    pub years: Vec<FutureYear>,
}

/// What one year of a what-if comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FutureYear {
    /// Years from now.
    pub year: u32,
    /// Expected annual loss.
    pub loss: Estimate,
    /// What the worst fortieth of years costs on average.
    pub shortfall: Estimate,
    /// How busy reviewers are: above 1 they let pass what they have no time for.
    pub review_use: f64,
    /// How long a question waits for a reviewer, in times of answering one; nothing where the queue
    /// grows without end.
    pub review_wait: Option<f64>,
}

/// Years beyond this are not looked at.
const YEARS_MAX: u32 = 10;

/// What the declared what-ifs come to, or the usual ones where none is declared. The first is the
/// system as it is. `review_use` is how busy reviewers were found to be, where that was measured.
#[must_use]
pub fn futures(
    system: &System,
    seen: &Observation,
    records: &[TrialRecord],
    options: &Options,
    (years, review_use): (u32, Option<f64>),
) -> Vec<Future> {
    let mut options = *options;
    options.effort = Effort {
        draws: 128,
        groups: 2,
        years: 500,
        details: 0,
        tornado: 0,
        values: false,
    };
    let years = years.min(YEARS_MAX);
    let mut scenarios = vec![blank("as-is", "As it is")];
    if system.scenarios.is_empty() {
        scenarios.extend(usual());
    } else {
        scenarios.extend(system.scenarios.iter().cloned());
    }
    scenarios
        .iter()
        .map(|scenario| Future {
            id: scenario.id.clone(),
            name: scenario.name.clone(),
            years: (0..=years)
                .map(|year| {
                    let usage = review_use.unwrap_or(scenario.review_use);
                    let busy = usage * scenario.review_load.powf(f64::from(year));
                    let changed = changed(system, scenario, (year, years), busy);
                    price(&changed, seen, records, &options, (year, busy))
                })
                .collect(),
        })
        .collect()
}

fn price(
    system: &System,
    seen: &Observation,
    records: &[TrialRecord],
    options: &Options,
    (year, busy): (u32, f64),
) -> FutureYear {
    let facts = Facts::new(system, seen);
    let trials = Trials::new(records, options.at, system.demonstration);
    let model = Model::new(system, &facts, seen, &trials);
    let (_, draws) = sample(&model, options);
    let annual: Vec<f64> = draws.iter().map(|draw| draw.with.iter().sum()).collect();
    let tails = curve::Pool::of(&draws, |draw| &draw.years_with).tails();
    let tail = tails.iter().find(|tail| tail.level == 0.975);
    FutureYear {
        year,
        loss: Estimate::of(&annual),
        shortfall: tail.map_or_else(|| Estimate::of(&[]), |tail| tail.shortfall),
        review_use: busy,
        // One queue in front of all reviewers, answered in the order of arrival.
        review_wait: (busy < 1.0).then(|| busy / (1.0 - busy)),
    }
}

/// The declaration as it would be `year` years from now.
fn changed(system: &System, scenario: &Scenario, (year, last): (u32, u32), busy: f64) -> System {
    let mut system = system.clone();
    let grown = |factor: f64| factor.powf(f64::from(year));
    let part = f64::from(year) / f64::from(last.max(1));
    let at = |[now, then]: [f64; 2]| now + (then - now) * part;
    for actor in &mut system.actors {
        let tries = f64::from(actor.tries.unwrap_or(crate::reach::TRIES_DEFAULT));
        let tries = (tries * grown(scenario.tries)).round().clamp(1.0, 1e6);
        actor.tries = Some(tries as u32);
        let mut factor = grown(scenario.campaigns);
        if actor.position == "supplier" {
            factor *= grown(scenario.supply);
        }
        actor.campaigns.low *= factor;
        actor.campaigns.high *= factor;
    }
    if let Some(shares) = scenario.code_by_ai {
        // The odds of a flawed change follow the share of code that nobody wrote by hand.
        let [now, _] = shares;
        let factor = at(shares).max(0.01) / now.max(0.01);
        system.odds.push(("code".to_owned(), factor));
    }
    let autonomy = scenario.autonomy.map_or(1.0, |shares| {
        let [now, _] = shares;
        ((1.0 - at(shares)) / (1.0 - now).max(0.01)).clamp(0.0, 1.0)
    });
    // Reviewers answer what they have time for; the rest passes as it came.
    let answered = if busy > 1.0 { 1.0 / busy } else { 1.0 };
    for control in &mut system.controls {
        let mut share = control.coverage.unwrap_or(1.0);
        match control.kind.as_str() {
            "tool-approval" => share *= autonomy * answered,
            "human-review" => share *= answered,
            _ => {}
        }
        if control.coverage.is_some() || share < 1.0 {
            control.coverage = Some(share);
        }
    }
    system
        .controls
        .retain(|control| !scenario.without.contains(&control.kind));
    system
}

fn blank(id: &str, name: &str) -> Scenario {
    Scenario {
        id: id.to_owned(),
        name: name.to_owned(),
        tries: 1.0,
        campaigns: 1.0,
        supply: 1.0,
        code_by_ai: None,
        autonomy: None,
        review_load: 1.0,
        review_use: 0.7,
        without: Vec::new(),
    }
}

/// What is looked at where nothing is declared.
fn usual() -> Vec<Scenario> {
    let learned = seawall_catalog::controls().iter();
    let learned = learned.filter(|kind| {
        let is_ai = kind.group == seawall_catalog::ControlGroup::Ai;
        is_ai && !kind.deterministic && kind.function == ControlFunction::Prevent
    });
    vec![
        Scenario {
            tries: 2.0,
            ..blank(
                "stronger-attackers",
                "Attackers try twice as often each year",
            )
        },
        Scenario {
            campaigns: 1.3,
            ..blank("more-attackers", "A third more campaigns each year")
        },
        Scenario {
            supply: 2.0,
            ..blank(
                "supply-under-attack",
                "Twice the campaigns through suppliers each year",
            )
        },
        Scenario {
            code_by_ai: Some([0.3, 0.9]),
            ..blank(
                "code-by-models",
                "Models write 30 % of the code now and 90 % then",
            )
        },
        Scenario {
            autonomy: Some([0.2, 0.95]),
            ..blank(
                "agents-on-their-own",
                "Agents act without asking: 20 % of calls now, 95 % then",
            )
        },
        Scenario {
            review_load: 1.5,
            ..blank(
                "reviewers-overrun",
                "Half as much again for reviewers each year",
            )
        },
        Scenario {
            without: learned.map(|kind| kind.id.clone()).collect(),
            ..blank("filters-fail", "Every filter that can be argued with fails")
        },
    ]
}

/// The futures as `seawall.risk-scenarios/v1`.
#[must_use]
pub fn futures_json(system: &System, futures: &[Future], options: &Options) -> Value {
    let estimate = |value: Estimate| {
        let cents = |amount: f64| (amount * 100.0).round() / 100.0;
        json!({"mean": cents(value.mean), "p5": cents(value.p5), "p95": cents(value.p95)})
    };
    json!({
        "schema": "seawall.risk-scenarios/v1",
        "system": system.name,
        "currency": system.currency,
        "seed": options.seed,
        "at": options.at.to_string(),
        "scenarios": futures.iter().map(|future| json!({
            "id": future.id,
            "name": future.name,
            "years": future.years.iter().map(|year| json!({
                "year": year.year,
                "ale": estimate(year.loss),
                "es975": estimate(year.shortfall),
                "review_use": year.review_use,
                "review_wait": year.review_wait,
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}
