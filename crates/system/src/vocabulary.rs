//! The words that `seawall.yaml` may use; threat rules are written with the same words.

/// Kinds of asset.
pub const ASSET_KINDS: &[&str] = &[
    "budget",
    "credentials",
    "dataset",
    "decision",
    "instructions",
    "model",
    "money",
    "personal-data",
    "service",
];

/// Who reaches a component from outside.
pub const AUDIENCES: &[&str] = &[
    "contributors",
    "customers",
    "internet",
    "staff",
    "suppliers",
];

/// What a flow carries.
pub const CARRIES: &[&str] = &[
    "code",
    "completions",
    "documents",
    "feedback",
    "images",
    "labels",
    "memories",
    "messages",
    "model-weights",
    "personal-data",
    "prompts",
    "records",
    "requests",
    "scores",
    "telemetry",
    "tool-calls",
    "tool-definitions",
    "tool-results",
    "training-data",
    "uploads",
];

/// Kinds of component.
pub const COMPONENT_KINDS: &[&str] = &[
    "agent",
    "api",
    "cluster",
    "code-repository",
    "code-tool",
    "database",
    "external-content",
    "external-service",
    "gateway",
    "labelling",
    "model-registry",
    "model-server",
    "notebook",
    "object-store",
    "person",
    "pipeline",
    "predictive-server",
    "tool",
    "training-job",
    "vector-store",
    "web-app",
];

/// Where an actor starts.
pub const POSITIONS: &[&str] = &["contributor", "customer", "insider", "outsider", "supplier"];

/// What a service account may do to others; discovered only.
pub const POWERS: &[&str] = &["exec", "impersonate", "pods", "secrets", "wildcard"];

/// Weaknesses, declared or discovered.
pub const WEAKNESSES: &[&str] = &[
    "broad-rbac",
    "host-namespace",
    "host-path",
    "no-authentication",
    "no-limits",
    "privileged",
    "secret-in-manifest",
    "shared-accelerator",
    "sys-admin",
    "trust-remote-code",
    "unpinned-image",
    "unpinned-model",
    "unsafe-trigger",
];

#[cfg(test)]
mod tests {
    use seawall_catalog::{Argument, Relation, threats};

    use super::*;

    #[test]
    fn rules_use_no_word_that_a_system_cannot_declare() {
        for threat in threats() {
            for atom in threat.facts.iter().chain(&threat.requires) {
                let words = match atom.relation {
                    Relation::Asset => ASSET_KINDS,
                    Relation::Exposed => AUDIENCES,
                    Relation::Flow => CARRIES,
                    Relation::Kind => COMPONENT_KINDS,
                    Relation::May => POWERS,
                    Relation::Position => POSITIONS,
                    Relation::Weak => WEAKNESSES,
                    _ => continue,
                };
                let mut constants = atom.arguments.iter().flat_map(|argument| match argument {
                    Argument::OneOf(constants) => constants.as_slice(),
                    Argument::Variable(_) => &[],
                });
                // A power holds in a namespace or in the whole cluster.
                let scope = (atom.relation == Relation::May).then_some("cluster");
                let is_known = |text: &str| scope == Some(text) || words.contains(&text);
                let unknown = constants.find(|constant| !is_known(constant));
                assert_eq!(unknown, None, "{}: {atom}", threat.id);
            }
        }
    }

    #[test]
    fn words_are_sorted() {
        for words in [
            ASSET_KINDS,
            AUDIENCES,
            CARRIES,
            COMPONENT_KINDS,
            POSITIONS,
            POWERS,
            WEAKNESSES,
        ] {
            assert!(words.is_sorted());
        }
    }
}
