//! C2SP signed notes (`c2sp.org/signed-note`): a text and lines that sign it.
//!
//! Checkpoints of the ledger are signed notes, so that witnesses and auditors of other logs can
//! read them. Only Ed25519 (type 0x01) signs and verifies here; lines by unknown keys are kept and
//! passed over, as the specification asks, so that cosignatures do not disturb.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seawall_base::Hasher;

use crate::key::SigningKey;
use crate::verifying::VerifyingKey;

/// The longest note that is read.
const NOTE_BYTES_MAX: usize = 1 << 20;
/// The most signature lines that are read; the specification asks for at least 16.
const SIGNATURES_MAX: usize = 100;
/// The type byte of Ed25519.
const ED25519: u8 = 0x01;

/// A text with the lines that sign it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One signature line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoteSignature {
    /// Name of the signer.
    pub name: String,
    /// Key id: tells keys of one name apart; proves nothing.
    pub key_id: [u8; 4],
    signature: Vec<u8>,
}

/// Who signs notes: a name and an Ed25519 key.
#[derive(Debug)]
pub struct NoteSigner {
    verifier: NoteVerifier,
    key: SigningKey,
}

/// Whose signature is trusted: a name and an Ed25519 public key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoteVerifier {
    name: String,
    key_id: [u8; 4],
    key: VerifyingKey,
    raw: [u8; 32],
}

/// Why a note is not sound, or not signed by whom it should be.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Not in the form of a signed note.
    #[error("not a signed note: {0}")]
    Malformed(&'static str),
    /// A name is empty or holds a space or a plus sign, or the key is not Ed25519.
    #[error("not a note key: expected name+id+key with an Ed25519 key")]
    Key,
    /// The trusted key did not sign it.
    #[error("the note carries no signature by the trusted key")]
    Unsigned,
    /// A line claims to be by the trusted key and does not verify.
    #[error("the note's signature does not verify: text or signature was changed")]
    BadSignature,
}

impl Note {
    /// Signs `text`, which must end in a newline and hold no other control character.
    ///
    /// # Errors
    /// When the text has no form as a note.
    pub fn sign(text: String, signer: &NoteSigner) -> Result<Self, NoteError> {
        check_text(&text)?;
        let signature = signer.key.sign(text.as_bytes());
        Ok(Self {
            text,
            signatures: vec![NoteSignature {
                name: signer.verifier.name.clone(),
                key_id: signer.verifier.key_id,
                signature,
            }],
        })
    }

    /// Reads a note. Nothing is verified yet.
    ///
    /// # Errors
    /// When it is not in the form of a signed note.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(NoteError::Malformed("longer than 1 MiB"));
        }
        let (text, lines) = note
            .rsplit_once("\n\n")
            .ok_or(NoteError::Malformed("no empty line before signatures"))?;
        let text = format!("{text}\n");
        check_text(&text)?;
        let lines = lines
            .strip_suffix('\n')
            .ok_or(NoteError::Malformed("no newline at the end"))?;
        let signatures: Vec<_> = lines
            .split('\n')
            .take(SIGNATURES_MAX + 1)
            .map(NoteSignature::parse)
            .collect::<Result<_, _>>()?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(NoteError::Malformed("too many signatures"));
        }
        Ok(Self { text, signatures })
    }

    /// Verifies that `verifier` signed the note, and hands out its text.
    ///
    /// # Errors
    /// When it did not, or when a line that names its key does not verify.
    pub fn verify(&self, verifier: &NoteVerifier) -> Result<&str, NoteError> {
        let mut signed = false;
        for line in &self.signatures {
            if line.name != verifier.name || line.key_id != verifier.key_id {
                continue;
            }
            verifier
                .key
                .verify(self.text.as_bytes(), &line.signature)
                .map_err(|_| NoteError::BadSignature)?;
            signed = true;
        }
        if signed {
            Ok(&self.text)
        } else {
            Err(NoteError::Unsigned)
        }
    }

    /// The signature lines, verified or not.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(formatter, "{}", self.text)?;
        for line in &self.signatures {
            let bytes = [line.key_id.as_slice(), &line.signature].concat();
            writeln!(formatter, "— {} {}", line.name, STANDARD.encode(bytes))?;
        }
        Ok(())
    }
}

impl NoteSignature {
    fn parse(line: &str) -> Result<Self, NoteError> {
        let (name, encoded) = line
            .strip_prefix("— ")
            .and_then(|rest| rest.split_once(' '))
            .ok_or(NoteError::Malformed("a signature line has another form"))?;
        if !name_is_sound(name) {
            return Err(NoteError::Malformed("a signer's name is not sound"));
        }
        let bytes = STANDARD
            .decode(encoded)
            .map_err(|_| NoteError::Malformed("a signature is not base64"))?;
        match bytes.split_first_chunk() {
            Some((key_id, signature)) if !signature.is_empty() => Ok(Self {
                name: name.to_owned(),
                key_id: *key_id,
                signature: signature.to_vec(),
            }),
            _ => Err(NoteError::Malformed("a signature is too short")),
        }
    }
}

impl NoteSigner {
    /// A signer under `name`.
    ///
    /// # Errors
    /// When the name is not sound or the key is not Ed25519.
    pub fn new(name: &str, key: SigningKey) -> Result<Self, NoteError> {
        let verifier = NoteVerifier::new(name, &key.verifying_key())?;
        Ok(Self { verifier, key })
    }

    /// The verifier that trusts this signer.
    #[must_use]
    pub const fn verifier(&self) -> &NoteVerifier {
        &self.verifier
    }
}

impl NoteVerifier {
    /// Trusts `key` under `name`.
    ///
    /// # Errors
    /// When the name is not sound or the key is not Ed25519.
    pub fn new(name: &str, key: &VerifyingKey) -> Result<Self, NoteError> {
        let VerifyingKey::Ed25519(ed25519) = key else {
            return Err(NoteError::Key);
        };
        if !name_is_sound(name) {
            return Err(NoteError::Key);
        }
        let raw = ed25519.to_bytes();
        Ok(Self {
            name: name.to_owned(),
            key_id: key_id(name, &raw),
            key: key.clone(),
            raw,
        })
    }

    /// Reads a verifier key in the form `name+id+key` that the note tools share.
    ///
    /// # Errors
    /// When it has another form, or the id does not belong to the key.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(NoteError::Key);
        };
        let bytes = STANDARD.decode(encoded).map_err(|_| NoteError::Key)?;
        let Some((&ED25519, raw)) = bytes.split_first() else {
            return Err(NoteError::Key);
        };
        let key = VerifyingKey::from_ed25519(raw).map_err(|_| NoteError::Key)?;
        let verifier = Self::new(name, &key)?;
        if id != hex(verifier.key_id) {
            return Err(NoteError::Key);
        }
        Ok(verifier)
    }

    /// The name that lines carry.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl std::fmt::Display for NoteVerifier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = [[ED25519].as_slice(), &self.raw].concat();
        let encoded = STANDARD.encode(bytes);
        write!(formatter, "{}+{}+{encoded}", self.name, hex(self.key_id))
    }
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') {
        return Err(NoteError::Malformed("the text does not end in a newline"));
    }
    if text.chars().any(|c| c != '\n' && c < ' ') {
        return Err(NoteError::Malformed("the text holds a control character"));
    }
    Ok(())
}

fn name_is_sound(name: &str) -> bool {
    !name.is_empty() && !name.contains('+') && !name.chars().any(|c| c.is_whitespace() || c < ' ')
}

fn key_id(name: &str, raw: &[u8; 32]) -> [u8; 4] {
    let mut hasher = Hasher::new();
    hasher.update(name.as_bytes());
    hasher.update(&[b'\n', ED25519]);
    hasher.update(raw);
    let digest = hasher.finish();
    digest.as_bytes().first_chunk().copied().unwrap_or_default()
}

fn hex(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signer(name: &str, seed: u8) -> NoteSigner {
        NoteSigner::new(name, SigningKey::ed25519(&[seed; 32])).unwrap()
    }

    /// The example of the specification (and of Go's `sumdb/note`).
    #[test]
    fn the_example_of_the_specification_verifies() {
        let verifier = NoteVerifier::parse(
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        )
        .unwrap();
        let note = "If you think cryptography is the answer to your problem,\n\
            then you don't know what your problem is.\n\
            \n\
            — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        let parsed = Note::parse(note).unwrap();
        assert!(parsed.verify(&verifier).unwrap().starts_with("If you"));
        assert_eq!(parsed.to_string(), note);
    }

    #[test]
    fn a_note_verifies_for_its_signer_only() {
        let (ours, theirs) = (signer("seawall", 1), signer("seawall", 2));
        let note = Note::sign("a\n\nb\n".to_owned(), &ours).unwrap();
        let read = Note::parse(&note.to_string()).unwrap();
        assert_eq!(read, note);
        assert_eq!(read.verify(ours.verifier()), Ok("a\n\nb\n"));
        assert_eq!(read.verify(theirs.verifier()), Err(NoteError::Unsigned));
        let changed = note.to_string().replacen('a', "c", 1);
        assert_eq!(
            Note::parse(&changed).unwrap().verify(ours.verifier()),
            Err(NoteError::BadSignature)
        );
    }

    #[test]
    fn lines_by_unknown_keys_are_passed_over_up_to_a_limit() {
        let ours = signer("seawall", 1);
        let note = Note::sign("a\n".to_owned(), &ours).unwrap().to_string();
        let stranger = "— witness.example AAAAAAAA\n";
        let many = note.clone() + &stranger.repeat(SIGNATURES_MAX - 1);
        assert!(Note::parse(&many).unwrap().verify(ours.verifier()).is_ok());
        let too_many = note + &stranger.repeat(SIGNATURES_MAX);
        assert!(Note::parse(&too_many).is_err());
    }

    #[test]
    fn verifier_keys_read_back_and_a_foreign_id_is_refused() {
        let verifier = signer("seawall.example/log", 3).verifier().clone();
        let text = verifier.to_string();
        assert_eq!(NoteVerifier::parse(&text), Ok(verifier));
        let foreign = text.replacen('+', "+00000000", 1);
        assert_eq!(NoteVerifier::parse(&foreign), Err(NoteError::Key));
    }

    proptest! {
        #[test]
        fn parse_never_panics_and_what_it_reads_is_written_back(note in "(— a AAAAAAAA|[a\n]|\n\n){0,12}") {
            if let Ok(parsed) = Note::parse(&note) {
                prop_assert_eq!(parsed.to_string(), note);
            }
        }

        #[test]
        fn any_changed_byte_of_the_text_is_noticed(text in "[a-z\n]{0,40}", at in any::<usize>(), by in 1_u8..26) {
            let ours = signer("seawall", 1);
            let note = Note::sign(text + "\n", &ours).unwrap();
            let mut bytes = note.text.clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] = b'a' + (bytes[at].wrapping_sub(b'a').wrapping_add(by)) % 26;
            let changed = Note { text: String::from_utf8(bytes).unwrap(), ..note.clone() };
            if changed != note {
                prop_assert!(changed.verify(ours.verifier()).is_err());
            }
        }
    }
}
