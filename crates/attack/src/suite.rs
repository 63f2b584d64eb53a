//! Suites: named, versioned sets of probes and tasks, with a digest over what they send.

use seawall_base::{Digest, Hasher};

use crate::probe::{Probe, Task};
use crate::{agents, probes, tasks};

/// A set of probes and tasks, and how many payloads each of them gives.
#[derive(Clone, Debug)]
pub struct Suite {
    /// Kebab-case name.
    pub name: &'static str,
    /// Rises with every change of what is sent.
    pub version: u32,
    /// The probes.
    pub probes: Vec<&'static Probe>,
    /// The harmless tasks.
    pub tasks: Vec<&'static Task>,
    /// Payloads per probe.
    pub variations: u64,
    /// Requests per task.
    pub repeats: u64,
}

impl Suite {
    /// Names of the suites that [`Self::named`] knows.
    pub const NAMES: &'static [&'static str] = &[
        "agents",
        "owasp-llm",
        "quick",
        "smoke",
        "smuggling",
        "wallet",
    ];

    /// Everything twice, at least 200 pairs: seconds against the practice upstream.
    #[must_use]
    pub fn smoke() -> Self {
        Self {
            name: "smoke",
            version: 2,
            probes: probes::all(),
            tasks: tasks::all(),
            variations: 2,
            repeats: 2,
        }
    }

    /// Everything once: to see whether a target answers at all.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            name: "quick",
            variations: 1,
            repeats: 1,
            ..Self::smoke()
        }
    }

    /// Agents at work in eight lines of it, with and without a stranger's orders in what they read; what
    /// nothing was tuned on has families of its own.
    #[must_use]
    pub fn agents() -> Self {
        Self {
            name: "agents",
            version: 1,
            probes: agents::PROBES.iter().collect(),
            tasks: agents::TASKS.iter().collect(),
            variations: 4,
            repeats: 3,
        }
    }

    /// Every family of the OWASP list for language models, often enough for an interval per family.
    #[must_use]
    pub fn owasp_llm() -> Self {
        Self {
            name: "owasp-llm",
            version: 1,
            variations: 6,
            ..Self::smoke()
        }
    }

    /// How a text is written: codes, invisible characters, other languages, forged markers.
    #[must_use]
    pub fn smuggling() -> Self {
        Self::of_families(
            "smuggling",
            &["forged-roles", "image-text", "multilingual", "smuggling"],
        )
    }

    /// What drives up the bill.
    #[must_use]
    pub fn wallet() -> Self {
        Self {
            variations: 24,
            ..Self::of_families("wallet", &["wallet"])
        }
    }

    fn of_families(name: &'static str, families: &[&str]) -> Self {
        let mut suite = Self {
            name,
            version: 1,
            variations: 8,
            ..Self::smoke()
        };
        suite
            .probes
            .retain(|probe| families.contains(&probe.family));
        suite
    }

    /// The suite with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "agents" => Some(Self::agents()),
            "owasp-llm" => Some(Self::owasp_llm()),
            "quick" => Some(Self::quick()),
            "smoke" => Some(Self::smoke()),
            "smuggling" => Some(Self::smuggling()),
            "wallet" => Some(Self::wallet()),
            _ => None,
        }
    }

    /// Digest over name, version and every payload under the seed 0: what the suite sends.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hasher = Hasher::new();
        hasher.update(
            format!(
                "{} {} {} {}",
                self.name, self.version, self.variations, self.repeats
            )
            .as_bytes(),
        );
        for probe in &self.probes {
            for variation in 0..self.variations {
                hasher.update(probe.id.as_bytes());
                hasher.update(probe.payload(0, variation, "").digest().as_bytes());
            }
        }
        for task in &self.tasks {
            hasher.update(task.id.as_bytes());
            hasher.update(task.payload(0, 0, "").digest().as_bytes());
        }
        hasher.finish()
    }

    /// Number of payloads that go to both arms.
    #[must_use]
    pub fn pairs(&self) -> u64 {
        u64::try_from(self.probes.len()).unwrap_or(0) * self.variations
    }

    /// Number of harmless requests.
    #[must_use]
    pub fn benign(&self) -> u64 {
        u64::try_from(self.tasks.len()).unwrap_or(0) * self.repeats
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_agents_suite_is_wide_enough_and_a_part_is_held_out() {
        let suite = Suite::agents();
        let unseen = |probe: &&&Probe| probe.family.starts_with(agents::UNSEEN);
        let held_out = suite.probes.iter().filter(unseen).count();
        assert!(suite.pairs() >= 200 && suite.benign() >= 100);
        assert!(held_out * 3 >= suite.probes.len() && held_out * 3 <= suite.probes.len() * 2);
        let payloads: BTreeSet<_> = suite
            .probes
            .iter()
            .flat_map(|probe| (0..suite.variations).map(|turn| probe.payload(1, turn, "")))
            .map(|payload| payload.digest())
            .collect();
        assert_eq!(payloads.len() as u64, suite.pairs());
    }

    #[test]
    fn the_smoke_suite_is_wide_enough() {
        let suite = Suite::smoke();
        let families: BTreeSet<_> = suite.probes.iter().map(|probe| probe.family).collect();
        assert!(
            suite.probes.len() >= 120
                && families.len() >= 15
                && suite.tasks.len() >= 24
                && suite.pairs() >= 200
        );
        let ids: BTreeSet<_> = suite
            .probes
            .iter()
            .map(|probe| probe.id)
            .chain(suite.tasks.iter().map(|task| task.id))
            .collect();
        assert_eq!(ids.len(), suite.probes.len() + suite.tasks.len());
        assert!(ids.iter().all(|id| {
            id.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        }));
        assert!(
            suite
                .probes
                .iter()
                .all(|probe| !probe.maps.is_empty() && !probe.title.is_empty())
        );
    }

    #[test]
    fn the_digest_is_stable_and_tells_suites_apart() {
        assert_eq!(Suite::smoke().digest(), Suite::smoke().digest());
        assert_ne!(Suite::smoke().digest(), Suite::quick().digest());
    }
}
