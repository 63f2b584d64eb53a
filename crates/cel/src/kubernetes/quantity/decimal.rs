//! Exact decimal numbers: digits, a sign and a power of ten.

use std::cmp::Ordering;
use std::fmt;

/// A decimal number; the least significant digit comes first.
#[derive(Clone, Debug)]
pub(super) struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    scale: i32,
}

impl Decimal {
    /// The number of decimal `digits` times ten to the power of `scale`.
    pub(super) fn new(negative: bool, digits: &str, scale: i32) -> Self {
        let digits = digits
            .bytes()
            .rev()
            .map(|digit| digit.wrapping_sub(b'0'))
            .collect();
        Self {
            negative,
            digits,
            scale,
        }
        .normal()
    }

    pub(super) fn from_int(value: i64) -> Self {
        Self::new(value < 0, &value.unsigned_abs().to_string(), 0)
    }

    fn normal(mut self) -> Self {
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.negative = false;
            self.scale = 0;
        }
        self
    }

    pub(super) fn sign(&self) -> i64 {
        match (self.digits.is_empty(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    pub(super) fn negated(&self) -> Self {
        Self {
            negative: !self.negative,
            ..self.clone()
        }
        .normal()
    }

    pub(super) fn shifted(mut self, exponent: i32) -> Self {
        self.scale += exponent;
        self.normal()
    }

    /// Times two to the power of `times`.
    pub(super) fn doubled(mut self, times: u32) -> Self {
        for _ in 0..times {
            let mut carry = 0;
            for digit in &mut self.digits {
                let sum = *digit * 2 + carry;
                *digit = sum % 10;
                carry = sum / 10;
            }
            if carry > 0 {
                self.digits.push(carry);
            }
        }
        self
    }

    /// The digits at the power `scale`, which is at most this number's own.
    fn digits_at(&self, scale: i32) -> Vec<u8> {
        let zeros = usize::try_from(self.scale - scale).unwrap_or(0);
        let mut digits = vec![0; zeros];
        digits.extend(&self.digits);
        digits
    }

    /// Without digits below `scale`, rounded away from zero.
    pub(super) fn rounded_up(mut self, scale: i32) -> Self {
        let Ok(below) = usize::try_from(scale - self.scale) else {
            return self;
        };
        let cut: Vec<u8> = self.digits.drain(..below.min(self.digits.len())).collect();
        self.scale = scale;
        if cut.iter().any(|digit| *digit > 0) {
            self.digits = sum(&self.digits, &[1]);
        }
        self.normal()
    }

    pub(super) fn capped(self, most: i64) -> Self {
        let most = Self {
            negative: self.negative,
            ..Self::from_int(most)
        };
        let is_larger = magnitude(&self, &most) == Ordering::Greater;
        if is_larger { most } else { self }
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        let scale = self.scale.min(other.scale);
        let (a, b) = (self.digits_at(scale), other.digits_at(scale));
        let (negative, digits) = if self.negative == other.negative {
            (self.negative, sum(&a, &b))
        } else if magnitude(self, other) == Ordering::Less {
            (other.negative, difference(&b, &a))
        } else {
            (self.negative, difference(&a, &b))
        };
        Self {
            negative,
            digits,
            scale,
        }
        .normal()
    }

    pub(super) fn cmp(&self, other: &Self) -> Ordering {
        let by_size = magnitude(self, other);
        let by_sign = self.sign().cmp(&other.sign());
        by_sign.then(if self.negative {
            by_size.reverse()
        } else {
            by_size
        })
    }
}

fn magnitude(a: &Decimal, b: &Decimal) -> Ordering {
    let scale = a.scale.min(b.scale);
    let (a, b) = (a.digits_at(scale), b.digits_at(scale));
    let significant = |digits: &[u8]| {
        digits
            .iter()
            .rposition(|digit| *digit > 0)
            .map_or(0, |at| at + 1)
    };
    let length = significant(&a).cmp(&significant(&b));
    length.then_with(|| {
        let from_top = |digits: &'_ [u8]| {
            digits
                .get(..significant(digits))
                .unwrap_or_default()
                .to_vec()
        };
        from_top(&a).iter().rev().cmp(from_top(&b).iter().rev())
    })
}

fn sum(a: &[u8], b: &[u8]) -> Vec<u8> {
    let (mut out, mut carry) = (Vec::new(), 0);
    for at in 0..a.len().max(b.len()) {
        let total = a.get(at).unwrap_or(&0) + b.get(at).unwrap_or(&0) + carry;
        out.push(total % 10);
        carry = total / 10;
    }
    if carry > 0 {
        out.push(carry);
    }
    out
}

/// `a` less `b`, which is not larger.
fn difference(a: &[u8], b: &[u8]) -> Vec<u8> {
    let (mut out, mut borrow) = (Vec::new(), 0);
    for at in 0..a.len().max(b.len()) {
        let (digit, less) = (*a.get(at).unwrap_or(&0), b.get(at).unwrap_or(&0) + borrow);
        borrow = u8::from(digit < less);
        out.push((digit + 10 * borrow).saturating_sub(less));
    }
    out
}

impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = self.digits_at(self.scale.min(0));
        let fraction = usize::try_from(-self.scale.min(0)).unwrap_or(0);
        while digits.len() <= fraction {
            digits.push(0);
        }
        let mut text = String::from(if self.negative { "-" } else { "" });
        for (at, digit) in digits.iter().enumerate().rev() {
            text.push(char::from(b'0' + digit));
            if at == fraction && fraction > 0 {
                text.push('.');
            }
        }
        if fraction > 0 {
            let trimmed = text.trim_end_matches('0').trim_end_matches('.').len();
            text.truncate(trimmed);
        }
        out.write_str(&text)
    }
}
