//! The libraries of Kubernetes, its versions, its authorizer and its mutations.

use std::sync::Arc;

use seawall_cel::kubernetes::{Access, Answer, Authorizer, AuthorizerValue, Question, SchemaTypes};
use seawall_cel::{Bindings, Env, Opaque, Type, Value};
use serde_json::json;

use crate::support::{equal, eval, fails};

#[test]
fn quantities() {
    let env = Env::kubernetes(34);
    equal(
        &env,
        &[
            ("quantity('1.5k').asInteger()", "1500"),
            ("quantity('0.5Gi').isInteger()", "false"),
            ("quantity('1000m').isInteger()", "false"),
            ("quantity('1e3').asInteger()", "1000"),
            ("quantity('8Ei').isInteger()", "false"),
            (
                "quantity('16Ei') == quantity('9223372036854775807')",
                "true",
            ),
            ("quantity('0.0000000001') == quantity('1n')", "true"),
            ("quantity('1.5Mi').asApproximateFloat()", "1572864.0"),
            (
                "quantity('12345678901234567890').asApproximateFloat()",
                "12345678901234570000.0",
            ),
            (
                "quantity('50k').add(quantity('20k')).sub(5).asInteger()",
                "69995",
            ),
            (
                "quantity('1').sub(quantity('2.5')).asApproximateFloat()",
                "-1.5",
            ),
            (
                "quantity('9223372036854775807').add(1).isInteger()",
                "false",
            ),
            ("quantity('50Mi').compareTo(quantity('50M'))", "1"),
            ("sign(quantity('-1'))", "-1"),
            (
                "isQuantity('1KiB') || isQuantity('1mm') || isQuantity(' 1') || isQuantity('1.2.3')",
                "false",
            ),
            (
                "isQuantity('1e+3') && isQuantity('Ki') && isQuantity('999999999999999999999999999')",
                "true",
            ),
        ],
    );
    fails(
        &env,
        &[
            ("quantity('')", "regular expression"),
            ("quantity('1.5').asInteger()", "cannot convert"),
        ],
    );
}

#[test]
fn urls() {
    let env = Env::kubernetes(34);
    let url = "url('HTTPS://user:pw@example.com:8080/a%20b?x=1&y=b+c&x=3#frag')";
    for (call, expected) in [
        ("getScheme()", "'https'"),
        ("getHost()", "'example.com:8080'"),
        ("getHostname()", "'example.com'"),
        ("getPort()", "'8080'"),
        ("getEscapedPath()", "'/a%20b'"),
        ("getQuery()", "{'x': ['1', '3'], 'y': ['b c']}"),
    ] {
        equal(&env, &[(&format!("{url}.{call}"), expected)]);
    }
    equal(
        &env,
        &[
            ("url('https://[::1]:80/').getHostname()", "'::1'"),
            ("url('https://a/b c/é').getEscapedPath()", "'/b%20c/%C3%A9'"),
            ("url('mailto:a@b').getEscapedPath()", "''"),
            (
                "['https://', '/a', '*', '//h/p', 'https:'].all(u, isURL(u))",
                "true",
            ),
            (
                "['', ':a', '../a', 'a b', 'https://a:b/', 'https://a b/', 'https://a/%zz', 'https://[::1'].exists(u, isURL(u))",
                "false",
            ),
        ],
    );
}

#[test]
fn versions_and_formats() {
    let env = Env::kubernetes(34);
    equal(
        &env,
        &[
            (
                "semver('1.0.0-alpha.1').compareTo(semver('1.0.0-alpha.beta'))",
                "-1",
            ),
            ("semver('1.0.0-rc').isLessThan(semver('1.0.0'))", "true"),
            ("semver('1.0.0+a') == semver('1.0.0+b')", "true"),
            ("semver('v01.2', true).minor()", "2"),
            ("semver('1.2.3').patch() + semver('1.2.3').major()", "4"),
            (
                "['1.0', 'v1.0.0', '1.0.0-', '1.0.0-01', '1.2.3.4'].exists(v, isSemver(v))",
                "false",
            ),
            (
                "format.dns1123Label().validate('a.b').value()",
                "['must not contain dots']",
            ),
            (
                "format.dns1123LabelPrefix().validate('a-').hasValue()",
                "false",
            ),
            ("format.dns1035Label().validate('1a').hasValue()", "true"),
            ("format.qualifiedName().validate('a/').value().size()", "2"),
            ("format.labelValue().validate('a b').hasValue()", "true"),
            (
                "format.uuid().validate('123e4567e89b12d3a456426614174000').hasValue()",
                "false",
            ),
            ("format.byte().validate('').value()", "['invalid base64']"),
            ("format.date().validate('2021-02-29').hasValue()", "true"),
            (
                "format.datetime().validate('2021-01-01t00:00:00.5z').hasValue()",
                "false",
            ),
            ("format.named('nope').hasValue()", "false"),
            ("format.named('uri').value() == format.uri()", "true"),
        ],
    );
}

#[test]
fn lists_of_kubernetes() {
    let env = Env::kubernetes(34);
    equal(
        &env,
        &[
            ("[1, 2].isSorted() && !['b', 'a'].isSorted()", "true"),
            ("[1, 2].sum() + [1, 2].max() + [1, 2].min()", "6"),
            ("[duration('1s'), duration('2s')].sum()", "duration('3s')"),
            ("[1, 2, 1].lastIndexOf(1) - [1, 2, 1].indexOf(5)", "3"),
            // Offsets beyond a text are no error for the API server.
            ("'abc'.indexOf('a', 9)", "-1"),
            ("duration('1.5s').getMilliseconds()", "1500"),
        ],
    );
    fails(
        &env,
        &[
            ("[].max()", "empty list"),
            ("[1, 'a']", "expected type 'int'"),
            ("isIP(cidr('::/0'))", "overload"),
        ],
    );
}

#[test]
fn each_version_has_its_libraries() {
    let introduced = [
        (28, "isQuantity('1')"),
        (28, "{'a': 1}.?a.hasValue()"),
        (29, "'%d'.format([1]) == ''"),
        (29, "sets.contains([1], [1])"),
        (30, "isIP('::1')"),
        (31, "format.uuid().validate('').hasValue()"),
        (32, "[1].all(i, v, i < v)"),
        (33, "isSemver('1.0.0')"),
        (34, "[1].distinct() == [1]"),
    ];
    for (minor, expr) in introduced {
        assert!(
            Env::kubernetes(minor).compile(expr).is_ok(),
            "{minor}: {expr}"
        );
        assert!(
            Env::kubernetes(minor - 1).compile(expr).is_err(),
            "{minor}: {expr}"
        );
    }
    for absent in [
        "cel.bind(x, 1, x)",
        "math.abs(1)",
        "base64.encode(b'')",
        "JSONPatch{}",
        "Object{}",
    ] {
        assert!(Env::kubernetes(36).compile(absent).is_err(), "{absent}");
    }
    fails(
        &Env::kubernetes(34),
        &[(
            "'a'.matches('(')",
            "compile: 1:13: invalid regular expression",
        )],
    );
}

/// Allows reading pods, and everything to one service account.
#[derive(Debug)]
struct Rules;

impl Authorizer for Rules {
    fn decide(&self, question: &Question) -> Answer {
        let reads_pods = matches!(&question.access, Access::Resource(access)
            if access.resource == "pods" && access.namespace == "lab" && question.verb == "get");
        let trusted = question.service_account == Some(("ops".to_owned(), "root".to_owned()));
        Answer {
            allowed: reads_pods || trusted,
            reason: format!("{:?}", question.access),
            error: None,
        }
    }
}

#[test]
fn the_authorizer_is_asked() {
    let kind = Type::opaque("kubernetes.authorization.Authorizer");
    let env = Env::kubernetes(34).with_variable("authorizer", kind);
    let value = AuthorizerValue::new(Arc::new(Rules));
    let bindings = Bindings::new().with("authorizer", Value::Opaque(Opaque::Authorizer(value)));
    let run = |expr: &str| env.compile(expr).unwrap().run(&bindings, u64::MAX);
    let pods = "authorizer.group('').resource('pods').namespace('lab')";
    assert_eq!(
        run(&format!("{pods}.check('get').allowed()")).result,
        Ok(Value::Bool(true))
    );
    assert_eq!(
        run(&format!("{pods}.check('delete').allowed()")).result,
        Ok(Value::Bool(false))
    );
    let trusted = "authorizer.serviceAccount('ops', 'root').path('/healthz').check('get')";
    assert_eq!(
        run(&format!("{trusted}.allowed()")).result,
        Ok(Value::Bool(true))
    );
    assert_eq!(
        run(&format!("{trusted}.reason()")).result,
        Ok(Value::string("Path(\"/healthz\")"))
    );
    assert!(run("authorizer.path('')").result.is_err());
    assert!(run("authorizer.serviceAccount('A', 'b')").result.is_err());
    // Three questions are one more than the budget of an expression allows.
    let thrice = format!(
        "{pods}.check('a').allowed() || {pods}.check('b').allowed() || {pods}.check('c').allowed()"
    );
    assert!(run(&thrice).cost > 1_000_000);
    assert!(env.compile(&thrice).unwrap().eval(&bindings).is_err());
}

#[test]
fn mutations_construct_objects_and_patches() {
    let env = Env::kubernetes_mutating(34);
    let object = eval(
        &env,
        "Object{spec: Object.spec{replicas: 3, ?paused: optional.none()}}",
    )
    .unwrap();
    assert_eq!(object.to_json(), Some(json!({"spec": {"replicas": 3}})));
    let patch = eval(
        &env,
        "[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('a/b'), value: {'x': [1]}}]",
    );
    let expected = json!([{"op": "add", "path": "/metadata/labels/a~1b", "value": {"x": [1]}}]);
    assert_eq!(patch.unwrap().to_json(), Some(expected));
    fails(
        &env,
        &[
            ("Object{spec: Object.status{}}", "unexpected type name"),
            ("JSONPatch{verb: 'add'}", "undefined field"),
            ("JSONPatch{op: 1}", "expected type of field"),
            ("Thing{}", "undeclared"),
        ],
    );
}

#[test]
fn schemas_give_types_and_sizes() {
    let components = json!({
        "Meta": { "type": "object", "properties": { "namespace": { "type": "string" } } },
        "Tree": { "type": "object", "properties": { "next": { "$ref": "#/components/schemas/Tree" } } },
    });
    let schema = json!({ "type": "object", "properties": {
        "metadata": { "allOf": [{ "$ref": "#/components/schemas/Meta" }] },
        "tree": { "$ref": "#/components/schemas/Tree" },
        "spec": { "type": "object", "properties": {
            "replicas": { "type": "integer" },
            "ratio": { "type": "number" },
            "names": { "type": "array", "maxItems": 5, "items": { "type": "string", "maxLength": 10 } },
            "labels": { "type": "object", "additionalProperties": { "type": "string" } },
            "port": { "x-kubernetes-int-or-string": true },
            "until": { "type": "string", "format": "date-time" },
            "free": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
            "a-b": { "type": "boolean" },
        } },
    } });
    let types = SchemaTypes::new("object", &schema, &components);
    let env = Env::kubernetes(34)
        .with_variable("object", types.ty())
        .with_provider(Arc::new(types.clone()));
    let object = json!({ "kind": "T", "metadata": { "namespace": "lab" }, "spec": {
        "replicas": 3, "ratio": 2, "names": ["a"], "labels": { "k": "v" }, "port": "http",
        "until": "2026-01-01T00:00:00Z", "free": { "x": 1 }, "a-b": true,
    } });
    let bindings = Bindings::new().with("object", types.value(&object));
    for expr in [
        "object.spec.replicas <= 3 && object.spec.ratio == 2.0",
        "object.spec.names.all(n, n.size() == 1) && object.spec.labels.k == 'v'",
        "object.spec.port == 'http' && object.spec.until.getFullYear() == 2026",
        "object.spec.free.x == 1 && object.spec.a__dash__b && object.kind == 'T'",
        "object.metadata.__namespace__ == 'lab' && !has(object.metadata.generateName)",
        "!has(object.tree) || has(object.tree.next.next)",
    ] {
        assert_eq!(
            env.compile(expr).unwrap().eval(&bindings),
            Ok(Value::Bool(true)),
            "{expr}"
        );
    }
    for wrong in [
        "object.spec.replica",
        "object.spec.replicas == 'a'",
        "object.spec.names.x",
        "object.spec.until > 1",
    ] {
        assert!(env.compile(wrong).is_err(), "{wrong}");
    }
    let bounded = env
        .compile("object.spec.names.all(n, n.contains('a'))")
        .unwrap()
        .estimate_cost();
    assert!(bounded.max < 100, "{bounded:?}");
    let unbounded = env
        .compile("object.spec.labels.all(k, k.contains('a'))")
        .unwrap()
        .estimate_cost();
    assert!(unbounded.max > 1_000_000, "{unbounded:?}");
}
