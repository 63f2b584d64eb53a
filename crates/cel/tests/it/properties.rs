//! Whatever is given, nothing panics.

use std::sync::LazyLock;

use proptest::prelude::*;
use seawall_cel::{Bindings, Env, Limits, Type, Value, wire};

/// Pieces that fit together often enough to get past the parser.
const PIECES: &[&str] = &[
    "1",
    "-1",
    "9223372036854775807",
    "2u",
    "1.5",
    "'a'",
    "b'b'",
    "true",
    "null",
    "[]",
    "[1, 2]",
    "{}",
    "{'a': 1}",
    "x",
    "x.a",
    "x[0]",
    "x.?a",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "?",
    ".",
    " + ",
    " - ",
    " * ",
    " / ",
    " % ",
    " == ",
    " < ",
    " in ",
    " && ",
    " || ",
    "!",
    "-",
    ".map(y, y)",
    ".filter(y, y == 1)",
    ".all(y, y > 0)",
    ".exists(i, v, v == i)",
    ".size()",
    ".matches('a*')",
    ".format([1])",
    ".split('')",
    ".replace('a', 'b')",
    ".substring(1)",
    ".sort()",
    ".flatten()",
    "has(x.a)",
    "cel.bind(z, x, z)",
    "quantity('1k')",
    ".add(1)",
    "duration('1h')",
    "timestamp(0)",
    ".getHours('UTC')",
    "ip('::1')",
    "optional.of(x)",
    ".optMap(y, y)",
    ".orValue(1)",
    "int(",
    "string(",
    "dyn(",
    "math.greatest(",
    "lists.range(",
    "Object{a: 1}",
];

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.steps_max = 20_000;
    limits.built_max = 1 << 16;
    limits.regex_bytes_max = 1 << 16;
    limits
}

/// Building an environment costs more than one expression does.
static ENVS: LazyLock<[Env; 2]> = LazyLock::new(|| {
    let made = |env: Env| env.with_variable("x", Type::Dyn).with_limits(limits());
    [made(Env::default()), made(Env::kubernetes_mutating(34))]
});

fn run(source: &str) {
    let bindings = Bindings::new().with("x", Value::from_json(&serde_json::json!({"a": [1, "b"]})));
    for env in &*ENVS {
        let programs = [env.compile(source), env.compile_unchecked(source)];
        for program in programs.into_iter().flatten() {
            let outcome = program.run(&bindings, 1_000_000);
            let estimate = program.estimate_cost();
            assert!(estimate.min <= estimate.max);
            let encoded = outcome.result.map(|value| wire::value_to_json(&value));
            assert!(!matches!(encoded, Ok(Err(_))), "{source}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn text_never_panics(source in "\\PC{0,60}") {
        run(&source);
    }

    #[test]
    fn pieces_never_panic(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..14)) {
        run(&pieces.concat());
    }

    #[test]
    fn patterns_never_panic(pattern in "[a-c(){}\\[\\]*+?|^$.\\\\dQE0-9:,&~-]{0,24}") {
        run(&format!("'abc'.matches(r'{pattern}')"));
    }

    #[test]
    fn texts_never_panic(text in "[0-9a-zA-Z.:/%+\\-\\[\\]@ T]{0,24}") {
        for function in ["quantity", "url", "ip", "cidr", "semver", "timestamp", "duration", "int", "uint", "double", "bool"] {
            run(&format!("{function}('{text}')"));
        }
        run(&format!("'{text}'.format([1, 'a', 1.5])"));
        for format in ["dns1123Label", "dns1123SubdomainPrefix", "qualifiedName", "uri", "uuid", "byte", "date", "datetime"] {
            run(&format!("format.{format}().validate('{text}')"));
        }
    }

    #[test]
    fn values_survive_the_wire(number in any::<i64>(), text in "\\PC{0,12}", double in any::<f64>()) {
        let value = Value::list(vec![Value::Int(number), Value::string(text), Value::Double(double)]);
        let json = wire::value_to_json(&value).unwrap();
        let back = wire::value_from_json(&json).unwrap();
        prop_assert!(back == value || double.is_nan());
    }

    #[test]
    fn integers_agree_with_the_machine(a in any::<i64>(), b in any::<i64>()) {
        let env = Env::standard().with_variable("a", Type::Int).with_variable("b", Type::Int);
        let bindings = Bindings::new().with("a", Value::Int(a)).with("b", Value::Int(b));
        for (op, expected) in [
            ("+", a.checked_add(b)), ("-", a.checked_sub(b)), ("*", a.checked_mul(b)), ("/", a.checked_div(b)), ("%", a.checked_rem(b)),
        ] {
            let found = env.compile(&format!("a {op} b")).unwrap().eval(&bindings);
            prop_assert_eq!(found.ok(), expected.map(Value::Int));
        }
    }
}
