//! `seawall policy`: expressions, and pods judged by the Pod Security Standards.

mod cel;
mod export;

use clap::Subcommand;
use seawall_base::Limits;
use seawall_base::json::{self, JsonLimits};
use seawall_policy::pod_security::{self, Level, Version, Violation};
use serde_json::{Value, json};

use crate::app::{App, Outcome};
use crate::lines;

/// Judge Kubernetes objects by policies.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read JSON lines {"expr", "bindings", `type_env`, "container"} and evaluate each expression.
    ///
    /// Lines have the shape of the conformance vectors of the Common Expression Language; with
    /// `disable_check` types are not checked, with `check_only` nothing is evaluated. Each answer is
    /// {"value"} in the JSON encoding of `cel.expr.Value`, or {`typed_result`} for `check_only`, or
    /// {"error"}, or {"unsupported"} where an expression needs a message type of Protocol Buffers
    /// that is none of the well-known ones.
    #[command(after_help = cel::EXAMPLES)]
    Cel(cel::Args),
    /// Write the rules that native policies can carry as policies of Kubernetes or Kyverno.
    ///
    /// The expressions are the ones that `seawall scan` evaluates. What a rule finds beyond its
    /// expression (in scripts, in other objects) the scanner and the webhook alone find; such rules are
    /// named in the annotation `seawall.dev/rules-in-part`.
    #[command(after_help = export::EXAMPLES)]
    Export(export::Args),
    /// Read JSON lines {"id", "level", "version", "manifest"} and judge each by the Pod Security
    /// Standards.
    ///
    /// The level is privileged, baseline or restricted, the version v1.N or latest, the manifest the
    /// text of one or more objects. Each answer is {"id", "allowed", "reasons", "details"}, with the
    /// reasons of the Pod Security admission plug-in, or {"id", "error"} for a line that cannot be
    /// read. A manifest that cannot be read is not allowed.
    #[command(after_help = PSS_EXAMPLES)]
    Pss,
}

const PSS_EXAMPLES: &str = "Examples:
  jq -Rs '{id: \"a\", level: \"restricted\", version: \"latest\", manifest: .}' -c pod.yaml | seawall policy pss
  seawall policy pss < fixtures.jsonl > verdicts.jsonl";

/// Runs the command.
pub(crate) fn run(args: &Args, _app: &App) -> anyhow::Result<Outcome> {
    match &args.command {
        Command::Cel(args) => {
            let env = args.environment();
            lines::answer_each(|line| cel::answer(&env, line))
        }
        Command::Export(args) => export::run(args),
        Command::Pss => lines::answer_each(pss),
    }
}

fn pss(line: &[u8]) -> Value {
    let parsed = json::parse(line, &JsonLimits::default()).map_err(|error| error.to_string());
    let id = parsed.as_ref().ok().and_then(|value| value.get("id"));
    let id = id.cloned().unwrap_or(Value::Null);
    match parsed.and_then(|value| judge(&value)) {
        Ok(judged) => {
            let reasons: Vec<&str> = judged.iter().map(|(reason, _)| *reason).collect();
            let details: Vec<&str> = judged.iter().map(|(_, detail)| detail.as_str()).collect();
            json!({"id": id, "allowed": judged.is_empty(), "reasons": reasons, "details": details})
        }
        Err(error) => json!({"id": id, "error": error}),
    }
}

/// The reason for a manifest of which no pod could be judged.
const UNREADABLE: &str = "manifest could not be analysed";

fn judge(line: &Value) -> Result<Vec<(&'static str, String)>, String> {
    let text = |key: &str| {
        let found = line.get(key).and_then(Value::as_str);
        found.ok_or_else(|| format!("`{key}` must be a string"))
    };
    let level = Level::parse(text("level")?)
        .ok_or("`level` must be one of privileged, baseline, restricted")?;
    let version = Version::parse(text("version")?).ok_or("`version` must be `latest` or `v1.N`")?;
    let manifest = text("manifest")?;
    let reading = seawall_policy::read("manifest", manifest.as_bytes(), &Limits::default());
    let violations = reading.objects.iter();
    let violations = violations.flat_map(|object| pod_security::evaluate(object, level, version));
    let mut judged: Vec<_> = violations.map(reason).collect();
    for problem in &reading.problems {
        judged.push((UNREADABLE, problem.message.clone()));
    }
    if reading.objects.is_empty() && reading.problems.is_empty() {
        judged.push((UNREADABLE, "the manifest holds no object".to_owned()));
    }
    Ok(judged)
}

fn reason(violation: Violation) -> (&'static str, String) {
    (violation.reason, violation.detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(level: &str, manifest: &str) -> Value {
        let line = json!({"id": 7, "level": level, "version": "v1.30", "manifest": manifest});
        pss(line.to_string().as_bytes())
    }

    #[test]
    fn a_pod_gets_its_verdict_and_reasons() {
        let pod = "apiVersion: v1\nkind: Pod\nspec: {hostPID: true, containers: [{name: c}]}\n";
        let answer = answered("baseline", pod);
        assert_eq!(answer["id"], 7);
        assert_eq!(answer["allowed"], false);
        assert_eq!(answer["reasons"], json!(["host namespaces"]));
        assert_eq!(answered("privileged", pod)["allowed"], true);
    }

    #[test]
    fn what_cannot_be_read_is_not_allowed() {
        for manifest in [
            "",
            "a: [",
            "apiVersion: v1\nkind: Pod\nspec: {a: 1, a: 2}\n",
        ] {
            let answer = answered("privileged", manifest);
            assert_eq!(answer["allowed"], false, "{manifest}");
            assert_eq!(answer["reasons"], json!([UNREADABLE]), "{manifest}");
        }
    }

    #[test]
    fn a_bad_line_is_an_error_that_keeps_its_id() {
        let bad = pss(br#"{"id":"x","level":"root","version":"latest","manifest":""}"#);
        assert_eq!(bad["id"], "x");
        assert!(bad["error"].as_str().unwrap().contains("level"));
        assert!(pss(b"{")["error"].is_string());
    }
}
