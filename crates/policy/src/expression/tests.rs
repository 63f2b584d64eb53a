//! Expressions compile, speak only where their anchors are, and never find more than their rule.

use super::*;
use crate::rules::tests::cases_of;

#[test]
fn every_expression_compiles() {
    for rule in RULES {
        let Some(expression) = rule.expression else {
            continue;
        };
        let env = Env::kubernetes(MINOR_MIN).with_variable(expression.each.variable(), Type::Dyn);
        if let Err(error) = env.compile(expression.holds) {
            panic!("{}: {error}", rule.meta.id);
        }
        assert!(PROGRAMS.contains_key(rule.meta.id));
    }
}

/// The elements of every fixture of every rule that an expression is about.
fn elements(each: Each) -> Vec<(String, Node)> {
    let mut found = Vec::new();
    for rule in RULES {
        for case in cases_of(rule.meta.id) {
            let reading = crate::read(
                "case",
                case.text.as_bytes(),
                &seawall_base::Limits::default(),
            );
            let objects = &reading.objects;
            let ctx = Context::new(objects, crate::Scope::Set);
            let name = format!("{}/{}", rule.meta.id, case.name);
            let nodes: Vec<Node> = match each {
                Each::Part(parts) => parts_of(objects, parts),
                Each::Pod => ctx.workloads.iter().map(|own| own.pod.clone()).collect(),
                Each::Volume => ctx
                    .workloads
                    .iter()
                    .flat_map(|own| own.volumes().to_vec())
                    .collect(),
                Each::Container => ctx
                    .workloads
                    .iter()
                    .flat_map(|own| own.containers.iter().map(|own| own.node.clone()))
                    .collect(),
            };
            found.extend(nodes.into_iter().map(|node| (name.clone(), node)));
        }
    }
    found
}

fn parts_of(objects: &[Object], parts: &[Part]) -> Vec<Node> {
    let pairs = objects
        .iter()
        .flat_map(|object| parts.iter().map(move |part| (object, part)));
    pairs
        .filter(|(object, part)| part.kind == object.kind)
        .filter_map(|(object, part)| at(&object.node, part.path).cloned())
        .collect()
}

#[test]
fn an_element_without_anchors_keeps_the_rule() {
    for rule in RULES {
        let Some(expression) = rule.expression.filter(|found| !found.anchors.is_empty()) else {
            continue;
        };
        let wanted = Anchors::of(expression.anchors);
        for (name, node) in elements(expression.each) {
            if !wanted.meets(Anchors::present(&node)) {
                let holds = holds(rule.meta.id, expression.each.variable(), value(&node));
                assert_eq!(holds, Some(true), "{} on {name}", rule.meta.id);
            }
        }
    }
}

#[test]
fn an_expression_finds_no_more_than_its_rule() {
    let limits = seawall_base::Limits::default();
    for rule in RULES.iter().filter(|rule| rule.expression.is_some()) {
        let expression = rule.expression.expect("filtered");
        for case in cases_of(rule.meta.id) {
            let reading = crate::read("case", case.text.as_bytes(), &limits);
            let ctx = Context::new(&reading.objects, crate::Scope::Set);
            let mut out = Out::new(&limits);
            check(rule, expression, &ctx, &reading.objects, &mut out);
            let found = !out.into_findings().is_empty();
            match expression.covers {
                Covers::All => assert_eq!(found, case.bad, "{}: {}", rule.meta.id, case.name),
                Covers::Part => assert!(case.bad || !found, "{}: {}", rule.meta.id, case.name),
            }
        }
    }
}

#[test]
fn a_part_of_a_rule_is_not_nothing() {
    for rule in RULES {
        let Some(expression) = rule.expression else {
            continue;
        };
        let limits = seawall_base::Limits::default();
        let found = cases_of(rule.meta.id)
            .iter()
            .filter(|case| case.bad)
            .any(|case| {
                let reading = crate::read("case", case.text.as_bytes(), &limits);
                let ctx = Context::new(&reading.objects, crate::Scope::Set);
                let mut out = Out::new(&limits);
                check(rule, expression, &ctx, &reading.objects, &mut out);
                !out.into_findings().is_empty()
            });
        assert!(found, "{} finds nothing in its own fixtures", rule.meta.id);
    }
}
