//! Reads a system, its ledger and a signed answers file, and assesses maturity.

use std::path::{Path, PathBuf};

use seawall_assess::{Answers, AnswersError, Assessment};
use seawall_base::Timestamp;
use seawall_crypto::{KeyError, VerifyingKey};

use crate::input;
use crate::risk::{Subject, SubjectError, entries};

/// Where the claims are, and who must have signed them.
#[derive(Clone, Debug)]
pub struct AnswersFile {
    /// The DSSE envelope.
    pub path: PathBuf,
    /// The public key, in PEM.
    pub key: PathBuf,
}

/// Why nothing could be assessed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssessError {
    /// The system or its ledger could not be read.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// A file could not be read.
    #[error("{path} could not be read")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The key is none.
    #[error("{path} is not a public key")]
    Key {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: KeyError,
    },
    /// The answers cannot be used.
    #[error("{path} cannot be used")]
    Answers {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: AnswersError,
    },
}

/// A larger answers file is refused.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Assesses a system.
///
/// # Errors
/// When the ledger cannot be read, or answers were named and cannot be trusted.
pub fn assess(
    subject: &Subject,
    state: Option<&Path>,
    answers: Option<&AnswersFile>,
    at: Timestamp,
) -> Result<Assessment, AssessError> {
    let entries = match state {
        Some(state) => entries(state)?,
        None => Vec::new(),
    };
    let answers = answers
        .map(|file| read_answers(file, &subject.system.name))
        .transpose()?;
    Ok(seawall_assess::assess(
        &subject.system,
        &entries,
        answers.as_ref(),
        at,
    ))
}

fn read_answers(file: &AnswersFile, system: &str) -> Result<Answers, AssessError> {
    let pem = String::from_utf8_lossy(&read(&file.key)?).into_owned();
    let key = VerifyingKey::from_pem(&pem).map_err(|source| AssessError::Key {
        path: file.key.clone(),
        source,
    })?;
    Answers::read(&read(&file.path)?, &key, system).map_err(|source| AssessError::Answers {
        path: file.path.clone(),
        source,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, AssessError> {
    input::read(path, FILE_BYTES_MAX).map_err(|source| AssessError::Read {
        path: path.to_owned(),
        source,
    })
}
