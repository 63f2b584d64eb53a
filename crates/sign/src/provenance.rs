//! The statements that Seawall makes: how a model was trained, and what a scan of it came to.

use seawall_base::{Digest, Timestamp, Verdict};
use serde_json::{Value, json};

use crate::attestation::{Attestation, AttestationError, Subject, shape};

/// SLSA provenance, version 1.
pub const PROVENANCE: &str = "https://slsa.dev/provenance/v1";
/// How a training run is described: part of the provenance.
pub const TRAINING: &str = "urn:seawall:training:v1";
/// What a scan came to.
pub const SCAN_VERDICT: &str = "urn:seawall:scan-verdict:v1";

/// A training run, as it was observed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Training {
    /// The command with its arguments.
    pub command: Vec<String>,
    /// What was declared as input: role and name, with the digest before the run.
    pub inputs: Vec<(String, Subject)>,
    /// What came out.
    pub outputs: Vec<Subject>,
    /// Files that the run was seen to have open outside of the inputs and outputs.
    pub observed: Vec<String>,
    /// Whether the observation stopped at its limit.
    pub observed_cut: bool,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// An id of this run.
    pub id: String,
    /// Version of the tool that watched.
    pub version: String,
}

impl Training {
    /// The statement about the outputs.
    #[must_use]
    pub fn attest(&self) -> Attestation {
        let inputs = self.inputs.iter().map(|(role, subject)| {
            json!({
                "name": subject.name,
                "digest": { "sha256": subject.digest.to_hex() },
                "annotations": { "role": role },
            })
        });
        let names = self
            .inputs
            .iter()
            .map(|(role, subject)| json!({ "role": role, "name": subject.name }));
        let outputs: Vec<&str> = self
            .outputs
            .iter()
            .map(|output| output.name.as_str())
            .collect();
        Attestation {
            subjects: self.outputs.clone(),
            predicate_type: PROVENANCE.to_owned(),
            predicate: json!({
                "buildDefinition": {
                    "buildType": TRAINING,
                    "externalParameters": {
                        "command": self.command,
                        "inputs": names.collect::<Vec<_>>(),
                        "outputs": outputs,
                    },
                    "internalParameters": {},
                    "resolvedDependencies": inputs.collect::<Vec<_>>(),
                },
                "runDetails": {
                    "builder": {
                        "id": TRAINING,
                        "version": { "seawall": self.version },
                    },
                    "metadata": {
                        "invocationId": self.id,
                        "startedOn": self.started.to_string(),
                        "finishedOn": self.finished.to_string(),
                    },
                    "byproducts": [{
                        "name": "files seen open beside the inputs and outputs",
                        "annotations": { "files": self.observed, "cut": self.observed_cut },
                    }],
                },
            }),
        }
    }
}

/// What a scan of a model came to, for as long as it is to be relied on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ScanVerdict {
    /// Pass, fail or unknown.
    pub verdict: Verdict,
    /// Name of the model.
    pub model: String,
    /// Its root digest in the order of the specification.
    pub root: Digest,
    /// Its root digest in the order of the reference tool.
    pub root_by_component: Digest,
    /// Findings and problems.
    pub findings: usize,
    /// What could not be analysed.
    pub problems: usize,
    /// Digest of the rules.
    pub rules: Digest,
    /// Version of the tool.
    pub version: String,
    /// When it was made.
    pub at: Timestamp,
    /// Until when it holds.
    pub expires: Timestamp,
}

impl ScanVerdict {
    /// The statement about the model, under both of its root digests.
    #[must_use]
    pub fn attest(&self) -> Attestation {
        let subject = |digest| Subject {
            name: self.model.clone(),
            digest,
        };
        let mut subjects = vec![subject(self.root), subject(self.root_by_component)];
        subjects.dedup();
        Attestation {
            subjects,
            predicate_type: SCAN_VERDICT.to_owned(),
            predicate: json!({
                "verdict": self.verdict.to_string(),
                "behaviour": "unknown",
                "findings": self.findings,
                "problems": self.problems,
                "rules": { "sha256": self.rules.to_hex() },
                "engine": { "seawall": self.version },
                "at": self.at.to_string(),
                "expires": self.expires.to_string(),
            }),
        }
    }

    /// The verdict and the end of a statement that was made by [`Self::attest`].
    ///
    /// # Errors
    /// When it is a statement of another kind or shape.
    pub fn read(attestation: &Attestation) -> Result<(String, Timestamp), AttestationError> {
        if attestation.predicate_type != SCAN_VERDICT {
            return Err(shape("it is no verdict of a scan"));
        }
        let text = |field: &str| attestation.predicate.get(field).and_then(Value::as_str);
        let verdict = text("verdict").ok_or_else(|| shape("it has no verdict"))?;
        let expires = text("expires").and_then(|text| text.parse().ok());
        let expires = expires.ok_or_else(|| shape("it does not say how long it holds"))?;
        Ok((verdict.to_owned(), expires))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_training_run_is_slsa_provenance_about_its_outputs() {
        let subject = |name: &str| Subject {
            name: name.to_owned(),
            digest: Digest::of(name.as_bytes()),
        };
        let run = Training {
            command: vec!["python".to_owned(), "train.py".to_owned()],
            inputs: vec![("dataset".to_owned(), subject("claims.csv"))],
            outputs: vec![subject("model")],
            observed: vec!["/etc/hosts".to_owned()],
            observed_cut: false,
            started: "2026-11-24T00:00:00Z".parse().unwrap(),
            finished: "2026-11-24T01:00:00Z".parse().unwrap(),
            id: "run-1".to_owned(),
            version: "0.1.0".to_owned(),
        };
        let made = run.attest();
        assert_eq!(made.subjects, [subject("model")]);
        let definition = &made.predicate["buildDefinition"];
        assert_eq!(definition["resolvedDependencies"][0]["name"], "claims.csv");
        assert_eq!(definition["externalParameters"]["command"][1], "train.py");
        assert_eq!(
            made.predicate["runDetails"]["metadata"]["invocationId"],
            "run-1"
        );
    }

    #[test]
    fn a_verdict_says_until_when_it_holds() {
        let verdict = ScanVerdict {
            verdict: Verdict::Pass,
            model: "m".to_owned(),
            root: Digest::of(b"a"),
            root_by_component: Digest::of(b"a"),
            findings: 0,
            problems: 0,
            rules: Digest::of(b"rules"),
            version: "0.1.0".to_owned(),
            at: "2026-11-24T00:00:00Z".parse().unwrap(),
            expires: "2026-12-24T00:00:00Z".parse().unwrap(),
        };
        let made = verdict.attest();
        assert_eq!(made.subjects.len(), 1, "one digest stands once");
        assert_eq!(
            ScanVerdict::read(&made),
            Ok(("pass".to_owned(), verdict.expires))
        );
        let other = Attestation {
            predicate_type: PROVENANCE.to_owned(),
            ..made
        };
        assert!(ScanVerdict::read(&other).is_err());
    }
}
