//! A configuration reads, or says why not, with places inside the text.

use seawall_config::ProcessConfig;

pub(super) fn body(bytes: &[u8]) {
    let Err(problems) = ProcessConfig::read("seawall-config.yaml", bytes) else {
        return;
    };
    assert!(!problems.is_empty());
    for problem in problems {
        assert!(!problem.message.is_empty());
        assert!(
            problem
                .location
                .is_none_or(|at| at.byte <= bytes.len() as u64)
        );
    }
}
