//! The rules as native policies: what the scanner decides by an expression, the API server decides by
//! the same text.
//!
//! One policy for the kinds with the same paths and one for what it does about a finding; one validation
//! for a rule. An update is denied only for what it adds.

mod compose;
mod exception;
mod kinds;
mod yaml;

use seawall_base::Severity;
use serde_json::{Value, json};

pub use self::exception::{Exception, exceptions};
pub use self::kinds::{Kinds, OTHERS, Resource, WORKLOADS};

use crate::expression::{Covers, Each, Expression};
use crate::fix::Remedy;
use crate::rules::{RULES, Rule};

/// What policies are written as.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// `ValidatingAdmissionPolicy` with bindings.
    Validating,
    /// `MutatingAdmissionPolicy` with bindings: the fields that a rule wants and nobody set.
    Mutating,
    /// Validating policies as files that the API server loads before it serves.
    Static,
    /// `ValidatingPolicy` of Kyverno.
    Kyverno,
}

/// What an export holds.
#[derive(Clone, Debug)]
pub struct Options {
    /// What policies are written as.
    pub form: Form,
    /// The minor version of the API server.
    pub minor: u32,
    /// Rules at least this severe deny, the others warn.
    pub deny: Severity,
    /// Only these rules; all where none is named.
    pub rules: Vec<String>,
    /// Objects that may break a rule.
    pub exceptions: Vec<Exception>,
}

/// A rule over the objects of some kinds.
#[derive(Clone, Debug)]
pub struct Validation {
    /// The rule.
    pub rule: &'static str,
    /// True where the object keeps the rule, an exception covers it, or it was broken before.
    pub expression: String,
    /// The rule alone, over `object`.
    pub holds: String,
    /// What is said where it does not.
    pub message: String,
}

/// Validations of the same kinds and with the same consequence.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The name, unique in the export.
    pub name: String,
    /// The resources it matches, with the kinds it covers.
    pub resources: Vec<(&'static Resource, Vec<&'static str>)>,
    /// Whether a finding denies.
    pub denies: bool,
    /// The validations, by rule.
    pub validations: Vec<Validation>,
}

/// Namespaces that no exported policy holds in: an API server that cannot run what it needs itself
/// stays down.
const EXEMPT: &[&str] = &["kube-system", "kube-public", "kube-node-lease"];

/// The policies of an export.
#[must_use]
pub fn policies(options: &Options) -> Vec<Policy> {
    let mut found = Vec::new();
    for denies in [true, false] {
        let rules: Vec<(&Rule, &Expression)> = RULES
            .iter()
            .filter(|rule| {
                options.rules.is_empty() || options.rules.iter().any(|id| id == rule.meta.id)
            })
            .filter(|rule| (rule.meta.severity >= options.deny) == denies)
            .filter_map(|rule| Some((rule, rule.expression?)))
            .collect();
        for kinds in WORKLOADS {
            found.extend(of_pods(kinds, &rules, denies, options));
        }
        found.extend(of_parts(&rules, denies, options));
    }
    found
}

fn of_pods(
    kinds: &'static Kinds,
    rules: &[(&Rule, &Expression)],
    denies: bool,
    options: &Options,
) -> Option<Policy> {
    let validations = rules.iter().filter_map(|(rule, expression)| {
        let object = compose::over_pods(expression, kinds, "object")?;
        let before = compose::over_pods(expression, kinds, "oldObject")?;
        Some(validation(rule, expression, object, &before, options))
    });
    let policy = Policy {
        name: name(kinds.name, denies),
        resources: kinds
            .resources
            .iter()
            .map(|own| (own, plurals(own)))
            .collect(),
        denies,
        validations: validations.collect(),
    };
    (!policy.validations.is_empty()).then_some(policy)
}

/// One policy for each kind that rules about single parts speak of.
fn of_parts(rules: &[(&Rule, &Expression)], denies: bool, options: &Options) -> Vec<Policy> {
    let mut found: Vec<Policy> = Vec::new();
    for (rule, expression) in rules {
        let Each::Part(parts) = expression.each else {
            continue;
        };
        for part in parts {
            let Some((resource, plural)) = kinds::resource(part.kind) else {
                continue;
            };
            let object = compose::over_part(expression, part.path, "object");
            let before = compose::over_part(expression, part.path, "oldObject");
            let own = validation(rule, expression, object, &before, options);
            let name = name(&format!("kind-{plural}"), denies);
            match found.iter_mut().find(|policy| policy.name == name) {
                Some(policy) => policy.validations.push(own),
                None => found.push(Policy {
                    name,
                    resources: vec![(resource, vec![plural])],
                    denies,
                    validations: vec![own],
                }),
            }
        }
    }
    found.sort_by(|left, right| left.name.cmp(&right.name));
    found
}

fn name(kinds: &str, denies: bool) -> String {
    format!("seawall-{kinds}-{}", if denies { "deny" } else { "warn" })
}

fn plurals(resource: &Resource) -> Vec<&'static str> {
    let mut names: Vec<_> = resource.names.iter().map(|(_, plural)| *plural).collect();
    if resource.group.is_empty() && names.contains(&"pods") {
        names.push("pods/ephemeralcontainers");
    }
    names
}

fn validation(
    rule: &Rule,
    expression: &Expression,
    holds: String,
    before: &str,
    options: &Options,
) -> Validation {
    let own = options.exceptions.iter();
    let own = own.filter(|own| own.rules.iter().any(|id| id == rule.meta.id));
    let excepted: String = own
        .map(|own| format!("{} || ", own.condition("object")))
        .collect();
    Validation {
        rule: rule.meta.id,
        expression: format!("{excepted}({holds}) || (oldObject != null && !({before}))"),
        holds,
        message: format!(
            "[{}] {} {}",
            rule.meta.id,
            sentence(expression.what),
            expression.fix
        ),
    }
}

fn sentence(what: &str) -> String {
    let mut letters = what.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    format!(
        "{}{}.",
        first.map(String::from).unwrap_or_default(),
        letters.as_str()
    )
}

/// The export as one YAML text.
#[must_use]
pub fn render(options: &Options) -> String {
    let documents = match options.form {
        Form::Mutating => mutations(options),
        form => {
            let all = policies(options);
            all.iter()
                .flat_map(|policy| written(policy, form))
                .collect()
        }
    };
    documents.iter().map(yaml::document).collect()
}

fn written(policy: &Policy, form: Form) -> Vec<Value> {
    let suffix = if form == Form::Static {
        ".static.k8s.io"
    } else {
        ""
    };
    let name = format!("{}{suffix}", policy.name);
    let validations: Vec<Value> = policy
        .validations
        .iter()
        .map(|own| json!({"expression": own.expression, "message": own.message, "reason": "Forbidden"}))
        .collect();
    let going = json!({
        "name": "not-going",
        "expression": "!has(object.metadata.deletionTimestamp)",
    });
    let metadata = json!({"name": name, "annotations": annotations(policy)});
    let actions = if policy.denies {
        json!(["Deny"])
    } else {
        json!(["Warn", "Audit"])
    };
    if form == Form::Kyverno {
        let validations: Vec<Value> = policy
            .validations
            .iter()
            .map(|own| json!({"expression": own.expression, "message": own.message}))
            .collect();
        let actions = if policy.denies {
            json!(["Deny"])
        } else {
            json!(["Audit"])
        };
        let mut constraints = constraints(policy);
        if let Some(fields) = constraints.as_object_mut() {
            fields.insert("namespaceSelector".to_owned(), selector());
        }
        return vec![json!({
            "apiVersion": "policies.kyverno.io/v1",
            "kind": "ValidatingPolicy",
            "metadata": metadata,
            "spec": {
                "validationActions": actions,
                "failurePolicy": "Fail",
                "matchConstraints": constraints,
                "matchConditions": [going],
                "validations": validations,
            },
        })];
    }
    vec![
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicy",
            "metadata": metadata,
            "spec": {
                "failurePolicy": "Fail",
                "matchConstraints": constraints(policy),
                "matchConditions": [going],
                "validations": validations,
            },
        }),
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": name},
            "spec": {
                "policyName": name,
                "validationActions": actions,
                "matchResources": {"namespaceSelector": selector()},
            },
        }),
    ]
}

fn annotations(policy: &Policy) -> Value {
    let partly = |id: &str| {
        let mut rules = RULES.iter().filter(|rule| rule.meta.id == id);
        rules.any(|rule| {
            rule.expression
                .is_some_and(|own| own.covers == Covers::Part)
        })
    };
    let ids: Vec<&str> = policy.validations.iter().map(|own| own.rule).collect();
    let part: Vec<&str> = ids.iter().copied().filter(|id| partly(id)).collect();
    json!({"seawall.dev/rules": ids.join(","), "seawall.dev/rules-in-part": part.join(",")})
}

fn constraints(policy: &Policy) -> Value {
    let rules: Vec<Value> = policy
        .resources
        .iter()
        .map(|(resource, names)| {
            json!({
                "apiGroups": [resource.group],
                "apiVersions": resource.versions,
                "operations": ["CREATE", "UPDATE"],
                "resources": names,
            })
        })
        .collect();
    json!({"matchPolicy": "Equivalent", "resourceRules": rules})
}

/// By the label that the API server itself writes, which nobody can put on another namespace.
fn selector() -> Value {
    json!({"matchExpressions": [{
        "key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": EXEMPT,
    }]})
}

/// Policies that set what rules with such a remedy want, where nobody set it.
fn mutations(options: &Options) -> Vec<Value> {
    let version = match options.minor {
        36.. => "v1",
        34..=35 => "v1beta1",
        _ => "v1alpha1",
    };
    let mut found = Vec::new();
    // Typed construction knows fields by name only, so kinds with one plain path are covered.
    let plain = WORKLOADS.iter().filter(|own| {
        own.pods.len() == 1 && own.pods.iter().all(|path| !path.contains(['[', '{']))
    });
    for kinds in plain {
        let path = kinds.pods.first().copied().unwrap_or("spec");
        let mutations: Vec<Value> = RULES
            .iter()
            .filter(|rule| options.rules.is_empty() || options.rules.iter().any(|id| id == rule.meta.id))
            .filter_map(|rule| mutation(rule.remedy?, rule.expression.map(|own| own.each), path))
            .map(|text| json!({"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": text}}))
            .collect();
        if mutations.is_empty() {
            continue;
        }
        let policy = Policy {
            name: format!("seawall-{}-defaults", kinds.name),
            resources: kinds
                .resources
                .iter()
                .map(|own| (own, plurals(own)))
                .collect(),
            denies: false,
            validations: Vec::new(),
        };
        let mut constraints = constraints(&policy);
        if let Some(rules) = constraints
            .get_mut("resourceRules")
            .and_then(Value::as_array_mut)
        {
            rules
                .iter_mut()
                .for_each(|rule| rule["operations"] = json!(["CREATE"]));
        }
        let api = format!("admissionregistration.k8s.io/{version}");
        found.push(json!({
            "apiVersion": api, "kind": "MutatingAdmissionPolicy", "metadata": {"name": policy.name},
            "spec": {
                "failurePolicy": "Fail",
                "reinvocationPolicy": "IfNeeded",
                "matchConstraints": constraints,
                "mutations": mutations,
            },
        }));
        found.push(json!({
            "apiVersion": api, "kind": "MutatingAdmissionPolicyBinding", "metadata": {"name": policy.name},
            "spec": {"policyName": policy.name, "matchResources": {"namespaceSelector": selector()}},
        }));
    }
    found
}

/// The object that sets what a remedy inserts, as far as it is not set.
fn mutation(remedy: Remedy, each: Option<Each>, path: &str) -> Option<String> {
    let Remedy::Insert(fields, value) = remedy else {
        return None;
    };
    let types = format!("Object.{path}");
    let inner = match (each, fields) {
        (Some(Each::Container), [outer, field]) => format!(
            "containers: object.{path}.containers.filter(c, !has(c.{outer}) || (!has(c.{outer}.{field}) && (!has(c.{outer}.privileged) || !c.{outer}.privileged))).map(c, {types}.containers{{name: c.name, {outer}: {types}.containers.{outer}{{{field}: {value}}}}})"
        ),
        (None, [field]) => {
            format!("{field}: has(object.{path}.{field}) ? object.{path}.{field} : {value}")
        }
        _ => return None,
    };
    let mut text = format!("{types}{{{inner}}}");
    let fields: Vec<&str> = path.split('.').collect();
    for depth in (0..fields.len()).rev() {
        let outer = fields.get(..depth).unwrap_or_default();
        let outer = ["Object"]
            .iter()
            .chain(outer)
            .copied()
            .collect::<Vec<_>>()
            .join(".");
        let field = fields.get(depth).copied().unwrap_or_default();
        text = format!("{outer}{{{field}: {text}}}");
    }
    Some(text)
}

#[cfg(test)]
mod tests;
