//! The campaign law: what a chance per try means for an attacker who tries again, and what noticing
//! a failed try is worth.

/// Chance that a control with `bypass` per try is passed within `tries`, where every failed try is
/// noticed with chance `detection`, which ends the campaign. `None` stands for unlimited tries.
#[must_use]
pub fn passed(bypass: f64, detection: f64, tries: Option<u32>) -> f64 {
    let bypass = bypass.clamp(0.0, 1.0);
    let detection = detection.clamp(0.0, 1.0);
    let go_on = (1.0 - bypass) * (1.0 - detection);
    let spent = match tries {
        Some(tries) => go_on.powf(f64::from(tries)),
        None => 0.0,
    };
    if go_on >= 1.0 {
        // Neither passed nor noticed, ever.
        return 0.0;
    }
    (bypass * (1.0 - spent) / (1.0 - go_on)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(left: f64, right: f64, tolerance: f64) {
        assert!((left - right).abs() < tolerance, "{left} is not {right}");
    }

    #[test]
    fn known_values() {
        near(passed(0.0116, 0.05, None), 0.190_102, 1e-6);
        near(passed(0.0116, 0.0, Some(1)), 0.0116, 1e-12);
        near(passed(0.5, 0.0, Some(2)), 0.75, 1e-12);
        near(
            passed(0.047, 0.0, Some(20)),
            1.0 - 0.953_f64.powi(20),
            1e-12,
        );
        near(passed(0.0, 0.0, None), 0.0, 1e-12);
        near(passed(1.0, 0.3, Some(5)), 1.0, 1e-12);
    }

    #[test]
    fn more_tries_help_and_more_detection_hurts_the_attacker() {
        let mut before = 0.0;
        for tries in 1..60 {
            let now = passed(0.02, 0.03, Some(tries));
            assert!(now >= before);
            assert!(passed(0.02, 0.05, Some(tries)) <= now);
            before = now;
        }
    }
}
