//! Ranges of costs and sizes; they saturate instead of overflowing.

use crate::cost::scaled;

/// From at least to at most: a cost, or a size.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct CostRange {
    /// At least.
    pub min: u64,
    /// At most.
    pub max: u64,
}

impl CostRange {
    /// Anything.
    pub(crate) const UNKNOWN: Self = Self {
        min: 0,
        max: u64::MAX,
    };

    pub(crate) const fn fixed(amount: u64) -> Self {
        Self {
            min: amount,
            max: amount,
        }
    }

    pub(crate) const fn plus(self, other: Self) -> Self {
        Self {
            min: self.min.saturating_add(other.min),
            max: self.max.saturating_add(other.max),
        }
    }

    pub(crate) const fn times(self, other: Self) -> Self {
        Self {
            min: self.min.saturating_mul(other.min),
            max: self.max.saturating_mul(other.max),
        }
    }

    pub(crate) fn scaled(self, factor: f64) -> Self {
        Self {
            min: scaled(self.min, factor),
            max: scaled(self.max, factor),
        }
    }

    pub(crate) fn union(self, other: Self) -> Self {
        Self {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }
}
