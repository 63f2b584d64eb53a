//! A real Kubernetes API server of a test's own: etcd and kube-apiserver on free loopback ports, in a
//! folder of their own, gone when the last test that holds them ends.
//!
//! There is no scheduler, no controller and no kubelet: objects are admitted and stored, and nothing
//! runs. That is the part of a cluster that guardrails meet.
#![expect(
    clippy::disallowed_methods,
    reason = "a test starts real servers with their own programs"
)]
#![expect(clippy::panic, reason = "a fixture that cannot be made fails its test")]

mod certificates;

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use self::certificates::Certificates;

/// A running API server and the etcd behind it. Dropping it ends both.
#[derive(Debug)]
pub struct KubernetesServer {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
    etcd: Process,
    api_server: Process,
}

/// How a client program ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Whether it succeeded.
    pub success: bool,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// A child process that does not outlive its owner.
#[derive(Debug)]
struct Process {
    child: Child,
}

/// The server that the tests of one process share while any of them runs.
static SHARED: Mutex<Weak<KubernetesServer>> = Mutex::new(Weak::new());

/// Starting takes 3 to 6 s on a quiet machine; a busy one gets ten times as long.
const START: Duration = Duration::from_secs(60);

/// A new policy, binding, webhook or resource type becomes active within a second or so.
const SETTLE: Duration = Duration::from_secs(30);

impl KubernetesServer {
    /// The server that other tests of this process hold, or a new one; `None` where its programs are
    /// not there. The caller skips by name then, with the id `kubernetes`.
    ///
    /// # Panics
    /// When the programs are there and do not start: that is a failure, not a skip.
    #[must_use]
    pub fn shared() -> Option<Arc<Self>> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = shared.upgrade() {
            return Some(server);
        }
        let server = Arc::new(Self::start()?);
        *shared = Arc::downgrade(&server);
        Some(server)
    }

    /// Starts a server for one test alone.
    ///
    /// # Panics
    /// When the programs are there and do not start.
    #[must_use]
    pub fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new().prefix("seawall-kube-").tempdir();
        let folder = folder.ok()?;
        let [client, peer, port] = free_ports();
        let certificates = Certificates::make(folder.path());
        let etcd = etcd(&programs, folder.path(), (client, peer));
        let api_server = api_server(&programs, folder.path(), (client, port), &certificates);
        std::fs::write(
            folder.path().join("kubeconfig"),
            certificates.kubeconfig(port),
        )
        .unwrap_or_else(|error| panic!("the kubeconfig could not be written: {error}"));
        let mut server = Self {
            folder,
            programs,
            port,
            etcd,
            api_server,
        };
        server.wait_until_ready();
        Some(server)
    }

    /// Runs `kubectl` against the server, with `input` on its standard input.
    ///
    /// # Panics
    /// When `kubectl` cannot be started.
    #[must_use]
    pub fn kubectl(&self, arguments: &[&str], input: &str) -> Ended {
        let kubeconfig = self.folder.path().join("kubeconfig");
        let child = Command::new(self.programs.join("kubectl"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("KUBECONFIG", kubeconfig)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = child.unwrap_or_else(|error| panic!("kubectl did not start: {error}"));
        let stdin = child.stdin.take();
        // What is written and what is read may both be larger than a pipe holds.
        let output = std::thread::scope(|scope| {
            scope.spawn(|| {
                // What closes its input early says why on its own output.
                stdin.map(|mut stdin| stdin.write_all(input.as_bytes()))
            });
            child.wait_with_output()
        });
        let output = output.unwrap_or_else(|error| panic!("kubectl did not end: {error}"));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended {
            success: output.status.success(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Applies objects that the server must take.
    ///
    /// # Panics
    /// When it refuses one.
    pub fn apply(&self, manifest: &str) {
        let ended = self.kubectl(&["apply", "--server-side", "-f", "-"], manifest);
        assert!(ended.success, "kubectl apply: {}", ended.stderr);
    }

    /// Asks again and again until `ask` has an answer.
    ///
    /// # Panics
    /// When there is none in time.
    pub fn eventually<T>(&self, what: &str, mut ask: impl FnMut(&Self) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(answer) = ask(self) {
                return answer;
            }
            assert!(start.elapsed() < SETTLE, "{what} did not happen in time");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The port of the API server on the loopback address.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The configuration of a client with every right.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }

    /// The programs' own account, for the message of a test that failed.
    #[must_use]
    pub fn log(&self) -> String {
        tail(&self.folder.path().join("kube-apiserver.log"))
    }

    fn wait_until_ready(&mut self) {
        let start = Instant::now();
        while !self.kubectl(&["get", "--raw", "/readyz"], "").success {
            let ended = self.etcd.ended() || self.api_server.ended();
            assert!(
                !ended && start.elapsed() < START,
                "the API server did not start; it said:\n{}\netcd said:\n{}",
                self.log(),
                tail(&self.folder.path().join("etcd.log")),
            );
            std::thread::sleep(Duration::from_millis(100));
        }
        // The namespace comes a moment after the server is ready.
        self.eventually("the default namespace", |server| {
            let got = server.kubectl(&["get", "namespace", "default"], "");
            got.success.then_some(())
        });
    }
}

impl Process {
    fn start(program: &Path, arguments: &[String], folder: &Path) -> Self {
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let log = std::fs::File::create(folder.join(format!("{name}.log")));
        let log = log.unwrap_or_else(|error| panic!("no log for {name}: {error}"));
        let copy = log.try_clone();
        let copy = copy.unwrap_or_else(|error| panic!("no log for {name}: {error}"));
        let child = Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(copy)
            .stderr(log)
            .spawn();
        let child = child.unwrap_or_else(|error| panic!("{name} did not start: {error}"));
        Self { child }
    }

    fn ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The folder with all three programs: `$KUBEBUILDER_ASSETS`, by the ecosystem's convention.
fn programs() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("KUBEBUILDER_ASSETS")?);
    let needed = ["etcd", "kube-apiserver", "kubectl"];
    let all = needed.iter().all(|name| folder.join(name).is_file());
    all.then_some(folder)
}

/// Ports that nobody listens on now. All are held until all are known, so that they differ.
fn free_ports() -> [u16; 3] {
    let bound = [(); 3].map(|()| TcpListener::bind(("127.0.0.1", 0)));
    bound.map(|listener| {
        let address = listener.and_then(|listener| listener.local_addr());
        let address = address.unwrap_or_else(|error| panic!("no free port: {error}"));
        address.port()
    })
}

fn etcd(programs: &Path, folder: &Path, (client, peer): (u16, u16)) -> Process {
    let (client, peer) = (
        format!("http://127.0.0.1:{client}"),
        format!("http://127.0.0.1:{peer}"),
    );
    let arguments = [
        format!("--data-dir={}", folder.join("etcd").display()),
        format!("--listen-client-urls={client}"),
        format!("--advertise-client-urls={client}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=default={peer}"),
    ];
    Process::start(&programs.join("etcd"), &arguments, folder)
}

fn api_server(
    programs: &Path,
    folder: &Path,
    (etcd, port): (u16, u16),
    certificates: &Certificates,
) -> Process {
    let file = |name: &str| folder.join(name).display().to_string();
    let arguments = [
        format!("--etcd-servers=http://127.0.0.1:{etcd}"),
        "--bind-address=127.0.0.1".to_owned(),
        "--advertise-address=127.0.0.1".to_owned(),
        format!("--secure-port={port}"),
        format!("--tls-cert-file={}", certificates.server.display()),
        format!(
            "--tls-private-key-file={}",
            certificates.server_key.display()
        ),
        format!("--client-ca-file={}", certificates.authority.display()),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        format!(
            "--service-account-key-file={}",
            certificates.account.display()
        ),
        format!(
            "--service-account-signing-key-file={}",
            certificates.account_key.display()
        ),
        "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
        "--authorization-mode=RBAC".to_owned(),
        // Else the server refuses privileged pods before any policy sees them.
        "--allow-privileged=true".to_owned(),
        "--endpoint-reconciler-type=none".to_owned(),
        // Nobody makes the default account of a namespace: there is no controller manager.
        "--disable-admission-plugins=ServiceAccount".to_owned(),
        format!("--cert-dir={}", file("certificates")),
        "--enable-priority-and-fairness=false".to_owned(),
        "--v=0".to_owned(),
    ];
    Process::start(&programs.join("kube-apiserver"), &arguments, folder)
}

/// The last lines of a log.
fn tail(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(30);
    lines.get(from..).unwrap_or_default().join("\n")
}
