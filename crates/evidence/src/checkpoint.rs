//! Checkpoints (`c2sp.org/tlog-checkpoint`): the log's size and root, signed.
//!
//! An extension line carries the time, so that a reader can say how old a checkpoint is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seawall_base::{Digest, Timestamp};
use seawall_crypto::note::{Note, NoteError, NoteSigner, NoteVerifier};

/// What a log says about itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checkpoint {
    /// Name of the log, unique to it.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Digest,
    /// When it was signed, where the log says so.
    pub at: Option<Timestamp>,
}

/// Why a checkpoint is not to be trusted.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The note or its signature is not sound.
    #[error("the checkpoint cannot be trusted")]
    Note(#[source] NoteError),
    /// The text is not a checkpoint.
    #[error("the checkpoint has no {0}")]
    Malformed(&'static str),
    /// It is about another log.
    #[error("the checkpoint is about another log than its signer's")]
    Origin,
}

const TIME: &str = "time ";

impl Checkpoint {
    /// Signs the checkpoint as a note.
    ///
    /// # Errors
    /// When the origin has no form in a note.
    pub fn sign(&self, signer: &NoteSigner) -> Result<Note, CheckpointError> {
        let root = STANDARD.encode(self.root.as_bytes());
        let mut text = format!("{}\n{}\n{root}\n", self.origin, self.size);
        if let Some(at) = self.at {
            text.push_str(&format!("{TIME}{at}\n"));
        }
        Note::sign(text, signer).map_err(CheckpointError::Note)
    }

    /// Reads a checkpoint that `verifier` must have signed, under its own name as origin.
    ///
    /// # Errors
    /// When it did not, or the text is not a checkpoint.
    pub fn open(note: &str, verifier: &NoteVerifier) -> Result<Self, CheckpointError> {
        let note = Note::parse(note).map_err(CheckpointError::Note)?;
        let text = note.verify(verifier).map_err(CheckpointError::Note)?;
        let checkpoint = Self::parse(text)?;
        if checkpoint.origin == verifier.name() {
            Ok(checkpoint)
        } else {
            Err(CheckpointError::Origin)
        }
    }

    fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.lines();
        let origin = lines.next().filter(|line| !line.is_empty());
        let origin = origin.ok_or(CheckpointError::Malformed("origin"))?;
        let size = lines
            .next()
            .filter(|line| *line == "0" || !line.starts_with(['0', '+']))
            .and_then(|line| line.parse().ok())
            .ok_or(CheckpointError::Malformed("size"))?;
        let root = lines
            .next()
            .and_then(|line| STANDARD.decode(line).ok())
            .and_then(|bytes| bytes.try_into().ok())
            .map(Digest::from_bytes)
            .ok_or(CheckpointError::Malformed("root"))?;
        let mut at = None;
        for line in lines {
            if line.is_empty() {
                return Err(CheckpointError::Malformed("sound extension lines"));
            }
            at = at.or_else(|| line.strip_prefix(TIME)?.parse().ok());
        }
        Ok(Self {
            origin: origin.to_owned(),
            size,
            root,
            at,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use seawall_crypto::SigningKey;

    use super::*;

    fn signer(name: &str) -> NoteSigner {
        NoteSigner::new(name, SigningKey::ed25519(&[5; 32])).unwrap()
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            origin: "seawall/log".to_owned(),
            size: 20,
            root: Digest::of(b"root"),
            at: Some("2026-11-23T10:00:00Z".parse().unwrap()),
        }
    }

    #[test]
    fn a_checkpoint_reads_back_under_its_signer_only() {
        let note = checkpoint().sign(&signer("seawall/log")).unwrap();
        let text = note.to_string();
        assert!(text.starts_with("seawall/log\n20\n"), "{text}");
        assert_eq!(
            Checkpoint::open(&text, signer("seawall/log").verifier()),
            Ok(checkpoint())
        );
        assert_eq!(
            Checkpoint::open(
                &text.replacen("20", "21", 1),
                signer("seawall/log").verifier()
            ),
            Err(CheckpointError::Note(NoteError::BadSignature))
        );
        let foreign = checkpoint().sign(&signer("other/log")).unwrap().to_string();
        assert_eq!(
            Checkpoint::open(&foreign, signer("other/log").verifier()),
            Err(CheckpointError::Origin)
        );
    }

    #[test]
    fn sizes_have_one_spelling() {
        for size in ["020", "+20", "-1", "", "18446744073709551616"] {
            let text = format!("o\n{size}\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
            assert_eq!(
                Checkpoint::parse(&text),
                Err(CheckpointError::Malformed("size")),
                "{size}"
            );
        }
    }

    proptest! {
        #[test]
        fn parse_never_panics(text in "([a-z/]{0,3}|[0-9]{1,3}|A{43}=|time |\n){0,12}") {
            drop(Checkpoint::parse(&text));
        }
    }
}
