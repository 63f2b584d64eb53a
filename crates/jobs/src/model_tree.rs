//! The files of a model folder: listed by name, hashed one after another, links refused.
//!
//! A signature is about regular files. A link, a device or a name without a spelling in UTF-8 has
//! no place in one, so the caller is told of each instead of seeing a partial list.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use seawall_base::{Digest, Hasher, Limits};

/// Bytes read at once while hashing.
const CHUNK_BYTES: usize = 1 << 20;
/// Folders inside each other; deeper trees are refused.
const DEPTH_MAX: u32 = 64;

/// What lies in a model folder, sorted by name.
#[derive(Clone, Debug, Default)]
pub struct ModelTree {
    /// Regular files.
    pub files: Vec<TreeFile>,
    /// Names of links, devices and other things that are not regular files.
    pub irregular: Vec<String>,
}

/// A regular file of a model.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TreeFile {
    /// Name relative to the model, with `/`.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Its size when it was listed.
    pub bytes: u64,
}

/// Why a model folder cannot be listed or hashed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The refusal.
        #[source]
        source: io::Error,
    },
    /// Not a folder.
    #[error("{} is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// A name that is not UTF-8 cannot be signed.
    #[error("the file name {} is not UTF-8", .0.display())]
    Name(PathBuf),
    /// More files, or deeper folders, than the limit.
    #[error("{} holds more than {limit} {what}", path.display())]
    TooMany {
        /// The folder.
        path: PathBuf,
        /// Files or folder levels.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// The file was swapped between listing and hashing.
    #[error("{} was replaced while it was being read", .0.display())]
    Swapped(PathBuf),
}

/// Lists a model folder.
///
/// # Errors
/// When it is not a folder, cannot be read, or exceeds the limits.
pub fn list(root: &Path, limits: &Limits) -> Result<ModelTree, TreeError> {
    let metadata = fs::metadata(root).map_err(refused("read", root))?;
    if !metadata.is_dir() {
        return Err(TreeError::NotAFolder(root.to_owned()));
    }
    let mut tree = ModelTree::default();
    let mut folders = VecDeque::from([(root.to_owned(), String::new(), 0)]);
    while let Some((folder, prefix, depth)) = folders.pop_front() {
        if depth > DEPTH_MAX {
            return Err(too_many(root, "levels of folders", u64::from(DEPTH_MAX)));
        }
        for item in fs::read_dir(&folder).map_err(refused("read", &folder))? {
            let item = item.map_err(refused("read", &folder))?;
            let path = item.path();
            let own = item.file_name();
            let own = own.to_str().ok_or_else(|| TreeError::Name(path.clone()))?;
            let name = format!("{prefix}{own}");
            let metadata = fs::symlink_metadata(&path).map_err(refused("read", &path))?;
            if metadata.is_dir() {
                folders.push_back((path, format!("{name}/"), depth + 1));
            } else if metadata.is_file() {
                let bytes = metadata.len();
                tree.files.push(TreeFile { name, path, bytes });
            } else {
                tree.irregular.push(name);
            }
        }
        let count = (tree.files.len() + tree.irregular.len() + folders.len()) as u64;
        if count > limits.entries_max {
            return Err(too_many(root, "files", limits.entries_max));
        }
    }
    tree.files.sort_by(|left, right| left.name.cmp(&right.name));
    tree.irregular.sort();
    Ok(tree)
}

/// Hashes a file that was listed.
///
/// # Errors
/// When it cannot be read, or is not the file that was listed any more.
pub fn digest(file: &TreeFile) -> Result<Digest, TreeError> {
    let mut open = open(&file.path)?;
    let mut hasher = Hasher::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let count = open.read(&mut chunk).map_err(refused("read", &file.path))?;
        if count == 0 {
            return Ok(hasher.finish());
        }
        hasher.update(chunk.get(..count).unwrap_or_default());
    }
}

/// Opens a regular file, and makes sure that it was not exchanged for a link meanwhile.
#[expect(clippy::disallowed_methods, reason = "jobs are an I/O layer")]
fn open(path: &Path) -> Result<fs::File, TreeError> {
    let listed = fs::symlink_metadata(path).map_err(refused("read", path))?;
    let file = fs::File::open(path).map_err(refused("open", path))?;
    let opened = file.metadata().map_err(refused("read", path))?;
    if !listed.is_file() || !same(&listed, &opened) {
        return Err(TreeError::Swapped(path.to_owned()));
    }
    Ok(file)
}

#[cfg(unix)]
fn same(left: &fs::Metadata, right: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (left.dev(), left.ino()) == (right.dev(), right.ino())
}

#[cfg(not(unix))]
fn same(left: &fs::Metadata, right: &fs::Metadata) -> bool {
    left.len() == right.len()
}

fn refused(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> TreeError {
    let path = path.to_owned();
    move |source| TreeError::Io {
        action,
        path,
        source,
    }
}

fn too_many(path: &Path, what: &'static str, limit: u64) -> TreeError {
    TreeError::TooMany {
        path: path.to_owned(),
        what,
        limit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_all_folders_are_listed_by_name_and_hashed() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("sub/.deep")).unwrap();
        for (name, content) in [("sub/.deep/z", "1"), (".hidden", "2"), ("sub-x", "")] {
            fs::File::create(dir.path().join(name))
                .and_then(|mut file| io::Write::write_all(&mut file, content.as_bytes()))
                .unwrap();
        }
        let tree = list(dir.path(), &Limits::default()).unwrap();
        let names: Vec<_> = tree.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, [".hidden", "sub-x", "sub/.deep/z"]);
        assert_eq!(digest(&tree.files[1]).unwrap(), Digest::of(b""));
        assert_eq!(digest(&tree.files[2]).unwrap(), Digest::of(b"1"));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_told_apart_and_a_swapped_file_is_noticed() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        fs::File::create(dir.path().join("a")).unwrap();
        symlink("/etc", dir.path().join("folder")).unwrap();
        let tree = list(dir.path(), &Limits::default()).unwrap();
        assert_eq!(tree.irregular, ["folder"]);
        assert_eq!(tree.files.len(), 1);
        fs::remove_file(dir.path().join("a")).unwrap();
        symlink("/etc/hostname", dir.path().join("a")).unwrap();
        assert!(matches!(digest(&tree.files[0]), Err(TreeError::Swapped(_))));
    }

    #[test]
    fn too_many_files_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            fs::File::create(dir.path().join(name)).unwrap();
        }
        let mut limits = Limits::default();
        limits.entries_max = 2;
        let refused = list(dir.path(), &limits).unwrap_err().to_string();
        assert!(refused.ends_with("holds more than 2 files"), "{refused}");
    }
}
