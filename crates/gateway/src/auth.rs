//! Who calls: one virtual key in one header, looked up by its hash.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use seawall_base::ErrorCode;
use seawall_ports::{Keys, VirtualKey};

use crate::refusal::Refusal;

/// No key of ours is longer, so no longer one is hashed.
const KEY_BYTES_MAX: usize = 256;

/// Finds the key that the request carries. Every failure of the caller reads the same.
pub(crate) async fn authenticate(
    headers: &HeaderMap,
    keys: &dyn Keys,
) -> Result<VirtualKey, Refusal> {
    let text = bearer(headers).ok_or_else(refused)?;
    match keys.find(VirtualKey::hash(text)).await {
        Ok(Some(key)) => Ok(key),
        Ok(None) => Err(refused()),
        Err(error) => {
            tracing::error!(error = %error, "the key registry did not answer");
            Err(Refusal::internal())
        }
    }
}

/// The bearer token. Two `Authorization` headers are none: proxies disagree on which one counts.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = HeaderValue::to_str(value).ok()?.split_once(' ')?;
    let sound = !token.is_empty()
        && token.len() <= KEY_BYTES_MAX
        && token.bytes().all(|byte| byte.is_ascii_graphic());
    (scheme.eq_ignore_ascii_case("bearer") && sound).then_some(token)
}

fn refused() -> Refusal {
    Refusal::new(
        ErrorCode::InvalidKey,
        "The API key is missing, unknown or revoked.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_bearer_token_counts() {
        let read = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, HeaderValue::from_static(value));
            }
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(read(&["Bearer sk-1"]).as_deref(), Some("sk-1"));
        assert_eq!(read(&["bearer sk-1"]).as_deref(), Some("sk-1"));
        for values in [
            &[][..],
            &["Bearer sk-1", "Bearer sk-2"],
            &["Bearer sk-1", "Bearer sk-1"],
            &["Basic sk-1"],
            &["Bearer "],
            &["Bearer a b"],
            &["sk-1"],
        ] {
            assert_eq!(read(values), None, "{values:?}");
        }
    }
}
