//! Threat rules meet the facts of a system: every way to bind a rule's variables is one step.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use seawall_base::Location;
use seawall_catalog::{Argument, Atom, Relation, Threat, threats};
use seawall_system::{Fact, Facts, Origin, System};

/// Something an attacker has gained, or the position where one starts.
pub(crate) type State = (Relation, Vec<String>);

/// One rule with its variables bound.
#[derive(Clone, Debug)]
pub(crate) struct GroundStep {
    pub(crate) threat: Cow<'static, Threat>,
    pub(crate) binding: BTreeMap<&'static str, String>,
    pub(crate) requires: Vec<State>,
    pub(crate) gives: State,
    /// Components, flows and boundaries at which a control guards this step.
    pub(crate) sites: BTreeSet<String>,
    /// Controls that guard it wherever they stand.
    pub(crate) controls: BTreeSet<String>,
    /// Whether someone who answers for it gave its chance.
    pub(crate) is_elicited: bool,
    /// Where the fact that makes it possible was read.
    pub(crate) place: Option<Place>,
}

/// A line of a file.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Place {
    pub(crate) path: String,
    pub(crate) location: Option<Location>,
    pub(crate) origin: Origin,
}

type Binding = BTreeMap<&'static str, String>;

/// Every step that the facts allow, in the order of rules and bindings.
pub(crate) fn ground(facts: &Facts) -> Vec<GroundStep> {
    let mut steps = Vec::new();
    for threat in threats() {
        let mut found: Vec<(Binding, Vec<&Fact>)> = vec![(Binding::new(), Vec::new())];
        for atom in &threat.facts {
            let mut next = Vec::new();
            for (binding, proof) in &found {
                extend(facts, atom, binding, proof, &mut next);
            }
            found = next;
        }
        if threat.facts.is_empty() {
            found.clear();
        }
        // Alternatives of one atom bind the same variables twice: one step is enough.
        let mut seen = BTreeSet::new();
        for (binding, proof) in found {
            if seen.insert(binding.clone()) {
                steps.extend(step(threat, &binding, &proof));
            }
        }
    }
    steps
}

/// The first atom of a rule that no fact fits any more.
pub(crate) fn missing(facts: &Facts, threat: &'static Threat) -> Option<&'static Atom> {
    let mut found: Vec<(Binding, Vec<&Fact>)> = vec![(Binding::new(), Vec::new())];
    for atom in &threat.facts {
        let mut next = Vec::new();
        for (binding, proof) in &found {
            extend(facts, atom, binding, proof, &mut next);
        }
        if next.is_empty() {
            return Some(atom);
        }
        found = next;
    }
    None
}

/// Adds the binding for every fact that fits an atom.
fn extend<'f>(
    facts: &'f Facts,
    atom: &'static Atom,
    binding: &Binding,
    proof: &[&'f Fact],
    out: &mut Vec<(Binding, Vec<&'f Fact>)>,
) {
    // Where the first argument is bound already, only facts about it are looked at.
    let first = atom.arguments.first().and_then(|argument| match argument {
        Argument::Variable(name) => binding.get(name.as_str()),
        Argument::OneOf(_) => None,
    });
    let mut add = |fact: &'f Fact| {
        if let Some(binding) = fit(atom, binding, fact) {
            out.push((binding, [proof, &[fact]].concat()));
        }
    };
    match first {
        Some(first) => facts.about(atom.relation, first).for_each(&mut add),
        None => facts.of(atom.relation).for_each(&mut add),
    }
}

fn fit(atom: &'static Atom, binding: &Binding, fact: &Fact) -> Option<Binding> {
    let mut binding = binding.clone();
    for (argument, value) in atom.arguments.iter().zip(&fact.arguments) {
        let fits = match argument {
            Argument::OneOf(words) => words.contains(value),
            Argument::Variable(name) => {
                binding.entry(name).or_insert_with(|| value.clone()) == value
            }
        };
        if !fits {
            return None;
        }
    }
    Some(binding)
}

fn step(threat: &'static Threat, binding: &Binding, proof: &[&Fact]) -> Vec<GroundStep> {
    let Some(gives) = states(&threat.gives, binding).pop() else {
        return Vec::new();
    };
    // A state that the step itself gives would make it pointless.
    let mut choices: Vec<Vec<State>> = vec![Vec::new()];
    for atom in &threat.requires {
        let options = states(atom, binding);
        choices = choices
            .iter()
            .flat_map(|chosen| {
                options.iter().map(move |option| {
                    let mut chosen = chosen.clone();
                    chosen.push(option.clone());
                    chosen
                })
            })
            .collect();
    }
    let sites: BTreeSet<String> = threat
        .at
        .iter()
        .filter_map(|name| binding.get(name.as_str()).cloned())
        .collect();
    // What was discovered says more about why the step is possible than what was declared.
    let place = proof
        .iter()
        .rev()
        .max_by_key(|fact| fact.origin)
        .map(|fact| Place {
            path: fact.path.clone(),
            location: fact.location,
            origin: fact.origin,
        });
    choices
        .into_iter()
        .filter(|requires| !requires.contains(&gives))
        .map(|requires| GroundStep {
            threat: Cow::Borrowed(threat),
            binding: binding.clone(),
            requires,
            gives: gives.clone(),
            sites: sites.clone(),
            controls: BTreeSet::new(),
            is_elicited: false,
            place: place.clone(),
        })
        .collect()
}

/// The states that an atom stands for: one for each alternative.
fn states(atom: &Atom, binding: &Binding) -> Vec<State> {
    let mut found: Vec<Vec<String>> = vec![Vec::new()];
    for argument in &atom.arguments {
        let values: Vec<String> = match argument {
            Argument::Variable(name) => binding.get(name.as_str()).cloned().into_iter().collect(),
            Argument::OneOf(words) => words.clone(),
        };
        found = found
            .iter()
            .flat_map(|start| {
                values.iter().map(move |value| {
                    let mut arguments = start.clone();
                    arguments.push(value.clone());
                    arguments
                })
            })
            .collect();
    }
    found
        .into_iter()
        .map(|arguments| (atom.relation, arguments))
        .collect()
}

impl GroundStep {
    /// A name that does not depend on what else is in the system.
    pub(crate) fn key(&self) -> String {
        let mut key = self.threat.id.clone();
        for value in self.binding.values() {
            key.push('/');
            key.push_str(value);
        }
        for (relation, arguments) in &self.requires {
            if *relation == Relation::Position {
                key.push('@');
                key.push_str(&arguments.join(","));
            }
        }
        key
    }

    /// The proof sentence, with names in place of variables.
    pub(crate) fn sentence(&self, system: &System) -> String {
        let mut text = self.threat.text.clone();
        for (variable, value) in &self.binding {
            text = text.replace(&format!("{{{variable}}}"), system.name_of(value));
        }
        text
    }
}
