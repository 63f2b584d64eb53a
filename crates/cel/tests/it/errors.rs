//! What the checker says, and where.

use seawall_cel::{Env, ProblemKind, Type};

use crate::support::fails;

#[test]
fn problems_have_places() {
    let error = Env::standard()
        .compile("'é' +\n  (1 + 'a') +\n  missing")
        .unwrap_err();
    let places: Vec<(u32, u32)> = error.problems.iter().map(|p| (p.line, p.column)).collect();
    assert_eq!(places, [(2, 4), (3, 3)], "{error}");
    assert_eq!(error.problems[1].kind, ProblemKind::Undeclared);
}

#[test]
fn the_number_of_problems_is_bounded() {
    let error = Env::standard()
        .compile(&vec!["x"; 100].join(" + "))
        .unwrap_err();
    assert_eq!(error.problems.len(), 20);
}

#[test]
fn types_must_fit() {
    let env = Env::default()
        .with_variable("s", Type::String)
        .with_variable("d", Type::Dyn);
    fails(
        &env,
        &[
            ("1 + 'a'", "'_+_' applied to '(int, string)'"),
            ("s.size(1)", "'size' applied to 'string.(int)'"),
            ("s.a", "does not support field selection"),
            ("1.map(x, x)", "cannot be range of a comprehension"),
            ("[1].all(x, x)", "'_&&_'"),
            ("1 == 1u", "'_==_'"),
            ("true ? 1 : 'a'", "'_?_:_'"),
            ("f(1)", "undeclared reference to 'f'"),
            ("s.f()", "undeclared reference to 'f'"),
            ("x", "undeclared reference to 'x'"),
            ("{'a': 1}[1]", "'_[_]'"),
            ("[1]['a']", "'_[_]'"),
            ("!1", "'!_'"),
            ("as", "reserved identifier"),
        ],
    );
    for fine in [
        "d + 1",
        "d.a.b[0].c",
        "d.map(x, x.y)",
        "[1, 'a']",
        "[1, d]",
        "d == 1",
        "[] + [1]",
        "{}[1]",
    ] {
        assert!(env.compile(fine).is_ok(), "{fine}");
    }
}

#[test]
fn types_are_inferred() {
    let env = Env::default().with_variable("w", Type::Wrapper(Type::Int.into()));
    for (expr, expected) in [
        ("[[]].map(x, x)[0]", Type::list(Type::Dyn)),
        ("[1].map(x, string(x))", Type::list(Type::String)),
        (
            "{'a': [1u]}",
            Type::map(Type::String, Type::list(Type::Uint)),
        ),
        (
            "[optional.none(), optional.of(1)]",
            Type::list(Type::optional(Type::Int)),
        ),
        ("[w, 1]", Type::list(Type::Wrapper(Type::Int.into()))),
        ("w + 1", Type::Int),
        ("true ? null : w", Type::Wrapper(Type::Int.into())),
        ("{'a': 1}.?a", Type::optional(Type::Int)),
        ("type(1)", Type::Type(Type::Int.into())),
        ("dyn(1)", Type::Dyn),
        ("1 < 2 ? [dyn(1)] : [1]", Type::list(Type::Dyn)),
    ] {
        assert_eq!(env.compile(expr).unwrap().result_type(), expected, "{expr}");
    }
}
