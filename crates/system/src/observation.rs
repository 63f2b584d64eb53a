//! What manifests show of the workloads: values only, made by [`crate::discover()`].

use std::collections::BTreeMap;

use seawall_base::{Digest, Location};

use crate::model::WorkloadRef;

/// All that was discovered beside `seawall.yaml`.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// The workloads of the manifests.
    pub workloads: Vec<Workload>,
    /// What the configuration of gateways says about the guard.
    pub gateways: Vec<Standing>,
    /// What the ledger shows of attempts, by route of the gateway.
    pub attempts: BTreeMap<String, Attempts>,
}

/// Campaigns that a gateway saw.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Attempts {
    /// How many: a caller who is stopped on a day counts once for that day.
    pub campaigns: u64,
    /// For how long the gateway looked, in years.
    pub years: f64,
}

/// What one manifest shows of one workload.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// Which workload.
    pub reference: WorkloadRef,
    /// Path of the manifest.
    pub path: String,
    /// Place of the object.
    pub location: Option<Location>,
    /// Digest of the manifest.
    pub digest: Digest,
    /// What is unsafe about it.
    pub weaknesses: Vec<Weakness>,
    /// What its service account may do to others.
    pub powers: Vec<Power>,
    /// The Service that offers it outside the cluster, with nothing in its way.
    pub exposed: Option<(String, Option<Location>)>,
    /// Where controls stand at it, and where they do not.
    pub standings: Vec<Standing>,
}

/// One unsafe setting of a workload.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Weakness {
    /// One of [`crate::vocabulary::WEAKNESSES`].
    pub word: &'static str,
    /// Place of the setting, where it is narrower than the object.
    pub location: Option<Location>,
}

/// Something that a service account may do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Power {
    /// One of [`crate::vocabulary::POWERS`].
    pub word: &'static str,
    /// The namespace in which it holds; everywhere where there is none.
    pub scope: Option<String>,
    /// The role that gives it.
    pub role: String,
    /// Path of the role or binding.
    pub path: String,
    /// Place of the rule or reference.
    pub location: Option<Location>,
}

/// A side of a workload that a control covers or does not.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Aspect {
    /// Something refuses bad objects at admission.
    Admission,
    /// Outgoing connections are limited.
    Egress,
    /// The guard of the gateway is on.
    Guarded,
    /// Images are pinned by digest.
    Images,
    /// Incoming connections are limited.
    Ingress,
    /// Models are pinned by digest or commit.
    Models,
    /// The pod keeps to the restricted profile.
    PodProfile,
    /// Models are scanned before they are loaded.
    Scanned,
    /// Signatures are verified before models are loaded.
    Verified,
}

/// How far manifests show that a control stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// On which side.
    pub aspect: Aspect,
    /// How far: 1 all, 0 not at all.
    pub share: f64,
    /// What shows it.
    pub reason: String,
    /// Path of the manifest that shows it; empty where its absence does.
    pub path: String,
    /// Place in it.
    pub location: Option<Location>,
}
