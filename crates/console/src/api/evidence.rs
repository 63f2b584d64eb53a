//! Evidence that commands bring: read into its typed body, then appended.

use seawall_base::ErrorCode;
use seawall_evidence::change_review::ChangeReview;
use seawall_evidence::verdict::Verdict;
use seawall_evidence::{Draft, Kind};
use serde_json::{Value, json};

use super::{Api, ApiError};

/// `POST evidence/change-reviews` with the body of a change review: where it stands in the ledger.
pub(super) async fn change_review(api: &Api, body: &Value) -> Result<Value, ApiError> {
    let principal = api.actor(body)?;
    let review = ChangeReview::from_body(body)
        .map_err(|error| ApiError::request(format!("not a change review: {error}")))?;
    let draft = Draft {
        kind: Kind::ChangeReview,
        at: api.ports.clock.now(),
        principal,
        subject: format!("git:{}", review.head),
        body: review.to_body(),
    };
    let appended = api.ports.ledger.append(vec![draft]).await;
    let positions = appended
        .map_err(|error| ApiError::new(ErrorCode::EvidenceUnavailable, error.to_string()))?;
    let position = positions
        .first()
        .ok_or_else(|| ApiError::new(ErrorCode::Internal, "the ledger named no position"))?;
    Ok(json!({
        "schema": "seawall.appended/v1",
        "index": position.index,
        "leaf": position.leaf.to_string(),
    }))
}

/// Verdicts of one request.
const VERDICTS_MAX: usize = 512;

/// `POST evidence/verdicts` with `verdicts`, bodies of a guard that stands outside this process: a
/// wrapper around a server of tools. `principal` says for whom it stands.
pub(super) async fn verdicts(api: &Api, body: &Value) -> Result<Value, ApiError> {
    let principal = match body.get("principal").and_then(Value::as_str) {
        Some(text) => text
            .parse()
            .map_err(|_| ApiError::request("`principal` is not one"))?,
        None => api.actor(body)?,
    };
    let bodies = body.get("verdicts").and_then(Value::as_array);
    let bodies = bodies.filter(|bodies| (1..=VERDICTS_MAX).contains(&bodies.len()));
    let bodies = bodies.ok_or_else(|| ApiError::request("`verdicts` is a list of 1 to 512"))?;
    let at = api.ports.clock.now();
    let mut drafts = Vec::with_capacity(bodies.len());
    for body in bodies {
        let verdict = Verdict::from_body(body)
            .map_err(|error| ApiError::request(format!("not a verdict: {error}")))?;
        drafts.push(Draft {
            kind: Kind::Verdict,
            at,
            principal: Clone::clone(&principal),
            subject: format!("request:{}", verdict.request),
            body: verdict.to_body(),
        });
    }
    let count = drafts.len();
    let appended = api.ports.ledger.append(drafts).await;
    appended.map_err(|error| ApiError::new(ErrorCode::EvidenceUnavailable, error.to_string()))?;
    Ok(json!({ "schema": "seawall.appended/v1", "count": count }))
}
