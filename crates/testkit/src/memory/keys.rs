//! Virtual keys in memory; their texts are counted up, so tests repeat.

use std::sync::Mutex;

use seawall_base::{Digest, Principal, Secret, Timestamp};
use seawall_ports::{BoxFuture, Keys, KeysError, NewKey, VirtualKey};

use super::lock;

/// Keys in memory.
#[derive(Debug, Default)]
pub struct MemoryKeys {
    keys: Mutex<Vec<(Digest, VirtualKey)>>,
}

impl MemoryKeys {
    /// Adds a key and returns its text.
    pub fn add(&self, key: NewKey, now: Timestamp) -> String {
        let mut keys = lock(&self.keys);
        let number = keys.len();
        let text = format!("sk-test-{number:032}");
        let key = VirtualKey {
            id: format!("key_{number}"),
            name: key.name,
            principal: key.principal,
            limits: key.limits,
            scope: key.scope,
            created_at: now,
            revoked_at: None,
        };
        keys.push((VirtualKey::hash(&text), key));
        text
    }
}

impl Keys for MemoryKeys {
    fn create(
        &self,
        key: NewKey,
        _by: Principal,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<(VirtualKey, Secret<String>), KeysError>> {
        let text = self.add(key, now);
        let made = lock(&self.keys).last().map(|(_, key)| key.clone());
        let missing = || KeysError::NotFound(String::new());
        Box::pin(async move { Ok((made.ok_or_else(missing)?, Secret::new(text))) })
    }

    fn find(&self, hash: Digest) -> BoxFuture<'_, Result<Option<VirtualKey>, KeysError>> {
        let keys = lock(&self.keys);
        let found = keys
            .iter()
            .find(|(known, key)| *known == hash && key.revoked_at.is_none());
        let found = found.map(|(_, key)| key.clone());
        Box::pin(async move { Ok(found) })
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<VirtualKey>, KeysError>> {
        let all = lock(&self.keys)
            .iter()
            .map(|(_, key)| key.clone())
            .collect();
        Box::pin(async move { Ok(all) })
    }

    fn revoke<'a>(
        &'a self,
        id: &'a str,
        _by: Principal,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<VirtualKey, KeysError>> {
        let mut keys = lock(&self.keys);
        let revoked = keys
            .iter_mut()
            .find(|(_, key)| key.id == id)
            .map(|(_, key)| {
                key.revoked_at.get_or_insert(now);
                key.clone()
            });
        let revoked = revoked.ok_or_else(|| KeysError::NotFound(id.to_owned()));
        Box::pin(async move { revoked })
    }
}
