//! Exported policies decide as the scanner does, on every fixture.

use seawall_base::Limits;
use seawall_cel::{Bindings, Env, Type, Value as Cel};

use super::*;
use crate::context::{Context, Out, Rendered};
use crate::expression::{MINOR_MIN, check, value};
use crate::rules::tests::cases_of;

fn options(form: Form) -> Options {
    Options {
        form,
        minor: 36,
        deny: Severity::High,
        rules: Vec::new(),
        exceptions: Vec::new(),
    }
}

fn env(minor: u32) -> Env {
    Env::kubernetes(minor)
        .with_variable("object", Type::Dyn)
        .with_variable("oldObject", Type::Dyn)
}

/// The kinds of a policy.
fn matches(policy: &Policy, object: &crate::Object) -> bool {
    policy.resources.iter().any(|(resource, plurals)| {
        let kind = resource.names.iter().find(|(kind, _)| *kind == object.kind);
        resource.group == object.group() && kind.is_some_and(|(_, plural)| plurals.contains(plural))
    })
}

#[test]
fn every_policy_decides_as_the_scanner_does() {
    let limits = Limits::default();
    let mut judged = 0;
    let all: Vec<_> = policies(&options(Form::Validating))
        .into_iter()
        .flat_map(|policy| {
            policy
                .validations
                .clone()
                .into_iter()
                .map(move |own| (policy.clone(), own))
        })
        .map(|(policy, own)| {
            let program = env(MINOR_MIN).compile(&own.expression);
            let program =
                program.unwrap_or_else(|error| panic!("{}: {error}\n{}", own.rule, own.expression));
            (policy, own, program)
        })
        .collect();
    let exported = RULES.iter().filter(|rule| rule.expression.is_some());
    let cases = exported.flat_map(|rule| cases_of(rule.meta.id));
    let objects: Vec<_> = cases
        .flat_map(|case| {
            let reading = crate::read("case", case.text.as_bytes(), &limits);
            reading
                .objects
                .into_iter()
                .map(move |object| (case.clone(), object))
        })
        .collect();
    for (case, object) in &objects {
        let bindings = Bindings::new()
            .with("object", value(&object.node))
            .with("oldObject", Cel::Null);
        let alone = std::slice::from_ref(object);
        let rendered = Rendered::default();
        let ctx = Context::new(alone, &rendered, crate::Scope::Single);
        for (policy, own, _) in all.iter().filter(|(policy, ..)| matches(policy, object)) {
            let rule = RULES.iter().find(|rule| rule.meta.id == own.rule).unwrap();
            let mut out = Out::new(&limits);
            check(rule, rule.expression.unwrap(), &ctx, alone, &mut out);
            let expected = out.into_findings().is_empty();
            let is_part = matches!(rule.expression.unwrap().each, Each::Part(_));
            if ctx.workloads.is_empty() && !is_part {
                // A pod spec without containers, which no API server takes.
                continue;
            }
            // An expression that fails denies, as its policy says.
            // A rule about two parts of a kind has two validations.
            let mut same = all.iter().filter(|(other, another, _)| {
                other.name == policy.name && another.rule == own.rule
            });
            let decided =
                same.all(|(.., program)| matches!(program.eval(&bindings), Ok(Cel::Bool(true))));
            assert!(
                decided == expected,
                "{} of {} on {}: {decided:?}, expected {expected}\n{}\n{}",
                own.rule,
                policy.name,
                case.name,
                case.text,
                own.expression
            );
            judged += 1;
        }
    }
    assert!(judged > 5_000, "{judged}");
}

#[test]
fn every_form_is_written_and_compiles_for_every_server() {
    for form in [
        Form::Validating,
        Form::Static,
        Form::Kyverno,
        Form::Mutating,
    ] {
        let text = render(&options(form));
        let reading = crate::read("m.yaml", text.as_bytes(), &Limits::default());
        assert!(reading.problems.is_empty() && !reading.objects.is_empty());
        for object in &reading.objects {
            assert_eq!(
                object.name.ends_with(".static.k8s.io"),
                form == Form::Static
            );
        }
    }
    for minor in [30, 37] {
        for policy in policies(&options(Form::Validating)) {
            for own in policy.validations {
                let compiled = env(minor).compile(&own.expression);
                assert!(compiled.is_ok(), "{} on 1.{minor}: {compiled:?}", own.rule);
            }
        }
    }
}

#[test]
fn an_update_is_denied_for_what_it_adds() {
    let policies = policies(&Options {
        rules: vec!["host-namespaces".to_owned()],
        ..options(Form::Validating)
    });
    let own = &policies[0].validations[0];
    let program = env(MINOR_MIN).compile(&own.expression).unwrap();
    let pod = |flag: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{{flag}: true, containers: []}}\n"
        );
        value(&crate::read("m", text.as_bytes(), &Limits::default()).objects[0].node)
    };
    let decide = |object: Cel, old: Cel| {
        let bindings = Bindings::new()
            .with("object", object)
            .with("oldObject", old);
        matches!(program.eval(&bindings), Ok(Cel::Bool(true)))
    };
    assert!(!decide(pod("hostPID"), Cel::Null));
    assert!(!decide(pod("hostPID"), pod("hostUsers")));
    assert!(decide(pod("hostPID"), pod("hostPID")));
}

#[test]
fn an_exception_covers_its_objects_only() {
    let text = "kind: GuardrailException\nmetadata: {name: e, namespace: ml}\nspec: {rules: [host-namespaces], kind: Pod, names: [nccl], owner: a, reason: b, expires: 2027-01-01}\n";
    let exceptions = exceptions(text, "2026-01-01").unwrap();
    let policies = policies(&Options {
        rules: vec!["host-namespaces".to_owned()],
        exceptions,
        ..options(Form::Validating)
    });
    let program = env(MINOR_MIN)
        .compile(&policies[0].validations[0].expression)
        .unwrap();
    for (name, namespace, allowed) in [
        ("nccl", "ml", true),
        ("nccl", "web", false),
        ("other", "ml", false),
    ] {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{hostPID: true, containers: []}}\n"
        );
        let object = value(&crate::read("m", text.as_bytes(), &Limits::default()).objects[0].node);
        let bindings = Bindings::new()
            .with("object", object)
            .with("oldObject", Cel::Null);
        assert!(
            matches!(program.eval(&bindings), Ok(Cel::Bool(decided)) if decided == allowed),
            "{name}"
        );
    }
}

#[test]
fn a_mutating_policy_compiles_and_sets_what_is_missing() {
    let text = render(&options(Form::Mutating));
    let reading = crate::read("m.yaml", text.as_bytes(), &Limits::default());
    let env = Env::kubernetes_mutating(36).with_variable("object", Type::Dyn);
    let mut count = 0;
    for object in reading
        .objects
        .iter()
        .filter(|own| own.kind == "MutatingAdmissionPolicy")
    {
        let list = object.node.at(&["spec", "mutations"]).unwrap();
        for item in list.items() {
            let text = item.text_at(&["applyConfiguration", "expression"]).unwrap();
            let compiled = env.compile(text);
            assert!(compiled.is_ok(), "{text}: {compiled:?}");
            count += 1;
        }
    }
    assert!(count >= 4, "{count}");
}
