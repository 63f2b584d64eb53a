//! What only shows when the files of a folder are seen together.

use std::collections::{BTreeMap, BTreeSet};

use seawall_base::Limits;

use crate::report::{Report, Sink, Template};
use crate::rules::{model_folder_code, template_disagreement};
use crate::sniff::Kind;

/// One file of a scan.
#[derive(Clone, Copy, Debug)]
pub struct FolderFile<'a> {
    /// Its path as reports show it.
    pub path: &'a str,
    /// What it is.
    pub kind: Kind,
    /// The chat templates that its report names.
    pub templates: &'a [Template],
}

/// Looks at the files of a scan folder by folder, where a folder holds a model.
#[must_use]
pub fn check_folders(files: &[FolderFile<'_>], limits: &Limits) -> Report {
    let mut folders: BTreeMap<&str, Vec<FolderFile<'_>>> = BTreeMap::new();
    for file in files {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        folders.entry(folder).or_default().push(*file);
    }
    // Triton and others keep code beside a folder of weights, or weights in a folder beside code.
    let models: BTreeSet<&str> = folders
        .iter()
        .filter(|(_, files)| files.iter().any(|file| file.kind.is_weights()))
        .map(|(folder, _)| *folder)
        .collect();
    let mut report = Report::new(Kind::Empty);
    for (folder, files) in &folders {
        if !models.contains(folder) {
            continue;
        }
        for file in files {
            let mut sink = Sink::new(file.path, &mut report, *limits);
            model_folder_code::check(file.path, file.kind, &mut sink);
        }
        template_disagreement::check(files, limits, &mut report);
    }
    report
}
