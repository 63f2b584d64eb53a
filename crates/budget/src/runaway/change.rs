//! Change detection on a stream of numbers: CUSUM with a baseline that it learns, and Page–Hinkley.

/// Values that teach the baseline before anything is said.
const LEARN: u32 = 12;
/// Shifts below this many deviations are drift, not change.
const SLACK: f64 = 3.5;
/// The least deviation, so that a metronome does not alarm at its first delay.
const DEVIATION_MIN: f64 = 0.5;
/// One value counts for at most this many deviations.
const SCORE_MAX: f64 = 6.0;

/// A one-sided cumulative sum (Page 1954) over standardised values. Mean and deviation are learned
/// from the first values (Welford) and then held, so that a runaway does not teach itself as normal.
#[derive(Clone, Copy, Debug)]
pub struct Cusum {
    threshold: f64,
    deviation_min: f64,
    count: u32,
    mean: f64,
    squares: f64,
    sum: f64,
}

impl Cusum {
    /// A detector that speaks at `threshold` deviations in sum.
    #[must_use]
    pub const fn new(threshold: f64) -> Self {
        Self::with_deviation(threshold, DEVIATION_MIN)
    }

    /// The same for values that are known to deviate by so much at least.
    #[must_use]
    pub const fn with_deviation(threshold: f64, deviation_min: f64) -> Self {
        Self {
            threshold,
            deviation_min,
            count: 0,
            mean: 0.0,
            squares: 0.0,
            sum: 0.0,
        }
    }

    /// Takes a value. True once the values have risen for good. What is not a number is passed over.
    pub fn push(&mut self, value: f64) -> bool {
        if !value.is_finite() {
            return false;
        }
        if self.count < LEARN {
            self.count += 1;
            let before = value - self.mean;
            self.mean += before / f64::from(self.count);
            self.squares += before * (value - self.mean);
            return false;
        }
        let deviation = (self.squares / f64::from(LEARN - 1)).sqrt();
        let score = (value - self.mean) / deviation.max(self.deviation_min);
        self.sum = (self.sum + score.min(SCORE_MAX) - SLACK).max(0.0);
        self.sum > self.threshold
    }
}

/// The Page–Hinkley test: how far the running sum of deviations from the running mean has risen above
/// its lowest point.
#[derive(Clone, Copy, Debug)]
pub struct PageHinkley {
    threshold: f64,
    slack: f64,
    count: u32,
    mean: f64,
    sum: f64,
    lowest: f64,
}

impl PageHinkley {
    /// A test with a threshold, and a slack below which a rise is drift.
    #[must_use]
    pub const fn new(threshold: f64, slack: f64) -> Self {
        Self {
            threshold,
            slack,
            count: 0,
            mean: 0.0,
            sum: 0.0,
            lowest: 0.0,
        }
    }

    /// Takes a value. True once the values have risen for good.
    pub fn push(&mut self, value: f64) -> bool {
        if !value.is_finite() {
            return false;
        }
        self.count = self.count.saturating_add(1);
        self.mean += (value - self.mean) / f64::from(self.count);
        self.sum += value - self.mean - self.slack;
        self.lowest = self.lowest.min(self.sum);
        self.count >= LEARN && self.sum - self.lowest > self.threshold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(at: u32) -> f64 {
        f64::from(at % 5) - 2.0
    }

    #[test]
    fn a_lasting_rise_is_found_and_a_steady_wave_is_not() {
        let mut cusum = Cusum::new(12.0);
        let mut hinkley = PageHinkley::new(30.0, 0.5);
        for at in 0..2_000 {
            assert!(!cusum.push(wave(at)), "{at}");
            assert!(!hinkley.push(wave(at)), "{at}");
        }
        let found = (0..50).find(|at| cusum.push(wave(*at) + 8.0));
        assert!(found.is_some_and(|at| at < 20), "{found:?}");
        let found = (0..50).find(|at| hinkley.push(wave(*at) + 8.0));
        assert!(found.is_some_and(|at| at < 20), "{found:?}");
    }

    #[test]
    fn one_outlier_is_no_change_and_nonsense_is_passed_over() {
        let mut cusum = Cusum::new(12.0);
        for at in 0..100 {
            assert!(!cusum.push(wave(at)));
        }
        assert!(!cusum.push(1e12));
        assert!(!cusum.push(f64::NAN));
        assert!(!cusum.push(f64::INFINITY));
        for at in 0..100 {
            assert!(!cusum.push(wave(at)));
        }
    }
}
