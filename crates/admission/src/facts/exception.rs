//! Exceptions: one owner's reason why named rules do not hold for one object, until a day.

use seawall_base::Timestamp;
use serde::{Deserialize, Serialize};

/// An exception that a trusted key has signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Exception {
    /// Its name.
    pub name: String,
    /// The namespace it was signed for.
    pub namespace: String,
    /// Who answers for it.
    pub owner: String,
    /// Until when it holds.
    pub expires: Timestamp,
    rules: Vec<String>,
    kind: String,
    object: String,
}

/// What is signed. Everything is exact: no pattern can cover more than was meant.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExceptionDraft {
    /// The namespace.
    pub namespace: String,
    /// Ids of rules.
    pub rules: Vec<String>,
    /// The kind of the object.
    pub kind: String,
    /// Its name, or its `generateName` where the server makes the name.
    pub name: String,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Until when it holds, RFC 3339.
    pub expires: String,
}

impl Exception {
    pub(super) fn read(payload: &[u8], name: &str) -> Result<Self, String> {
        let draft: ExceptionDraft =
            serde_json::from_slice(payload).map_err(|error| error.to_string())?;
        let given = [&draft.owner, &draft.reason, &draft.kind, &draft.name];
        if given.iter().any(|text| text.trim().is_empty()) || draft.rules.is_empty() {
            return Err("owner, reason, rules, kind and name must be given".to_owned());
        }
        let expires: Result<Timestamp, _> = draft.expires.parse();
        Ok(Self {
            name: name.to_owned(),
            namespace: draft.namespace,
            owner: draft.owner,
            expires: expires.map_err(|_| "its end cannot be read".to_owned())?,
            rules: draft.rules,
            kind: draft.kind,
            object: draft.name,
        })
    }

    pub(super) fn covers(&self, rule: &str, (kind, name): (&str, &str), now: Timestamp) -> bool {
        now < self.expires
            && self.kind == kind
            && self.object == name
            && self.rules.iter().any(|covered| covered == rule)
    }
}
