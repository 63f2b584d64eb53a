//! From a client configuration to a connection.

use std::path::Path;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use crate::error::{ClusterError, chain};

/// How long a connection may take to be made.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// A connection to one API server, as one identity.
#[derive(Clone)]
pub struct Cluster {
    pub(crate) client: Client,
}

impl Cluster {
    /// Connects as `kubeconfig` says; without one, as `KUBECONFIG`, `~/.kube/config` or the pod that
    /// this runs in says.
    ///
    /// # Errors
    /// When there is no configuration that can be used. The server is not asked yet.
    pub async fn connect(
        kubeconfig: Option<&Path>,
        context: Option<&str>,
    ) -> Result<Self, ClusterError> {
        let options = KubeConfigOptions {
            context: context.map(str::to_owned),
            ..KubeConfigOptions::default()
        };
        let mut config = match (kubeconfig, context) {
            (Some(path), _) => {
                let file = Kubeconfig::read_from(path).map_err(|error| configuration(&error))?;
                Config::from_custom_kubeconfig(file, &options)
                    .await
                    .map_err(|error| configuration(&error))?
            }
            (None, Some(_)) => Config::from_kubeconfig(&options)
                .await
                .map_err(|error| configuration(&error))?,
            (None, None) => Config::infer()
                .await
                .map_err(|error| configuration(&error))?,
        };
        config.connect_timeout = Some(CONNECT_MAX);
        let client = Client::try_from(config).map_err(|error| configuration(&error))?;
        Ok(Self { client })
    }

    /// The version that the server says it is, such as `v1.36.2`.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn version(&self) -> Result<String, ClusterError> {
        let info = self.client.apiserver_version().await;
        info.map(|info| info.git_version).map_err(ClusterError::of)
    }
}

fn configuration(error: &dyn std::error::Error) -> ClusterError {
    ClusterError::Configuration(chain(error))
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Cluster").finish_non_exhaustive()
    }
}
