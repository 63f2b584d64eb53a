//! Trees with known answers.

use proptest::prelude::*;

use super::*;

fn options(leaf: f64, efficacy: f64) -> TreeOptions {
    TreeOptions {
        leaf,
        efficacy,
        seed: 1,
        trials: 100_000,
        root: None,
    }
}

fn run(text: &str, leaf: f64, efficacy: f64) -> TreeResult {
    let result = solve("t.dot", text.as_bytes(), &options(leaf, efficacy));
    let result = result.unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    let exact = result.exact.unwrap();
    let error = 4.0 * (exact * (1.0 - exact) / result.trials as f64).sqrt();
    assert!(
        (result.sampled - exact).abs() <= error + 1e-12,
        "{} is not {exact}",
        result.sampled
    );
    let shares: f64 = result
        .controls
        .iter()
        .filter_map(|control| control.shapley)
        .sum();
    let prevented = result.without.unwrap() - exact;
    assert!(
        (shares - prevented).abs() < 1e-9,
        "{shares} is not {prevented}"
    );
    result
}

fn near(left: f64, right: f64) {
    assert!((left - right).abs() < 1e-9, "{left} is not {right}");
}

#[test]
fn gates_are_colours_and_leaves_are_white() {
    let or =
        "digraph { node [style=filled fillcolor=white]; goal [fillcolor=green]; goal -> {a b} }";
    near(run(or, 0.1, 0.0).exact.unwrap(), 0.19);
    let and = "digraph { goal [fillcolor=\"lightblue\"]; goal -> a -> c; goal -> b }";
    near(run(and, 0.5, 0.0).exact.unwrap(), 0.25);
    // The same drawn from the leaves upwards.
    let up = "digraph { goal [color=blue]; a -> goal; b -> goal; /* c */ // d\n # e\n }";
    near(run(up, 0.5, 0.0).exact.unwrap(), 0.25);
}

#[test]
fn shared_nodes_count_once() {
    // As a tree the answer would be 1 - (1 - 0.25)^2 = 0.4375.
    let text = "digraph { root [color=green]; l [color=blue]; r [color=blue]; root -> {l r}; l -> {a s}; r -> {b s} }";
    near(run(text, 0.5, 0.0).exact.unwrap(), 0.375);
}

#[test]
fn a_control_on_several_edges_works_or_fails_at_once() {
    let text = "digraph { root [color=green]; root -> a [label=\"Net\\npolicy\"]; root -> b [label=\"Net policy\"] }";
    let result = run(text, 1.0, 0.9);
    near(result.exact.unwrap(), 0.1);
    near(result.controls[0].shapley.unwrap(), 0.9);
    assert_eq!(
        (result.controls[0].id.as_str(), result.controls[0].edges),
        ("Net policy", 2)
    );
    // Two controls on the way to two leaves: each is worth half of what both prevent.
    let two = "digraph { root [color=green]; root -> a [label=x]; root -> b [label=y] }";
    let result = run(two, 1.0, 0.9);
    near(result.exact.unwrap(), 1.0 - 0.81);
    near(result.controls[0].shapley.unwrap(), 0.405);
    near(result.controls[1].shapley.unwrap(), 0.405);
    // In a row they back each other up.
    let row = "digraph { root -> a [label=x]; a -> b [label=y] }";
    let result = run(row, 1.0, 0.9);
    near(result.exact.unwrap(), 0.01);
    near(result.controls[0].shapley.unwrap(), 0.495);
}

#[test]
fn cycles_have_a_least_fixpoint() {
    let text = "digraph { root [color=green]; m [color=green]; n [color=green]; root -> m; m -> {n a}; n -> {m b} }";
    near(run(text, 0.5, 0.0).exact.unwrap(), 0.75);
}

#[test]
fn what_cannot_be_read_says_where() {
    for (text, part) in [
        ("digraph { a -> ", "a node is expected"),
        ("tree { }", "begins with"),
        ("digraph { \"a }", "does not end"),
        ("digraph { a -> b; c -> d; }", "could be the root"),
        ("digraph { a -> b -> a }", "no node is the root"),
        ("", "begins with"),
    ] {
        let problems = solve("t.dot", text.as_bytes(), &options(0.5, 0.5)).unwrap_err();
        assert!(problems[0].message.contains(part), "{text}: {problems:?}");
    }
    let mut rooted = options(0.5, 0.0);
    rooted.root = Some("a".to_owned());
    let result = solve("t.dot", b"digraph { a -> b; c -> d; }", &rooted).unwrap();
    near(result.exact.unwrap(), 0.5);
}

proptest! {
    #[test]
    fn parsing_never_panics(text in "(digraph \\{)?[a-c\\[\\]{}<>\"=:;,+# \n/*-]{0,80}\\}?") {
        let _result = solve("t.dot", text.as_bytes(), &options(0.5, 0.5));
    }

    #[test]
    fn exact_and_sampled_agree_on_random_trees(
        edges in prop::collection::vec((0_u8..6, 1_u8..9, 0_u8..4), 4..20),
        gates in prop::collection::vec(any::<bool>(), 9),
    ) {
        let mut text = "digraph {".to_owned();
        for (node, is_and) in gates.iter().enumerate() {
            let colour = if *is_and { "blue" } else { "green" };
            text.push_str(&format!("n{node} [color={colour}];"));
        }
        for (from, to, control) in edges {
            let to = to.max(from + 1);
            text.push_str(&format!("n{from} -> n{to}"));
            if control > 0 {
                text.push_str(&format!(" [label=c{control}]"));
            }
            text.push(';');
        }
        text.push('}');
        let mut options = options(0.4, 0.7);
        options.root = Some("n0".to_owned());
        options.trials = 20_000;
        let result = solve("t.dot", text.as_bytes(), &options).unwrap();
        let exact = result.exact.unwrap();
        let error = 5.0 * (exact * (1.0 - exact) / result.trials as f64).sqrt();
        prop_assert!((result.sampled - exact).abs() <= error + 1e-12, "{} is not {}", result.sampled, exact);
        let shares: f64 = result.controls.iter().filter_map(|control| control.shapley).sum();
        prop_assert!((shares - (result.without.unwrap() - exact)).abs() < 1e-9);
        prop_assert!(result.controls.iter().all(|control| control.shapley.unwrap() >= -1e-12));
    }
}
