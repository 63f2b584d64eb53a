//! The wire: admission.k8s.io/v1 `AdmissionReview` in and out, nothing else.

use base64::Engine as _;
use seawall_base::{ErrorCode, Principal, PrincipalKind};
use seawall_config::yaml::{self, FlawKind, Node, YamlLimits};
use serde_json::{Value, json};

use crate::decide::Decision;

/// What the API server asks about.
#[derive(Clone, Debug)]
pub struct Request {
    /// The id to answer with.
    pub uid: String,
    /// What is being done.
    pub operation: Operation,
    /// The subresource, empty for the object itself.
    pub subresource: String,
    /// The namespace of the request, empty for cluster-wide objects.
    pub namespace: String,
    /// Whether nothing will come of it.
    pub dry_run: bool,
    /// Who asks: often a controller rather than a person.
    pub principal: Principal,
    /// The object as it would become.
    pub object: Option<Node>,
    /// The object as it was.
    pub old_object: Option<Node>,
    /// The text that the objects were read from.
    pub source: String,
}

/// What is being done to an object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Operation {
    /// It is new.
    Create,
    /// It changes.
    Update,
    /// It goes.
    Delete,
    /// A stream is opened (`exec`, `attach`, `portforward`, `proxy`).
    Connect,
}

/// Why a body is not a request that can be answered.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ReviewError {
    /// The stable code, which knows the HTTP status.
    pub code: ErrorCode,
    /// What is wrong, in one sentence.
    pub message: String,
}

/// Reads a body. Duplicate keys are refused: two readers would see two objects.
///
/// # Errors
/// When it is not one strict JSON `AdmissionReview` of version 1 with a request and a `uid`.
pub fn parse(body: &[u8]) -> Result<Request, ReviewError> {
    let refused = |code, message: &str| ReviewError {
        code,
        message: message.to_owned(),
    };
    let parsed = yaml::parse_json(body, &YamlLimits::default()).map_err(|flaw| {
        let code = match flaw.kind {
            FlawKind::Limit => ErrorCode::BodyTooDeep,
            _ => ErrorCode::InvalidJson,
        };
        refused(code, &flaw.message)
    })?;
    if let Some(flaw) = parsed.flaws.first() {
        return Err(refused(ErrorCode::DuplicateKey, &flaw.message));
    }
    let Some(root) = parsed.documents.first() else {
        return Err(refused(ErrorCode::InvalidJson, "the body is empty"));
    };
    let is_review = root.text_at(&["kind"]) == Some("AdmissionReview");
    if !is_review || root.text_at(&["apiVersion"]) != Some("admission.k8s.io/v1") {
        return Err(refused(
            ErrorCode::InvalidRequest,
            "only AdmissionReview of admission.k8s.io/v1 is answered",
        ));
    }
    let request = root.get("request");
    let Some((request, uid)) = request.zip(root.text_at(&["request", "uid"])) else {
        return Err(refused(
            ErrorCode::InvalidRequest,
            "the review has no request or no uid",
        ));
    };
    let operation = match request.text_at(&["operation"]) {
        Some("CREATE") => Operation::Create,
        Some("UPDATE") => Operation::Update,
        Some("DELETE") => Operation::Delete,
        Some("CONNECT") => Operation::Connect,
        _ => {
            return Err(refused(
                ErrorCode::InvalidRequest,
                "the operation is not known",
            ));
        }
    };
    let object = |key: &str| request.get(key).filter(|node| !node.is_null()).cloned();
    let text = |key: &str| request.text_at(&[key]).unwrap_or_default().to_owned();
    Ok(Request {
        uid: uid.to_owned(),
        operation,
        subresource: text("subResource"),
        namespace: text("namespace"),
        dry_run: request.get("dryRun").and_then(Node::as_bool) == Some(true),
        principal: principal(request),
        object: object("object"),
        old_object: object("oldObject"),
        source: String::from_utf8_lossy(body).into_owned(),
    })
}

fn principal(request: &Node) -> Principal {
    let name = request
        .text_at(&["userInfo", "username"])
        .unwrap_or("unknown");
    let workload = name.starts_with("system:");
    let kind = if workload {
        PrincipalKind::Workload
    } else {
        PrincipalKind::Person
    };
    Principal::new(kind, name)
}

/// Writes the answer.
#[must_use]
pub fn answer(uid: &str, decision: &Decision) -> Value {
    let mut response = json!({ "uid": uid, "allowed": decision.allowed });
    if let Some(fields) = response.as_object_mut() {
        if !decision.allowed {
            let status = json!({ "code": 403, "reason": "Forbidden", "message": decision.message });
            fields.insert("status".to_owned(), status);
        }
        if !decision.warnings.is_empty() {
            fields.insert("warnings".to_owned(), json!(decision.warnings));
        }
        let mut annotations = serde_json::Map::new();
        if !decision.rules.is_empty() {
            annotations.insert("rules".to_owned(), decision.rules.join(",").into());
        }
        if !decision.excepted.is_empty() {
            let excepted = decision.excepted.iter();
            let excepted = excepted.map(|(exception, rule)| format!("{rule} by {exception}"));
            let excepted: Vec<String> = excepted.collect();
            annotations.insert("excepted".to_owned(), excepted.join(",").into());
        }
        if !annotations.is_empty() {
            fields.insert("auditAnnotations".to_owned(), annotations.into());
        }
    }
    json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": response,
    })
}

/// Writes the answer to a request that may be changed. Nothing is decided by it.
#[must_use]
pub fn change(uid: &str, patch: Option<&Value>) -> Value {
    let mut response = json!({ "uid": uid, "allowed": true });
    if let (Some(fields), Some(patch)) = (response.as_object_mut(), patch) {
        let encoded = base64::engine::general_purpose::STANDARD.encode(patch.to_string());
        fields.insert("patchType".to_owned(), "JSONPatch".into());
        fields.insert("patch".to_owned(), encoded.into());
    }
    json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": response,
    })
}
