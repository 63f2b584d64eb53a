//! What the console shows of the running system: a snapshot that the composition root replaces
//! whenever a new analysis or a campaign's progress is there.

use std::sync::{Arc, PoisonError, RwLock};

use seawall_report::{Appetite, Diagram, Series};
use seawall_stats::Estimate;

/// The current snapshot, shared between who computes it and who shows it.
#[derive(Debug, Default)]
pub struct Board(RwLock<(u64, Arc<Snapshot>)>);

/// Everything the overview and the system page show, as of one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Name of the protected system.
    pub system: String,
    /// The base URL for OpenAI clients, for people to copy.
    pub gateway: String,
    /// Set while figures come from practice; shown as DEMONSTRATION with this sentence.
    pub demonstration: Option<String>,
    /// How far the running campaign is.
    pub progress: Option<Progress>,
    /// The newest analysis, once there is one.
    pub risk: Option<RiskView>,
    /// The data flows of the system.
    pub diagram: Diagram,
    /// Where what runs differs from what was declared, one sentence each.
    pub drift: Vec<String>,
}

/// A campaign's progress.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Progress {
    /// What runs.
    pub label: String,
    /// Trials done.
    pub done: u64,
    /// Trials altogether.
    pub total: u64,
}

/// An analysis as the overview shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RiskView {
    /// The currency.
    pub currency: String,
    /// Expected annual loss with the controls.
    pub with: Estimate,
    /// Expected annual loss without them.
    pub without: Estimate,
    /// The exceedance curves.
    pub exceedance: Vec<Series>,
    /// What the owner of the risk accepts.
    pub appetite: Option<Appetite>,
    /// The controls, most valuable first.
    pub controls: Vec<ControlView>,
    /// Where the figures come from.
    pub shares: Option<Shares>,
    /// The command that computes the same figures again.
    pub rerun: String,
}

/// One control's line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ControlView {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// What the annual loss would grow by without it.
    pub value: Estimate,
    /// Attacks stopped, of attacks that would have succeeded.
    pub trials: Option<(u64, u64)>,
    /// `measured`, `elicited` or `default`.
    pub source: String,
}

/// Which share of the analysis rests on what, each 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shares {
    /// On trials.
    pub measured: f64,
    /// On stated ranges.
    pub elicited: f64,
    /// On defaults.
    pub default: f64,
}

impl Board {
    /// A board that shows `snapshot`.
    #[must_use]
    pub fn new(snapshot: Snapshot) -> Self {
        Self(RwLock::new((0, Arc::new(snapshot))))
    }

    /// Shows another snapshot from now on.
    pub fn set(&self, snapshot: Snapshot) {
        self.update(|current| *current = snapshot);
    }

    /// Changes the snapshot in place.
    pub fn update(&self, change: impl FnOnce(&mut Snapshot)) {
        let mut shown = self.0.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut shown.1));
        shown.0 = shown.0.wrapping_add(1);
    }

    /// The snapshot.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).1)
    }

    /// A number that changes with every change.
    pub(crate) fn version(&self) -> u64 {
        self.0.read().unwrap_or_else(PoisonError::into_inner).0
    }
}
