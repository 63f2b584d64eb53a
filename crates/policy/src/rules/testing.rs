//! What the tests of the rules share: scans of small texts, and cases that are written in short.

use seawall_base::Finding;
use serde_json::{Value, json};

use super::*;

/// Everything the rules say about a text, the text itself included.
pub(crate) fn scan(text: &str) -> Vec<Finding> {
    let reading = crate::read("test.yaml", text.as_bytes(), &Limits::default());
    assert!(!reading.objects.is_empty(), "no object in:\n{text}");
    let (mut findings, problems) = check(&reading.objects, &Limits::default());
    assert!(problems.is_empty());
    findings.extend(reading.findings);
    findings
}

/// The findings of one rule.
pub(crate) fn of(rule: &str, text: &str) -> Vec<Finding> {
    scan(text)
        .into_iter()
        .filter(|finding| finding.rule == rule)
        .collect()
}

/// How often a rule speaks about a text.
pub(crate) fn count(rule: &str, text: &str) -> usize {
    of(rule, text).len()
}

/// A pod with one container whose fields are given as flow YAML.
pub(crate) fn pod(container: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: ml, labels: {{app: p}}}}\n\
         spec:\n  containers:\n  - {{name: c, {container}}}\n"
    )
}

/// A fixture: a manifest that a rule finds, or one that looks alike and is sound.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// What it shows.
    pub(crate) name: String,
    /// The manifest.
    pub(crate) text: String,
    /// Whether the rule finds it.
    pub(crate) bad: bool,
}

/// The cases of one entry of a list of cases: a manifest, or one line that stands for some. `pod FIELDS`
/// is a pod whose container has these fields, `spec FIELDS` a pod whose spec has them, `forms IMAGE |
/// COMMAND | WORDS` words of a command line in every form in which they can be written, `vars IMAGE |
/// COMMAND | NAME=VALUE` a variable in every form in which it can be set.
pub(crate) fn expand(name: &str, body: &str, bad: bool) -> Vec<Case> {
    let line = body.trim();
    let parts: Vec<&str> = line.split(" | ").map(str::trim).collect();
    let texts = match (line.split_once(' '), parts.as_slice()) {
        (Some(("pod", fields)), _) => vec![pod(fields)],
        (Some(("spec", fields)), _) => vec![format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: ml}}\nspec: {{{fields}}}\n"
        )],
        (Some(("forms", _)), [image, command, words]) => {
            forms(image.trim_start_matches("forms "), command, words)
        }
        (Some(("vars", _)), [image, command, set]) => {
            vars(image.trim_start_matches("vars "), command, set)
        }
        _ => vec![body.to_owned()],
    };
    let numbered = texts.into_iter().enumerate();
    numbered
        .map(|(at, text)| Case {
            name: format!("{name} ({at})"),
            text,
            bad,
        })
        .collect()
}

/// Command lines that all run `COMMAND WORDS`.
fn forms(image: &str, command: &str, words: &str) -> Vec<String> {
    let start: Vec<&str> = command.split_ascii_whitespace().collect();
    let more: Vec<&str> = words.split_ascii_whitespace().collect();
    let all: Vec<&str> = start.iter().chain(&more).copied().collect();
    let names: Vec<String> = (0..more.len()).map(|at| format!("WORD_{at}")).collect();
    let env: Vec<Value> = names
        .iter()
        .zip(&more)
        .map(|(name, word)| json!({"name": name, "value": word}))
        .collect();
    let references: Vec<String> = names.iter().map(|name| format!("$({name})")).collect();
    let expanded: Vec<&str> = start
        .iter()
        .copied()
        .chain(references.iter().map(String::as_str))
        .collect();
    let quoted: Vec<String> = more.iter().map(|word| format!("'{word}'")).collect();
    let quoted = quoted.join(" ");
    let own = |fields: Value| container(image, &fields);
    let plain = words.contains(['"', '$', '\'', '{', '*']);
    let mut texts = vec![
        own(json!({"command": all})),
        own(json!({"command": start, "args": more})),
        own(json!({"command": ["sh", "-c", format!("exec {command} {quoted}")]})),
        own(
            json!({"command": ["/bin/bash", "-ec"], "args": [format!("set -x\n{command} \\\n  {quoted} --port 1")]}),
        ),
        own(json!({"command": expanded, "env": env})),
    ];
    if !plain {
        let default = format!("{command} ${{NOT_SET_ANYWHERE:-{words}}}");
        texts.push(own(json!({"command": ["bash", "-c", default]})));
        let evaluated = format!("eval \"exec {command} ${{MORE}}\"");
        let env = json!([{"name": "MORE", "value": words}]);
        texts.push(own(
            json!({"command": ["bash", "-c", evaluated], "env": env}),
        ));
        let from = json!([{"configMapRef": {"name": "settings"}}]);
        let script = format!("{command} $MORE");
        let pod = own(json!({"command": ["sh", "-c", script], "envFrom": from}));
        texts.push(format!("{}---\n{pod}", settings("MORE", words)));
    }
    texts
}

/// Containers that all run `COMMAND` with a variable.
fn vars(image: &str, command: &str, set: &str) -> Vec<String> {
    let (name, value) = set.split_once('=').unwrap();
    let start: Vec<&str> = command.split_ascii_whitespace().collect();
    let own = |fields: Value| container(image, &fields);
    let key = json!([{"name": name, "valueFrom": {"configMapKeyRef": {"name": "settings", "key": name}}}]);
    let from = json!([{"configMapRef": {"name": "settings"}}]);
    let by_program: Vec<&str> = ["env", set]
        .into_iter()
        .chain(start.iter().copied())
        .collect();
    vec![
        own(json!({"command": start, "env": [{"name": name, "value": value}]})),
        own(json!({"env": [{"name": "OTHER", "value": "1"}, {"name": name, "value": value}]})),
        format!("{}---\n{}", settings(name, value), own(json!({"env": key}))),
        format!(
            "{}---\n{}",
            settings(name, value),
            own(json!({"envFrom": from}))
        ),
        own(json!({"command": ["sh", "-c", format!("export {name}='{value}'\nexec {command}")]})),
        own(json!({"command": ["sh", "-c", format!("{name}='{value}' {command}")]})),
        own(json!({"command": by_program})),
    ]
}

fn container(image: &str, fields: &Value) -> String {
    let mut own = json!({"name": "main", "image": image});
    for (key, value) in fields.as_object().unwrap() {
        own[key] = value.clone();
    }
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "ml"},
        "spec": {"containers": [own]},
    });
    format!("{pod}\n")
}

fn settings(name: &str, value: &str) -> String {
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "ml"},
        "data": {name: value},
    });
    format!("{map}\n")
}
