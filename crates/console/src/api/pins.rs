//! Pinned definitions of tools.

use seawall_base::{ErrorCode, Principal};
use seawall_guard::pin::{canonical, differences};
use seawall_ports::{Pin, PinsError, Shown, Which};
use serde_json::{Value, json};

use super::{Api, ApiError, text};

/// `GET pins`.
pub(super) async fn list(api: &Api) -> Result<Value, ApiError> {
    let pins = api
        .ports
        .pins
        .list()
        .await
        .map_err(|error| refused(&error))?;
    let pins: Vec<Value> = pins.iter().map(value).collect();
    Ok(json!({ "schema": "seawall.pins/v1", "pins": pins }))
}

/// `POST pins/show` with a `definition`, `POST pins/approve` with what was `proposed`, `POST pins/remove`.
pub(super) async fn change(api: &Api, step: &str, body: &Value) -> Result<Value, ApiError> {
    let (server, tool) = (
        text(body, "server").to_owned(),
        text(body, "tool").to_owned(),
    );
    if server.is_empty() || tool.is_empty() {
        return Err(ApiError::request("`server` and `tool` are names"));
    }
    let (by, at) = (api.actor(body)?, api.ports.clock.now());
    let pins = &api.ports.pins;
    if step == "show" {
        let definition = body.get("definition").filter(|value| value.is_object());
        let definition = definition
            .map(canonical)
            .ok_or_else(|| ApiError::request("`definition` is an object"))?;
        let by = shower(body)?.unwrap_or(by);
        let shown = Shown {
            server,
            tool,
            definition,
            by,
            at,
        };
        return shown_pin(pins.show(shown).await);
    }
    let proposed = body.get("proposed").filter(|value| value.is_object());
    let which = Which {
        server,
        tool,
        proposed: proposed.map(canonical),
        by,
        at,
    };
    shown_pin(match step {
        "approve" => pins.approve(which).await,
        _ => pins.remove(which).await,
    })
}

/// For whom a list was asked, which is no person.
fn shower(body: &Value) -> Result<Option<Principal>, ApiError> {
    let named = body.get("principal").and_then(Value::as_str);
    let parsed = named.map(str::parse).transpose();
    parsed.map_err(|_| ApiError::request("`principal` is not one"))
}

fn shown_pin(pin: Result<Pin, PinsError>) -> Result<Value, ApiError> {
    pin.map(|pin| value(&pin)).map_err(|error| refused(&error))
}

fn value(pin: &Pin) -> Value {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let definition = read(&pin.definition);
    let proposed = pin.proposed.as_deref().map(read);
    let listed = proposed.as_ref().map(|proposed| {
        let listed = differences(&definition, proposed);
        listed.iter().map(ToString::to_string).collect::<Vec<_>>()
    });
    json!({
        "server": pin.server,
        "tool": pin.tool,
        "definition": definition,
        "proposed": proposed,
        "differences": listed,
        "by": pin.by.to_string(),
        "at": pin.at.to_string(),
    })
}

fn refused(error: &PinsError) -> ApiError {
    let code = match error {
        PinsError::NotFound => ErrorCode::NotFound,
        PinsError::Unrecorded(_) => ErrorCode::EvidenceUnavailable,
        _ => ErrorCode::Internal,
    };
    ApiError::new(code, error.to_string())
}
