//! Input that is not what it should be: a plain message, the right exit code, and no waiting.

use std::fs;
use std::io::Read as _;
use std::process::{Command, Stdio};

use crate::support::seawall;

#[test]
fn a_fifo_in_the_place_of_a_declaration_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seawall.yaml");
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    for command in ["risk", "assess"] {
        let ran = seawall(folder.path(), &[command, "."]);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains("it is not a regular file"), "{}", ran.err);
    }
}

#[test]
fn a_folder_without_a_declaration_gets_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let ran = seawall(folder.path(), &["risk", "nothing"]);
    assert_eq!(ran.code, 2);
    let hint = "hint: name the folder that holds seawall.yaml";
    assert!(ran.err.contains(hint), "{}", ran.err);
}

#[test]
fn a_state_folder_that_was_named_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let example = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/claims-assistant"
    );
    for command in ["risk", "assess"] {
        let ran = seawall(folder.path(), &[command, example, "--state", "nowhere"]);
        assert_eq!(ran.code, 2);
        assert!(ran.out.is_empty());
        let message = "there is no state folder nowhere";
        assert!(ran.err.contains(message), "{}", ran.err);
    }
}

#[test]
fn a_suite_that_is_not_known_is_named_before_anything_is_contacted() {
    let folder = tempfile::tempdir().unwrap();
    let target = ["attack", "model", "--target", "http://127.0.0.1:1"];
    let ran = seawall(folder.path(), &[&target[..], &["--suite", "big"]].concat());
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("there is no suite `big`"), "{}", ran.err);
    let ran = seawall(
        folder.path(),
        &[&target[..], &["--resume", "gone"]].concat(),
    );
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("cannot read gone"), "{}", ran.err);
}

#[test]
fn a_pattern_that_is_not_known_leads_to_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let ran = seawall(folder.path(), &["pattern", "render", "inference-vlm"]);
    assert_eq!(ran.code, 2);
    let hint = "hint: `seawall pattern list` shows the patterns";
    assert!(ran.err.contains(hint), "{}", ran.err);
}

#[test]
fn whoever_stops_reading_is_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "{\"text\":\"hello\"}\n".repeat(20_000);
    fs::write(folder.path().join("many.jsonl"), lines).unwrap();
    let input = fs::File::open(folder.path().join("many.jsonl")).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_seawall"))
        .args(["guard", "inspect"])
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 1];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
    assert_eq!(ended.status.code(), Some(0));
}
