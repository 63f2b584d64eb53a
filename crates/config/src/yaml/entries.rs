//! The entries of a mapping while it is read: duplicates are found without a quadratic search.

use std::collections::BTreeMap;

use super::{Entry, Flaw};

/// Mappings up to this size are searched; larger ones get an index.
const LINEAR_MAX: usize = 16;

/// Entries in the order of the text.
#[derive(Default)]
pub(super) struct Entries {
    list: Vec<Entry>,
    index: BTreeMap<String, usize>,
}

impl Entries {
    /// Adds an entry. A key that is already there takes the later value, as the API server's
    /// reader does for JSON, and gives a flaw.
    pub(super) fn insert(&mut self, entry: Entry) -> Option<Flaw> {
        let Some(own) = self
            .position(&entry.key)
            .and_then(|at| self.list.get_mut(at))
        else {
            self.push(entry);
            return None;
        };
        let first = own.key_span.location();
        let flaw = Flaw::duplicate(entry.key_span.location(), first, &entry.key);
        *own = entry;
        Some(flaw)
    }

    /// Adds an entry unless its key is already there.
    pub(super) fn merge(&mut self, entry: Entry) {
        if self.position(&entry.key).is_none() {
            self.push(entry);
        }
    }

    /// The entries.
    pub(super) fn into_list(self) -> Vec<Entry> {
        self.list
    }

    fn position(&self, key: &str) -> Option<usize> {
        if self.list.len() <= LINEAR_MAX {
            return self.list.iter().position(|entry| entry.key == key);
        }
        self.index.get(key).copied()
    }

    fn push(&mut self, entry: Entry) {
        if self.list.len() == LINEAR_MAX {
            let keys = self.list.iter().map(|entry| entry.key.clone());
            self.index = keys.zip(0..).collect();
        }
        if self.list.len() >= LINEAR_MAX {
            self.index.insert(entry.key.clone(), self.list.len());
        }
        self.list.push(entry);
    }
}
