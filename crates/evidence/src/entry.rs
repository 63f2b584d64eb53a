//! One entry of the ledger and its wire form.

use seawall_base::json::{self, JsonError, JsonLimits};
use seawall_base::{Principal, PrincipalKind, Timestamp, canonical_json};
use serde_json::{Map, Value};

use crate::body::{BodyError, Fields};
use crate::kind::Kind;

/// The longest entry: an entry bundle prefixes each one with a 16-bit length.
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// Evidence about a subject, as the ledger holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What it is evidence of.
    pub kind: Kind,
    /// When it happened, on the clock of the source.
    pub at: Timestamp,
    /// Who numbered it: the id of one ledger writer.
    pub source: String,
    /// Its number within the source. A gap is an entry that was refused or lost.
    pub sequence: u64,
    /// Who acted.
    pub principal: Principal,
    /// What it is about: a digest or a URI.
    pub subject: String,
    /// The typed body, see [`crate::body`].
    pub body: Value,
}

/// An [`Entry`] before the ledger has numbered it.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What it is evidence of.
    pub kind: Kind,
    /// When it happened.
    pub at: Timestamp,
    /// Who acted.
    pub principal: Principal,
    /// What it is about: a digest or a URI.
    pub subject: String,
    /// The typed body, see [`crate::body`].
    pub body: Value,
}

/// Why bytes are not an entry, or an entry has no wire form.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// Longer than [`ENTRY_BYTES_MAX`].
    #[error("the entry is {0} bytes long, the limit is {ENTRY_BYTES_MAX}")]
    TooLarge(usize),
    /// Not strict JSON.
    #[error("the entry is not strict JSON")]
    Json(#[source] JsonError),
    /// A field is missing or has another type.
    #[error("the entry lacks a sound envelope")]
    Envelope(#[source] BodyError),
}

impl Draft {
    /// The entry that this draft becomes once a source has numbered it.
    #[must_use]
    pub fn into_entry(self, source: String, sequence: u64) -> Entry {
        Entry {
            kind: self.kind,
            at: self.at,
            source,
            sequence,
            principal: self.principal,
            subject: self.subject,
            body: self.body,
        }
    }
}

impl Entry {
    /// The bytes that the ledger hashes and keeps: canonical JSON.
    ///
    /// # Errors
    /// When they are longer than [`ENTRY_BYTES_MAX`].
    pub fn encode(&self) -> Result<Vec<u8>, EntryError> {
        let mut principal = Map::new();
        principal.insert("id".to_owned(), self.principal.id.as_str().into());
        principal.insert("kind".to_owned(), self.principal.kind.as_str().into());
        principal.insert("tenant".to_owned(), self.principal.tenant.as_str().into());
        let mut fields = Map::new();
        fields.insert("at".to_owned(), self.at.to_string().into());
        fields.insert("body".to_owned(), self.body.clone());
        fields.insert("principal".to_owned(), Value::Object(principal));
        fields.insert("schema".to_owned(), self.kind.schema().into());
        fields.insert("sequence".to_owned(), self.sequence.into());
        fields.insert("source".to_owned(), self.source.as_str().into());
        fields.insert("subject".to_owned(), self.subject.as_str().into());
        let bytes = canonical_json(&Value::Object(fields));
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(EntryError::TooLarge(bytes.len()));
        }
        Ok(bytes)
    }

    /// Reads an entry of any kind. Fields that a later version adds to the envelope are passed over.
    ///
    /// # Errors
    /// When the bytes are not strict JSON or the envelope is unsound; such bytes still verify.
    pub fn decode(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(EntryError::TooLarge(bytes.len()));
        }
        let value = json::parse(bytes, &JsonLimits::default()).map_err(EntryError::Json)?;
        let fields = Fields::of(&value).map_err(EntryError::Envelope)?;
        Self::from_fields(&fields).map_err(EntryError::Envelope)
    }

    fn from_fields(fields: &Fields<'_>) -> Result<Self, BodyError> {
        let principal = fields.object("principal")?;
        Ok(Self {
            kind: Kind::from_schema(fields.text("schema")?),
            at: fields.timestamp("at")?,
            source: fields.text("source")?.to_owned(),
            sequence: fields.number("sequence")?,
            principal: Principal {
                tenant: principal.text("tenant")?.to_owned(),
                kind: principal.word("kind", PrincipalKind::from_word)?,
                id: principal.text("id")?.to_owned(),
            },
            subject: fields.text("subject")?.to_owned(),
            body: fields.value("body")?.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn entry() -> Entry {
        Entry {
            kind: Kind::Unknown("seawall.evidence.weather/v3".to_owned()),
            at: "2026-11-23T10:00:00.5Z".parse().unwrap(),
            source: "src_1".to_owned(),
            sequence: 7,
            principal: Principal::new(PrincipalKind::Person, "ada"),
            subject: "urn:x".to_owned(),
            body: json!({"b": [1, null], "a": "ü"}),
        }
    }

    #[test]
    fn the_wire_form_is_canonical_and_reads_back() {
        let bytes = entry().encode().unwrap();
        assert_eq!(
            String::from_utf8(bytes.clone()).unwrap(),
            concat!(
                r#"{"at":"2026-11-23T10:00:00.5Z","body":{"a":"ü","b":[1,null]},"#,
                r#""principal":{"id":"ada","kind":"person","tenant":"default"},"#,
                r#""schema":"seawall.evidence.weather/v3","sequence":7,"source":"src_1","subject":"urn:x"}"#
            )
        );
        assert_eq!(Entry::decode(&bytes).unwrap(), entry());
    }

    #[test]
    fn an_entry_that_no_bundle_can_hold_is_refused() {
        let mut large = entry();
        large.subject = "x".repeat(ENTRY_BYTES_MAX);
        assert!(matches!(large.encode(), Err(EntryError::TooLarge(_))));
    }

    proptest! {
        #[test]
        fn decode_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(Entry::decode(&bytes));
        }

        #[test]
        fn decode_of_a_damaged_entry_never_panics(at in 0_usize..200, byte in any::<u8>()) {
            let mut bytes = entry().encode().unwrap();
            let at = at % bytes.len();
            bytes[at] = byte;
            drop(Entry::decode(&bytes));
        }
    }
}
