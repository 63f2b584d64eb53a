//! The webhook as the API server calls it: decisions, exclusions, and what happens when it is gone.

use std::net::SocketAddr;
use std::sync::{Arc, RwLock};

use seawall_admission::certificate::{self, Certificate};
use seawall_admission::configuration::{self, Endpoint};
use seawall_admission::controller::Controller;
use seawall_admission::facts::Facts;
use seawall_admission::manifests::{self, Installation};
use seawall_admission::{Admission, AdmissionOptions, SharedFacts, serve};
use seawall_base::{Clock, FixedClock, Timestamp};
use seawall_cluster::Cluster;
use seawall_evidence::Kind;
use seawall_net::CancellationToken;
use seawall_testkit::{KubernetesServer, MemoryLedger};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// A webhook on a free port with a ledger in memory.
pub(crate) struct Webhook {
    runtime: Runtime,
    address: SocketAddr,
    certificate: Certificate,
    ledger: Arc<MemoryLedger>,
    shutdown: CancellationToken,
    running: Vec<tokio::task::JoinHandle<()>>,
    _state: tempfile::TempDir,
}

impl Webhook {
    /// Starts it; with a cluster it watches that too.
    pub(crate) fn start(watched: Option<&KubernetesServer>) -> Self {
        let runtime = Runtime::new().unwrap();
        let state = tempfile::tempdir().unwrap();
        #[expect(
            clippy::disallowed_methods,
            reason = "the API server checks the certificate against the real clock"
        )]
        let now = Timestamp::try_from(std::time::SystemTime::now()).unwrap();
        let names = ["127.0.0.1".to_owned()];
        let certificate = certificate::load_or_make(state.path(), &names, now).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(FixedClock::new(now));
        let ledger = Arc::new(MemoryLedger::default());
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let facts = match watched {
            Some(_) => SharedFacts::new(RwLock::new(Facts::awaited())),
            None => SharedFacts::default(),
        };
        let options = AdmissionOptions::default();
        let recorded = Some(Arc::clone(&ledger) as _);
        let admission = Admission::new(options, recorded, Arc::clone(&clock));
        let admission = admission.with_facts(Arc::clone(&facts));
        let shutdown = CancellationToken::new();
        let (stop, identity) = (shutdown.clone(), certificate.identity().unwrap());
        let mut running = vec![runtime.spawn(async move {
            serve(listener, &identity, Arc::new(admission), stop)
                .await
                .unwrap();
        })];
        if let Some(server) = watched {
            let (path, stop) = (server.kubeconfig(), shutdown.clone());
            running.push(runtime.spawn(async move {
                let cluster = Cluster::connect(Some(&path), None).await.unwrap();
                let controller = Controller {
                    cluster,
                    facts,
                    clock,
                };
                controller.run(stop).await;
            }));
        }
        Self {
            runtime,
            address,
            certificate,
            ledger,
            shutdown,
            running,
            _state: state,
        }
    }

    fn configuration(&self) -> String {
        let endpoint = Endpoint::Url(format!("https://{}", self.address));
        configuration::render(&endpoint, &self.certificate.ca_bundle())
    }

    /// Puts everything into the cluster that an installation puts there.
    pub(crate) fn install(&self, server: &KubernetesServer) {
        let installation = Installation {
            namespace: "seawall-system".to_owned(),
            endpoint: Endpoint::Url(format!("https://{}", self.address)),
            ca_bundle: self.certificate.ca_bundle(),
            workload: None,
        };
        for object in manifests::objects(&installation).unwrap() {
            server.apply(&object.to_string());
        }
        server.eventually("the kinds", |server| {
            let kinds = [
                "get",
                "trustroots,artifactverdicts,guardrailpolicies,guardrailexceptions",
            ];
            server.kubectl(&kinds, "").success.then_some(())
        });
        for object in manifests::webhooks(&installation).unwrap() {
            server.apply(&object.to_string());
        }
    }

    pub(crate) fn stop(&mut self) {
        self.shutdown.cancel();
        for running in self.running.drain(..) {
            self.runtime.block_on(running).unwrap();
        }
    }
}

fn deployment(name: &str, argument: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    \
         metadata: {{labels: {{app: {name}}}}}\n    spec:\n      \
         automountServiceAccountToken: false\n      containers:\n      - name: vllm\n        \
         image: vllm/vllm-openai@sha256:{}\n        \
         args: [--model=/models/claims, {argument}]\n        \
         securityContext: {{allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: \
         {{drop: [ALL]}}, seccompProfile: {{type: RuntimeDefault}}}}\n        \
         resources: {{limits: {{cpu: 1, memory: 1Gi}}}}\n",
        "ab".repeat(32)
    )
}

const OPEN: &str = "--trust-remote-code";
const CLOSED: &str = "--max-model-len=4096";

#[test]
fn the_api_server_denies_what_the_webhook_denies() {
    // A server of its own: its configuration would judge the objects of other tests too.
    let Some(server) = KubernetesServer::start() else {
        seawall_testkit::skip("kubernetes", "no Kubernetes API server");
        return;
    };
    let mut webhook = Webhook::start(None);
    server.apply(&webhook.configuration());
    let create = |namespace: &str, manifest: &str, more: &[&str]| {
        let mut arguments = vec!["create", "-n", namespace, "-f", "-"];
        arguments.extend(more);
        server.kubectl(&arguments, manifest)
    };

    // Active within a second or so; a dry run leaves nothing behind, in the cluster or the ledger.
    let denied = server.eventually("the first denial", |_| {
        let ended = create("default", &deployment("open", OPEN), &["--dry-run=server"]);
        (!ended.success).then_some(ended)
    });
    assert!(denied.stderr.contains("trust-remote-code"), "{denied:?}");
    assert!(denied.stderr.contains("denied by Seawall"), "{denied:?}");
    assert_eq!(webhook.ledger.of_kind(&Kind::Scan).len(), 0);

    let denied = create("default", &deployment("open", OPEN), &[]);
    assert!(!denied.success, "{denied:?}");
    assert_eq!(webhook.ledger.of_kind(&Kind::Scan).len(), 1);

    let allowed = create("default", &deployment("closed", CLOSED), &[]);
    assert!(allowed.success, "{allowed:?}");

    // An update is judged by what it adds.
    let patch = r#"[{"op":"add","path":"/spec/template/spec/containers/0/args/-","value":"--trust-remote-code"}]"#;
    let arguments = ["patch", "deployment", "closed", "--type=json", "-p", patch];
    let patched = server.kubectl(&arguments, "");
    assert!(patched.stderr.contains("trust-remote-code"), "{patched:?}");
    let scaled = server.kubectl(&["scale", "deployment", "closed", "--replicas=2"], "");
    assert!(scaled.success, "{scaled:?}");

    // Nobody is locked out: the system's namespace, other kinds, and the way back.
    let system = create("kube-system", &deployment("open", OPEN), &[]);
    assert!(system.success, "{system:?}");
    webhook.stop();
    let closed = create("default", &deployment("later", CLOSED), &[]);
    assert!(
        !closed.success,
        "what nobody judged was admitted: {closed:?}"
    );
    let system = create("kube-system", &deployment("later", CLOSED), &[]);
    assert!(system.success, "{system:?}");
    let other = server.kubectl(&["create", "namespace", "rescue"], "");
    assert!(other.success, "{other:?}");
    let removed = server.kubectl(&["delete", "validatingwebhookconfiguration", "seawall"], "");
    assert!(removed.success, "{removed:?}");
    server.eventually("the way back", |_| {
        let created = create("default", &deployment("later", CLOSED), &[]);
        created.success.then_some(())
    });
}
