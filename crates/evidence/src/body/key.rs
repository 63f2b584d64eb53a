//! A virtual key, created or revoked. Neither the key nor its hash is in the ledger.

use serde_json::{Value, json};

use super::{BodyError, Fields, words};

/// A change to a virtual key; the entry's principal made it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Key {
    /// Id of the key.
    pub key: String,
    /// Name that a person gave it.
    pub name: String,
    /// Who acts when it is used.
    pub owner: String,
    /// What happened to it.
    pub change: Change,
}

words! {
    /// What happened to a key.
    Change {
        /// It may be used from now on.
        Created = "created",
        /// It must not be used any more.
        Revoked = "revoked",
    }
}

impl Key {
    /// The body on the wire.
    #[must_use]
    pub fn to_body(&self) -> Value {
        json!({ "key": self.key, "name": self.name, "owner": self.owner, "change": self.change.as_str() })
    }

    /// Reads a body.
    ///
    /// # Errors
    /// Names the first field that is missing or wrong.
    pub fn from_body(body: &Value) -> Result<Self, BodyError> {
        let fields = Fields::of(body)?;
        Ok(Self {
            key: fields.owned("key")?,
            name: fields.owned("name")?,
            owner: fields.owned("owner")?,
            change: fields.word("change", Change::from_word)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back() {
        let key = Key {
            key: "key_1".to_owned(),
            name: "first".to_owned(),
            owner: "default/person/ada".to_owned(),
            change: Change::Revoked,
        };
        assert_eq!(Key::from_body(&key.to_body()), Ok(key));
    }
}
