//! Offline verification of a whole log: every entry is hashed again, every tile is compared, and
//! the root must be the one that was signed.
//!
//! The caller streams bundles and tiles from wherever the log lies; memory stays at one tile a level.

use std::borrow::Cow;
use std::collections::BTreeMap;

use seawall_base::Digest;
use serde::Deserialize;

use crate::checkpoint::Checkpoint;
use crate::tile::{Tile, TileBuilder};
use crate::tree::leaf_hash;

/// Takes the entries of a log in order and compares them with its checkpoint.
#[derive(Clone, Debug, Default)]
pub struct Auditor {
    tiles: TileBuilder,
    sources: BTreeMap<String, Source>,
    unnumbered: u64,
}

/// What is wrong with a log.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// Fewer or more entries than signed.
    #[error("the log holds {found} entries, its checkpoint was signed over {signed}")]
    Size {
        /// Entries found.
        found: u64,
        /// Entries signed.
        signed: u64,
    },
    /// Other entries than signed.
    #[error("the entries hash to root {found}, the checkpoint was signed over {signed}")]
    Root {
        /// Root over the entries.
        found: Digest,
        /// Root signed.
        signed: Digest,
    },
}

/// What a log holds once it has verified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Audit {
    /// Number of entries.
    pub size: u64,
    /// Root over them.
    pub root: Digest,
    /// Per source: how many entries, and how many numbers are missing between them.
    pub sources: BTreeMap<String, Source>,
    /// Entries without a readable source and number. They verify all the same.
    pub unnumbered: u64,
}

/// The numbering of one source.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Source {
    /// Entries.
    pub entries: u64,
    /// Numbers that were given and never arrived: appends that were refused or lost.
    pub missing: u64,
    /// Entries that repeat a number or go back.
    pub disordered: u64,
    next: u64,
}

/// The two envelope fields that the numbering needs; the body is skipped, not built.
#[derive(Deserialize)]
struct Numbered<'a> {
    #[serde(borrow)]
    source: Cow<'a, str>,
    sequence: u64,
}

impl Auditor {
    /// An auditor that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next entry; `full` is given each tile that the log must hold because of it.
    pub fn push(&mut self, entry: &[u8], full: impl FnMut(Tile)) {
        self.tiles.push(leaf_hash(entry), full);
        match serde_json::from_slice::<Numbered<'_>>(entry) {
            Ok(numbered) => self.count(&numbered),
            Err(_) => self.unnumbered += 1,
        }
    }

    fn count(&mut self, numbered: &Numbered<'_>) {
        let source = match self.sources.get_mut(numbered.source.as_ref()) {
            Some(source) => source,
            None => self
                .sources
                .entry(numbered.source.clone().into_owned())
                .or_default(),
        };
        source.entries += 1;
        match numbered.sequence.checked_sub(source.next) {
            Some(missing) => {
                source.missing = source.missing.saturating_add(missing);
                source.next = numbered.sequence.saturating_add(1);
            }
            None => source.disordered += 1,
        }
    }

    /// The partial tiles that the log must hold at this point.
    pub fn partial(&self) -> impl Iterator<Item = Tile> {
        self.tiles.partial()
    }

    /// Number of entries so far.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.tiles.size()
    }

    /// Compares what was seen with what was signed.
    ///
    /// # Errors
    /// Says whether the number of entries or their content differs.
    pub fn finish(self, signed: &Checkpoint) -> Result<Audit, AuditError> {
        let (size, root) = (self.tiles.size(), self.tiles.root());
        if size != signed.size {
            return Err(AuditError::Size {
                found: size,
                signed: signed.size,
            });
        }
        if root != signed.root {
            return Err(AuditError::Root {
                found: root,
                signed: signed.root,
            });
        }
        Ok(Audit {
            size,
            root,
            sources: self.sources,
            unnumbered: self.unnumbered,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(source: &str, sequence: u64) -> Vec<u8> {
        format!(r#"{{"body":{{"sequence":9}},"sequence":{sequence},"source":"{source}"}}"#).into()
    }

    fn signed(entries: &[Vec<u8>]) -> Checkpoint {
        let mut tiles = TileBuilder::new();
        for entry in entries {
            tiles.push(leaf_hash(entry), drop);
        }
        Checkpoint {
            origin: "o".to_owned(),
            size: tiles.size(),
            root: tiles.root(),
            at: None,
        }
    }

    fn audit(entries: &[Vec<u8>], checkpoint: &Checkpoint) -> Result<Audit, AuditError> {
        let mut auditor = Auditor::new();
        for entry in entries {
            auditor.push(entry, drop);
        }
        auditor.finish(checkpoint)
    }

    #[test]
    fn gaps_and_disorder_are_counted_per_source() {
        let entries = vec![
            entry("a", 0),
            entry("b", 2),
            entry("a", 1),
            entry("a", 5),
            entry("a", 5),
            b"not json".to_vec(),
        ];
        let audit = audit(&entries, &signed(&entries)).unwrap();
        assert_eq!(audit.unnumbered, 1);
        let numbers: Vec<_> = audit
            .sources
            .values()
            .map(|source| (source.entries, source.missing, source.disordered))
            .collect();
        assert_eq!(numbers, [(4, 3, 1), (1, 2, 0)]);
    }

    #[test]
    fn a_changed_lost_or_added_entry_is_noticed() {
        let entries: Vec<_> = (0..300).map(|number| entry("a", number)).collect();
        let checkpoint = signed(&entries);
        assert!(audit(&entries, &checkpoint).is_ok());
        for at in [0, 150, 255, 256, 299] {
            let mut changed = entries.clone();
            changed[at].push(b' ');
            assert!(matches!(
                audit(&changed, &checkpoint),
                Err(AuditError::Root { .. })
            ));
            changed.remove(at);
            assert_eq!(
                audit(&changed, &checkpoint),
                Err(AuditError::Size {
                    found: 299,
                    signed: 300
                })
            );
        }
    }
}
