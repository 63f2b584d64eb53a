//! The Kubernetes programs that some tests start: kube-apiserver and kubectl built from their Go
//! modules, etcd from the system's packages, all in one folder of the cache.
//!
//! People with binaries of the ecosystem's own set `KUBEBUILDER_ASSETS`, and nothing is built.

use std::path::{Path, PathBuf};

use crate::packages::{finish, keyed_folder};
use crate::shell::{
    Program, Repository, installed, make_folder, read_outside, rename_outside, say, variable,
};

/// The Go module that names the programs and pins every dependency.
const MODULE: &str = "crates/testkit/kubernetes";

/// What the server says it is. Clients and policies look at it, and only the linker can set it.
const VERSION: &str = "v1.36.2";

/// Makes the programs and prints their folder, for tests that are run one by one.
pub(crate) fn run(repository: &Repository) -> anyhow::Result<bool> {
    let folder = programs(repository)?;
    if let Some(folder) = &folder {
        say(&folder.to_string_lossy());
    }
    Ok(folder.is_some())
}

/// The folder with etcd, kube-apiserver and kubectl. None where they cannot be had.
pub(crate) fn programs(repository: &Repository) -> anyhow::Result<Option<PathBuf>> {
    if let Some(folder) = variable("KUBEBUILDER_ASSETS") {
        return Ok(Some(folder.into()));
    }
    let lock = ["go.mod", "go.sum"].map(|name| repository.read(&format!("{MODULE}/{name}")));
    let [manifest, sums] = lock;
    let folder = keyed_folder("kubernetes", &format!("{}{}", manifest?, sums?));
    if read_outside(&folder.join("ready")).is_some() {
        return Ok(Some(folder));
    }
    if !installed("go") || !installed("apt-get") || !installed("dpkg-deb") {
        return Ok(None);
    }
    make_folder(&folder)?;
    say("building a Kubernetes API server for the tests: once, about 5 minutes on 2 cores");
    if !etcd(repository, &folder)? {
        return Ok(None);
    }
    let built = build(repository, &folder)?;
    Ok(built.then_some(folder))
}

/// Unpacks Debian's package without installing it: an installed one would start a service.
fn etcd(repository: &Repository, folder: &Path) -> anyhow::Result<bool> {
    let target = folder.to_string_lossy().into_owned();
    let download = |command: &str| {
        let line = format!("cd \"$1\" && {command} && dpkg-deb -x etcd-server_*.deb unpacked");
        let arguments = ["-c", &line, "sh", &target];
        Program::new(repository, "sh", &arguments).capture()
    };
    let mut ended = download("apt-get download -qq etcd-server")?;
    if !ended.success {
        ended = download("apt-get update -qq && apt-get download -qq etcd-server")?;
    }
    if !ended.success {
        say(&format!("etcd could not be had: {}", ended.output.trim()));
        return Ok(false);
    }
    rename_outside(&folder.join("unpacked/usr/bin/etcd"), &folder.join("etcd"))?;
    Ok(true)
}

fn build(repository: &Repository, folder: &Path) -> anyhow::Result<bool> {
    let module = repository.root().join(MODULE);
    let module = module.to_string_lossy().into_owned();
    let output = format!("{}/", folder.display());
    let link = format!("-s -w -X k8s.io/component-base/version.gitVersion={VERSION}");
    let arguments = [
        "-C",
        &module,
        "build",
        "-trimpath",
        "-mod=readonly",
        "-ldflags",
        &link,
        "-o",
        &output,
        "k8s.io/kubernetes/cmd/kube-apiserver",
        "k8s.io/kubernetes/cmd/kubectl",
    ];
    finish(repository, folder, &[("go", &arguments)])
}
