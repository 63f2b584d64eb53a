//! Small named values that outlive a run, such as the id of the first virtual key.

use std::sync::Arc;

use rusqlite::{OptionalExtension as _, params};

use crate::db::{Database, DbError};
use crate::error::StoreError;

/// The settings of a state folder.
#[derive(Clone, Debug)]
pub struct Settings {
    database: Arc<Database>,
    path: std::path::PathBuf,
}

impl Settings {
    pub(crate) const fn new(database: Arc<Database>, path: std::path::PathBuf) -> Self {
        Self { database, path }
    }

    /// The value under `name`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn load(&self, name: &str) -> Result<Option<String>, StoreError> {
        let name = name.to_owned();
        self.database
            .call_now(move |connection| {
                connection
                    .query_row(
                        "SELECT value FROM settings WHERE name = ?1",
                        [name],
                        |row| row.get(0),
                    )
                    .optional()
                    .map_err(DbError::from)
            })
            .map_err(crate::db::failure(&self.path))
    }

    /// Puts `value` under `name`, durably.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn save(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.database
            .call_now(move |connection| {
                connection
                    .execute(
                        "INSERT INTO settings (name, value) VALUES (?1, ?2)
                         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                        params![name, value],
                    )
                    .map(drop)
                    .map_err(DbError::from)
            })
            .map_err(crate::db::failure(&self.path))
    }
}
