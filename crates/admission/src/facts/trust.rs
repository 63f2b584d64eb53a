//! Trust roots: whose signatures count, and for what.

use seawall_crypto::VerifyingKey;
use serde::Deserialize;
use serde_json::Value;

/// What a key may sign.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub enum Purpose {
    /// Verdicts about artifacts.
    Verdict,
    /// Exceptions from rules.
    Exception,
}

/// Keys that the cluster's administrators trust.
#[derive(Clone, Debug)]
pub struct TrustRoot {
    keys: Vec<(VerifyingKey, Vec<Purpose>)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Key {
    public_key: String,
    purposes: Vec<Purpose>,
}

impl TrustRoot {
    pub(super) fn read(spec: Value) -> Result<Self, String> {
        let spec: Spec = serde_json::from_value(spec).map_err(|error| error.to_string())?;
        let read = |key: Key| {
            let parsed = VerifyingKey::from_pem(&key.public_key);
            let parsed = parsed.map_err(|error| format!("a key cannot be used: {error}"));
            parsed.map(|parsed| (parsed, key.purposes))
        };
        let keys = spec.keys.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { keys })
    }

    /// The keys that may sign for `purpose`.
    pub fn keys(&self, purpose: Purpose) -> impl Iterator<Item = &VerifyingKey> {
        let keys = self.keys.iter();
        keys.filter(move |(_, purposes)| purposes.contains(&purpose))
            .map(|(key, _)| key)
    }
}
