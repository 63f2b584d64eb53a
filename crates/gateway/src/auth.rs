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
    places: &[&str],
    keys: &dyn Keys,
) -> Result<VirtualKey, Refusal> {
    let text = key(headers, places).ok_or_else(refused)?;
    match keys.find(VirtualKey::hash(text)).await {
        Ok(Some(key)) => Ok(key),
        Ok(None) => Err(refused()),
        Err(error) => {
            tracing::error!(error = %error, "the key registry did not answer");
            Err(Refusal::internal())
        }
    }
}

/// The one key in the headers where one may stand. Two are none: proxies disagree on which counts.
fn key<'h>(headers: &'h HeaderMap, places: &[&str]) -> Option<&'h str> {
    let mut found = places.iter().flat_map(|place| {
        headers
            .get_all(*place)
            .iter()
            .map(move |value| (*place, value))
    });
    let (Some((place, value)), None) = (found.next(), found.next()) else {
        return None;
    };
    let value = HeaderValue::to_str(value).ok()?;
    let token = if place == AUTHORIZATION.as_str() {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token)?
    } else {
        value
    };
    let sound = !token.is_empty()
        && token.len() <= KEY_BYTES_MAX
        && token.bytes().all(|byte| byte.is_ascii_graphic());
    sound.then_some(token)
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
            key(&headers, &["authorization"]).map(str::to_owned)
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

    #[test]
    fn a_key_may_stand_in_another_header_but_not_in_two() {
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", HeaderValue::from_static("sk-1"));
        assert_eq!(key(&headers, &["authorization"]), None);
        let both = ["authorization", "x-api-key"];
        assert_eq!(key(&headers, &both), Some("sk-1"));
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer sk-1"));
        assert_eq!(key(&headers, &both), None);
    }
}
