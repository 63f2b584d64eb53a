//! Actors: where each starts, and which steps it can take that serve a goal.

use std::collections::BTreeMap;

use seawall_catalog::Relation;
use seawall_system::{Actor, Attempts};

use crate::book::Book;
use crate::graph::{Graph, Step};
use crate::ground::State;
use crate::inputs::{Knowledge, Provenance};
use crate::lanes::Lanes;
use crate::model::ModelActor;

pub(crate) const TRIES_DEFAULT: u32 = 10;

/// The part of the graph that matters to one actor.
pub(crate) fn model_actor<'a>(
    (actor, seen): (&'a Actor, Option<Attempts>),
    steps: &[Step],
    numbers: &BTreeMap<State, u32>,
    goals: &[Option<u32>],
    book: &mut Book,
) -> ModelActor<'a> {
    if actor.tries.is_none() {
        let text = format!("tries each control {TRIES_DEFAULT} times in a campaign");
        book.assume(&actor.id, text, "no number of tries given");
    }
    if actor.adapts.is_none() {
        let text =
            "adapts to the controls in every campaign, where adaptive trials say what that does";
        book.assume(&actor.id, text, "no share of adapting campaigns given");
    }
    let range = actor.campaigns;
    let text = format!("{} to {} campaigns a year", range.low, range.high);
    book.register(&actor.id, text, &actor.estimate);
    let provenance = if seen.is_some() {
        Provenance::Measured
    } else if actor.estimate.assumed {
        Provenance::Default
    } else {
        Provenance::Elicited
    };
    let knowledge = || match actor.campaigns.gamma() {
        Ok(gamma) => Knowledge::Rate(seen.map_or(gamma, |seen| {
            gamma.updated(seen.campaigns as f64, seen.years)
        })),
        Err(_) => Knowledge::Exactly(0.0),
    };
    let mut label = format!("campaigns of {}", actor.id);
    if let Some(seen) = seen {
        let text = format!(
            "{} campaigns seen in {:.2} years",
            seen.campaigns, seen.years
        );
        book.assume(
            &actor.id,
            text,
            "a caller who is stopped on a day is one campaign",
        );
        label.push_str(", as updated by the ledger");
    }
    let start = (Relation::Position, vec![actor.position.clone()]);
    let start = numbers.get(&start).copied();
    let kept = relevant(steps, start, goals, numbers.len());
    let graph = Graph::new(numbers.len(), kept);
    let given = |goal: u32| graph.steps().iter().any(|step| step.gives == goal);
    let goals = goals
        .iter()
        .map(|goal| goal.filter(|goal| given(*goal)))
        .collect();
    ModelActor {
        actor,
        rate: book.add(label, provenance, knowledge),
        tries: actor.tries.unwrap_or(TRIES_DEFAULT),
        adapts: actor.adapts.unwrap_or(1.0),
        start,
        goals,
        graph,
    }
}

/// The steps that an actor can come to take and that can serve a goal.
fn relevant(steps: &[Step], start: Option<u32>, goals: &[Option<u32>], states: usize) -> Vec<Step> {
    let mut reached = vec![Lanes::NONE; states];
    if let Some(lanes) = start.and_then(|start| reached.get_mut(start as usize)) {
        *lanes = Lanes::only(0);
    }
    Graph::new(states, steps.to_vec()).fixpoint(&mut reached, |_, ready| ready);
    let is_reached = |state: &u32| reached.get(*state as usize).copied() == Some(Lanes::only(0));
    let forward: Vec<&Step> = steps
        .iter()
        .filter(|step| step.requires.iter().all(is_reached))
        .collect();
    let mut useful = vec![false; states];
    let mut queue: Vec<u32> = goals.iter().flatten().copied().collect();
    let mut givers: BTreeMap<u32, Vec<&Step>> = BTreeMap::new();
    for step in &forward {
        givers.entry(step.gives).or_default().push(step);
    }
    while let Some(state) = queue.pop() {
        let Some(flag) = useful.get_mut(state as usize).filter(|flag| !**flag) else {
            continue;
        };
        *flag = true;
        for step in givers.get(&state).into_iter().flatten() {
            queue.extend(&step.requires);
        }
    }
    forward
        .into_iter()
        .filter(|step| useful.get(step.gives as usize) == Some(&true))
        .cloned()
        .collect()
}
