//! What a reader has to say beside what it carried over, gathered so that a thousand equal cases
//! are one line.

use std::collections::BTreeMap;

use seawall_base::Location;

/// One thing to know about an import.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remark {
    /// What it is.
    pub kind: RemarkKind,
    /// What it is about, in a sentence.
    pub message: String,
    /// Where it was met first.
    pub location: Option<Location>,
    /// How often it was met.
    pub times: usize,
}

/// What a remark is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum RemarkKind {
    /// The file says it and `seawall.yaml` does not.
    Lost,
    /// The file says it in other words, which were translated.
    Guessed,
    /// The file does not say it, and `seawall.yaml` needs it.
    Assumed,
}

/// Remarks of one import.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    found: BTreeMap<(RemarkKind, String), (Option<Location>, usize)>,
}

impl RemarkKind {
    /// The word in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lost => "not carried over",
            Self::Guessed => "translated",
            Self::Assumed => "assumed",
        }
    }
}

impl Remarks {
    pub(super) fn add(&mut self, kind: RemarkKind, message: String, location: Option<Location>) {
        let (first, times) = self.found.entry((kind, message)).or_default();
        *times += 1;
        *first = match (*first, location) {
            (Some(old), Some(new)) => Some(old.min(new)),
            (old, new) => old.or(new),
        };
    }

    /// By kind, then in the order of the file.
    pub(super) fn into_sorted(self) -> Vec<Remark> {
        let found = self.found.into_iter();
        let mut remarks: Vec<Remark> = found
            .map(|((kind, message), (location, times))| Remark {
                kind,
                message,
                location,
                times,
            })
            .collect();
        remarks.sort_by(|left, right| {
            let key = |one: &Remark| (one.kind, one.location);
            key(left).cmp(&key(right))
        });
        remarks
    }
}
