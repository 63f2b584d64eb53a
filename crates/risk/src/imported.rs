//! Trials of other parties: a stratum of their own, used where there are none of one's own.

use seawall_stats::dist::Beta;
use seawall_system::{ImportedTrials, System};

/// What a trial of another party counts for: its targets and suites are not these.
const WEIGHT: f64 = 0.25;

/// What others found out about a kind of control against some families, and who.
pub(crate) fn posterior(
    system: &System,
    kind: &str,
    families: &[String],
) -> Option<(Beta, String)> {
    let fits = |found: &&ImportedTrials| found.kind == kind && families.contains(&found.family);
    let mut own: Vec<&ImportedTrials> = system.imported_trials.iter().filter(fits).collect();
    own.sort_by(|left, right| (&left.source, &left.family).cmp(&(&right.source, &right.family)));
    let (mut stopped, mut passed) = (0.0, 0.0);
    for found in &own {
        let count = found.trials as f64;
        let bypass = corrected(1.0 - found.blocked as f64 / count.max(1.0), found.judge);
        passed += WEIGHT * count * bypass;
        stopped += WEIGHT * count * (1.0 - bypass);
    }
    let mut sources: Vec<&str> = own.iter().map(|found| found.source.as_str()).collect();
    sources.dedup();
    (!own.is_empty()).then(|| (Beta::JEFFREYS.updated(stopped, passed), sources.join(", ")))
}

/// The share of successes behind what a judge with known errors says (Rogan and Gladen).
pub(crate) fn corrected(seen: f64, judge: Option<[f64; 2]>) -> f64 {
    match judge {
        Some([sees, errs]) if sees > errs => ((seen - errs) / (sees - errs)).clamp(0.0, 1.0),
        _ => seen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_errors_of_a_judge_are_taken_out() {
        // Of 30 % true successes a judge that sees 90 % and errs in 5 % reports 30.5 %.
        let seen = 0.3 * 0.9 + 0.7 * 0.05;
        assert!((corrected(seen, Some([0.9, 0.05])) - 0.3).abs() < 1e-12);
        assert_eq!(corrected(0.02, Some([0.9, 0.05])), 0.0);
        assert_eq!(corrected(0.2, None), 0.2);
    }
}
