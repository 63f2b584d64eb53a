//! Who may be attacked: loopback without asking, anything else only within a written scope.
//!
//! The scope file names targets, a window, a rate and a contact. It states permission; that it was given
//! by the target's owner is for people to settle.

use seawall_base::{Problem, Timestamp};
use seawall_config::yaml::{self, Node, YamlLimits};

/// The rules of engagement, as read from a scope file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scope {
    targets: Vec<Origin>,
    contact: String,
    not_before: Option<Timestamp>,
    not_after: Timestamp,
    per_second: u32,
}

/// Scheme, host and port of a URL: what a scope names and what a target is compared by.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

/// Why a target may not be attacked.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ScopeError {
    /// Not a URL with a host.
    #[error("`{0}` is not an http or https URL with a host")]
    NotAUrl(String),
    /// Not loopback, and no scope file was given.
    #[error("`{0}` is not on this machine, and no scope file permits it")]
    NoScope(String),
    /// The scope file does not name it.
    #[error("the scope does not name `{0}`")]
    NotNamed(String),
    /// The window is not open.
    #[error("the scope's window is not open now")]
    Closed,
}

impl Origin {
    /// Reads the origin of a URL.
    ///
    /// # Errors
    /// When it is not an `http` or `https` URL with a host, or carries credentials.
    pub fn parse(url: &str) -> Result<Self, ScopeError> {
        let wrong = || ScopeError::NotAUrl(url.chars().take(80).collect());
        let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
        let default = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return Err(wrong()),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') || authority.is_empty() {
            return Err(wrong());
        }
        let (host, port) = match authority
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
        {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let port = match port {
            Some(port) => port.parse().map_err(|_| wrong())?,
            None => default,
        };
        if host.is_empty() {
            return Err(wrong());
        }
        Ok(Self {
            scheme: scheme.to_owned(),
            host: host.to_lowercase(),
            port,
        })
    }

    /// Whether it is this machine: a loopback address, or the name `localhost`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let address = self.host.parse::<std::net::IpAddr>();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }
}

impl Scope {
    /// Reads a scope file and collects everything that is wrong with it.
    ///
    /// # Errors
    /// Every problem, with its place.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        let limits = YamlLimits {
            bytes_max: 64 << 10,
            depth_max: 8,
            nodes_max: 1_000,
            documents_max: 1,
        };
        let parsed = yaml::parse(bytes, &limits);
        let mut problems = parsed.problems(path);
        let Some(root) = parsed.documents.first() else {
            problems.push(problem(path, None, "the file holds no scope"));
            return Err(problems);
        };
        for entry in root.entries() {
            if ![
                "schema",
                "targets",
                "contact",
                "not-before",
                "not-after",
                "requests-per-second",
            ]
            .contains(&entry.key.as_str())
            {
                problems.push(problem(
                    path,
                    Some(&entry.value),
                    &format!("`{}` is no field of a scope", entry.key),
                ));
            }
        }
        if root.text_at(&["schema"]) != Some("seawall.scope/v1") {
            problems.push(problem(
                path,
                root.get("schema"),
                "schema must be seawall.scope/v1",
            ));
        }
        let mut targets = Vec::new();
        let named = root.get("targets").map(Node::items).unwrap_or_default();
        for item in named {
            match Origin::parse(item.text().unwrap_or_default()) {
                Ok(origin) => targets.push(origin),
                Err(error) => problems.push(problem(path, Some(item), &error.to_string())),
            }
        }
        if named.is_empty() {
            problems.push(problem(
                path,
                root.get("targets"),
                "targets must name at least one URL",
            ));
        }
        let contact = root.text_at(&["contact"]).unwrap_or_default().to_owned();
        if contact.is_empty() {
            problems.push(problem(
                path,
                root.get("contact"),
                "contact must say whom to call",
            ));
        }
        let (not_before, not_after) = (time(root, "not-before"), time(root, "not-after"));
        for (name, time) in [("not-before", not_before), ("not-after", not_after)] {
            if root.get(name).is_some() && time.is_none() {
                problems.push(problem(
                    path,
                    root.get(name),
                    &format!("{name} must be an RFC 3339 time"),
                ));
            }
        }
        if root.get("not-after").is_none() {
            problems.push(problem(
                path,
                root.get("not-after"),
                "not-after must say when permission ends",
            ));
        }
        let rate = root.get("requests-per-second").map(|node| {
            node.as_i64()
                .and_then(|rate| u32::try_from(rate).ok())
                .filter(|rate| *rate > 0)
        });
        if rate == Some(None) {
            problems.push(problem(
                path,
                root.get("requests-per-second"),
                "requests-per-second must be a whole number above 0",
            ));
        }
        match not_after {
            Some(not_after) if problems.is_empty() => Ok(Self {
                targets,
                contact,
                not_before,
                not_after,
                per_second: rate.flatten().unwrap_or(5),
            }),
            _ => Err(problems),
        }
    }

    /// The highest rate that is permitted.
    #[must_use]
    pub const fn per_second(&self) -> u32 {
        self.per_second
    }

    /// Whom to call.
    #[must_use]
    pub fn contact(&self) -> &str {
        &self.contact
    }
}

/// Whether `url` may be attacked at `now`; the answer is the rate limit, where there is one.
///
/// # Errors
/// Says why not.
pub fn permit(url: &str, scope: Option<&Scope>, now: Timestamp) -> Result<Option<u32>, ScopeError> {
    let origin = Origin::parse(url)?;
    if origin.is_loopback() {
        return Ok(None);
    }
    let shown = || format!("{}://{}:{}", origin.scheme, origin.host, origin.port);
    let scope = scope.ok_or_else(|| ScopeError::NoScope(shown()))?;
    if !scope.targets.contains(&origin) {
        return Err(ScopeError::NotNamed(shown()));
    }
    if now >= scope.not_after || scope.not_before.is_some_and(|start| now < start) {
        return Err(ScopeError::Closed);
    }
    Ok(Some(scope.per_second))
}

fn time(root: &Node, name: &str) -> Option<Timestamp> {
    root.text_at(&[name]).and_then(|text| text.parse().ok())
}

fn problem(path: &str, node: Option<&Node>, message: &str) -> Problem {
    Problem {
        path: path.to_owned(),
        location: node.map(Node::location),
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "schema: seawall.scope/v1\ntargets: [https://staging.example]\ncontact: red team\nnot-after: 2026-12-01T00:00:00Z\n";

    fn now(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn only_loopback_needs_no_scope() {
        let now = now("2026-11-01T00:00:00Z");
        for url in [
            "http://127.0.0.1:8080",
            "http://localhost",
            "http://[::1]:9",
            "http://127.9.9.9/v1",
        ] {
            assert_eq!(permit(url, None, now), Ok(None), "{url}");
        }
        for url in [
            "http://127.0.0.1.example",
            "http://localhost.example",
            "https://10.0.0.1",
            "http://[::2]",
        ] {
            assert!(
                matches!(permit(url, None, now), Err(ScopeError::NoScope(_))),
                "{url}"
            );
        }
        for url in [
            "ftp://127.0.0.1",
            "127.0.0.1",
            "http://127.0.0.1@evil.example/",
            "http://:80",
        ] {
            assert!(
                matches!(permit(url, None, now), Err(ScopeError::NotAUrl(_))),
                "{url}"
            );
        }
    }

    #[test]
    fn a_scope_permits_what_it_names_while_it_is_open() {
        let scope = Scope::read("scope.yaml", FILE.as_bytes()).unwrap();
        let (open, closed) = (now("2026-11-01T00:00:00Z"), now("2026-12-01T00:00:00Z"));
        assert_eq!(
            permit("https://staging.example/v1", Some(&scope), open),
            Ok(Some(5))
        );
        assert_eq!(
            permit("https://staging.example/v1", Some(&scope), closed),
            Err(ScopeError::Closed)
        );
        for url in [
            "https://other.example",
            "http://staging.example",
            "https://staging.example:8443",
        ] {
            assert!(
                matches!(
                    permit(url, Some(&scope), open),
                    Err(ScopeError::NotNamed(_))
                ),
                "{url}"
            );
        }
    }

    #[test]
    fn every_problem_of_a_scope_is_told_at_once() {
        let problems = Scope::read(
            "s",
            b"schema: x\ntargets: [ftp://a]\nextra: 1\nnot-after: soon\nrequests-per-second: 0\n",
        )
        .unwrap_err();
        assert_eq!(problems.len(), 6, "{problems:#?}");
    }
}
