//! `seawall policy export`: the rules as native policies.

use clap::ValueEnum;
use seawall_base::Severity;
use seawall_policy::export::{self, Form, Options};

use crate::app::{App, Outcome};

/// What is written, and for which server.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What the policies are written as.
    #[arg(long, value_enum)]
    to: To,
    /// The version of Kubernetes that takes them.
    #[arg(long, value_name = "1.N", value_parser = super::cel::minor, default_value = "1.36")]
    kubernetes_version: u32,
    /// Deny what rules at least this severe find; the others warn and write to the audit log.
    #[arg(long, value_name = "SEVERITY", default_value_t = Severity::High)]
    deny: Severity,
    /// Write this rule only; may be given several times.
    #[arg(long = "rule", value_name = "ID")]
    rules: Vec<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum To {
    /// `ValidatingAdmissionPolicy` and bindings.
    Vap,
    /// `MutatingAdmissionPolicy` and bindings.
    Map,
    /// Validating policies as files of the API server.
    Static,
    /// `ValidatingPolicy` of Kyverno.
    Kyverno,
}

pub(crate) const EXAMPLES: &str = "Examples:
  seawall policy export --to vap | kubectl apply -f -
  seawall policy export --to static --deny critical > /etc/kubernetes/policies/seawall.yaml
  seawall policy export --to kyverno --rule privileged-container";

/// Writes the policies.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let known = |id: &String| seawall_policy::RULES.iter().any(|rule| rule.meta.id == id);
    if let Some(unknown) = args.rules.iter().find(|id| !known(id)) {
        anyhow::bail!("there is no rule `{unknown}`");
    }
    let options = Options {
        form: match args.to {
            To::Vap => Form::Validating,
            To::Map => Form::Mutating,
            To::Static => Form::Static,
            To::Kyverno => Form::Kyverno,
        },
        minor: args.kubernetes_version,
        deny: args.deny,
        rules: args.rules.clone(),
        exceptions: Vec::new(),
    };
    App::print(&export::render(&options))?;
    Ok(Outcome::Clean)
}
