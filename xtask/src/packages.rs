//! What the tests need from the system: installed by its package client, where we may.

use std::path::{Path, PathBuf};

use seawall_base::Digest;

use crate::shell::{Program, Repository, cache, installed, say, write_outside};

/// Installs Debian packages. False where this is no root or there is no `apt-get`, or it fails.
pub(crate) fn install(repository: &Repository, packages: &[&str]) -> anyhow::Result<bool> {
    let user = Program::new(repository, "id", &["-u"]).capture();
    let root = user.is_ok_and(|ended| ended.output.trim() == "0");
    if !root || !installed("apt-get") {
        return Ok(false);
    }
    let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
    install.extend(packages);
    for arguments in [&["update", "-qq"][..], &install] {
        let program = Program::new(repository, "apt-get", arguments);
        let program = program.with("DEBIAN_FRONTEND", "noninteractive");
        if !program.capture()?.success {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The PostgreSQL server that some tests start; they skip by name where it cannot be had.
pub(crate) fn postgres(repository: &Repository) -> anyhow::Result<()> {
    let server = std::path::Path::new("/usr/lib/postgresql");
    if installed("postgres") || server.is_dir() {
        return Ok(());
    }
    // A machine without it skips those tests and says so at the end.
    install(repository, &["postgresql"]).map(drop)
}

/// Runs the steps and marks the folder as ready when all succeed; says what failed otherwise.
pub(crate) fn finish(
    repository: &Repository,
    folder: &Path,
    steps: &[(&str, &[&str])],
) -> anyhow::Result<bool> {
    for (program, arguments) in steps {
        let ended = Program::new(repository, program, arguments).capture()?;
        if !ended.success {
            say(&format!(
                "{program} could not install: {}",
                ended.output.trim()
            ));
            return Ok(false);
        }
    }
    write_outside(&folder.join("ready"), "")?;
    Ok(true)
}

/// A folder in the cache that belongs to exactly this lock.
pub(crate) fn keyed_folder(kind: &str, lock: &str) -> PathBuf {
    let key: String = Digest::of(lock.as_bytes())
        .to_hex()
        .chars()
        .take(16)
        .collect();
    cache().join(format!("{kind}-{key}"))
}
