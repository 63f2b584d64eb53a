//! A PostgreSQL server of a test's own: in a folder of its own, on a socket in it, gone at its end.
#![expect(
    clippy::disallowed_methods,
    reason = "a test starts a real server with the server's own programs"
)]

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A running server. Dropping it stops the server and removes its data.
#[derive(Debug)]
pub struct PostgresServer {
    folder: TempDir,
    programs: Programs,
}

#[derive(Clone, Debug)]
struct Programs {
    bin: PathBuf,
    /// Who runs it when the tests run as root, which PostgreSQL refuses.
    user: Option<(u32, u32)>,
}

impl PostgresServer {
    /// Starts a server; `None` where PostgreSQL is not installed. The caller skips by name then.
    ///
    /// # Panics
    /// When it is installed and does not start: that is a failure, not a skip.
    #[must_use]
    pub fn start() -> Option<Self> {
        let programs = Programs::find()?;
        let folder = tempfile::Builder::new()
            .prefix("seawall-pg-")
            .tempdir()
            .ok()?;
        if let Some((uid, gid)) = programs.user {
            let owned = chown(folder.path(), Some(uid), Some(gid));
            assert!(owned.is_ok(), "the folder of the server has no owner");
        }
        let mode = std::fs::Permissions::from_mode(0o700);
        assert!(std::fs::set_permissions(folder.path(), mode).is_ok());
        let server = Self { folder, programs };
        let data = server.data();
        let arguments = [
            "--username=seawall",
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
            "-D",
        ];
        server.run("initdb", &arguments, Some(&data));
        server.resume();
        Some(server)
    }

    /// Starts the server again after [`Self::kill`].
    pub fn resume(&self) {
        let socket = self.folder.path().display();
        let options = format!("-k {socket} -c listen_addresses='' -c max_connections=40");
        let log = self.folder.path().join("log");
        let log = log.display().to_string();
        let arguments = ["start", "-w", "-t", "60", "-o", &options, "-l", &log, "-D"];
        self.run("pg_ctl", &arguments, Some(&self.data()));
    }

    /// Ends the server at once, as a crash does.
    pub fn kill(&self) {
        let arguments = ["stop", "-w", "-m", "immediate", "-D"];
        self.run("pg_ctl", &arguments, Some(&self.data()));
    }

    /// The connection string.
    #[must_use]
    pub fn connection(&self) -> String {
        format!(
            "host={} user=seawall dbname=postgres",
            self.folder.path().display()
        )
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn run(&self, program: &str, arguments: &[&str], data: Option<&Path>) {
        let ended = self.programs.command(program, arguments, data).status();
        let ended = ended.is_ok_and(|status| status.success());
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        assert!(
            ended,
            "{program} {arguments:?} failed; the server said:\n{log}"
        );
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        let data = self.data();
        let arguments = ["stop", "-w", "-m", "immediate", "-D"];
        // It may have ended already.
        drop(
            self.programs
                .command("pg_ctl", &arguments, Some(&data))
                .status(),
        );
    }
}

impl Programs {
    fn find() -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        // Debian keeps the server's programs out of the path, by version.
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok();
        let versions = versions.into_iter().flatten().flatten();
        folders.extend(versions.map(|version| version.path().join("bin")));
        let has_all = |folder: &PathBuf| {
            let needed = ["initdb", "pg_ctl", "postgres"];
            needed.iter().all(|name| folder.join(name).is_file())
        };
        let bin = folders.into_iter().find(has_all)?;
        let is_root = id(&["-u"]) == Some(0);
        let user = match is_root {
            true => Some((id(&["-u", "postgres"])?, id(&["-g", "postgres"])?)),
            false => None,
        };
        Some(Self { bin, user })
    }

    fn command(&self, program: &str, arguments: &[&str], data: Option<&Path>) -> Command {
        let program = self.bin.join(program);
        let mut command = match self.user {
            Some((uid, gid)) => {
                let mut command = Command::new("setpriv");
                command
                    .args([format!("--reuid={uid}"), format!("--regid={gid}")])
                    .arg("--clear-groups")
                    .arg(program);
                command
            }
            None => Command::new(program),
        };
        command
            .args(arguments)
            .args(data)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
