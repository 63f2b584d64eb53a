//! Expressions compile, speak only where their anchors are, and never find more than their rule.

use super::*;
use crate::context::Rendered;
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

/// The objects of every fixture of every rule.
fn corpus() -> Vec<(String, Vec<Object>)> {
    let limits = seawall_base::Limits::default();
    let mut read = Vec::new();
    for rule in RULES {
        for case in cases_of(rule.meta.id) {
            let reading = crate::read("case", case.text.as_bytes(), &limits);
            read.push((format!("{}/{}", rule.meta.id, case.name), reading.objects));
        }
    }
    read
}

/// What an expression is about in some objects.
fn elements(each: Each, objects: &[Object]) -> Vec<Node> {
    if let Each::Part(parts) = each {
        return parts_of(objects, parts);
    }
    let workloads = crate::workloads(objects);
    let mut found = Vec::new();
    for own in &workloads {
        match each {
            Each::Pod => found.push(own.pod.clone()),
            Each::Volume => found.extend(own.volumes().to_vec()),
            _ => found.extend(own.containers.iter().map(|own| own.node.clone())),
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
    let anchored = RULES
        .iter()
        .filter_map(|rule| Some((rule.meta.id, rule.expression?)));
    let anchored: Vec<_> = anchored
        .filter(|(_, expression)| !expression.anchors.is_empty())
        .collect();
    for (name, objects) in corpus() {
        for (id, expression) in &anchored {
            let wanted = Anchors::of(expression.anchors);
            let bare = elements(expression.each, &objects).into_iter();
            for node in bare.filter(|node| !wanted.meets(Anchors::present(node))) {
                let holds = holds(id, expression.each.variable(), value(&node));
                assert_eq!(holds, Some(true), "{id} on {name}");
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
            let rendered = Rendered::new(&reading.objects);
            let ctx = Context::new(&reading.objects, &rendered, crate::Scope::Set);
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
                let rendered = Rendered::new(&reading.objects);
                let ctx = Context::new(&reading.objects, &rendered, crate::Scope::Set);
                let mut out = Out::new(&limits);
                check(rule, expression, &ctx, &reading.objects, &mut out);
                !out.into_findings().is_empty()
            });
        assert!(found, "{} finds nothing in its own fixtures", rule.meta.id);
    }
}
