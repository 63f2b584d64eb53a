//! Whether inputs still look like those that the model was made for.
//!
//! One value in a hundred may lie outside its expected range. Of a window of values, more outside than
//! chance explains are drift: the chance of so many is below one in a million by the bound of Chernoff
//! and Hoeffding, which holds for every number of values.

use std::collections::BTreeMap;

use seawall_llm::predict::Tensor;

use super::rules::Input;

/// Share of values that may lie outside.
const SHARE: f64 = 0.01;
/// Values of a window.
const WINDOW: u64 = 10_000;

/// The counts of each input.
#[derive(Debug, Default)]
pub(super) struct Drift {
    counts: BTreeMap<String, Count>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    seen: u64,
    outside: u64,
    told: bool,
}

impl Drift {
    /// Counts the values of one input. True when the window has just become one of drift.
    pub(super) fn count(&mut self, input: &Input, tensor: &Tensor<'_>) -> bool {
        let Some((low, high)) = input.expected else {
            return false;
        };
        let count = self.counts.entry(input.name.clone()).or_default();
        if count.seen >= WINDOW {
            *count = Count::default();
        }
        for value in tensor.numbers() {
            count.seen += 1;
            count.outside += u64::from(!(low..=high).contains(&value));
        }
        let drifts = !count.told && is_drift(count.seen, count.outside);
        count.told |= drifts;
        drifts
    }
}

/// Whether `outside` of `seen` values are more than chance explains.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a window are far below 2^52"
)]
fn is_drift(seen: u64, outside: u64) -> bool {
    if seen == 0 {
        return false;
    }
    let (n, share) = (seen as f64, outside as f64 / seen as f64);
    if share <= SHARE {
        return false;
    }
    let rest = 1.0 - share;
    let last = if rest > 0.0 {
        rest * (rest / (1.0 - SHARE)).ln()
    } else {
        0.0
    };
    let divergence = share * (share / SHARE).ln() + last;
    n * divergence > 1e6_f64.ln()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn few_strays_are_chance_and_many_are_drift() {
        assert!(!is_drift(0, 0) && !is_drift(1, 1) && !is_drift(10_000, 100));
        assert!(is_drift(4, 4), "four of four by chance: 1e-8");
        assert!(!is_drift(1_000, 15));
        assert!(is_drift(1_000, 60));
        assert!(!is_drift(2, 2), "two of two by chance: 1e-4");
    }

    #[test]
    fn a_window_of_drift_is_told_once() {
        let input = Input {
            expected: Some((0.0, 1.0)),
            ..Input::default()
        };
        let data = json!([5, 5, 5, 5]);
        let tensor = Tensor {
            name: "",
            datatype: None,
            shape: vec![4],
            data: &data,
        };
        let mut drift = Drift::default();
        assert!(drift.count(&input, &tensor));
        assert!(!drift.count(&input, &tensor));
        assert!(!Drift::default().count(&Input::default(), &tensor));
    }
}
