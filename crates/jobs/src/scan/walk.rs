//! Walks what the user named: regular files, in the order of their names, never through links.

use std::fs::FileType;
use std::io;
use std::path::{Path, PathBuf};

use seawall_base::Limits;

use super::subject::Scanned;

/// A file to read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Entry {
    /// Where it is.
    pub(super) path: PathBuf,
    /// What the report calls it: relative to the argument.
    pub(super) name: String,
}

/// What a walk found.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) entries: Vec<Entry>,
    /// What was met that is not read.
    pub(super) scanned: Scanned,
}

/// Folders that hold the history of a repository and the state of Seawall, not subjects.
const SKIPPED: &[&str] = &[".git", ".hg", ".seawall", ".svn"];

/// Folders inside of each other.
const DEPTH_MAX: usize = 128;

/// Lists the files under `root`; a link as the argument itself is followed, as the user named it.
pub(super) fn walk(root: &Path, limits: &Limits) -> io::Result<Walk> {
    let mut walk = Walk::default();
    let metadata = std::fs::metadata(root)?;
    if !metadata.is_dir() {
        let name = root.file_name().unwrap_or(root.as_os_str());
        let name = name.to_string_lossy().into_owned();
        walk.file(metadata.file_type(), root.to_owned(), name);
        return Ok(walk);
    }
    let real_root = root.canonicalize()?;
    let mut folders = vec![(root.to_owned(), String::new(), 0)];
    // The root must be readable; folders below it that are not become problems.
    drop(std::fs::read_dir(root)?);
    while let Some((folder, name, depth)) = folders.pop() {
        let mut children = match read_folder(&folder) {
            Ok(children) => children,
            Err(error) => {
                walk.scanned
                    .broken(&name, format!("the folder cannot be read: {error}"));
                continue;
            }
        };
        children.sort();
        for child in children {
            if walk.entries.len() as u64 >= limits.entries_max {
                walk.scanned
                    .broken(&name, "more files than the limit; the rest is not read");
                return Ok(walk);
            }
            let path = folder.join(&child);
            let part = child.to_string_lossy();
            let child_name = if name.is_empty() {
                part.into_owned()
            } else {
                format!("{name}/{part}")
            };
            let kind = match std::fs::symlink_metadata(&path) {
                Ok(metadata) => metadata.file_type(),
                Err(error) => {
                    walk.scanned
                        .broken(&child_name, format!("cannot be looked at: {error}"));
                    continue;
                }
            };
            if kind.is_symlink() {
                walk.link(&path, &child_name, &real_root);
            } else if !kind.is_dir() {
                walk.file(kind, path, child_name);
            } else if SKIPPED.iter().any(|skipped| child == *skipped) {
                walk.scanned.other("history and state folders");
            } else if depth >= DEPTH_MAX {
                walk.scanned
                    .broken(&child_name, "folders nest deeper than the limit");
            } else {
                folders.push((path, child_name, depth + 1));
            }
        }
    }
    walk.entries
        .sort_by(|left, right| left.name.cmp(&right.name));
    Ok(walk)
}

fn read_folder(folder: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect()
}

impl Walk {
    fn file(&mut self, kind: FileType, path: PathBuf, name: String) {
        if kind.is_file() {
            self.entries.push(Entry { path, name });
        } else {
            // Reading a FIFO waits, reading a device may never end or change the machine.
            self.scanned.broken(
                &name,
                "not a regular file (a FIFO, socket or device), so it is not read",
            );
        }
    }

    /// A link is not followed: inside of the folder its target is read anyway.
    fn link(&mut self, path: &Path, name: &str, real_root: &Path) {
        match path.canonicalize() {
            Ok(target) if target.starts_with(real_root) => self.scanned.other("symbolic link"),
            Ok(_) => self.scanned.broken(
                name,
                "a symbolic link leaves the folder, and its target is not read",
            ),
            Err(_) => self
                .scanned
                .broken(name, "a symbolic link leads nowhere or in circles"),
        }
    }
}
