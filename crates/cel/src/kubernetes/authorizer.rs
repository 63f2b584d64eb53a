//! The authorizer: expressions ask who may do what. Whoever embeds the engine answers.

use std::fmt;
use std::sync::Arc;

use crate::error::EvalError;
use crate::eval::Context;
use crate::kubernetes::format;
use crate::library::{Library, bool, refused};
use crate::opaque::Opaque;
use crate::value::Value;

pub(crate) static AUTHORIZER: Library = Library {
    overloads: &[
        "authorizer_path = kubernetes.authorization.Authorizer->path(string): kubernetes.authorization.PathCheck",
        "authorizer_group = kubernetes.authorization.Authorizer->group(string): kubernetes.authorization.GroupCheck",
        "authorizer_serviceaccount = kubernetes.authorization.Authorizer->serviceAccount(string, string): kubernetes.authorization.Authorizer",
        "groupcheck_resource = kubernetes.authorization.GroupCheck->resource(string): kubernetes.authorization.ResourceCheck",
        "resourcecheck_subresource = kubernetes.authorization.ResourceCheck->subresource(string): kubernetes.authorization.ResourceCheck",
        "resourcecheck_namespace = kubernetes.authorization.ResourceCheck->namespace(string): kubernetes.authorization.ResourceCheck",
        "resourcecheck_name = kubernetes.authorization.ResourceCheck->name(string): kubernetes.authorization.ResourceCheck",
        "pathcheck_check = kubernetes.authorization.PathCheck->check(string): kubernetes.authorization.Decision",
        "resourcecheck_check = kubernetes.authorization.ResourceCheck->check(string): kubernetes.authorization.Decision",
        "decision_errored = kubernetes.authorization.Decision->errored(): bool",
        "decision_error = kubernetes.authorization.Decision->error(): string",
        "decision_allowed = kubernetes.authorization.Decision->allowed(): bool",
        "decision_reason = kubernetes.authorization.Decision->reason(): string",
    ],
    functions: &[
        ("path", path),
        ("group", group),
        ("serviceAccount", service_account),
        ("resource", resource),
        ("subresource", |_, args| {
            refined(args, |question, text| question.subresource = text)
        }),
        ("namespace", |_, args| {
            refined(args, |question, text| question.namespace = text)
        }),
        ("name", |_, args| {
            refined(args, |question, text| question.name = text)
        }),
        ("check", check),
        ("errored", |_, args| {
            bool(decision(args)?.answer.error.is_some())
        }),
        ("error", |context, args| {
            context.text(decision(args)?.answer.error.clone().unwrap_or_default())
        }),
        ("allowed", |_, args| bool(decision(args)?.answer.allowed)),
        ("reason", |context, args| {
            context.text(decision(args)?.answer.reason.clone())
        }),
    ],
    types: &[
        "kubernetes.authorization.Authorizer",
        "kubernetes.authorization.PathCheck",
        "kubernetes.authorization.GroupCheck",
        "kubernetes.authorization.ResourceCheck",
        "kubernetes.authorization.Decision",
    ],
};

pub(crate) static AUTHORIZER_SELECTORS: Library = Library {
    overloads: &[
        "authorizer_fieldselector = kubernetes.authorization.ResourceCheck->fieldSelector(string): kubernetes.authorization.ResourceCheck",
        "authorizer_labelselector = kubernetes.authorization.ResourceCheck->labelSelector(string): kubernetes.authorization.ResourceCheck",
    ],
    functions: &[
        ("fieldSelector", |_, args| {
            refined(args, |question, text| question.field_selector = text)
        }),
        ("labelSelector", |_, args| {
            refined(args, |question, text| question.label_selector = text)
        }),
    ],
    types: &[],
};

/// Who answers questions of access: a cluster's RBAC rules, or a test.
pub trait Authorizer: fmt::Debug + Send + Sync {
    /// Whether the one who asks may.
    fn decide(&self, question: &Question) -> Answer;
}

/// What someone wants to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Question {
    /// The service account that is asked about, as namespace and name; else the one who asks.
    pub service_account: Option<(String, String)>,
    /// The verb.
    pub verb: String,
    /// On what.
    pub access: Access,
}

/// What is accessed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Access {
    /// A path of the API server.
    Path(String),
    /// A resource.
    Resource(ResourceAccess),
}

/// A resource; empty parts are not restricted.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ResourceAccess {
    /// The API group.
    pub group: String,
    /// The resource.
    pub resource: String,
    /// The subresource.
    pub subresource: String,
    /// The namespace.
    pub namespace: String,
    /// The object's name.
    pub name: String,
    /// A field selector.
    pub field_selector: String,
    /// A label selector.
    pub label_selector: String,
}

/// The answer to a question.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Answer {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Why.
    pub reason: String,
    /// What went wrong while finding out.
    pub error: Option<String>,
}

/// An authorizer as a value.
#[derive(Clone, Debug)]
pub struct AuthorizerValue {
    authorizer: Arc<dyn Authorizer>,
    service_account: Option<(String, String)>,
}

impl AuthorizerValue {
    /// The value of the variable `authorizer`.
    #[must_use]
    pub fn new(authorizer: Arc<dyn Authorizer>) -> Self {
        Self {
            authorizer,
            service_account: None,
        }
    }

    /// The value of the variable `authorizer.requestResource`.
    #[must_use]
    pub fn request_resource(self, resource: ResourceAccess) -> Value {
        Value::Opaque(Opaque::Check(Arc::new(Check {
            authorizer: self,
            target: Target::Resource(resource),
        })))
    }
}

/// A question without its verb.
#[derive(Clone, Debug)]
pub struct Check {
    authorizer: AuthorizerValue,
    target: Target,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Target {
    Path(String),
    Group(String),
    Resource(ResourceAccess),
}

impl Check {
    pub(crate) fn type_name(&self) -> &'static str {
        match self.target {
            Target::Path(_) => "kubernetes.authorization.PathCheck",
            Target::Group(_) => "kubernetes.authorization.GroupCheck",
            Target::Resource(_) => "kubernetes.authorization.ResourceCheck",
        }
    }
}

impl PartialEq for Check {
    fn eq(&self, other: &Self) -> bool {
        self.target == other.target
            && self.authorizer.service_account == other.authorizer.service_account
    }
}

/// An answer as a value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Decision {
    answer: Answer,
}

fn check_value(authorizer: &AuthorizerValue, target: Target) -> Result<Value, EvalError> {
    Ok(Value::Opaque(Opaque::Check(Arc::new(Check {
        authorizer: authorizer.clone(),
        target,
    }))))
}

fn path(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [
        Value::Opaque(Opaque::Authorizer(authorizer)),
        Value::String(path),
    ] = args
    else {
        return refused();
    };
    if path.trim().is_empty() {
        return Err(EvalError::invalid("path must not be empty"));
    }
    check_value(authorizer, Target::Path(path.to_string()))
}

fn group(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [
            Value::Opaque(Opaque::Authorizer(authorizer)),
            Value::String(group),
        ] => check_value(authorizer, Target::Group(group.to_string())),
        _ => refused(),
    }
}

fn service_account(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [
        Value::Opaque(Opaque::Authorizer(authorizer)),
        Value::String(namespace),
        Value::String(name),
    ] = args
    else {
        return refused();
    };
    let is_valid = |format_name: &str, text: &str| {
        format::find(format_name).is_some_and(|format| (format.problems)(text).is_empty())
    };
    if !is_valid("dns1123Subdomain", name) {
        return Err(EvalError::invalid("Invalid service account name"));
    }
    if !is_valid("dns1123Label", namespace) {
        return Err(EvalError::invalid("Invalid service account namespace"));
    }
    Ok(Value::Opaque(Opaque::Authorizer(AuthorizerValue {
        service_account: Some((namespace.to_string(), name.to_string())),
        ..authorizer.clone()
    })))
}

fn resource(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::Opaque(Opaque::Check(check)), Value::String(resource)] = args else {
        return refused();
    };
    let Target::Group(group) = &check.target else {
        return refused();
    };
    if resource.trim().is_empty() {
        return Err(EvalError::invalid("resource must not be empty"));
    }
    let access = ResourceAccess {
        group: group.clone(),
        resource: resource.to_string(),
        ..ResourceAccess::default()
    };
    check_value(&check.authorizer, Target::Resource(access))
}

fn refined(args: &[Value], set: fn(&mut ResourceAccess, String)) -> Result<Value, EvalError> {
    let [Value::Opaque(Opaque::Check(check)), Value::String(text)] = args else {
        return refused();
    };
    let Target::Resource(access) = &check.target else {
        return refused();
    };
    let mut access = access.clone();
    set(&mut access, text.to_string());
    check_value(&check.authorizer, Target::Resource(access))
}

fn check(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::Opaque(Opaque::Check(check)), Value::String(verb)] = args else {
        return refused();
    };
    let access = match &check.target {
        Target::Path(path) => Access::Path(path.clone()),
        Target::Resource(access) => Access::Resource(access.clone()),
        Target::Group(_) => return refused(),
    };
    let question = Question {
        service_account: check.authorizer.service_account.clone(),
        verb: verb.to_string(),
        access,
    };
    let answer = check.authorizer.authorizer.decide(&question);
    Ok(Value::Opaque(Opaque::Decision(Arc::new(Decision {
        answer,
    }))))
}

fn decision(args: &[Value]) -> Result<&Decision, EvalError> {
    match args {
        [Value::Opaque(Opaque::Decision(decision))] => Ok(decision),
        _ => refused(),
    }
}
