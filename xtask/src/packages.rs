//! What the tests need from the system: installed by its package client, where we may.

use crate::shell::{Program, Repository, installed};

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
