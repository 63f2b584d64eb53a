//! A system reads, or says why not; one that reads can be turned into facts.

use seawall_system::{Facts, Observation, read};

pub(super) fn body(bytes: &[u8]) {
    let (system, problems) = read("seawall.yaml", bytes);
    assert!(system.is_some() || !problems.is_empty());
    for problem in &problems {
        assert!(
            problem
                .location
                .is_none_or(|at| at.byte <= bytes.len() as u64)
        );
    }
    if let Some(system) = system {
        let facts = Facts::new(&system, &Observation::default());
        assert!(!facts.is_empty() || system.components.is_empty());
        for flow in &system.flows {
            assert!(system.flow(&flow.id).is_some());
        }
    }
}
