//! SQLite behind one thread: callers send closures, the thread runs them one after another.

mod schema;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::error::StoreError;
use crate::file;

/// Calls that may wait for the thread.
const QUEUE_MAX: usize = 1_024;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// The database of a state folder.
#[derive(Debug)]
pub(crate) struct Database {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// Why a call did not succeed. The text is SQLite's, without values.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct DbError(pub(crate) String);

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

impl Database {
    /// Opens or makes the database and brings its tables up to date.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        // SQLite gives its journal files the mode of the database, and the database that of the umask.
        file::private_options()
            .open(path)
            .map_err(StoreError::io("open", path))?;
        let connection = schema::open(path).map_err(failure(path))?;
        Self::run(connection, path)
    }

    /// Runs an open connection on a thread of its own.
    pub(crate) fn run(mut connection: Connection, path: &Path) -> Result<Self, StoreError> {
        let (jobs, queue) = sync_channel::<Job>(QUEUE_MAX);
        let thread = std::thread::Builder::new()
            .name("seawall-db".to_owned())
            .spawn(move || {
                for job in queue {
                    job(&mut connection);
                }
            })
            .map_err(StoreError::io("start a thread for", path))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Runs `call` on the thread.
    pub(crate) async fn call<T, E, F>(&self, call: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, E> + Send + 'static,
    {
        let (done, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // A caller that has gone away does not want the answer.
            drop(done.send(call(connection)));
        });
        let sent = self.jobs.as_ref().map(|jobs| jobs.try_send(job));
        if !matches!(sent, Some(Ok(()))) {
            return Err(DbError("too many calls wait for the database".to_owned()).into());
        }
        answer
            .await
            .unwrap_or_else(|_| Err(DbError("the database thread has ended".to_owned()).into()))
    }

    /// As [`Self::call`], for callers outside a runtime.
    pub(crate) fn call_now<T, F>(&self, call: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    {
        let (done, answer) = sync_channel(1);
        let job: Job = Box::new(move |connection| drop(done.send(call(connection))));
        let sent = self.jobs.as_ref().map(|jobs| jobs.send(job));
        if !matches!(sent, Some(Ok(()))) {
            return Err(DbError("the database thread has ended".to_owned()));
        }
        answer
            .recv()
            .unwrap_or_else(|_| Err(DbError("the database thread has ended".to_owned())))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // The thread runs what was sent and ends; it cannot be asked about a panic here.
            drop(thread.join());
        }
    }
}

pub(crate) fn failure(path: &Path) -> impl Fn(DbError) -> StoreError {
    let path: PathBuf = path.to_owned();
    move |error| StoreError::Database {
        path: path.clone(),
        reason: error.0,
    }
}
