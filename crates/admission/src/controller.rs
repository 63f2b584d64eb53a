//! The controller: reads the cluster's guardrail objects into the facts, and lifts the gate of what
//! waits as soon as there are verdicts about all of it.
//!
//! Everything it does can be done again: an object is looked at when it changes, when the facts
//! change and once a minute, and a patch says what it expects to find.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use futures_util::StreamExt as _;
use seawall_base::Clock;
use seawall_cluster::{Change, Cluster, ClusterError, Kind};
use seawall_config::yaml::{self, YamlLimits};
use seawall_net::CancellationToken;
use serde_json::Value;
use tokio::sync::Notify;

use crate::facts::{Facts, GROUP, KINDS, VERSION};
use crate::gate;
use crate::server::SharedFacts;

/// What waits is looked at again after so long, whatever happens: a verdict may expire.
const AGAIN: Duration = Duration::from_secs(60);

/// More objects that wait than this are left to the next round.
const WAITING_MAX: usize = 100_000;

/// What the controller works with.
pub struct Controller {
    /// The API server.
    pub cluster: Cluster,
    /// What decisions look at.
    pub facts: SharedFacts,
    /// The time.
    pub clock: std::sync::Arc<dyn Clock>,
}

/// Objects that wait, by kind, namespace and name.
type Waiting = BTreeMap<(usize, String, String), Value>;

impl Controller {
    /// Runs until `shutdown` is cancelled. Watches that break are taken up again.
    pub async fn run(&self, shutdown: CancellationToken) {
        let changed = Notify::new();
        let work = async {
            let facts = self.keep_facts(&changed);
            let gates = self.keep_gates(&changed);
            tokio::join!(facts, gates);
        };
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = work => {}
        }
    }

    /// Every kind of guardrail object into the facts.
    async fn keep_facts(&self, changed: &Notify) {
        let watches = KINDS.iter().map(|(kind, plural, namespaced)| {
            let known = Kind {
                group: GROUP.to_owned(),
                version: VERSION.to_owned(),
                kind: (*kind).to_owned(),
                plural: (*plural).to_owned(),
                namespaced: *namespaced,
            };
            self.cluster
                .watch(&known)
                .map(move |change| (*kind, change))
                .boxed()
        });
        let mut watches = futures_util::stream::select_all(watches);
        let mut listed: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        while let Some((kind, change)) = watches.next().await {
            let change = match change {
                Ok(change) => change,
                Err(error) => {
                    tracing::warn!(kind, error.message = %error, "a watch broke");
                    continue;
                }
            };
            self.with_facts(|facts| match change {
                Change::Restart => drop(listed.insert(kind, Vec::new())),
                Change::Listed(object) => listed.entry(kind).or_default().push(object),
                Change::Complete => {
                    facts.replace(kind, &listed.remove(kind).unwrap_or_default());
                }
                Change::Applied(object) => facts.put(&object),
                Change::Removed(object) => facts.take(&object),
            });
            changed.notify_one();
        }
    }

    /// What waits, and its release.
    async fn keep_gates(&self, changed: &Notify) {
        let kinds = self.gated_kinds().await;
        let watches = kinds.iter().enumerate().map(|(index, kind)| {
            let watch = self.cluster.watch(kind);
            watch.map(move |change| (index, change)).boxed()
        });
        let mut watches = futures_util::stream::select_all(watches);
        let mut waiting = Waiting::new();
        loop {
            let change = tokio::select! {
                change = watches.next(), if !kinds.is_empty() => change,
                () = changed.notified() => None,
                () = tokio::time::sleep(AGAIN) => None,
            };
            let keys: Vec<_> = match change {
                Some((_, Err(error))) => {
                    tracing::warn!(error.message = %error, "a watch broke");
                    continue;
                }
                Some((index, Ok(change))) => {
                    note(&mut waiting, index, change).into_iter().collect()
                }
                None => waiting.keys().cloned().collect(),
            };
            self.release(&kinds, &mut waiting, keys).await;
        }
    }

    /// The kinds of the cluster that can wait. A kind that is installed later is found at the next
    /// start; its pods wait by themselves until then.
    async fn gated_kinds(&self) -> Vec<Kind> {
        let served = loop {
            match self.cluster.kinds().await {
                Ok(kinds) => break kinds,
                Err(error) => {
                    tracing::warn!(error.message = %error, "the cluster's kinds are not known");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        };
        let gated = |kind: &Kind| gate::is_gated_kind(&kind.group, &kind.kind);
        served.into_iter().filter(gated).collect()
    }

    /// Lifts the gate of those that are verified now.
    async fn release(
        &self,
        kinds: &[Kind],
        waiting: &mut Waiting,
        keys: Vec<(usize, String, String)>,
    ) {
        for key in keys {
            let patch = waiting.get(&key).and_then(|object| self.lifted(object));
            let (Some(kind), Some(patch)) = (kinds.get(key.0), patch) else {
                continue;
            };
            let place = (Some(key.1.as_str()), key.2.as_str());
            match self.cluster.patch(kind, place, &patch).await {
                Ok(()) => {
                    tracing::info!(kind = %kind.kind, namespace = %key.1, name = %key.2, "released");
                    waiting.remove(&key);
                }
                // It is gone: so is its wait.
                Err(error) if error.is_missing() => drop(waiting.remove(&key)),
                Err(ClusterError::Refused { message, .. }) => {
                    tracing::warn!(name = %key.2, "a gate was not lifted: {message}");
                }
                Err(error) => tracing::warn!(error.message = %error, "a gate was not lifted"),
            }
        }
    }

    /// The patch that lets `object` go, where everything in it that its policies ask about passed.
    fn lifted(&self, object: &Value) -> Option<Value> {
        let text = object.to_string();
        let parsed = yaml::parse_json(text.as_bytes(), &YamlLimits::default()).ok()?;
        let node = parsed.documents.into_iter().next()?;
        let patch = gate::open(&node)?;
        let namespace = node.text_at(&["metadata", "namespace"]).unwrap_or_default();
        let facts = self.facts.read().unwrap_or_else(PoisonError::into_inner);
        if !facts.ready() {
            return None;
        }
        let demands = facts
            .guardrail(namespace)
            .map(|guardrail| guardrail.verified)
            .unwrap_or_default();
        let reading = seawall_policy::read_node("object", node, &text);
        // What cannot be read in full is not known to be verified.
        if reading.objects.is_empty() || !reading.problems.is_empty() {
            return None;
        }
        let references = gate::references(&reading.objects, &demands);
        let assessment = gate::assess(&references, &facts, self.clock.now());
        assessment.passed().then_some(patch)
    }

    fn with_facts(&self, change: impl FnOnce(&mut Facts)) {
        change(&mut self.facts.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl std::fmt::Debug for Controller {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Controller").finish_non_exhaustive()
    }
}

/// Keeps `waiting` in step with the watch; returns the object that is to be looked at.
fn note(waiting: &mut Waiting, kind: usize, change: Change) -> Option<(usize, String, String)> {
    let (object, present) = match change {
        Change::Listed(object) | Change::Applied(object) => (object, true),
        Change::Removed(object) => (object, false),
        Change::Restart | Change::Complete => return None,
    };
    let text = |pointer: &str| {
        let text = object.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let key = (kind, text("/metadata/namespace"), text("/metadata/name"));
    if !present || gate::open_json(&object).is_none() {
        waiting.remove(&key);
        return None;
    }
    if waiting.len() >= WAITING_MAX && !waiting.contains_key(&key) {
        return None;
    }
    waiting.insert(key.clone(), object);
    Some(key)
}
