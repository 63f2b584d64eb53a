//! The codes of recent conversations, compiled: many conversations share one system text, and its
//! automata need not be built for each of their answers.
//!
//! A guard owns one. What it gives is the same with and without it.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::Codes;

/// Sets of codes that are kept.
const SETS_MAX: usize = 32;
/// Bytes of all their forms together.
const BYTES_MAX: usize = 128 << 10;

/// Compiled codes, the most recent last.
#[derive(Default)]
pub(crate) struct Recent {
    entries: Mutex<VecDeque<(BTreeSet<String>, Arc<Codes>)>>,
}

impl Recent {
    /// The compiled form of `codes`, built only if it is not here.
    pub(super) fn compiled(
        &self,
        codes: BTreeSet<String>,
        build: impl FnOnce(&BTreeSet<String>) -> Codes,
    ) -> Arc<Codes> {
        if let Some(known) = self.known(&codes) {
            return known;
        }
        // Built outside the lock: another thread may build the same, which costs time and no more.
        let fresh = Arc::new(build(&codes));
        if fresh.bytes() <= BYTES_MAX {
            self.keep(codes, Arc::clone(&fresh));
        }
        fresh
    }

    fn keep(&self, codes: BTreeSet<String>, fresh: Arc<Codes>) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push_back((codes, fresh));
        let mut bytes: usize = entries.iter().map(|(_, codes)| codes.bytes()).sum();
        while entries.len() > SETS_MAX || bytes > BYTES_MAX {
            let oldest = entries.pop_front();
            bytes -= oldest.map_or(bytes, |(_, codes)| codes.bytes());
        }
    }

    fn known(&self, codes: &BTreeSet<String>) -> Option<Arc<Codes>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let at = entries.iter().position(|(known, _)| known == codes)?;
        let entry = entries.remove(at)?;
        let found = Arc::clone(&entry.1);
        entries.push_back(entry);
        Some(found)
    }
}

impl fmt::Debug for Recent {
    /// Codes are secrets of operators: how many there are is all that is told.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        write!(formatter, "Recent({})", entries.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(name: &str) -> BTreeSet<String> {
        [name.to_owned()].into()
    }

    #[test]
    fn the_same_codes_are_built_once_and_the_oldest_go() {
        let recent = Recent::default();
        let mut built = 0;
        for name in ["aaaa1111zz", "bbbb2222yy", "aaaa1111zz"] {
            recent.compiled(codes(name), |codes| {
                built += 1;
                Codes::build(codes, &[])
            });
        }
        assert_eq!(built, 2);
        for number in 0..SETS_MAX {
            let name = format!("cccc{number}33xx");
            recent.compiled(codes(&name), |codes| Codes::build(codes, &[]));
        }
        let entries = recent.entries.lock().unwrap();
        assert_eq!(entries.len(), SETS_MAX);
        assert!(
            !entries
                .iter()
                .any(|(known, _)| *known == codes("aaaa1111zz"))
        );
        assert_eq!(format!("{:?}", Recent::default()), "Recent(0)");
    }
}
