//! The list of a model's files with their digests, and the root digest over it.

use std::collections::BTreeMap;

use seawall_base::{Digest, Hasher};

use crate::name::is_sound;

/// One file of a model.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct File {
    /// Name relative to the model, with `/`.
    pub name: String,
    /// SHA-256 of its content.
    pub digest: Digest,
}

/// A sound list of files: not empty, no name twice, no name that leaves the model.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Manifest {
    files: Vec<File>,
}

/// Why a list of files is not one of a model.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// There is nothing to sign.
    #[error("the model holds no files")]
    Empty,
    /// A name leaves the model or has a second spelling.
    #[error("the file name {0:?} leaves the model or is not in its plain spelling")]
    Name(String),
    /// A name stands twice.
    #[error("the file name {0:?} is listed twice")]
    Duplicate(String),
}

impl Manifest {
    /// A list in the order of the specification: by code points of the whole name, which is the
    /// order of its UTF-8 bytes.
    ///
    /// # Errors
    /// When the list is not one of a model.
    pub fn sorted(mut files: Vec<File>) -> Result<Self, ManifestError> {
        files.sort();
        Self::listed(files)
    }

    /// A list in the order it was signed in.
    ///
    /// # Errors
    /// When the list is not one of a model.
    pub fn listed(files: Vec<File>) -> Result<Self, ManifestError> {
        if files.is_empty() {
            return Err(ManifestError::Empty);
        }
        let mut seen = BTreeMap::new();
        for file in &files {
            if !is_sound(&file.name) {
                return Err(ManifestError::Name(file.name.clone()));
            }
            if seen.insert(file.name.as_str(), ()).is_some() {
                return Err(ManifestError::Duplicate(file.name.clone()));
            }
        }
        Ok(Self { files })
    }

    /// The root digest: SHA-256 over the files' digests in the order of the list.
    #[must_use]
    pub fn root(&self) -> Digest {
        let mut hasher = Hasher::new();
        for file in &self.files {
            hasher.update(file.digest.as_bytes());
        }
        hasher.finish()
    }

    /// The root digest in the order of the reference tool: by the components of the names.
    #[must_use]
    pub fn root_by_component(&self) -> Digest {
        let mut files: Vec<&File> = self.files.iter().collect();
        files.sort_by(|left, right| left.name.split('/').cmp(right.name.split('/')));
        let mut hasher = Hasher::new();
        for file in files {
            hasher.update(file.digest.as_bytes());
        }
        hasher.finish()
    }

    /// The files in the order of the list.
    #[must_use]
    pub fn files(&self) -> &[File] {
        &self.files
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> File {
        File {
            name: name.to_owned(),
            digest: Digest::of(name.as_bytes()),
        }
    }

    #[test]
    fn order_is_by_code_points_of_the_whole_name() {
        let names = ["sub/a.bin", "模型.bin", "sub-x.txt", "Z", "a"];
        let manifest = Manifest::sorted(names.map(file).to_vec()).unwrap();
        let sorted: Vec<_> = manifest.files().iter().map(|f| f.name.as_str()).collect();
        assert_eq!(sorted, ["Z", "a", "sub-x.txt", "sub/a.bin", "模型.bin"]);
    }

    #[test]
    fn lists_that_are_not_of_a_model_are_refused() {
        assert_eq!(Manifest::sorted(Vec::new()), Err(ManifestError::Empty));
        assert_eq!(
            Manifest::listed(vec![file("../x")]),
            Err(ManifestError::Name("../x".to_owned()))
        );
        assert_eq!(
            Manifest::sorted(vec![file("a"), file("b"), file("a")]),
            Err(ManifestError::Duplicate("a".to_owned()))
        );
    }

    #[test]
    fn the_root_depends_on_the_order() {
        let ab = Manifest::listed(vec![file("a"), file("b")]).unwrap();
        let ba = Manifest::listed(vec![file("b"), file("a")]).unwrap();
        assert_ne!(ab.root(), ba.root());
    }
}
