//! Axes: which range a chart shows and where its ticks stand.

/// A linear axis from data to pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Linear {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) pixel_low: f64,
    pub(super) pixel_high: f64,
}

impl Linear {
    /// The pixel of a value, clamped into the axis.
    pub(super) fn pixel(&self, value: f64) -> f64 {
        let span = self.high - self.low;
        let share = if span > 0.0 {
            (value - self.low) / span
        } else {
            0.0
        };
        self.pixel_low + share.clamp(0.0, 1.0) * (self.pixel_high - self.pixel_low)
    }

    /// Round values within the axis, about `wanted` of them.
    pub(super) fn ticks(&self, wanted: f64) -> Vec<f64> {
        let step = round_step((self.high - self.low) / wanted.max(1.0));
        let mut ticks = Vec::new();
        let mut index = (self.low / step).ceil();
        while index * step <= self.high + step * 1e-9 && ticks.len() < 24 {
            ticks.push(index * step);
            index += 1.0;
        }
        ticks
    }
}

/// The smallest of 1, 2, 5 times a power of ten that is at least `step`.
pub(super) fn round_step(step: f64) -> f64 {
    if step <= 0.0 || !step.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|factor| factor * power >= step * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

/// Round values between two positive ends on a logarithmic axis: decades, and 2 and 5 times a decade
/// where there are few decades. The flag says whether the tick gets a label.
pub(super) fn log_ticks(low: f64, high: f64) -> Vec<(f64, bool)> {
    let (first, last) = (low.log10().floor(), high.log10().ceil());
    let few = last - first <= 4.0;
    let mut ticks = Vec::new();
    let mut power = first;
    while power <= last && ticks.len() < 60 {
        for factor in [1.0, 2.0, 5.0] {
            let value = factor * 10_f64.powf(power);
            if value >= low * (1.0 - 1e-9) && value <= high * (1.0 + 1e-9) {
                ticks.push((value, few || (factor - 1.0).abs() < 1e-9));
            }
        }
        power += 1.0;
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        let axis = Linear {
            low: 0.0,
            high: 0.5,
            pixel_low: 0.0,
            pixel_high: 100.0,
        };
        assert_eq!(
            axis.ticks(5.0),
            [0.0, 0.1, 0.2, 0.30000000000000004, 0.4, 0.5]
        );
        assert_eq!(axis.pixel(9.0).to_bits(), 100.0_f64.to_bits());
        let labels: Vec<_> = log_ticks(1e3, 1e5)
            .iter()
            .map(|tick| tick.0.round())
            .collect();
        assert_eq!(labels, [1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5]);
    }

    #[test]
    fn empty_and_absurd_ranges_end() {
        assert_eq!(round_step(f64::NAN).to_bits(), 1.0_f64.to_bits());
        assert!(log_ticks(1e-300, 1e300).len() <= 62);
        let axis = Linear {
            low: 0.0,
            high: f64::INFINITY,
            pixel_low: 0.0,
            pixel_high: 1.0,
        };
        assert!(axis.ticks(5.0).len() <= 24);
    }
}
