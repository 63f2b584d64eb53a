//! An expression compiles or has problems with places inside the text; it evaluates within its
//! limits to a value that can be written out, to the same value every time.

use std::sync::LazyLock;

use seawall_cel::{Bindings, Env, Limits, Type, Value, wire};

static ENVS: LazyLock<[Env; 2]> = LazyLock::new(|| {
    let mut limits = Limits::default();
    limits.steps_max = 50_000;
    limits.built_max = 1 << 18;
    limits.regex_bytes_max = 1 << 18;
    let made = |env: Env| env.with_variable("x", Type::Dyn).with_limits(limits);
    [made(Env::default()), made(Env::kubernetes_mutating(34))]
});

pub(super) fn body(bytes: &[u8]) {
    let Ok(source) = std::str::from_utf8(bytes) else {
        return;
    };
    let object = serde_json::json!({"a": [1, "b", {"c": null}], "d": 1.5});
    let bindings = Bindings::new().with("x", Value::from_json(&object));
    for env in &*ENVS {
        if let Err(error) = env.compile(source) {
            assert!(!error.problems.is_empty());
            for problem in &error.problems {
                assert!(problem.span.start as usize <= source.len(), "{problem:?}");
            }
        }
        for program in [env.compile(source), env.compile_unchecked(source)]
            .into_iter()
            .flatten()
        {
            let first = program.run(&bindings, 1_000_000);
            let second = program.run(&bindings, 1_000_000);
            assert_eq!(first.cost, second.cost);
            let written = |outcome: seawall_cel::Outcome| {
                outcome
                    .result
                    .map(|value| wire::value_to_json(&value).map(|json| json.to_string()))
            };
            let (first, second) = (written(first), written(second));
            assert_eq!(first, second);
            assert!(!matches!(first, Ok(Err(_))), "{first:?}");
        }
    }
}
