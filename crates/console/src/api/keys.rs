//! Virtual keys: made, listed, revoked. The text of a key is in one answer only.

use seawall_base::{ErrorCode, Principal, PrincipalKind};
use seawall_ports::{KeyLimits, KeysError, NewKey, VirtualKey};
use serde_json::{Value, json};

use super::{Api, ApiError, text};

/// Characters that a name may have.
const NAME_CHARS_MAX: usize = 80;

/// `GET keys`: all of them, revoked ones too, oldest first.
pub(super) async fn list(api: &Api) -> Result<Value, ApiError> {
    let keys = api
        .ports
        .keys
        .list()
        .await
        .map_err(|error| refused(&error))?;
    let keys: Vec<Value> = keys.iter().map(value).collect();
    Ok(json!({ "schema": "seawall.keys/v1", "keys": keys }))
}

/// `POST keys` with `{"name", "owner", "requests_per_minute", "tokens_per_minute", "models", "as"}`.
pub(super) async fn create(api: &Api, body: &Value) -> Result<Value, ApiError> {
    let name = text(body, "name");
    let sound = !name.is_empty()
        && name.chars().count() <= NAME_CHARS_MAX
        && !name.chars().any(seawall_base::is_unseen);
    if !sound {
        return Err(ApiError::request(format!(
            "name is a text of 1 to {NAME_CHARS_MAX} visible characters"
        )));
    }
    let new = NewKey {
        name: name.to_owned(),
        principal: owner(body, name)?,
        limits: KeyLimits {
            requests_per_minute: limit(body, "requests_per_minute")?,
            tokens_per_minute: limit(body, "tokens_per_minute")?,
        },
        scope: models(body)?,
    };
    let (by, now) = (api.actor(body)?, api.ports.clock.now());
    let created = api.ports.keys.create(new, by, now).await;
    let (key, secret) = created.map_err(|error| refused(&error))?;
    let mut answer = value(&key);
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("key".to_owned(), secret.expose().as_str().into());
    }
    Ok(answer)
}

/// `POST keys/{id}/revoke`.
pub(super) async fn revoke(api: &Api, id: &str, body: &Value) -> Result<Value, ApiError> {
    let (by, now) = (api.actor(body)?, api.ports.clock.now());
    let revoked = api.ports.keys.revoke(id, by, now).await;
    revoked
        .map(|key| value(&key))
        .map_err(|error| refused(&error))
}

/// Who acts when the key is used: its owner, else the key itself under its name.
fn owner(body: &Value, name: &str) -> Result<Principal, ApiError> {
    match body.get("owner") {
        None | Some(Value::Null) => Ok(Principal::new(PrincipalKind::Key, name)),
        Some(owner) => owner
            .as_str()
            .and_then(|owner| owner.parse().ok())
            .ok_or_else(|| {
                ApiError::request(
                    "owner is a person such as `ada`, or `agent/claims`, `workload/batch`",
                )
            }),
    }
}

fn limit(body: &Value, name: &str) -> Result<Option<u64>, ApiError> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value
            .as_u64()
            .filter(|limit| *limit > 0)
            .map(Some)
            .ok_or_else(|| ApiError::request(format!("{name} is a whole number above 0"))),
    }
}

fn models(body: &Value) -> Result<Vec<String>, ApiError> {
    let Some(models) = body.get("models") else {
        return Ok(Vec::new());
    };
    let read = |model: &Value| model.as_str().map(str::to_owned);
    models
        .as_array()
        .and_then(|models| models.iter().map(read).collect())
        .ok_or_else(|| ApiError::request("models is a list of names"))
}

fn value(key: &VirtualKey) -> Value {
    json!({
        "schema": "seawall.key/v1",
        "id": key.id,
        "name": key.name,
        "owner": key.principal.to_string(),
        "requests_per_minute": key.limits.requests_per_minute,
        "tokens_per_minute": key.limits.tokens_per_minute,
        "models": key.scope,
        "created_at": key.created_at.to_string(),
        "revoked_at": key.revoked_at.map(|at| at.to_string()),
    })
}

fn refused(error: &KeysError) -> ApiError {
    let code = match error {
        KeysError::NotFound(_) => ErrorCode::NotFound,
        KeysError::Unrecorded(_) => ErrorCode::EvidenceUnavailable,
        _ => ErrorCode::Internal,
    };
    ApiError::new(code, error.to_string())
}
