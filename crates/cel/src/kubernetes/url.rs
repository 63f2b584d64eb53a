//! URLs as the API server reads them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::EvalError;
use crate::eval::Context;
use crate::library::{Library, bool, refused};
use crate::opaque::Opaque;
use crate::value::{Key, Value};

pub(crate) static URL: Library = Library {
    overloads: &[
        "string_to_url = url(string): kubernetes.URL",
        "url_get_scheme = kubernetes.URL->getScheme(): string",
        "url_get_host = kubernetes.URL->getHost(): string",
        "url_get_hostname = kubernetes.URL->getHostname(): string",
        "url_get_port = kubernetes.URL->getPort(): string",
        "url_get_escaped_path = kubernetes.URL->getEscapedPath(): string",
        "url_get_query = kubernetes.URL->getQuery(): map(string, list(string))",
        "is_url_string = isURL(string): bool",
    ],
    functions: &[
        ("url", url),
        ("getScheme", |context, args| {
            context.text(one(args)?.scheme.clone())
        }),
        ("getHost", |context, args| {
            context.text(one(args)?.host.clone())
        }),
        ("getHostname", |context, args| {
            context.text(one(args)?.hostname().to_owned())
        }),
        ("getPort", |context, args| {
            context.text(one(args)?.port().to_owned())
        }),
        ("getEscapedPath", |context, args| {
            context.text(one(args)?.escaped_path())
        }),
        ("getQuery", query),
        ("isURL", is_url),
    ],
    types: &["kubernetes.URL"],
};

/// A URL in its parts.
#[derive(Clone, Debug)]
pub struct Url {
    text: String,
    scheme: String,
    host: String,
    /// As it was written.
    path: String,
    query: String,
}

impl Url {
    /// The text it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// An absolute URL or an absolute path. A fragment is cut off.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        // What follows `#` is a fragment only after the whole was accepted with it.
        Self::parse_request(text)?;
        let without_fragment = text.split_once('#').map_or(text, |(head, _)| head);
        let mut url = Self::parse_request(without_fragment)?;
        text.clone_into(&mut url.text);
        Ok(url)
    }

    /// The same, a `#` being an ordinary character.
    pub(crate) fn parse_request(text: &str) -> Result<Self, String> {
        let invalid = |why: &str| format!("parse {text:?}: {why}");
        if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return Err(invalid("net/url: invalid control character in URL"));
        }
        if text.is_empty() {
            return Err(invalid("empty url"));
        }
        let (scheme, rest) =
            split_scheme(text).ok_or_else(|| invalid("missing protocol scheme"))?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut url = Self {
            text: text.to_owned(),
            scheme: scheme.to_ascii_lowercase(),
            host: String::new(),
            path: rest.to_owned(),
            query: query.to_owned(),
        };
        if !rest.starts_with('/') {
            if scheme.is_empty() && text != "*" {
                return Err(invalid("invalid URI for request"));
            }
            if !scheme.is_empty() {
                // Without a slash the rest is opaque, and has no path.
                url.path = String::new();
            }
            return Ok(url);
        }
        if let Some(after) = rest.strip_prefix("//").filter(|_| !scheme.is_empty()) {
            let end = after.find('/').unwrap_or(after.len());
            let (authority, path) = after.split_at_checked(end).unwrap_or((after, ""));
            url.host = host_of(authority).map_err(|why| invalid(&why))?;
            path.clone_into(&mut url.path);
        }
        unescape(&url.path, Part::Path).map_err(|why| invalid(&why))?;
        Ok(url)
    }

    fn hostname(&self) -> &str {
        let host = split_port(&self.host).0;
        host.strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host)
    }

    fn port(&self) -> &str {
        split_port(&self.host).1
    }

    fn escaped_path(&self) -> String {
        let ordinary =
            |byte: u8| byte == b'%' || b"!$&'()*+,;=:@[]/".contains(&byte) || is_unreserved(byte);
        if self.path.bytes().all(ordinary) {
            return self.path.clone();
        }
        let plain = unescape(&self.path, Part::Path).unwrap_or_default();
        let mut out = String::new();
        for byte in plain {
            if is_unreserved(byte) || b"$&+,/:;=@".contains(&byte) {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
        out
    }

    /// The parameters; malformed ones are left out.
    fn parameters(&self) -> BTreeMap<String, Vec<String>> {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let pairs = self
            .query
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.contains(';'));
        for pair in pairs {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let text = |part: &str| {
                let bytes = unescape(part, Part::Query).ok()?;
                Some(String::from_utf8_lossy(&bytes).into_owned())
            };
            if let (Some(name), Some(value)) = (text(name), text(value)) {
                found.entry(name).or_default().push(value);
            }
        }
        found
    }
}

/// The scheme and what follows its colon; no scheme where a character says that there is none.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return None,
            b':' => return Some((text.get(..at)?, text.get(at + 1..)?)),
            _ => break,
        }
    }
    Some(("", text))
}

/// The host with its port; the user is checked and dropped.
fn host_of(authority: &str) -> Result<String, String> {
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let ordinary = |byte: u8| is_unreserved(byte) || b"!$&'()*+,;=%:@".contains(&byte);
    if !user.bytes().all(ordinary) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    unescape(user, Part::Path)?;
    let port_start = match host.strip_prefix('[') {
        Some(inner) => inner
            .rfind(']')
            .map(|at| at + 2)
            .ok_or("missing ']' in host")?,
        None => host.find(':').unwrap_or(host.len()),
    };
    let port = host.get(port_start..).unwrap_or("");
    let digits = port.strip_prefix(':').unwrap_or(port);
    let valid =
        port.is_empty() || (port.starts_with(':') && digits.bytes().all(|b| b.is_ascii_digit()));
    if !valid {
        return Err(format!("invalid port {port:?} after host"));
    }
    let bytes = unescape(host, Part::Host)?;
    String::from_utf8(bytes).map_err(|_| "invalid host".to_owned())
}

fn split_port(host: &str) -> (&str, &str) {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (name, port),
        _ => (host, ""),
    }
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Part {
    Host,
    Path,
    Query,
}

/// The bytes that a part with `%` escapes stands for.
fn unescape(text: &str, part: Part) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'%' => {
                let digits = text.get(at + 1..at + 3).unwrap_or("");
                let valid = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                let code = u8::from_str_radix(digits, 16).ok().filter(|_| valid);
                let invalid = || {
                    format!(
                        "invalid URL escape {:?}",
                        text.get(at..at + 3).unwrap_or("%")
                    )
                };
                let code = code.ok_or_else(invalid)?;
                if part == Part::Host && code < 0x80 && code != b'%' {
                    return Err(invalid());
                }
                out.push(code);
                bytes.nth(1);
            }
            b'+' if part == Part::Query => out.push(b' '),
            _ if part == Part::Host && byte < 0x80 && !is_host_byte(byte) => {
                return Err(format!(
                    "invalid character {:?} in host name",
                    char::from(byte)
                ));
            }
            _ => out.push(byte),
        }
    }
    Ok(out)
}

fn is_host_byte(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,;=:[]<>\"".contains(&byte)
}

fn one(args: &[Value]) -> Result<&Url, EvalError> {
    match args {
        [Value::Opaque(Opaque::Url(url))] => Ok(url),
        _ => refused(),
    }
}

fn url(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::String(text)] = args else {
        return refused();
    };
    let malformed = |why| {
        EvalError::invalid(format!(
            "URL parse error during conversion from string: {why}"
        ))
    };
    let url = Url::parse(text).map_err(malformed)?;
    Ok(Value::Opaque(Opaque::Url(Arc::new(url))))
}

fn is_url(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::String(text)] => bool(Url::parse_request(text).is_ok()),
        _ => refused(),
    }
}

fn query(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let url = one(args)?;
    context.build(url.query.len())?;
    let entries = url.parameters().into_iter().map(|(name, values)| {
        let values = values.into_iter().map(Value::string).collect();
        (Key::String(name.into()), Value::list(values))
    });
    Ok(Value::Map(Arc::new(entries.collect())))
}
