//! What a target says it is, asked before anything is sent.

use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderValue};
use http::{Method, Request};
use seawall_base::Digest;
use seawall_base::json::{JsonLimits, parse};
use seawall_net::{Client, read_capped};
use serde_json::Value;

use super::{ANSWER_BYTES_MAX, ANSWER_IDLE_MAX, CampaignError, Route};

/// A target's model.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Identity {
    /// The first model that it lists.
    pub model: String,
    /// Digest of the list.
    pub digest: Digest,
}

/// Asks `route` for its models.
///
/// # Errors
/// When it does not answer with a list of models.
pub async fn identify(client: &Client, route: &Route) -> Result<Identity, CampaignError> {
    let base = route
        .url
        .trim_end_matches('/')
        .trim_end_matches("/chat/completions")
        .trim_end_matches("/v1");
    let silent = |reason: String| CampaignError::Silent {
        url: route.url.clone(),
        reason,
    };
    let mut request = Request::builder()
        .method(Method::GET)
        .uri(format!("{base}/v1/models"))
        .body(Bytes::new())
        .map_err(|_| CampaignError::Route(route.url.clone()))?;
    if let Some(key) = &route.key {
        let value = HeaderValue::try_from(format!("Bearer {}", key.expose()));
        request.headers_mut().insert(
            AUTHORIZATION,
            value.map_err(|_| CampaignError::Route(route.url.clone()))?,
        );
    }
    let response = client
        .send(request)
        .await
        .map_err(|error| silent(error.to_string()))?;
    let status = response.status();
    if !status.is_success() {
        return Err(silent(format!(
            "it answered with status {}",
            status.as_u16()
        )));
    }
    let bytes = read_capped(response.into_body(), ANSWER_BYTES_MAX, ANSWER_IDLE_MAX)
        .await
        .map_err(|error| silent(error.to_string()))?;
    let list = parse(&bytes, &JsonLimits::default()).map_err(|error| silent(error.to_string()))?;
    let model = list.pointer("/data/0/id").and_then(Value::as_str);
    let model = model.ok_or_else(|| silent("it lists no model".to_owned()))?;
    Ok(Identity {
        model: model.to_owned(),
        digest: Digest::of(&bytes),
    })
}
