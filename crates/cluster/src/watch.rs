//! Watches: everything of one kind, and what changes from then on.

use futures_util::{Stream, StreamExt as _};
use kube::runtime::{WatchStreamExt as _, watcher};
use serde_json::Value;

use crate::connect::Cluster;
use crate::error::{ClusterError, chain};
use crate::kind::Kind;
use crate::objects::whole;

/// What a watch tells.
#[derive(Clone, Debug)]
pub enum Change {
    /// The watch starts over: what follows until [`Change::Complete`] is everything there is.
    Restart,
    /// One object of what there is.
    Listed(Value),
    /// What was listed since [`Change::Restart`] replaces what was known.
    Complete,
    /// An object is new or changed.
    Applied(Value),
    /// An object is gone.
    Removed(Value),
}

impl Cluster {
    /// Watches one kind in all namespaces, for ever: a watch that breaks is taken up again, with
    /// pauses that grow, and each break is told.
    pub fn watch(
        &self,
        kind: &Kind,
    ) -> impl Stream<Item = Result<Change, ClusterError>> + Send + use<> {
        let kind = kind.clone();
        let events = watcher::watcher(self.api(&kind, None), watcher::Config::default());
        events.default_backoff().map(move |event| {
            let event = event.map_err(|error| match error {
                watcher::Error::InitialListFailed(error)
                | watcher::Error::WatchStartFailed(error)
                | watcher::Error::WatchFailed(error) => ClusterError::of(error),
                other => ClusterError::Unreachable(chain(&other)),
            })?;
            Ok(match event {
                watcher::Event::Init => Change::Restart,
                watcher::Event::InitApply(object) => Change::Listed(whole(&kind, object)?),
                watcher::Event::InitDone => Change::Complete,
                watcher::Event::Apply(object) => Change::Applied(whole(&kind, object)?),
                watcher::Event::Delete(object) => Change::Removed(whole(&kind, object)?),
            })
        })
    }
}
