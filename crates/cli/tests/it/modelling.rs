//! `seawall system` and `seawall risk` as a user meets them.

use std::fs;

use serde_json::Value;

use crate::support::{Ran, seawall};

const EXAMPLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../examples/claims-assistant"
);
const AT: &str = "2026-11-23T12:00:00Z";

const TREE: &str =
    "digraph {\n  goal [color=green]\n  goal -> a [label=\"Rate limit\"]\n  goal -> b\n}\n";

/// Small enough for a build without optimisation.
const SMALL: &str = "\
schema: seawall.system/v1
name: desk
owner: desk@example.org
currency: EUR
appetite: {loss: 200000, probability: 0.1}
assets:
  - {id: files, kind: personal-data}
components:
  - {id: bot, kind: agent, exposed: [internet]}
  - {id: store, kind: vector-store, holds: [files]}
flows:
  - {id: lookup, from: store, to: bot, carries: [documents]}
actors:
  - {id: anyone, position: outsider, campaigns: [1, 8], tries: 4, owner: red@example.org, until: 2026-01-31}
controls:
  - {id: wall, kind: prompt-inspection, stands-at: [bot], efficacy: [0.85, 0.95], cost: 10}
losses:
  - {id: leak, asset: files, effect: confidentiality, range: [1000, 500000], basis: counsel}
";

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}{}", ran.out, ran.err))
}

fn near(value: &Value, expected: f64, tolerance: f64) {
    let found = value.as_f64().unwrap();
    assert!(
        (found - expected).abs() <= tolerance,
        "{found} is not {expected}"
    );
}

#[test]
fn a_tree_is_imported_priced_and_solved() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.dot"), TREE).unwrap();
    let ran = seawall(
        folder.path(),
        &["system", "import", "--from", "dot", "t.dot"],
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("4 attacks"), "{}", ran.out);
    let written = fs::read_to_string(folder.path().join("seawall.yaml")).unwrap();
    assert!(written.contains("assumed: true"), "{written}");
    let again = seawall(
        folder.path(),
        &["system", "import", "--from", "dot", "t.dot"],
    );
    assert_eq!(again.code, 2);
    assert!(again.err.contains("is there already"), "{}", again.err);
    let priced = seawall(
        folder.path(),
        &["risk", ".", "--format", "json", "--at", AT],
    );
    let priced = json(&priced);
    assert!(priced["ale"]["mean"].as_f64().unwrap() > 0.0);
    let arguments = ["risk", "tree", "t.dot", "--leaf-probability", "0.5"];
    let efficacy = ["--control-efficacy", "0.8", "--format", "json"];
    let solved = json(&seawall(
        folder.path(),
        &[&arguments[..], &efficacy].concat(),
    ));
    // 1 - (1 - 0.5 * 0.2) (1 - 0.5), and without the control 0.75.
    near(&solved["probability"]["exact"], 0.55, 1e-12);
    let error = solved["probability"]["stderr"].as_f64().unwrap();
    near(&solved["probability"]["sampled"], 0.55, 4.0 * error);
    assert_eq!(solved["controls"][0]["id"], "Rate limit");
    near(&solved["controls"][0]["shapley"], 0.2, 1e-12);
}

#[test]
fn a_broken_tree_names_its_place() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.dot"), "digraph {\n  a -> \n}").unwrap();
    let ran = seawall(
        folder.path(),
        &["risk", "tree", "t.dot", "--leaf-probability", "0.5"],
    );
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("t.dot:3:1"), "{}", ran.err);
    let ran = seawall(
        folder.path(),
        &["risk", "tree", "t.dot", "--leaf-probability", "2"],
    );
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("does not lie between 0 and 1"),
        "{}",
        ran.err
    );
}

#[test]
fn an_export_can_be_imported_again() {
    let folder = tempfile::tempdir().unwrap();
    let otm = seawall(folder.path(), &["system", "export", EXAMPLE, "--to", "otm"]);
    fs::write(folder.path().join("m.json"), &otm.out).unwrap();
    let arguments = [
        "system", "import", "--from", "otm", "m.json", "--format", "json",
    ];
    let report = json(&seawall(folder.path(), &arguments));
    let model = json(&otm);
    let count = |key: &str| model[key].as_array().unwrap().len();
    assert_eq!(report["carried_over"]["components"], count("components"));
    assert_eq!(report["carried_over"]["flows"], count("dataflows"));
    let mermaid = seawall(
        folder.path(),
        &["system", "export", EXAMPLE, "--to", "mermaid"],
    );
    assert!(mermaid.out.starts_with("flowchart LR\n"));
    let svg = seawall(folder.path(), &["system", "export", EXAMPLE, "--to", "svg"]);
    assert!(svg.out.starts_with("<svg") && svg.out.ends_with("</svg>\n"));
}

#[test]
fn a_gate_opens_and_shuts_with_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("seawall.yaml"), SMALL).unwrap();
    let gate = |most: &str| {
        let arguments = ["risk", "gate", ".", "--max-es", most, "--at", AT];
        seawall(
            folder.path(),
            &[&arguments[..], &["--format", "json"]].concat(),
        )
    };
    let (open, shut) = (gate("1b"), gate("1"));
    assert_eq!((open.code, shut.code), (0, 1), "{}{}", open.err, shut.err);
    assert_eq!(json(&open)["passes"], true);
    assert_eq!(json(&shut)["passes"], false);
    assert_eq!(gate("much").code, 2);
}

#[test]
fn a_gate_is_signed_and_says_how_to_run_it_again() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("seawall.yaml"), SMALL).unwrap();
    let made = std::process::Command::new("openssl")
        .args([
            "ecparam",
            "-name",
            "prime256v1",
            "-genkey",
            "-noout",
            "-out",
            "key.pem",
        ])
        .current_dir(folder.path())
        .output();
    if made.is_err() {
        return;
    }
    let arguments = ["risk", "gate", ".", "--max-es", "1b", "--at", AT];
    let signing = [
        "--key",
        "key.pem",
        "--statement",
        "gate.json",
        "--format",
        "json",
    ];
    let ran = seawall(folder.path(), &[&arguments[..], &signing].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let envelope = fs::read_to_string(folder.path().join("gate.json")).unwrap();
    let envelope: Value = serde_json::from_str(&envelope).unwrap();
    assert_eq!(envelope["payloadType"], "application/vnd.in-toto+json");
    let rerun = json(&ran)["rerun"].as_str().unwrap().to_owned();
    let words: Vec<&str> = rerun
        .split(' ')
        .skip(1)
        .map(|word| if word == "DIR" { "." } else { word })
        .collect();
    let again = seawall(folder.path(), &[&words[..], &["--format", "json"]].concat());
    assert_eq!(json(&again), json(&ran), "{}", again.err);
    let alone = seawall(
        folder.path(),
        &[&arguments[..], &["--key", "key.pem"]].concat(),
    );
    assert_eq!(alone.code, 2);
}

#[test]
fn futures_are_priced_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let scenarios = "scenarios:\n  - {id: storm, name: A storm, campaigns: 2}\n";
    fs::write(
        folder.path().join("seawall.yaml"),
        format!("{SMALL}{scenarios}"),
    )
    .unwrap();
    let arguments = ["risk", "scenarios", ".", "--years", "2", "--at", AT];
    let told = json(&seawall(
        folder.path(),
        &[&arguments[..], &["--format", "json"]].concat(),
    ));
    let mean = |future: usize, year: usize| {
        told["scenarios"][future]["years"][year]["ale"]["mean"]
            .as_f64()
            .unwrap()
    };
    assert_eq!(told["scenarios"][1]["id"], "storm");
    assert!(
        (mean(1, 2) / mean(0, 2) - 4.0).abs() < 0.01,
        "twice as many, twice"
    );
    let text = seawall(folder.path(), &arguments);
    assert!(text.out.contains("A storm"), "{}", text.out);
}

#[test]
fn a_change_that_drops_a_control_is_a_rise() {
    let folder = tempfile::tempdir().unwrap();
    for (name, drop) in [("a", false), ("b", true)] {
        let own = folder.path().join(name);
        fs::create_dir(&own).unwrap();
        let lines = SMALL
            .lines()
            .filter(|line| !(drop && line.contains("id: wall")));
        let lines = lines.map(|line| {
            if drop && line == "controls:" {
                ""
            } else {
                line
            }
        });
        let text: Vec<&str> = lines.collect();
        fs::write(own.join("seawall.yaml"), text.join("\n")).unwrap();
    }
    let diff = |from: &str, to: &str| {
        let arguments = ["risk", "diff", from, to, "--max-rise", "0", "--at", AT];
        seawall(
            folder.path(),
            &[&arguments[..], &["--format", "json"]].concat(),
        )
    };
    let (rise, fall, same) = (diff("a", "b"), diff("b", "a"), diff("a", "a"));
    assert_eq!((rise.code, fall.code, same.code), (1, 0, 0), "{}", rise.err);
    assert!(json(&rise)["change"]["mean"].as_f64().unwrap() > 0.0);
    assert!(json(&fall)["change"]["mean"].as_f64().unwrap() < 0.0);
    assert_eq!(json(&same)["change"]["p95"], 0.0);
}
