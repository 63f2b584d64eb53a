//! The list of models: those that routes name, and the upstream's own where a route serves any.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use seawall_base::ErrorCode;
use seawall_net::Body;
use seawall_ports::{UpstreamRequest, VirtualKey};
use serde_json::{Value, json};

use crate::answer::read;
use crate::config::Route;
use crate::refusal::{Refusal, json_response};
use crate::server::Shared;

/// Bytes of an upstream's list.
const LIST_BYTES_MAX: usize = 1 << 20;

/// The models that the key may ask for, in the form of OpenAI or of Anthropic.
pub(crate) async fn models(shared: &Shared, key: &VirtualKey, anthropic: bool) -> Response<Body> {
    let names = names(shared, key).await;
    let entries: Vec<_> = names.iter().map(|id| entry(id, anthropic)).collect();
    let body = match anthropic {
        true => json!({
            "data": entries, "has_more": false,
            "first_id": names.first(), "last_id": names.last(),
        }),
        false => json!({ "object": "list", "data": entries }),
    };
    json_response(StatusCode::OK, Bytes::from(body.to_string()))
}

/// The same in Ollama's form.
pub(crate) async fn tags(shared: &Shared, key: &VirtualKey) -> Response<Body> {
    let entry = |id: &String| {
        json!({
            "name": id, "model": id, "modified_at": "1970-01-01T00:00:00Z", "size": 0,
            "digest": "", "details": {},
        })
    };
    let entries: Vec<_> = names(shared, key).await.iter().map(entry).collect();
    let body = json!({ "models": entries });
    json_response(StatusCode::OK, Bytes::from(body.to_string()))
}

/// One of them.
pub(crate) async fn model(
    shared: &Shared,
    key: &VirtualKey,
    id: &str,
    anthropic: bool,
) -> Result<Response<Body>, Refusal> {
    if names(shared, key).await.iter().any(|name| name == id) {
        let body = entry(id, anthropic).to_string();
        return Ok(json_response(StatusCode::OK, Bytes::from(body)));
    }
    Err(Refusal::new(
        ErrorCode::ModelNotFound,
        "No route serves this model for this key.",
    ))
}

fn entry(id: &str, anthropic: bool) -> Value {
    match anthropic {
        true => json!({
            "type": "model", "id": id, "display_name": id, "created_at": "1970-01-01T00:00:00Z",
        }),
        false => json!({ "id": id, "object": "model", "created": 0, "owned_by": "seawall" }),
    }
}

async fn names(shared: &Shared, key: &VirtualKey) -> Vec<String> {
    let routes = shared.routes.now();
    let mut names: Vec<String> = routes
        .iter()
        .flat_map(|route| route.models.iter().cloned())
        .collect();
    // The first route that serves any model gets all that the others do not name.
    if let Some(open) = routes.iter().find(|route| route.models.is_empty()) {
        names.extend(upstream_models(shared, open).await.unwrap_or_default());
    }
    names.retain(|model| key.covers(model));
    names.sort_unstable();
    names.dedup();
    names
}

/// What the upstream lists. Only ids of a plain form are taken over, so that the list carries no text.
async fn upstream_models(shared: &Shared, route: &Route) -> Option<Vec<String>> {
    let request = UpstreamRequest {
        method: Method::GET,
        path: "/v1/models".to_owned(),
        headers: route.speaks.headers(),
        body: Bytes::new(),
    };
    let upstream = route.upstream.as_ref().unwrap_or(&shared.ports.upstream);
    let answer = upstream.send(request).await.ok()?;
    if !answer.status.is_success() {
        return None;
    }
    let bytes = read(answer.body, LIST_BYTES_MAX).await.ok()?;
    let list = seawall_base::json::parse(&bytes, &shared.config.limits.json).ok()?;
    let ids = list.get("data")?.as_array()?.iter();
    let ids = ids.filter_map(|model| model.get("id").and_then(Value::as_str));
    Some(ids.filter(|id| is_plain(id)).map(str::to_owned).collect())
}

fn is_plain(id: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/@-".contains(&byte);
    (1..=128).contains(&id.len()) && id.bytes().all(sound)
}
