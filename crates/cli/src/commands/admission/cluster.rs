//! Which cluster, and as whom.

use std::path::PathBuf;

use seawall_cluster::Cluster;
use tokio::runtime::Runtime;

use crate::app::Hinted;

/// Which cluster is meant.
#[derive(Debug, clap::Args)]
pub(super) struct Connection {
    /// The client configuration. [default: KUBECONFIG, ~/.kube/config, or the pod's own]
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// A context of it. [default: the current one]
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
}

impl Connection {
    /// Connects, and asks the server for its version so that a wrong address is told at once.
    pub(super) async fn connect(&self) -> anyhow::Result<Cluster> {
        let (path, context) = (self.kubeconfig.as_deref(), self.context.as_deref());
        let hint = "name the cluster with --kubeconfig FILE and --context NAME, as for kubectl";
        let failed = |error| Hinted::new("no cluster can be reached", hint).because(error);
        let cluster = Cluster::connect(path, context).await.map_err(failed)?;
        cluster.version().await.map_err(failed)?;
        Ok(cluster)
    }
}

/// A runtime for one command.
pub(super) fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
}
