//! A model at hand against the statement that was signed about it.

use std::collections::BTreeMap;

use seawall_base::Digest;

use crate::manifest::File;
use crate::statement::Statement;

/// What a model at hand amounts to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Comparison {
    /// What differs, by name.
    pub differences: Vec<Difference>,
    /// Files that are there and that the signature says nothing about.
    pub unsigned: Vec<String>,
    /// Files that are as they were signed.
    pub matching: usize,
}

/// One way in which a model differs from what was signed.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Difference {
    /// It was signed and is not there.
    Missing {
        /// Name of the file.
        name: String,
    },
    /// It is there with other content.
    Changed {
        /// Name of the file.
        name: String,
        /// What was signed.
        signed: Digest,
        /// What is there.
        found: Digest,
    },
    /// It is there and was not signed.
    Added {
        /// Name of the file.
        name: String,
    },
}

impl Comparison {
    /// Compares `files`, which are those that the statement does not ignore; `ignored` are the
    /// names of the others.
    #[must_use]
    pub fn of(statement: &Statement, files: &[File], ignored: &[String]) -> Self {
        let found: BTreeMap<&str, Digest> = files
            .iter()
            .map(|file| (file.name.as_str(), file.digest))
            .collect();
        let mut comparison = Self {
            unsigned: ignored.to_vec(),
            ..Self::default()
        };
        let mut signed = BTreeMap::new();
        for file in statement.manifest().files() {
            signed.insert(file.name.as_str(), ());
            match found.get(file.name.as_str()) {
                Some(digest) if *digest == file.digest => comparison.matching += 1,
                Some(digest) => comparison.differences.push(Difference::Changed {
                    name: file.name.clone(),
                    signed: file.digest,
                    found: *digest,
                }),
                None => comparison.differences.push(Difference::Missing {
                    name: file.name.clone(),
                }),
            }
        }
        let added = found.keys().filter(|name| !signed.contains_key(*name));
        comparison
            .differences
            .extend(added.map(|name| Difference::Added {
                name: (*name).to_owned(),
            }));
        comparison.differences.sort();
        comparison.unsigned.sort();
        comparison
    }

    /// Whether the model is what was signed.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.differences.is_empty()
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing { name } => write!(formatter, "{name:?} was signed and is missing"),
            Self::Changed {
                name,
                signed,
                found,
            } => write!(
                formatter,
                "{name:?} was changed: signed {signed}, found {found}"
            ),
            Self::Added { name } => write!(formatter, "{name:?} was added after signing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Manifest;

    fn file(name: &str, content: &str) -> File {
        File {
            name: name.to_owned(),
            digest: Digest::of(content.as_bytes()),
        }
    }

    #[test]
    fn every_difference_is_named() {
        let manifest = Manifest::sorted(vec![file("a", "1"), file("b", "2"), file("c", "3")]);
        let statement = Statement::new("m".to_owned(), manifest.unwrap(), Vec::new());
        let here = [file("a", "1"), file("b", "x"), file("d", "4")];
        let comparison = Comparison::of(&statement, &here, &[".git/config".to_owned()]);
        assert!(!comparison.holds());
        assert_eq!(comparison.matching, 1);
        assert_eq!(comparison.unsigned, [".git/config"]);
        let texts: Vec<String> = comparison
            .differences
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(texts.len(), 3);
        assert_eq!(texts[0], "\"c\" was signed and is missing");
        assert!(texts[1].starts_with("\"b\" was changed: signed sha256:"));
        assert_eq!(texts[2], "\"d\" was added after signing");
    }
}
