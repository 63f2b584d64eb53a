//! Costs as the API server's own library counts them, version 1.36, for a few objects of each kind.

use seawall_cel::{Bindings, CostRange, Env, Type, Value};
use serde_json::json;

/// Expression, estimate at least and at most, and what an evaluation costs.
const COSTS: &[(&str, u64, u64, u64)] = &[
    ("object.spec.replicas <= 5", 2, 2, 4),
    (
        "object.spec.containers.exists_one(c, c.name == 'a')",
        3,
        u64::MAX,
        13,
    ),
    ("object.spec.containers.map(c, c.name)", 12, u64::MAX, 32),
    (
        "object.spec.containers.filter(c, c.name != 'a').map(c, c.name)",
        23,
        u64::MAX,
        38,
    ),
    (
        "has(object.metadata.labels.app) && object.metadata.labels.app == 'x'",
        1,
        3,
        8,
    ),
    ("[1, 2, 3][n - 7]", 13, 13, 4),
    ("[[1,2],[3]].map(x, x.map(y, y + 1))", 117, 145, 71),
    ("s.matches('h.*')", 2, 1844674407370955265, 3),
    ("s.contains('wör')", 1, 1844674407370955265, 3),
    ("s + s", 2, 1844674407370955266, 5),
    ("s < 'z'", 2, 2, 2),
    ("l.join(',')", 1, 1844674407370955265, 3),
    ("l.isSorted()", 1, u64::MAX, 1),
    ("s.replace('l', 'LL')", 1, 3689348814741910529, 4),
    ("s.split(' ')", 1, 3689348814741910529, 4),
    ("s.find('[a-z]+')", 3, 3689348814741910529, 5),
    ("'b' in l", 1, u64::MAX, 4),
    ("n in [1,2,7]", 14, 14, 1),
    ("m.all(k, m[k] == 'v')", 2, u64::MAX, 8),
    ("(n > 3 ? object.spec : object.metadata).replicas", 3, 3, 4),
    ("true || n > 3", 0, 2, 0),
    ("object.?spec.?replicas.orValue(1)", 4, 4, 3),
    ("object.spec.?missing.hasValue()", 3, 3, 3),
    ("optional.of(n).optMap(x, x + 1).orValue(0)", 5, 20, 9),
    ("quantity('10Mi').isGreaterThan(quantity('1Mi'))", 3, 3, 3),
    ("url('https://a.b:80/x?y=1').getHost()", 3, 3, 3),
    ("ip('1.2.3.4') == ip('1.2.3.4')", 3, 3, 3),
    ("cidr('10.0.0.0/8').containsIP('10.1.1.1')", 3, 6, 3),
    (
        "cidr('10.0.0.0/8').containsCIDR(cidr('10.1.0.0/16'))",
        6,
        10,
        6,
    ),
    ("format.dns1123Label().validate('abc')", 33, 33, 9),
    ("semver('1.2.3').isLessThan(semver('2.0.0'))", 3, 3, 3),
    ("sets.contains([1,2,3],[1])", 24, 24, 4),
    ("[3,1,2].sort()", 39, 39, 29),
    ("l.sort()", 12, u64::MAX, 30),
    ("lists.range(5)", 16, 16, 16),
    ("[1,2,3].sortBy(x, -x)", 104, 104, 74),
    ("[1,2,3].transformList(i, v, i + v)", 66, 66, 46),
    ("{'a':1}.transformMapEntry(k, v, {k + 'x': v})", 96, 96, 36),
    ("dyn([1,2])[0]", 12, 12, 2),
    ("duration('1h') > duration('1m')", 3, 3, 1),
    ("\"%s is %d\".format([s, n])", 13, 13, 13),
    ("strings.quote(s)", 1, 1844674407370955265, 3),
    ("m == {'k': 'v'}", 32, 32, 2),
    ("object.missing == 1 || true", 2, 2, 3),
    (
        "object.spec.replicas + object.spec.replicas",
        2,
        1844674407370955266,
        7,
    ),
    (
        "bytes(object.metadata.labels.app)",
        1,
        1844674407370955265,
        5,
    ),
];

#[test]
fn costs_are_those_of_the_api_server() {
    let env = Env::kubernetes(36)
        .with_variable("object", Type::Dyn)
        .with_variable("m", Type::map(Type::String, Type::String))
        .with_variable("l", Type::list(Type::String))
        .with_variable("s", Type::String)
        .with_variable("n", Type::Int);
    let object = json!({
        "spec": { "replicas": 3, "containers": [
            { "name": "a", "image": "nginx:1.2" },
            { "name": "b", "image": "redis" },
        ] },
        "metadata": { "labels": { "app": "x" } },
    });
    let bindings = Bindings::new()
        .with("object", Value::from_json(&object))
        .with("m", Value::from_json(&json!({ "k": "v" })))
        .with("l", Value::from_json(&json!(["aa", "b", "cccc"])))
        .with("s", Value::string("hello wörld"))
        .with("n", Value::Int(7));
    for (expr, min, max, cost) in COSTS {
        let program = env.compile(expr).unwrap();
        let expected = CostRange {
            min: *min,
            max: *max,
        };
        assert_eq!(program.estimate_cost(), expected, "{expr}");
        let outcome = program.run(&bindings, u64::MAX);
        assert_eq!(outcome.cost, *cost, "{expr}: {:?}", outcome.result);
    }
}
