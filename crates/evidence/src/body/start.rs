//! A process started: which version, with which configuration.

use seawall_base::Digest;
use serde_json::{Value, json};

use super::{BodyError, Fields};

/// The first entry of a run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Start {
    /// Version of Seawall.
    pub version: String,
    /// Command, such as `up`.
    pub command: String,
    /// Digest of the process configuration.
    pub config: Digest,
    /// Digest of the guard policy.
    pub policy: Digest,
    /// Upstream that requests go to, such as `practice`.
    pub upstream: String,
}

impl Start {
    /// The body on the wire.
    #[must_use]
    pub fn to_body(&self) -> Value {
        json!({
            "version": self.version,
            "command": self.command,
            "config": self.config.to_string(),
            "policy": self.policy.to_string(),
            "upstream": self.upstream,
        })
    }

    /// Reads a body.
    ///
    /// # Errors
    /// Names the first field that is missing or wrong.
    pub fn from_body(body: &Value) -> Result<Self, BodyError> {
        let fields = Fields::of(body)?;
        Ok(Self {
            version: fields.owned("version")?,
            command: fields.owned("command")?,
            config: fields.digest("config")?,
            policy: fields.digest("policy")?,
            upstream: fields.owned("upstream")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_reads_back() {
        let start = Start {
            version: "0.1.0".to_owned(),
            command: "up".to_owned(),
            config: Digest::of(b"config"),
            policy: Digest::of(b"policy"),
            upstream: "practice".to_owned(),
        };
        assert_eq!(Start::from_body(&start.to_body()), Ok(start));
    }
}
