//! A forecast: when spending at its present rate meets the ceiling.

/// What the rest of a window looks like at the present rate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Forecast {
    /// Spending at the end of the window.
    pub at_end: u64,
    /// When the ceiling is met, in milliseconds from now; none where it holds.
    pub exhausted_in_ms: Option<i64>,
}

/// Draws the line through what was spent in the last `recent_ms` on to the end of the window. None
/// where there is nothing to draw from.
#[must_use]
pub fn forecast(
    spent: u64,
    limit: u64,
    (recent, recent_ms): (u64, i64),
    left_ms: i64,
) -> Option<Forecast> {
    let recent_ms = u128::try_from(recent_ms)
        .ok()
        .filter(|length| *length > 0)?;
    let left_ms = u128::try_from(left_ms).ok()?;
    let more = u128::from(recent).saturating_mul(left_ms) / recent_ms;
    let at_end = u128::from(spent).saturating_add(more);
    let rest = u128::from(limit.saturating_sub(spent));
    let exhausted = (recent > 0 && at_end > u128::from(limit))
        .then(|| rest.saturating_mul(recent_ms) / u128::from(recent));
    Some(Forecast {
        at_end: u64::try_from(at_end).unwrap_or(u64::MAX),
        exhausted_in_ms: exhausted.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_drawn_to_the_end_of_the_window() {
        let found = forecast(50, 100, (10, 1_000), 10_000).unwrap();
        assert_eq!((found.at_end, found.exhausted_in_ms), (150, Some(5_000)));
        let holds = forecast(50, 100, (1, 1_000), 10_000).unwrap();
        assert_eq!((holds.at_end, holds.exhausted_in_ms), (60, None));
        let over = forecast(120, 100, (1, 1_000), 10_000).unwrap();
        assert_eq!(over.exhausted_in_ms, Some(0));
        assert_eq!(forecast(1, 2, (1, 0), 1), None);
        assert!(forecast(u64::MAX, 0, (u64::MAX, 1), i64::MAX).is_some());
    }
}
