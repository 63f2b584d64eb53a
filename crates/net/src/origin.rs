//! Where requests go: scheme, host and port of a URL, taken apart once.

use http::Uri;
use http::header::HeaderValue;

/// The place that a connection leads to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Origin {
    secure: bool,
    host: String,
    port: u16,
    header: HeaderValue,
}

impl Origin {
    /// The origin of an absolute `http` or `https` URL.
    pub(crate) fn of(uri: &Uri) -> Option<Self> {
        let secure = match uri.scheme_str()? {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let usual = if secure { 443 } else { 80 };
        let written = uri.host()?;
        let port = uri.port_u16().unwrap_or(usual);
        let header = if port == usual {
            HeaderValue::from_str(written)
        } else {
            HeaderValue::try_from(format!("{written}:{port}"))
        };
        let host = written.trim_start_matches('[').trim_end_matches(']');
        Some(Self {
            secure,
            host: host.to_owned(),
            port,
            header: header.ok()?,
        })
    }

    /// Whether it speaks TLS.
    pub(crate) const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The name or address, without brackets.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// What stands in the `Host` header.
    pub(crate) const fn header(&self) -> &HeaderValue {
        &self.header
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let read = |text: &str| {
            let origin = Origin::of(&text.parse().unwrap())?;
            let header = origin.header().to_str().unwrap().to_owned();
            Some((origin.secure, origin.host, origin.port, header))
        };
        let expect = |secure, host: &str, port, header: &str| {
            Some((secure, host.to_owned(), port, header.to_owned()))
        };
        assert_eq!(
            read("http://a.example/x"),
            expect(false, "a.example", 80, "a.example")
        );
        assert_eq!(
            read("https://a.example:8443"),
            expect(true, "a.example", 8443, "a.example:8443")
        );
        assert_eq!(
            read("http://[::1]:81/"),
            expect(false, "::1", 81, "[::1]:81")
        );
        assert_eq!(read("ftp://a/"), None);
        assert_eq!(read("/relative"), None);
    }
}
