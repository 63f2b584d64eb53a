//! `run.json`: how other commands find the process that owns a state folder.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::file::{self, Durability};

const NAME: &str = "run.json";

/// What a running process tells commands on the same machine. Readable by the owner alone, because
/// it holds the key of the gateway and the token of the local API.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Run {
    /// `seawall.run/v1`.
    pub schema: String,
    /// The process.
    pub pid: u32,
    /// Base URL of the gateway.
    pub gateway: String,
    /// Base URL of the console and its API.
    pub console: String,
    /// The virtual key that this start made.
    pub key: String,
    /// Token of the console's API.
    pub token: String,
}

impl Run {
    /// The schema of the file.
    pub const SCHEMA: &'static str = "seawall.run/v1";

    /// Reads the file of a state folder; `None` where no process says it runs.
    ///
    /// # Errors
    /// When the file is there and cannot be read or understood.
    pub fn load(dir: &Path) -> Result<Option<Self>, StoreError> {
        let path = dir.join(NAME);
        let Some(bytes) = file::read_optional(&path)? else {
            return Ok(None);
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            StoreError::io("understand", &path)(io::Error::new(io::ErrorKind::InvalidData, error))
        })
    }

    pub(crate) fn save(&self, dir: &Path) -> Result<(), StoreError> {
        let path = dir.join(NAME);
        let bytes = serde_json::to_vec_pretty(self)
            .map_err(|error| StoreError::io("write", &path)(io::Error::other(error)))?;
        file::replace(&path, &bytes, Durability::Now)
    }

    pub(crate) fn remove(dir: &Path) -> Result<(), StoreError> {
        let path = dir.join(NAME);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::io("remove", &path)(error))
            }
            _ => Ok(()),
        }
    }
}
