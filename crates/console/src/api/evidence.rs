//! Evidence that commands bring: read into its typed body, then appended.

use seawall_base::ErrorCode;
use seawall_evidence::change_review::ChangeReview;
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
