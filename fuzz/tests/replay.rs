//! Every seed of every target, and the same few mutations of them in every run.

use seawall_fuzz::{Mutator, TARGETS};

/// Mutations that one target sees; the journal opens a database for each.
fn count(name: &str) -> usize {
    if name == "journal" { 8 } else { 60 }
}

#[test]
fn seeds_and_mutations_of_them_hold() {
    for target in TARGETS {
        let seeds = target.seeds();
        assert!(!seeds.is_empty(), "{} has no seed", target.name);
        seeds.iter().for_each(|seed| (target.body)(seed));
        let mut mutator = Mutator::new(seeds, 1);
        for _ in 0..count(target.name) {
            (target.body)(&mutator.draw());
        }
    }
}

#[test]
fn targets_are_named_once_and_in_order() {
    assert!(TARGETS.is_sorted_by(|left, right| left.name < right.name));
}

#[test]
fn the_same_number_draws_the_same_inputs() {
    let draw = || {
        let mut mutator = Mutator::new(vec![b"abc".to_vec(), b"{}".to_vec()], 7);
        [mutator.draw(), mutator.draw(), mutator.draw()]
    };
    assert_eq!(draw(), draw());
}
