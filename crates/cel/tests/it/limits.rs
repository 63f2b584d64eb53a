//! Nothing runs or grows without a bound.

use seawall_cel::{Bindings, Env, EvalError, Limits};

fn outcome(expr: &str) -> EvalError {
    let mut limits = Limits::default();
    limits.steps_max = 100_000;
    limits.built_max = 1 << 20;
    let program = Env::default().with_limits(limits).compile(expr).unwrap();
    program.eval(&Bindings::new()).unwrap_err()
}

#[test]
fn steps_are_bounded() {
    let range = "lists.range(200)";
    let nested = format!("{range}.all(a, {range}.all(b, {range}.all(c, a + b + c >= 0)))");
    assert_eq!(outcome(&nested), EvalError::Limit("steps"));
    // No operand makes good what a limit stopped.
    assert_eq!(
        outcome(&format!("({nested}) || true")),
        EvalError::Limit("steps")
    );
    let doubled = (0..40).fold("x0 == y0".to_owned(), |body, n| {
        let (next, x, y) = (n + 1, format!("x{n}"), format!("y{n}"));
        format!("cel.bind({x}, [x{next}, x{next}], cel.bind({y}, [y{next}, y{next}], {body}))")
    });
    // Two values of a few nodes each that share so much that a walk over them would not end.
    let shared = format!("cel.bind(x40, [0], cel.bind(y40, [0], {doubled}))");
    assert_eq!(outcome(&shared), EvalError::Limit("steps"));
}

#[test]
fn memory_is_bounded() {
    for expr in [
        "lists.range(1000000000)",
        "lists.range(40).map(x, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa').join('').replace('', lists.range(50000).map(x, 'bbbbbbbbbb').join(''))",
        "'%s'.format([lists.range(600000)])",
    ] {
        assert!(matches!(outcome(expr), EvalError::Limit(_)), "{expr}");
    }
    let doubled = (0..40).fold("size(s39)".to_owned(), |body, n| match 39 - n {
        0 => format!("cel.bind(s0, 'aaaaaaaaaaaaaaaa', {body})"),
        n => format!("cel.bind(s{n}, s{0} + s{0}, {body})", n - 1),
    });
    assert_eq!(outcome(&doubled), EvalError::Limit("built values"));
}

#[test]
fn depth_and_size_of_the_source_are_bounded() {
    let env = Env::default();
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("-(", ")"),
        ("!(", ")"),
        ("f(", ")"),
        ("{1:", "}"),
        ("a?b:(", ")"),
    ] {
        let deep = format!("{}1{}", open.repeat(5_000), close.repeat(5_000));
        assert!(env.compile(&deep).is_err(), "{open}");
    }
    assert!(env.compile(&vec!["1"; 5_000].join("+")).is_err());
    assert!(env.compile(&format!("x{}", ".y".repeat(5_000))).is_err());
    assert!(
        env.compile_unchecked(&vec!["true"; 5_000].join("&&"))
            .is_ok()
    );
    assert!(env.compile(&" ".repeat(300 << 10)).is_err());
    // A macro that repeats its target doubles it at every turn.
    let chain = format!("optional.of(1){}", ".optMap(x, x)".repeat(40));
    let error = env.compile(&chain).unwrap_err();
    assert!(error.to_string().contains("parts"), "{error}");
}

#[test]
fn cost_is_bounded() {
    let mut limits = Limits::kubernetes();
    limits.cost_max = 50;
    let env = Env::kubernetes(34).with_limits(limits);
    let program = env
        .compile("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(x, x * 2).size() > 1 || true")
        .unwrap();
    assert_eq!(program.eval(&Bindings::new()), Err(EvalError::Cost(50)));
    assert!(program.estimate_cost().min > 50);
}
