//! Literals, operators, macros, names.

use seawall_cel::{Bindings, Env, Key, Map, Type, Value};
use serde_json::json;

use crate::support::{equal, eval, eval_unchecked, fails};

#[test]
fn literals() {
    equal(
        &Env::standard(),
        &[
            ("0xFF", "255"),
            ("-0x10", "-16"),
            ("1e3", "1000.0"),
            (".5", "0.5"),
            ("-9223372036854775808", "-9223372036854775807 - 1"),
            ("0xFFu", "255u"),
            (
                r"'\a\b\f\n\r\t\v\\\?\x41\u00e9\U0001F600\101'",
                r#""\x07\x08\x0c\x0a\x0d\x09\x0b\\?Aé😀A""#,
            ),
            (r"r'\n'", r"'\\n'"),
            (r"b'\xff\377ÿ'", r"b'\xff\xff\xc3\xbf'"),
            ("'''a'b'''", "\"a'b\""),
            ("bR\"\"\"\\x\"\"\"", "b'\\\\x'"),
            ("'''a\r\nb'''", "'a\\nb'"),
            ("[1, 2,]", "[1, 2]"),
            ("{'a': 1,}", "{'a': 1}"),
            ("1 // one\n + 2", "3"),
        ],
    );
    for text in [
        "1_0",
        "0x",
        "1u2",
        "'a",
        "'a\nb'",
        r"'\q'",
        r"'\ud800'",
        r"b'\u00e9'",
        r"'\400'",
        "1e999",
        "99999999999999999999",
        "18446744073709551616u",
        "[1,,2]",
        "(",
        "a b",
        "a.1",
        "`a`",
        "f(1,)",
        "",
        "a ? b",
        "{1}",
        "@",
    ] {
        assert!(Env::standard().compile_unchecked(text).is_err(), "{text}");
    }
}

#[test]
fn precedence() {
    equal(
        &Env::standard(),
        &[
            ("1 + 2 * 3 - 4 / 2 % 2", "7"),
            ("true || false && false", "true"),
            ("false ? 1 : true ? 2 : 3", "2"),
            ("1 < 2 == true", "true"),
            ("!false && true", "true"),
            ("--1", "1"),
            ("---1", "-1"),
            ("!!true", "true"),
            ("-[1][0]", "-1"),
            ("1 - -1", "2"),
            ("1 in [1] == true", "true"),
        ],
    );
}

#[test]
fn numbers_compare_across_types_and_overflow_is_an_error() {
    let env = Env::standard();
    equal(
        &env,
        &[
            ("dyn(1) == 1.0 && dyn(1u) == 1 && 1 < 2u && 1.5 > 1", "true"),
            ("dyn(double('NaN')) == double('NaN')", "false"),
            ("double('NaN') < 1.0 || double('NaN') >= 1.0", "false"),
            ("{1: 'a'}[dyn(1.0)] + {1u: 'b'}[dyn(1)]", "'ab'"),
            ("dyn(1.0) in [1, 2] && dyn(2u) in {2: 0}", "true"),
            ("[1, [2]] == [dyn(1.0), [2u]]", "true"),
            ("1.0 / 0.0 == double('Infinity')", "true"),
            ("int(-3.9) == -3 && uint(3.9) == 3u", "true"),
        ],
    );
    fails(
        &env,
        &[
            ("9223372036854775807 + 1", "range"),
            ("-9223372036854775808 / -1", "range"),
            ("-9223372036854775808 % -1", "range"),
            ("-(-9223372036854775808)", "range"),
            ("0u - 1u", "range"),
            ("int(9.3e18)", "range"),
            ("int(-9223372036854775808.0)", "range"),
            ("uint(-1)", "range"),
            ("1 / 0", "divide by zero"),
            ("1u % 0u", "modulus by zero"),
            ("int('1.5')", "conversion"),
            ("double('1e999')", "conversion"),
            ("bool('yes')", "conversion"),
            ("string(b'\\xff')", "UTF-8"),
        ],
    );
}

#[test]
fn a_decided_operand_outweighs_an_error() {
    let env = Env::standard();
    equal(
        &env,
        &[
            ("false && 1 / 0 == 1", "false"),
            ("1 / 0 == 1 && false", "false"),
            ("true || 1 / 0 == 1", "true"),
            ("1 / 0 == 1 || true", "true"),
            ("[1, 0].exists(x, 1 / x == 1)", "true"),
            ("[0, 1].exists(x, 1 / x == 1)", "true"),
            ("[0, 2].all(x, 1 / x == 1)", "false"),
        ],
    );
    fails(
        &env,
        &[
            ("true && 1 / 0 == 1", "divide"),
            ("[1, 0].all(x, 1 / x == 1)", "divide"),
            ("[1, 0].exists_one(x, 1 / x == 1)", "divide"),
            ("[0].map(x, 1 / x)", "divide"),
            ("1 / 0 == 1 ? 1 : 2", "divide"),
        ],
    );
    assert_eq!(eval_unchecked(&env, "'x' || true"), Ok(Value::Bool(true)));
    assert!(eval_unchecked(&env, "'x' || false").is_err());
    assert!(eval_unchecked(&env, "'x' && 'y'").is_err());
}

#[test]
fn macros() {
    equal(
        &Env::default(),
        &[
            ("[1, 2, 3].map(x, x * 2)", "[2, 4, 6]"),
            ("[1, 2, 3].map(x, x > 1, x * 2)", "[4, 6]"),
            ("[1, 2, 3].filter(x, x > 1)", "[2, 3]"),
            ("{'a': 1, 'b': 2}.map(k, k)", "['a', 'b']"),
            ("[[1], [2, 3]].map(x, x.map(x, x + 1))", "[[2], [3, 4]]"),
            ("[1, 2].existsOne(x, x == 1)", "true"),
            ("[5, 6].transformList(i, v, i == 1, v)", "[6]"),
            ("{'a': 1}.transformMap(k, v, v + 1)", "{'a': 2}"),
            ("{'a': 'x'}.transformMapEntry(k, v, {v: k})", "{'x': 'a'}"),
            ("[7].all(i, v, i == 0 && v == 7)", "true"),
            ("has({'a': 1}.a) && !has({'a': 1}.b)", "true"),
            ("cel.bind(x, 1 / 0, true)", "true"),
            ("cel.bind(x, 2, cel.bind(y, x + 1, x * y))", "6"),
            ("cel.block([1, cel.index(0) + 1], cel.index(1))", "2"),
            ("math.greatest(1, 3, 2)", "3"),
            ("math.least([2, 1])", "1"),
            ("[3, 1, 2].sortBy(x, -x)", "[3, 2, 1]"),
        ],
    );
    for text in [
        "has(a)",
        "[1].map(1, 2)",
        "[1].all(x.y, true)",
        "[1].exists(i, i, true)",
        "math.greatest()",
        "math.least('a')",
        "cel.bind(a.b, 1, 2)",
        "cel.block(1, 2)",
        "cel.index(-1)",
    ] {
        assert!(Env::default().compile_unchecked(text).is_err(), "{text}");
    }
    // The accumulator of a macro has no name that an expression could use.
    fails(
        &Env::default(),
        &[
            ("[1].map(x, __result__)", "undeclared"),
            (
                "{'a': 1, 'b': 1}.transformMapEntry(k, v, {v: k})",
                "repeated key",
            ),
        ],
    );
}

#[test]
fn optionals() {
    equal(
        &Env::default(),
        &[
            ("{'a': {'b': 1}}.?a.?b.value()", "1"),
            ("{'a': {'b': 1}}.?x.b.orValue(2)", "2"),
            ("optional.of([1])[?1].hasValue()", "false"),
            ("[?optional.none(), ?optional.of(2)]", "[2]"),
            ("{?'a': optional.none(), ?'b': optional.of(1)}", "{'b': 1}"),
            ("optional.of(1).or(optional.of(1 / 0)).value()", "1"),
            ("optional.none().orValue(3)", "3"),
            ("optional.ofNonZeroValue('').hasValue()", "false"),
            ("optional.of(1).optMap(x, x + 1).value()", "2"),
            (
                "optional.none().optFlatMap(x, optional.of(x)).hasValue()",
                "false",
            ),
            ("optional.unwrap([optional.of(1), optional.none()])", "[1]"),
            ("[1, 2].first().value() + [1, 2].last().value()", "3"),
            (
                "optional.of(1) == optional.of(1) && optional.none() != optional.of(1)",
                "true",
            ),
        ],
    );
    fails(
        &Env::default(),
        &[
            ("optional.none().value()", "none"),
            ("[?1]", "optional_type"),
        ],
    );
    fails(&Env::standard(), &[("{'a': 1}.?a", "unsupported syntax")]);
}

#[test]
fn names_resolve_from_the_inside_out() {
    let env = Env::standard()
        .with_container("a.b")
        .with_variable("a.b.x", Type::Int)
        .with_variable("x", Type::String)
        .with_variable("a.y", Type::map(Type::String, Type::Int));
    let bindings = Bindings::new()
        .with("a.b.x", Value::Int(1))
        .with("x", Value::string("outer"))
        .with("a.y", Value::from_json(&json!({"z": 2})));
    let run = |text: &str| env.compile(text).unwrap().eval(&bindings);
    assert_eq!(run("x"), Ok(Value::Int(1)));
    assert_eq!(run(".x"), Ok(Value::string("outer")));
    assert_eq!(run("y.z"), Ok(Value::Int(2)));
    assert_eq!(run("b.x"), Ok(Value::Int(1)));
    assert_eq!(run("[5].exists(x, x == 5)"), Ok(Value::Bool(true)));
    assert_eq!(run("['outer'].exists(x, .x == x)"), Ok(Value::Bool(true)));
}

#[test]
fn json_goes_in_and_out() {
    let json = json!({"a": [1, 1.5, "x", null, true, {"b": {}}], "n": 18446744073709551615_u64});
    let value = Value::from_json(&json);
    assert_eq!(value.to_json(), Some(json));
    let map: Map = [
        (Key::Int(1), Value::Bool(true)),
        (Key::String("1".into()), Value::Null),
    ]
    .into_iter()
    .collect();
    assert_eq!(map.len(), 2);
    assert_eq!(map.get(&Value::Uint(1)), Some(&Value::Bool(true)));
    assert_eq!(
        eval(&Env::standard(), "double('NaN')").unwrap().to_json(),
        None
    );
}

#[test]
fn well_known_messages_are_plain_values() {
    equal(
        &Env::standard(),
        &[
            ("google.protobuf.Int32Value{value: 5}", "5"),
            ("google.protobuf.StringValue{}", "''"),
            ("google.protobuf.Struct{fields: {'a': 1.0}}", "{'a': 1.0}"),
            ("google.protobuf.Value{list_value: [1.0]}", "[1.0]"),
            ("google.protobuf.Timestamp{seconds: 5}", "timestamp(5)"),
            (
                "google.protobuf.Duration{seconds: 1, nanos: 5}",
                "duration('1.000000005s')",
            ),
            (
                "google.protobuf.Any{type_url: 'type.googleapis.com/google.protobuf.Int64Value', value: b'\\x08\\x05'}",
                "5",
            ),
            ("google.protobuf.FloatValue{value: 1.333} == 1.333", "false"),
        ],
    );
    fails(
        &Env::standard(),
        &[
            ("google.protobuf.Int32Value{value: 3000000000}", "range"),
            (
                "google.protobuf.Int32Value{value: 'a'}",
                "expected type of field",
            ),
            ("google.protobuf.Int32Value{other: 1}", "undefined field"),
            ("some.Message{}", "unknown message type"),
        ],
    );
}
