//! How figures are written: money, shares, counts, intervals. One form each, everywhere.

/// Money with three significant figures and a unit: `EUR 1.23M`, `EUR 840`, `EUR -12k`.
#[must_use]
pub fn money(currency: &str, amount: f64) -> String {
    format!("{currency} {}", short(amount))
}

/// Money with its interval: `EUR 1.23M (0.9M to 1.7M)`.
#[must_use]
pub fn money_interval(currency: &str, value: f64, low: f64, high: f64) -> String {
    format!(
        "{} ({} to {})",
        money(currency, value),
        short(low),
        short(high)
    )
}

/// A share of one as a percentage with as many decimals as it deserves: `12 %`, `0.35 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    let decimals = match value.abs() {
        size if size == 0.0 || size >= 10.0 => 0,
        size if size >= 1.0 => 1,
        _ => 2,
    };
    format!("{} %", plain(value, decimals))
}

/// A count with thousands set apart: `1,234,567`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with three significant figures and a unit for thousands, millions, billions.
#[must_use]
pub fn short(number: f64) -> String {
    if !number.is_finite() {
        return "unknown".to_owned();
    }
    let size = number.abs();
    // 999.5 and more rounds up to the next unit, so that "1000k" never appears.
    let (scaled, unit) = match size {
        size if size >= 999.5e9 => (number / 1e12, "T"),
        size if size >= 999.5e6 => (number / 1e9, "B"),
        size if size >= 999.5e3 => (number / 1e6, "M"),
        size if size >= 999.5 => (number / 1e3, "k"),
        _ => (number, ""),
    };
    let decimals = match scaled.abs() {
        size if size >= 99.95 || size == 0.0 => 0,
        size if size >= 9.995 => 1,
        _ => 2,
    };
    format!("{}{unit}", plain(scaled, decimals))
}

/// At most so many decimals, without trailing zeros and without a negative zero.
fn plain(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    if text == "-0" { "0" } else { text }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_keeps_three_figures_and_never_shows_a_thousand_of_a_unit() {
        let shown: Vec<_> = [
            0.0,
            0.004,
            840.0,
            999.6,
            12_345.0,
            999_600.0,
            1_230_000.0,
            -45_600.0,
            2.5e9,
            7e12,
        ]
        .map(|amount| money("EUR", amount))
        .into();
        assert_eq!(
            shown,
            [
                "EUR 0",
                "EUR 0",
                "EUR 840",
                "EUR 1k",
                "EUR 12.3k",
                "EUR 1M",
                "EUR 1.23M",
                "EUR -45.6k",
                "EUR 2.5B",
                "EUR 7T"
            ]
        );
        assert_eq!(money("EUR", f64::NAN), "EUR unknown");
        assert_eq!(
            money_interval("EUR", 1.2e6, 9e5, 1.7e6),
            "EUR 1.2M (900k to 1.7M)"
        );
    }

    #[test]
    fn shares_and_counts() {
        assert_eq!(
            [0.0, 0.0035, 0.025, 0.05, 1.0].map(percent),
            ["0 %", "0.35 %", "2.5 %", "5 %", "100 %"]
        );
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(count),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
