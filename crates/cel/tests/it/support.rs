//! What the tests share.

use seawall_cel::{Bindings, Env, EvalError, Value};

/// Evaluates with types checked.
pub(crate) fn eval(env: &Env, expr: &str) -> Result<Value, String> {
    let program = env
        .compile(expr)
        .map_err(|error| format!("compile: {error}"))?;
    let result = program.eval(&Bindings::new());
    result.map_err(|error| format!("evaluate: {error}"))
}

/// Evaluates without a look at types.
pub(crate) fn eval_unchecked(env: &Env, expr: &str) -> Result<Value, EvalError> {
    env.compile_unchecked(expr).unwrap().eval(&Bindings::new())
}

/// Each expression has the value, and the type, of the one beside it.
pub(crate) fn equal(env: &Env, pairs: &[(&str, &str)]) {
    for (left, right) in pairs {
        let (a, b) = (eval(env, left), eval(env, right));
        let types = |value: &Result<Value, String>| {
            value.as_ref().map(Value::type_name).ok().map(str::to_owned)
        };
        assert!(
            a.is_ok() && a == b && types(&a) == types(&b),
            "{left} is {a:?}, {right} is {b:?}"
        );
    }
}

/// Each expression fails with a message that holds the words beside it.
pub(crate) fn fails(env: &Env, pairs: &[(&str, &str)]) {
    for (expr, words) in pairs {
        match eval(env, expr) {
            Err(error) => assert!(error.contains(words), "{expr}: {error}"),
            Ok(value) => panic!("{expr} is {value:?}"),
        }
    }
}
