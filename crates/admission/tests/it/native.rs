//! Exported policies on a real API server: it takes every one of them, and decides as our engine does.

use std::collections::{BTreeMap, BTreeSet};

use seawall_base::Severity;
use seawall_cel::{Bindings, Env, Type, Value as Cel};
use seawall_policy::export::{Form, Options, Policy, policies, render};
use seawall_testkit::KubernetesServer;
use serde_json::{Value, json};

const MINOR: u32 = 36;

fn options() -> Options {
    Options {
        form: Form::Validating,
        minor: MINOR,
        deny: Severity::High,
        rules: Vec::new(),
        exceptions: Vec::new(),
    }
}

/// What stands in a pod, one thing at a time: as it should be, just so, and not at all.
fn specs() -> Vec<Value> {
    let container = |fields: &Value| {
        let mut container = json!({
            "name": "c", "image": format!("r/vllm/vllm-openai@sha256:{}", "ab".repeat(32)),
            "securityContext": {
                "allowPrivilegeEscalation": false, "runAsNonRoot": true,
                "capabilities": { "drop": ["ALL"] },
                "seccompProfile": { "type": "RuntimeDefault" },
            },
            "resources": { "limits": { "cpu": "1", "memory": "1Gi" } },
        });
        for (key, value) in fields.as_object().unwrap() {
            container[key] = value.clone();
        }
        container
    };
    let containers = [
        json!({}),
        json!({ "securityContext": { "privileged": true } }),
        json!({ "securityContext": { "privileged": false } }),
        json!({ "securityContext": null }),
        json!({ "securityContext": { "capabilities": { "add": ["SYS_ADMIN"] } } }),
        json!({ "securityContext": { "capabilities": { "add": ["NET_BIND_SERVICE"] } } }),
        json!({ "securityContext": { "capabilities": { "add": ["ALL"], "drop": ["ALL"] } } }),
        json!({ "securityContext": { "runAsUser": 0 } }),
        json!({ "securityContext": { "runAsNonRoot": false } }),
        json!({ "securityContext": { "allowPrivilegeEscalation": true } }),
        json!({ "securityContext": { "procMount": "Default" } }),
        json!({ "image": "vllm/vllm-openai:latest" }),
        json!({ "image": "vllm/vllm-openai" }),
        json!({ "args": ["--trust-remote-code"] }),
        json!({ "args": ["--trust-remote-code=false"] }),
        json!({ "command": ["vllm", "serve", "m", "--trust-remote-code"] }),
        json!({ "command": ["sh", "-c", "exec vllm serve m --trust-remote-code"] }),
        json!({ "command": ["tritonserver", "--model-control-mode=explicit"] }),
        json!({ "command": ["jupyter", "lab", "--ServerApp.token="] }),
        json!({ "command": ["ray", "start", "--head", "--dashboard-host=0.0.0.0"] }),
        json!({ "env": [{ "name": "NVIDIA_VISIBLE_DEVICES", "value": "all" }] }),
        json!({ "env": [{ "name": "NVIDIA_DRIVER_CAPABILITIES", "value": "all" }] }),
        json!({ "env": [{ "name": "DB_PASSWORD", "value": "hunter2hunter2" }] }),
        json!({ "env": [{ "name": "TRUST_REMOTE_CODE", "value": "true" }] }),
        json!({ "env": [{ "name": "VLLM_SERVER_DEV_MODE", "value": "1" }] }),
        json!({ "env": [{ "name": "VLLM_ALLOW_INSECURE_SERIALIZATION", "value": "1" }] }),
        json!({ "env": [] }),
        json!({ "ports": [{ "containerPort": 8000, "hostPort": 8000 }] }),
        json!({ "resources": {} }),
        json!({ "resources": null }),
    ];
    let pods = [
        json!({ "hostNetwork": true }),
        json!({ "hostPID": true }),
        json!({ "hostIPC": false }),
        json!({ "automountServiceAccountToken": false }),
        json!({ "volumes": [{ "name": "v", "hostPath": { "path": "/" } }] }),
        json!({ "volumes": [{ "name": "v", "hostPath": { "path": "/var/run/docker.sock" } }] }),
        json!({ "volumes": [{ "name": "v", "hostPath": { "path": "/dev/nvidia0" } }] }),
        json!({ "volumes": [{ "name": "v", "emptyDir": { "medium": "Memory" } }] }),
        json!({ "volumes": [{ "name": "v", "emptyDir": { "medium": "Memory", "sizeLimit": "1Gi" } }] }),
        json!({ "shareProcessNamespace": true }),
        json!({ "securityContext": { "runAsUser": 0 } }),
        json!({ "securityContext": { "runAsNonRoot": true } }),
    ];
    let mut specs = Vec::new();
    for fields in &containers {
        specs.push(json!({ "containers": [container(fields)] }));
        let mut second = container(fields);
        second["name"] = json!("i");
        specs.push(json!({
            "initContainers": [second], "containers": [container(&json!({}))],
        }));
    }
    for fields in &pods {
        let mut spec = json!({ "containers": [container(&json!({}))] });
        for (key, value) in fields.as_object().unwrap() {
            spec[key] = value.clone();
        }
        specs.push(spec);
    }
    specs
}

/// A pod spec in each kind that makes pods.
fn objects(spec: &Value) -> Vec<(&'static str, &'static str, Value)> {
    let labels = json!({ "app": "a" });
    let template = json!({ "metadata": { "labels": labels }, "spec": spec });
    let mut once = template.clone();
    once["spec"]["restartPolicy"] = json!("Never");
    let selector = json!({ "matchLabels": labels });
    let kinds = [
        ("", "v1", "Pod", "pods", spec.clone()),
        (
            "apps",
            "apps/v1",
            "Deployment",
            "deployments",
            json!({ "selector": selector, "template": template }),
        ),
        (
            "batch",
            "batch/v1",
            "Job",
            "jobs",
            json!({ "template": once }),
        ),
        (
            "batch",
            "batch/v1",
            "CronJob",
            "cronjobs",
            json!({ "schedule": "0 0 * * *", "jobTemplate": { "spec": { "template": once } } }),
        ),
    ];
    kinds
        .into_iter()
        .map(|(group, version, kind, plural, spec)| {
            let object = json!({
                "apiVersion": version, "kind": kind,
                "metadata": { "namespace": "default" },
                "spec": spec,
            });
            (group, plural, object)
        })
        .collect()
}

/// The rules that deny `object`, as our engine evaluates the exported expressions.
fn denied(all: &[Policy], (group, plural): (&str, &str), object: &Value) -> BTreeSet<&'static str> {
    let env = Env::kubernetes(MINOR).with_variable("object", Type::Dyn);
    let bindings = Bindings::new().with("object", Cel::from_json(object));
    let matching = all.iter().filter(|policy| {
        let mut resources = policy.resources.iter();
        policy.denies
            && resources.any(|(resource, names)| resource.group == group && names.contains(&plural))
    });
    matching
        .flat_map(|policy| &policy.validations)
        .filter(|own| {
            let program = env.compile(&own.holds).unwrap();
            // An error denies, as the exported policies say.
            program.eval(&bindings).ok() != Some(Cel::Bool(true))
        })
        .map(|own| own.rule)
        .collect()
}

/// What the API server says about objects that it does not keep, by their place in the list.
struct Answers {
    /// Those it would keep, with its defaults.
    kept: BTreeMap<usize, Value>,
    /// Its words about the others.
    refused: BTreeMap<usize, String>,
}

fn offer<'a>(server: &KubernetesServer, objects: impl Iterator<Item = &'a Value>) -> Answers {
    let mut documents = String::new();
    for (index, object) in objects.enumerate() {
        let mut object = object.clone();
        object["metadata"]["name"] = json!(format!("x{index}"));
        documents.push_str(&format!("---\n{object}\n"));
    }
    let arguments = [
        "create",
        "--dry-run=server",
        "--validate=false",
        "-o",
        "json",
        "-f",
        "-",
    ];
    let ended = server.kubectl(&arguments, &documents);
    let number = |name: &str| name.strip_prefix('x')?.parse().ok();
    let kept = serde_json::Deserializer::from_str(&ended.stdout).into_iter::<Value>();
    let kept = kept.filter_map(|object| {
        let object = object.ok()?;
        Some((number(object["metadata"]["name"].as_str()?)?, object))
    });
    let words = ended.stderr.split("Error from server").skip(1);
    let refused = words.filter_map(|words| {
        let mut quoted = words.split('"').skip(1).step_by(2);
        Some((quoted.find_map(number)?, words.to_owned()))
    });
    Answers {
        kept: kept.collect(),
        refused: refused.collect(),
    }
}

#[test]
fn the_api_server_decides_by_exported_policies_as_our_engine_does() {
    let Some(server) = KubernetesServer::start() else {
        seawall_testkit::skip("kubernetes", "no Kubernetes API server");
        return;
    };
    let corpus: Vec<_> = specs().iter().flat_map(objects).collect();
    // Before any policy holds: policies see each object with the server's defaults.
    let seen = offer(&server, corpus.iter().map(|(_, _, object)| object)).kept;
    assert!(seen.len() > 200, "only {} objects are valid", seen.len());
    let exported = policies(&options());
    let ours: BTreeMap<usize, BTreeSet<&str>> = seen
        .iter()
        .map(|(index, object)| {
            let (group, plural, _) = corpus[*index];
            (*index, denied(&exported, (group, plural), object))
        })
        .collect();
    let ended = server.kubectl(&["apply", "--server-side", "-f", "-"], &render(&options()));
    assert!(ended.success, "{}", ended.stderr);
    let expected: BTreeSet<usize> = ours
        .iter()
        .filter(|(_, rules)| !rules.is_empty())
        .map(|(index, _)| *index)
        .collect();
    assert!(
        expected.len() > 50 && ours.len() - expected.len() > 50,
        "{expected:?}"
    );

    let invalid = corpus.len() - seen.len();
    let all = || corpus.iter().map(|(_, _, object)| object);
    // Each policy becomes active by itself, within a second or so.
    server.eventually("the policies", |server| {
        (offer(server, all()).refused.len() >= expected.len() + invalid).then_some(())
    });
    let answers = offer(&server, all());
    for (index, rules) in &ours {
        let words = answers.refused.get(index);
        let object = &corpus[*index].2;
        assert_eq!(
            words.is_none(),
            rules.is_empty(),
            "{rules:?} {words:?} {object}"
        );
        let named = |words: &String| {
            rules
                .iter()
                .any(|rule| words.contains(&format!("[{rule}]")))
        };
        assert!(words.is_none_or(named), "{rules:?} {words:?} {object}");
    }
}
