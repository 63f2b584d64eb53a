//! Runs that are attested, verdicts, and their checks.

use seawall_base::FixedClock;

use super::*;

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let key = SigningKey::p256(&[7; 32]).unwrap();
        bench.put("key.pem", key.to_pem().expose());
        bench.put("key.pub", &key.verifying_key().to_pem());
        bench.put("data.csv", "claim,amount\n1,2\n");
        bench.put("code.txt", "watched");
        fs::create_dir(bench.path("model")).unwrap();
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, content: &str) {
        write(&self.path(name), content.as_bytes()).unwrap();
    }

    fn train(&self, script: &str) -> Result<Training, AttestError> {
        let with = TrainWith {
            inputs: vec![("dataset".to_owned(), self.path("data.csv"))],
            outputs: vec![self.path("model")],
            command: vec!["/bin/sh".to_owned(), "-c".to_owned(), script.to_owned()],
            key: self.path("key.pem"),
            out: self.path("run.json"),
            id: "run-1".to_owned(),
        };
        train(&with, &FixedClock::new(now()))
    }

    fn check(&self, file: &str, revoked: Option<&str>, when: &str) -> Result<Checked, AttestError> {
        let revoked = revoked.map(|name| self.path(name));
        let when = when.parse().unwrap();
        let (file, key, model) = (self.path(file), self.path("key.pub"), self.path("model"));
        check(&file, &key, &model, (revoked.as_deref(), when))
    }
}

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

const NOW: &str = "2026-11-24T00:00:00Z";

#[test]
fn a_run_is_attested_with_what_went_in_and_came_out() {
    let bench = Bench::new();
    let (data, model) = (bench.path("data.csv"), bench.path("model/weights.bin"));
    let script = format!("cat {} > {}", data.display(), model.display());
    let run = bench.train(&script).unwrap();
    assert_eq!(run.inputs[0].1.digest, Digest::of(b"claim,amount\n1,2\n"));
    assert_eq!(
        bench.check("run.json", None, NOW).unwrap().problems,
        Vec::<String>::new()
    );
    bench.put(
        "revoked",
        &format!("# bad data\n{} planted\n", run.inputs[0].1.digest),
    );
    let problems = bench
        .check("run.json", Some("revoked"), NOW)
        .unwrap()
        .problems;
    assert_eq!(problems, [format!("{} is revoked", run.inputs[0].1.digest)]);
    bench.put("model/weights.bin", "other");
    let problems = bench.check("run.json", None, NOW).unwrap().problems;
    assert!(problems[0].contains("it is not about"), "{problems:?}");
    bench.put("revoked", "nonsense\n");
    let refused = bench.check("run.json", Some("revoked"), NOW);
    assert!(matches!(refused, Err(AttestError::Revoked { line: 1, .. })));
}

#[test]
fn files_that_stay_open_are_seen() {
    let bench = Bench::new();
    let (code, model) = (bench.path("code.txt"), bench.path("model/w"));
    // The run ends when the file that it waits for is there, which is after it was looked at.
    let script = format!(
        "exec 3< {}; echo 1 > {}; i=0; while [ $i -lt 40 ]; do i=$((i+1)); sleep 0.02; done",
        code.display(),
        model.display()
    );
    let run = bench.train(&script).unwrap();
    let code = fs::canonicalize(code)
        .unwrap()
        .to_string_lossy()
        .into_owned();
    assert!(run.observed.contains(&code), "{:?}", run.observed);
}

#[test]
fn a_run_that_fails_or_changes_its_input_is_not_attested() {
    let bench = Bench::new();
    assert!(matches!(bench.train("exit 3"), Err(AttestError::Failed(_))));
    let script = format!("echo x >> {}", bench.path("data.csv").display());
    assert!(matches!(bench.train(&script), Err(AttestError::Changed(_))));
    assert!(!bench.path("run.json").exists());
}

#[test]
fn a_verdict_holds_for_its_model_until_it_expires() {
    let bench = Bench::new();
    write(&bench.path("model/clean.pkl"), b"\x80\x02N.").unwrap();
    let (model, key, out) = (
        bench.path("model"),
        bench.path("key.pem"),
        bench.path("scan.json"),
    );
    let made = scan_verdict(&model, &key, &out, (now(), 30)).unwrap();
    assert_eq!(made.verdict, Verdict::Pass);
    assert_eq!(
        bench.check("scan.json", None, NOW).unwrap().problems,
        Vec::<String>::new()
    );
    let late = bench
        .check("scan.json", None, "2026-12-25T00:00:00Z")
        .unwrap();
    assert_eq!(late.problems, ["it expired at 2026-12-24T00:00:00Z"]);
    write(&bench.path("model/evil.pkl"), b"cos\nsystem\n(S'id'\ntR.").unwrap();
    let made = scan_verdict(&model, &key, &out, (now(), 30)).unwrap();
    assert_eq!(made.verdict, Verdict::Fail);
    assert_eq!(
        bench.check("scan.json", None, NOW).unwrap().problems,
        ["the verdict is fail"]
    );
    let other = SigningKey::p256(&[8; 32]).unwrap().verifying_key().to_pem();
    bench.put("key.pub", &other);
    assert!(
        bench
            .check("scan.json", None, NOW)
            .unwrap_err()
            .is_verdict()
    );
}
