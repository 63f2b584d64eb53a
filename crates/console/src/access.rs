//! Who may see and change what: known host names, one local token, forms of our own.
//!
//! The token is random and printed once at start. A browser trades it for a cookie that never holds
//! the token itself; programs send it as a bearer token.

use http::{HeaderMap, HeaderValue, header};
use seawall_base::{Digest, Secret};
use subtle::ConstantTimeEq as _;

/// The name of the cookie.
const COOKIE: &str = "seawall_session";

/// What decides about access.
#[derive(Debug)]
pub(crate) struct Access {
    token: Secret<String>,
    session: Secret<String>,
    form: Secret<String>,
    hosts: Vec<String>,
}

impl Access {
    /// Access for who knows `token`, under the names of this machine and `hosts`.
    pub(crate) fn new(token: Secret<String>, hosts: &[String]) -> Self {
        let derive = |purpose: &str| {
            let text = format!("seawall console {purpose} v1\0{}", token.expose());
            Secret::new(Digest::of(text.as_bytes()).to_hex())
        };
        let mut known: Vec<String> = ["127.0.0.1", "localhost", "[::1]"]
            .map(str::to_owned)
            .to_vec();
        known.extend(hosts.iter().map(|host| host.to_ascii_lowercase()));
        Self {
            session: derive("session"),
            form: derive("form"),
            token,
            hosts: known,
        }
    }

    /// Whether the request names a host that we answer for. Without this check a foreign page whose
    /// name is made to resolve to this machine (DNS rebinding) could read ours.
    pub(crate) fn host_is_known(&self, headers: &HeaderMap) -> bool {
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        host.is_some_and(|host| {
            let name = host_name(host).to_ascii_lowercase();
            self.hosts.contains(&name)
        })
    }

    /// Whether `token` is the token.
    pub(crate) fn token_is_valid(&self, token: &str) -> bool {
        same(token, self.token.expose())
    }

    /// Whether the request carries the session cookie.
    pub(crate) fn has_session(&self, headers: &HeaderMap) -> bool {
        let cookies = headers.get_all(header::COOKIE).into_iter();
        let mut pairs = cookies
            .filter_map(|cookies| cookies.to_str().ok())
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(name, value)| name == COOKIE && same(value, self.session.expose()))
    }

    /// Whether the request carries the token as a bearer token.
    pub(crate) fn has_bearer(&self, headers: &HeaderMap) -> bool {
        let value = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let token = value.and_then(|value| value.strip_prefix("Bearer "));
        token.is_some_and(|token| self.token_is_valid(token))
    }

    /// The cookie that signs a browser in. `Strict`: no other site's link or form carries it.
    pub(crate) fn cookie(&self) -> Option<HeaderValue> {
        let session = self.session.expose();
        let text = format!("{COOKIE}={session}; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200");
        HeaderValue::from_str(&text).ok()
    }

    /// The cookie that signs a browser out.
    pub(crate) const fn no_cookie() -> HeaderValue {
        HeaderValue::from_static("seawall_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0")
    }

    /// The value that every form of ours carries.
    pub(crate) fn form_token(&self) -> &str {
        self.form.expose()
    }

    /// Whether a change comes from a form of ours: its token, and the browser's word for its origin.
    pub(crate) fn form_is_ours(&self, headers: &HeaderMap, form_token: &str) -> bool {
        same(form_token, self.form.expose()) && same_origin(headers)
    }
}

/// Whether the browser says that a request comes from a page of this server. Programs that send
/// neither header have no cookie that another page could abuse.
pub(crate) fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let site = text("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none");
    let host = text("host").unwrap_or_default();
    let origin = text("origin").is_none_or(|origin| {
        origin
            .split_once("://")
            .is_some_and(|(_, authority)| authority == host)
    });
    site && origin
}

fn same(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}

/// The name without a port; an IPv6 address keeps its brackets.
fn host_name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access() -> Access {
        Access::new(Secret::new("token".into()), &["Seawall.test".into()])
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            (
                http::HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        });
        pairs.collect()
    }

    #[test]
    fn names_that_are_not_ours_are_unknown() {
        for host in [
            "127.0.0.1:8081",
            "localhost",
            "[::1]:8081",
            "seawall.test:1",
            "LOCALHOST:2",
        ] {
            assert!(
                access().host_is_known(&headers(&[("host", host)])),
                "{host}"
            );
        }
        for host in [
            "evil.test",
            "127.0.0.1.evil.test:8081",
            "localhost:8081@evil.test",
            "",
        ] {
            assert!(
                !access().host_is_known(&headers(&[("host", host)])),
                "{host}"
            );
        }
        assert!(!access().host_is_known(&HeaderMap::new()));
    }

    #[test]
    fn a_cookie_signs_in_and_does_not_hold_the_token() {
        let cookie = access().cookie().unwrap();
        let text = cookie.to_str().unwrap();
        assert!(text.contains("HttpOnly") && text.contains("SameSite=Strict"));
        assert!(!text.contains("=token"));
        let pair = format!("a=b; {}", text.split(';').next().unwrap());
        assert!(access().has_session(&headers(&[("cookie", &pair)])));
        assert!(!access().has_session(&headers(&[("cookie", "seawall_session=x")])));
    }

    #[test]
    fn forms_of_other_pages_are_refused() {
        let access = access();
        let token = access.form_token().to_owned();
        let own = [("host", "localhost:1"), ("origin", "http://localhost:1")];
        assert!(access.form_is_ours(&headers(&own), &token));
        assert!(!access.form_is_ours(&headers(&own), "x"));
        for foreign in [
            ("origin", "http://localhost:2"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let headers = headers(&[("host", "localhost:1"), foreign]);
            assert!(!access.form_is_ours(&headers, &token), "{foreign:?}");
        }
    }
}
