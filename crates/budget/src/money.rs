//! Money in whole millionths of a currency, and decimal text read without a float in between.

use std::fmt;

/// An amount that a table or a limit may name: a thousand million units of a currency.
pub const MICROS_MAX: u64 = 1_000_000_000_000_000;

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountError {
    /// It has a minus sign.
    #[error("an amount cannot be negative")]
    Negative,
    /// It is not digits with at most one point.
    #[error("an amount is digits with at most one point, such as 12.50")]
    Form,
    /// It is finer than a millionth.
    #[error("an amount has at most six digits after the point")]
    TooFine,
    /// It is larger than any limit.
    #[error("an amount is at most 1000000000")]
    TooLarge,
}

/// Reads `12.5` as 12,500,000 millionths: exactly, or not at all.
///
/// # Errors
/// When the text is negative, not a plain decimal, finer than a millionth or too large.
pub fn parse_micros(text: &str) -> Result<u64, AmountError> {
    let text = text.trim();
    if text.starts_with('-') {
        return Err(AmountError::Negative);
    }
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || text.ends_with('.') {
        return Err(AmountError::Form);
    }
    if part.len() > 6 {
        return Err(AmountError::TooFine);
    }
    let whole: u64 = whole.parse().map_err(|_| AmountError::TooLarge)?;
    let part: u64 = format!("{part:0<6}")
        .parse()
        .map_err(|_| AmountError::Form)?;
    whole
        .checked_mul(1_000_000)
        .and_then(|micros| micros.checked_add(part))
        .filter(|micros| *micros <= MICROS_MAX)
        .ok_or(AmountError::TooLarge)
}

/// Shows millionths as a decimal with at least two digits after the point.
#[derive(Clone, Copy, Debug)]
pub struct Micros(pub u64);

impl fmt::Display for Micros {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = format!("{:06}", self.0 % 1_000_000);
        let short = part.trim_end_matches('0');
        write!(formatter, "{}.{short:0<2}", self.0 / 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_exact_or_refused() {
        assert_eq!(parse_micros("12.5"), Ok(12_500_000));
        assert_eq!(parse_micros("0.000001"), Ok(1));
        assert_eq!(parse_micros("0"), Ok(0));
        assert_eq!(parse_micros("-1"), Err(AmountError::Negative));
        assert_eq!(parse_micros("0.0000001"), Err(AmountError::TooFine));
        assert_eq!(parse_micros("1000000001"), Err(AmountError::TooLarge));
        assert_eq!(
            parse_micros("99999999999999999999"),
            Err(AmountError::TooLarge)
        );
        for text in ["", ".", "1.", ".5", "1e3", "1,5", "+1", "1.2.3", "NaN"] {
            assert_eq!(parse_micros(text), Err(AmountError::Form), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(micros in 0..=MICROS_MAX) {
            prop_assert_eq!(parse_micros(&Micros(micros).to_string()), Ok(micros));
        }

        #[test]
        fn no_text_panics(text in ".{0,30}") {
            let _outcome = parse_micros(&text);
        }
    }
}
