#![doc = include_str!("../README.md")]

mod build;
mod mutate;
mod targets;

use std::path::{Path, PathBuf};

pub use crate::mutate::Mutator;
pub use crate::targets::TARGETS;

/// A parser of untrusted bytes and what must hold of it.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name: of its file, of its folder of seeds.
    pub name: &'static str,
    /// Panics when something does not hold for these bytes.
    pub body: fn(&[u8]),
    /// Inputs to start from that are made rather than stored.
    pub made: fn() -> Vec<Vec<u8>>,
}

/// The target of this name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

impl Target {
    /// Inputs to start from: those that are made, then those stored under `seeds/NAME`, by name.
    #[must_use]
    pub fn seeds(&self) -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("seeds")
            .join(self.name);
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        #[expect(
            clippy::disallowed_methods,
            reason = "seeds are files of the repository"
        )]
        let read = |path: &PathBuf| std::fs::read(path).ok();
        let mut seeds = (self.made)();
        seeds.extend(paths.iter().filter_map(read));
        seeds
    }
}
