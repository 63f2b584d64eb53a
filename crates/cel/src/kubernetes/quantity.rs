//! Quantities of resources: decimal numbers with the suffixes of Kubernetes.
//!
//! A quantity is exact. Whether it can be read as an integer depends, as in the API server, on
//! whether it fits a 64-bit integer and a power of ten; only such quantities are integers.

use std::cmp::Ordering;
use std::fmt;

use crate::kubernetes::quantity::decimal::Decimal;

mod decimal;

/// A quantity.
#[derive(Clone, Debug)]
pub struct Quantity {
    exact: Decimal,
    /// The quantity as an integer and a power of ten, where the API server keeps it so.
    small: Option<(i64, i32)>,
}

/// Digits of a quantity that is kept as an integer.
const SMALL_DIGITS_MAX: usize = 18;
/// Characters of a quantity's text.
const TEXT_MAX: usize = 512;
/// How far an exponent may go.
const EXPONENT_MAX: i32 = 512;
/// No quantity is finer than this.
const NANO: i32 = -9;

struct Parts<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
    suffix: &'t str,
}

/// A number without any digit is zero, as it is for the API server.
fn split(text: &str) -> Option<Parts<'_>> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let digits = |text: &str| {
        text.bytes()
            .position(|b| !b.is_ascii_digit())
            .unwrap_or(text.len())
    };
    let (whole, mut rest) = rest.split_at_checked(digits(rest))?;
    let mut fraction = "";
    if let Some(after) = rest.strip_prefix('.') {
        (fraction, rest) = after.split_at_checked(digits(after))?;
    }
    Some(Parts {
        negative,
        whole: whole.trim_start_matches('0'),
        fraction,
        suffix: rest,
    })
}

/// Base and exponent of a suffix.
fn suffix(text: &str) -> Option<(u32, i32)> {
    Some(match text {
        "" => (10, 0),
        "n" => (10, -9),
        "u" => (10, -6),
        "m" => (10, -3),
        "k" => (10, 3),
        "M" => (10, 6),
        "G" => (10, 9),
        "T" => (10, 12),
        "P" => (10, 15),
        "E" => (10, 18),
        "Ki" => (2, 10),
        "Mi" => (2, 20),
        "Gi" => (2, 30),
        "Ti" => (2, 40),
        "Pi" => (2, 50),
        "Ei" => (2, 60),
        _ => {
            let digits = text.strip_prefix(['e', 'E'])?;
            let exponent: i32 = digits.parse().ok()?;
            (10, exponent)
        }
    })
}

impl Quantity {
    /// The quantity that a text names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > TEXT_MAX {
            return None;
        }
        let parts = split(text)?;
        let (base, exponent) = suffix(parts.suffix)?;
        if exponent.abs() > EXPONENT_MAX {
            return None;
        }
        let digits = format!("{}{}", parts.whole, parts.fraction);
        let scale = -i32::try_from(parts.fraction.len()).ok()?;
        let mut exact = Decimal::new(parts.negative, &digits, scale);
        if base == 10 {
            exact = exact.shifted(exponent);
        } else {
            exact = exact.doubled(exponent.unsigned_abs());
        }
        let small = Self::small(&parts, base, exponent);
        if small.is_none() {
            exact = exact.rounded_up(NANO);
            if base == 2 {
                exact = exact.capped(i64::MAX);
            }
        }
        Some(Self { exact, small })
    }

    /// The form that the API server calculates with where it can.
    fn small(parts: &Parts<'_>, base: u32, exponent: i32) -> Option<(i64, i32)> {
        // What is left of `0` is no digit at all, and the API server counts one for it.
        let whole = if parts.whole.is_empty() {
            "0"
        } else {
            parts.whole
        };
        let digits = whole.len() + parts.fraction.len();
        let (fits, scale, factor) = if base == 10 {
            (digits <= SMALL_DIGITS_MAX, exponent, 1)
        } else {
            let used = whole.len() as i32 + exponent * 3 / 10 + 1;
            (
                parts.fraction.is_empty() && used <= 15,
                0,
                1_i64 << exponent,
            )
        };
        let scale = scale - i32::try_from(parts.fraction.len()).ok()?;
        if !fits || scale < NANO {
            return None;
        }
        let value: i64 = format!("{whole}{}", parts.fraction).parse().ok()?;
        let value = value.checked_mul(factor)?;
        Some((if parts.negative { -value } else { value }, scale))
    }

    /// A whole number.
    #[must_use]
    pub fn from_int(value: i64) -> Self {
        Self {
            exact: Decimal::from_int(value),
            small: Some((value, 0)),
        }
    }

    /// The quantity as an integer, if it is one of at most 64 bits.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        let (value, scale) = self.small?;
        scaled(value, scale)
    }

    /// The quantity as a floating point number, which may be rounded.
    #[must_use]
    pub fn as_double(&self) -> f64 {
        match self.small {
            Some((value, 0)) => value as f64,
            Some((value, scale)) => {
                let power: f64 = format!("1e{scale}").parse().unwrap_or(1.0);
                value as f64 * power
            }
            // The API server counts in billionths here, and so do we to round as it does.
            None => {
                let billionths = self.exact.clone().shifted(-NANO).to_string();
                billionths.parse::<f64>().unwrap_or(f64::NAN) * 1e-9
            }
        }
    }

    /// -1, 0 or 1.
    #[must_use]
    pub fn sign(&self) -> i64 {
        self.exact.sign()
    }

    /// The sum.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let small = self.small.zip(other.small);
        Self {
            exact: self.exact.plus(&other.exact),
            small: small.and_then(|(a, b)| add_small(a, b)),
        }
    }

    /// The difference.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let negated = Self {
            exact: other.exact.negated(),
            small: other
                .small
                .and_then(|(value, scale)| Some((value.checked_neg()?, scale))),
        };
        self.plus(&negated)
    }
}

/// `value` times ten to the power of `scale`, if that is an integer of 64 bits.
fn scaled(value: i64, scale: i32) -> Option<i64> {
    let power = 10_i64.checked_pow(u32::try_from(scale).ok()?)?;
    value.checked_mul(power)
}

fn add_small((a, a_scale): (i64, i32), (b, b_scale): (i64, i32)) -> Option<(i64, i32)> {
    if b == 0 {
        return Some((a, a_scale));
    }
    if a == 0 {
        return Some((b, b_scale));
    }
    let scale = a_scale.min(b_scale);
    let sum = scaled(a, a_scale - scale)?.checked_add(scaled(b, b_scale - scale)?)?;
    Some((sum, scale))
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.exact.cmp(&other.exact) == Ordering::Equal
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.exact.cmp(&other.exact)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.exact.fmt(out)
    }
}
