//! The pinned definition of a tool. Digests stand for the definitions, which are an outsider's text.

use seawall_base::Digest;
use serde_json::{Value, json};

use super::{BodyError, Fields, words};

/// What happened to a pin; the entry's principal did it, or listed the tools where it was seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pin {
    /// The server that offers the tool.
    pub server: String,
    /// Name of the tool.
    pub tool: String,
    /// What happened.
    pub change: Change,
    /// Digest of the definition that it is about.
    pub definition: Digest,
}

words! {
    /// What happened to a pin.
    Change {
        /// A definition was seen for the first time, and pinned.
        Pinned = "pinned",
        /// The server shows another definition, which waits for a person.
        Changed = "changed",
        /// A person approved the definition that waited.
        Approved = "approved",
        /// A person removed the pin.
        Removed = "removed",
    }
}

impl Pin {
    /// The body on the wire.
    #[must_use]
    pub fn to_body(&self) -> Value {
        json!({
            "server": self.server,
            "tool": self.tool,
            "change": self.change.as_str(),
            "definition": self.definition.to_string(),
        })
    }

    /// Reads a body.
    ///
    /// # Errors
    /// Names the first field that is missing or wrong.
    pub fn from_body(body: &Value) -> Result<Self, BodyError> {
        let fields = Fields::of(body)?;
        Ok(Self {
            server: fields.owned("server")?,
            tool: fields.owned("tool")?,
            change: fields.word("change", Change::from_word)?,
            definition: fields.digest("definition")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_reads_back() {
        let pin = Pin {
            server: "mail".to_owned(),
            tool: "send".to_owned(),
            change: Change::Changed,
            definition: Digest::of(b"{}"),
        };
        assert_eq!(Pin::from_body(&pin.to_body()), Ok(pin));
    }
}
