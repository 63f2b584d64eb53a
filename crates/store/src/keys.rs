//! Virtual keys in SQLite, with the live ones in memory so that a request needs no query.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use rusqlite::{Connection, Row, params};
use seawall_base::{Digest, IdSource, Principal, Secret, Timestamp};
use seawall_evidence::key::{Change, Key};
use seawall_evidence::{Draft, Kind};
use seawall_ports::{BoxFuture, KeyLimits, Keys, KeysError, LedgerError, NewKey, VirtualKey};

use crate::db::{Database, DbError};
use crate::ledger::FileLedger;
use crate::state::Random;

/// The registry of a state folder.
pub(crate) struct StoredKeys {
    database: Arc<Database>,
    ledger: Arc<FileLedger>,
    ids: Arc<IdSource>,
    random: Random,
    live: Arc<RwLock<BTreeMap<Digest, VirtualKey>>>,
}

impl StoredKeys {
    /// Loads the keys that are not revoked.
    pub(crate) fn open(
        database: Arc<Database>,
        ledger: Arc<FileLedger>,
        ids: Arc<IdSource>,
        random: Random,
    ) -> Result<Self, DbError> {
        let keys = database.call_now(|connection| all(connection))?;
        let live = keys
            .into_iter()
            .filter(|(_, key)| key.revoked_at.is_none())
            .collect();
        Ok(Self {
            database,
            ledger,
            ids,
            random,
            live: Arc::new(RwLock::new(live)),
        })
    }

    async fn create_key(
        &self,
        new: NewKey,
        by: Principal,
        now: Timestamp,
    ) -> Result<(VirtualKey, Secret<String>), KeysError> {
        let text = self.text()?;
        let hash = VirtualKey::hash(text.expose());
        let key = VirtualKey {
            id: self.ids.next("key", now).to_string(),
            name: new.name,
            principal: new.principal,
            limits: new.limits,
            scope: new.scope,
            created_at: now,
            revoked_at: None,
        };
        let (ledger, live) = (Arc::clone(&self.ledger), Arc::clone(&self.live));
        // On the database's thread from start to end, so that a caller who goes away leaves no half.
        let made = self.database.call(move |connection| {
            let entry = entry(&key, Change::Created, by, now);
            ledger
                .append_now(entry)
                .map_err(|error| unrecorded(&error))?;
            insert(connection, hash, &key)?;
            live.write()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(hash, key.clone());
            Ok::<_, KeysError>(key)
        });
        Ok((made.await?, text))
    }

    /// `sk-` and 256 random bits in hexadecimal.
    fn text(&self) -> Result<Secret<String>, KeysError> {
        let bytes = (self.random)()
            .map_err(|error| KeysError::Storage(format!("no randomness: {error}")))?;
        let hex = Secret::new(Digest::from_bytes(bytes).to_hex());
        Ok(Secret::new(format!("sk-{}", hex.expose())))
    }

    async fn revoke_key(
        &self,
        id: String,
        by: Principal,
        now: Timestamp,
    ) -> Result<VirtualKey, KeysError> {
        let (ledger, live) = (Arc::clone(&self.ledger), Arc::clone(&self.live));
        self.database
            .call(move |connection| {
                let (key, first) = revoke(connection, &id, now)?;
                live.write()
                    .unwrap_or_else(PoisonError::into_inner)
                    .retain(|_, live| live.id != key.id);
                // A key that must not work any more stops first; the record follows.
                if first {
                    let entry = entry(&key, Change::Revoked, by, now);
                    ledger
                        .append_now(entry)
                        .map_err(|error| unrecorded(&error))?;
                }
                Ok(key)
            })
            .await
    }
}

fn entry(key: &VirtualKey, change: Change, by: Principal, at: Timestamp) -> Draft {
    let body = Key {
        key: key.id.clone(),
        name: key.name.clone(),
        owner: key.principal.to_string(),
        change,
    };
    Draft {
        kind: Kind::Key,
        at,
        principal: by,
        subject: format!("key:{}", key.id),
        body: body.to_body(),
    }
}

fn unrecorded(error: &LedgerError) -> KeysError {
    KeysError::Unrecorded(error.to_string())
}

impl Keys for StoredKeys {
    fn create(
        &self,
        key: NewKey,
        by: Principal,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<(VirtualKey, Secret<String>), KeysError>> {
        Box::pin(self.create_key(key, by, now))
    }

    fn find(&self, hash: Digest) -> BoxFuture<'_, Result<Option<VirtualKey>, KeysError>> {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        Box::pin(std::future::ready(Ok(live.get(&hash).cloned())))
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<VirtualKey>, KeysError>> {
        Box::pin(async {
            let keys = self
                .database
                .call(|connection| all(connection).map_err(KeysError::from))
                .await?;
            Ok(keys.into_iter().map(|(_, key)| key).collect())
        })
    }

    fn revoke<'a>(
        &'a self,
        id: &'a str,
        by: Principal,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<VirtualKey, KeysError>> {
        Box::pin(self.revoke_key(id.to_owned(), by, now))
    }
}

impl From<DbError> for KeysError {
    fn from(error: DbError) -> Self {
        Self::Storage(error.0)
    }
}

fn insert(connection: &Connection, hash: Digest, key: &VirtualKey) -> Result<(), DbError> {
    connection.execute(
        "INSERT INTO virtual_keys (id, hash, name, principal, requests_per_minute,
             tokens_per_minute, scope, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            key.id,
            hash.to_string(),
            key.name,
            json(&key.principal)?,
            key.limits.requests_per_minute.map(whole),
            key.limits.tokens_per_minute.map(whole),
            json(&key.scope)?,
            key.created_at.to_string(),
        ],
    )?;
    Ok(())
}

/// The key, revoked, and whether it was not before.
fn revoke(
    connection: &Connection,
    id: &str,
    now: Timestamp,
) -> Result<(VirtualKey, bool), KeysError> {
    let changed = connection
        .execute(
            "UPDATE virtual_keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL",
            params![id, now.to_string()],
        )
        .map_err(DbError::from)?;
    all(connection)?
        .into_iter()
        .map(|(_, key)| key)
        .find(|key| key.id == id)
        .map(|key| (key, changed == 1))
        .ok_or_else(|| KeysError::NotFound(id.to_owned()))
}

fn all(connection: &Connection) -> Result<Vec<(Digest, VirtualKey)>, DbError> {
    let mut statement = connection.prepare(
        "SELECT id, hash, name, principal, requests_per_minute, tokens_per_minute, scope,
             created_at, revoked_at
         FROM virtual_keys ORDER BY created_at, id",
    )?;
    let mut rows = statement.query([])?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        keys.push(read(row)?);
    }
    Ok(keys)
}

fn read(row: &Row<'_>) -> Result<(Digest, VirtualKey), DbError> {
    let limit = |column| row.get::<_, Option<i64>>(column).map(|n| n.map(natural));
    let key = VirtualKey {
        id: row.get(0)?,
        name: row.get(2)?,
        principal: from_json(&row.get::<_, String>(3)?)?,
        limits: KeyLimits {
            requests_per_minute: limit(4)?,
            tokens_per_minute: limit(5)?,
        },
        scope: from_json(&row.get::<_, String>(6)?)?,
        created_at: parsed(&row.get::<_, String>(7)?)?,
        revoked_at: row
            .get::<_, Option<String>>(8)?
            .map(|text| parsed(&text))
            .transpose()?,
    };
    Ok((parsed(&row.get::<_, String>(1)?)?, key))
}

pub(crate) fn json<T: serde::Serialize>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError(error.to_string()))
}

pub(crate) fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|error| DbError(error.to_string()))
}

pub(crate) fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, DbError> {
    text.parse()
        .map_err(|_| DbError("a stored value has another form than it was written in".to_owned()))
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn natural(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
