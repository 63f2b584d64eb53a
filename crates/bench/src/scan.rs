//! The scanners: manifests against reading the same objects as JSON, pickles against hashing them.

use seawall_base::{Digest, Limits, Severity};

use crate::measure::per_second;
use crate::row::Row;

const MANIFESTS: usize = 2_000;
const PICKLES: usize = 4_000;

/// The rows.
pub(crate) fn rows() -> anyhow::Result<Vec<Row>> {
    let limits = Limits::default();
    let manifests: Vec<String> = (0..MANIFESTS).map(manifest).collect();
    let json: Vec<String> = (0..MANIFESTS).map(manifest_json).collect();
    let scanned = per_second(MANIFESTS as f64, || {
        let mut findings = 0;
        for text in &manifests {
            let reading = seawall_policy::read("a.yaml", text.as_bytes(), &limits);
            findings += seawall_policy::check(&reading.objects, &limits).0.len();
        }
        findings
    });
    let read = per_second(MANIFESTS as f64, || {
        json.iter()
            .filter(|text| serde_json::from_str::<serde_json::Value>(text).is_ok())
            .count()
    });
    let pickles: Vec<Vec<u8>> = (0..PICKLES).map(|number| pickle(number, b"")).collect();
    sees_what_is_there(&manifests, &pickles, &limits)?;
    let judged = per_second(PICKLES as f64, || {
        let reports = pickles
            .iter()
            .map(|bytes| seawall_artifact::scan("a.pkl", bytes, &limits));
        reports.map(|report| report.findings.len()).sum::<usize>()
    });
    let hashed = per_second(PICKLES as f64, || {
        pickles
            .iter()
            .map(|bytes| u64::from(Digest::of(bytes).as_bytes()[0]))
            .sum::<u64>()
    });
    let large = large_pickle();
    let walked = per_second(1.0, || {
        seawall_artifact::scan("a.pkl", &large, &limits)
            .findings
            .len()
    });
    let strings = large_strings();
    let read_strings = per_second(1.0, || {
        seawall_artifact::scan("a.pkl", &strings, &limits)
            .findings
            .len()
    });
    let strings_hashed = per_second(1.0, || u64::from(Digest::of(&strings).as_bytes()[0]));
    let large_hashed = per_second(1.0, || u64::from(Digest::of(&large).as_bytes()[0]));
    Ok(vec![
        Row::new(
            "one-pod manifests in memory, read and checked",
            "files/CPU-s",
            "≥ 20,000",
            scanned,
        )
        .against("the same parsed as JSON only", read),
        Row::new(
            "400-byte pickles of one shape in memory, judged",
            "files/CPU-s",
            "≥ 4,000 on disk",
            judged,
        )
        .against("the same hashed only", hashed),
        Row::new(
            "a raw pickle of 100 MB judged, one core",
            "pickles/s",
            "≥ 10",
            walked,
        )
        .against("the same hashed only", large_hashed),
        Row::new(
            "a raw pickle of 4.5 million short strings judged, one core",
            "pickles/s",
            "≥ 10",
            read_strings,
        )
        .against("the same hashed only", strings_hashed),
    ])
}

/// Protocol 4: a list of eleven million floats, appended a thousand at a time, every one an opcode.
fn large_pickle() -> Vec<u8> {
    let mut bytes = b"\x80\x04]\x94".to_vec();
    while bytes.len() < 100_000_000 {
        bytes.push(b'(');
        for item in 0..1000_u32 {
            bytes.push(b'G');
            bytes.extend_from_slice(&f64::from(item).to_be_bytes());
        }
        bytes.push(b'e');
    }
    bytes.push(b'.');
    bytes
}

/// Protocol 4: a list of short strings, each memoized, as `pickle.dumps` writes it.
fn large_strings() -> Vec<u8> {
    let mut bytes = b"\x80\x04]\x94".to_vec();
    for batch in 0..4500_u32 {
        bytes.push(b'(');
        for item in 0..1000_u32 {
            let text = format!("string-number-{}", batch * 1000 + item);
            bytes.extend([0x8c, u8::try_from(text.len()).unwrap_or(0)]);
            bytes.extend(text.as_bytes());
            bytes.push(0x94);
        }
        bytes.push(b'e');
    }
    bytes.push(b'.');
    bytes
}

fn manifest(number: usize) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: worker-{number}\n  namespace: ml\nspec:\n  \
         containers:\n    - name: main\n      image: registry.example/worker@sha256:{:064x}\n      \
         args: [\"--port\", \"80{:02}\"]\n      resources:\n        limits: {{cpu: \"1\", memory: 1Gi}}\n      \
         securityContext:\n        runAsNonRoot: true\n        allowPrivilegeEscalation: false\n",
        number,
        number % 100
    )
}

/// The same object.
fn manifest_json(number: usize) -> String {
    serde_json::json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": format!("worker-{number}"), "namespace": "ml" },
        "spec": { "containers": [{
            "name": "main",
            "image": format!("registry.example/worker@sha256:{number:064x}"),
            "args": ["--port", format!("80{:02}", number % 100)],
            "resources": { "limits": { "cpu": "1", "memory": "1Gi" } },
            "securityContext": { "runAsNonRoot": true, "allowPrivilegeEscalation": false },
        }] },
    })
    .to_string()
}

/// A speed counts only if the work was done: manifests read whole, pickles analysed whole, and a
/// harmful pickle of the same shape found out.
fn sees_what_is_there(
    manifests: &[String],
    pickles: &[Vec<u8>],
    limits: &Limits,
) -> anyhow::Result<()> {
    for text in manifests {
        let reading = seawall_policy::read("a.yaml", text.as_bytes(), limits);
        anyhow::ensure!(
            reading.objects.len() == 1 && reading.problems.is_empty(),
            "a manifest was not read"
        );
    }
    for bytes in pickles {
        let report = seawall_artifact::scan("a.pkl", bytes, limits);
        anyhow::ensure!(
            report.findings.is_empty() && report.problems.is_empty(),
            "a pickle was not judged clean: {:?}",
            report.findings
        );
    }
    let harmful = pickle(0, b"0cos\nsystem\n(U\x02idtR");
    let report = seawall_artifact::scan("a.pkl", &harmful, limits);
    let worst = report.findings.iter().map(|finding| finding.severity).max();
    anyhow::ensure!(
        worst >= Some(Severity::High),
        "a harmful pickle passed: {:?}",
        report.findings
    );
    Ok(())
}

/// Protocol 2: a dictionary of a few short strings and numbers, as `pickle.dumps` writes it, with
/// `tail` before the end.
fn pickle(number: usize, tail: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x80\x02}q\x00(".to_vec();
    for item in 0..24_u8 {
        bytes.push(b'U');
        let key = format!("key-{number}-{item}");
        bytes.push(u8::try_from(key.len()).unwrap_or(0));
        bytes.extend_from_slice(key.as_bytes());
        bytes.extend_from_slice(&[b'K', item]);
    }
    bytes.push(b'u');
    bytes.extend_from_slice(tail);
    bytes.push(b'.');
    bytes
}
