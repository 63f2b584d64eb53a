//! `seawall admission verdict|exception|trust`: guardrail objects that carry signatures, printed so
//! that they can be reviewed, kept in version control and applied.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum;
use seawall_admission::facts::{
    EXCEPTION_TYPE, ExceptionDraft, GROUP, VERDICT_TYPE, VERSION, VerdictDraft, envelope,
};
use seawall_base::{Digest, SignedDuration, Timestamp};
use seawall_crypto::{SigningKey, VerifyingKey};
use seawall_policy::RULES;
use serde_json::{Value, json};

use crate::app::{App, Hinted, Outcome};

pub(super) const VERDICT_EXAMPLES: &str = "Examples:
  seawall scan models/claims && seawall verify models/claims --signature claims.sig --key pub.pem \\
    && seawall admission verdict sha256:… --pass --key verifier.pem | kubectl apply -f -
  seawall admission verdict hf://org/model@0f1e… --fail --key verifier.pem --days 365

A workload that names the digest runs as soon as a passing verdict is there.";

pub(super) const EXCEPTION_EXAMPLES: &str = "Examples:
  seawall admission exception legacy-vllm --namespace ml --kind Deployment --object vllm \\
    --rule trust-remote-code --owner ada@example.com --reason 'until the model is converted' \\
    --days 30 --key approver.pem | kubectl apply -f -";

pub(super) const TRUST_EXAMPLES: &str = "Examples:
  seawall admission trust verifier --key verifier.pub.pem --for verdict | kubectl apply -f -";

/// The arguments of `verdict`.
#[derive(Debug, clap::Args)]
pub(super) struct VerdictArgs {
    /// The artifact: `sha256:…`, or a reference that names one content.
    subject: String,
    /// It was verified.
    #[arg(long, required_unless_present = "fail", conflicts_with = "fail")]
    pass: bool,
    /// It must not run.
    #[arg(long)]
    fail: bool,
    /// The verifier's private key, Ed25519 or P-256 in PEM.
    #[arg(long, value_name = "PEM")]
    key: PathBuf,
    /// Digest of the rules that were applied. [default: those of this program]
    #[arg(long, value_name = "DIGEST")]
    rules: Option<String>,
    /// For how long it holds. [default: for ever]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
}

/// The arguments of `exception`.
#[derive(Debug, clap::Args)]
pub(super) struct ExceptionArgs {
    /// Its name.
    name: String,
    /// The namespace of the object.
    #[arg(long, value_name = "NAME")]
    namespace: String,
    /// The kind of the object.
    #[arg(long, value_name = "KIND")]
    kind: String,
    /// The name of the object, or its `generateName`.
    #[arg(long, value_name = "NAME")]
    object: String,
    /// A rule that does not hold for it; repeat for more.
    #[arg(long = "rule", value_name = "ID", required = true)]
    rules: Vec<String>,
    /// Who answers for it.
    #[arg(long, value_name = "WHO")]
    owner: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// For how long it holds.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=365))]
    days: u32,
    /// The approver's private key, Ed25519 or P-256 in PEM.
    #[arg(long, value_name = "PEM")]
    key: PathBuf,
}

/// The arguments of `trust`.
#[derive(Debug, clap::Args)]
pub(super) struct TrustArgs {
    /// Its name.
    name: String,
    /// A public key in PEM; repeat for more.
    #[arg(long = "key", value_name = "PEM", required = true)]
    keys: Vec<PathBuf>,
    /// What the keys may sign.
    #[arg(long = "for", value_enum, value_name = "WHAT", required = true)]
    purposes: Vec<Purpose>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Purpose {
    Verdict,
    Exception,
}

/// Prints a signed verdict.
pub(super) fn verdict(args: &VerdictArgs, app: &App) -> anyhow::Result<Outcome> {
    let now = app.clock.now();
    let expires = args.days.map(|days| end(now, days)).transpose()?;
    let word = if args.pass { "pass" } else { "fail" };
    let named = args.subject.contains("sha256:") || args.subject.contains('@');
    let hint = "use the digest, or a reference with its revision after `@`";
    let vague = || Hinted::new(format!("`{}` names no one content", args.subject), hint);
    anyhow::ensure!(named, vague());
    let draft = VerdictDraft {
        subject: args.subject.clone(),
        verdict: word.to_owned(),
        rules: args.rules.clone().unwrap_or_else(rules_digest),
        at: now.to_string(),
        expires: expires.clone(),
    };
    let payload = serde_json::to_vec(&draft)?;
    let key = signing_key(&args.key)?;
    // Objects are named by what they are about and who says so, so that a new verdict takes the
    // place of the old one of the same verifier.
    let hint = key.verifying_key().hint();
    let name = Digest::of(format!("{} {hint}", args.subject).as_bytes()).to_hex();
    print(&json!({
        "apiVersion": format!("{GROUP}/{VERSION}"),
        "kind": "ArtifactVerdict",
        "metadata": { "name": name },
        "spec": {
            "subject": args.subject,
            "verdict": word,
            "expires": expires.unwrap_or_default(),
            "envelope": envelope(VERDICT_TYPE, payload, &key),
        },
    }))
}

/// Prints a signed exception.
pub(super) fn exception(args: &ExceptionArgs, app: &App) -> anyhow::Result<Outcome> {
    for rule in &args.rules {
        let known = RULES.iter().any(|known| known.meta.id == rule);
        let hint = "docs/rules lists the ids";
        anyhow::ensure!(
            known,
            Hinted::new(format!("there is no rule `{rule}`"), hint)
        );
    }
    let expires = end(app.clock.now(), args.days)?;
    let draft = ExceptionDraft {
        namespace: args.namespace.clone(),
        rules: args.rules.clone(),
        kind: args.kind.clone(),
        name: args.object.clone(),
        owner: args.owner.clone(),
        reason: args.reason.clone(),
        expires: expires.clone(),
    };
    let payload = serde_json::to_vec(&draft)?;
    let key = signing_key(&args.key)?;
    print(&json!({
        "apiVersion": format!("{GROUP}/{VERSION}"),
        "kind": "GuardrailException",
        "metadata": { "name": args.name, "namespace": args.namespace },
        "spec": {
            "object": format!("{}/{}", args.kind, args.object),
            "owner": args.owner,
            "expires": expires,
            "envelope": envelope(EXCEPTION_TYPE, payload, &key),
        },
    }))
}

/// Prints a trust root.
pub(super) fn trust(args: &TrustArgs) -> anyhow::Result<Outcome> {
    let purposes: Vec<&str> = args
        .purposes
        .iter()
        .map(|purpose| match purpose {
            Purpose::Verdict => "Verdict",
            Purpose::Exception => "Exception",
        })
        .collect();
    let mut keys = Vec::new();
    for path in &args.keys {
        let pem = read(path)?;
        VerifyingKey::from_pem(&pem)
            .with_context(|| format!("{} cannot be used", path.display()))?;
        keys.push(json!({ "publicKey": pem, "purposes": purposes }));
    }
    print(&json!({
        "apiVersion": format!("{GROUP}/{VERSION}"),
        "kind": "TrustRoot",
        "metadata": { "name": args.name },
        "spec": { "keys": keys },
    }))
}

fn print(object: &Value) -> anyhow::Result<Outcome> {
    App::print(&format!("{object:#}\n"))?;
    Ok(Outcome::Clean)
}

fn end(now: Timestamp, days: u32) -> anyhow::Result<String> {
    let step = SignedDuration::from_hours(i64::from(days) * 24);
    Ok(now.checked_add(step)?.to_string())
}

fn rules_digest() -> String {
    let ids: Vec<&str> = RULES.iter().map(|rule| rule.meta.id).collect();
    Digest::of(ids.join("\n").as_bytes()).to_string()
}

fn signing_key(path: &Path) -> anyhow::Result<SigningKey> {
    let pem = read(path)?;
    SigningKey::from_pem(&pem).with_context(|| format!("{} cannot be used", path.display()))
}

#[expect(clippy::disallowed_methods, reason = "the user names the file")]
fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
