//! Finds the known word that a misspelled one was meant to be.

/// The candidate closest to `word`, if it is close enough to be worth naming.
#[must_use]
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer words are not compared: the cost is quadratic and nobody misspells them by two letters.
    const WORD_CHARS_MAX: usize = 64;
    if word.chars().count() > WORD_CHARS_MAX {
        return None;
    }
    let allowed = match word.chars().count() {
        0..=2 => 0,
        3..=5 => 1,
        6..=9 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= 4 * WORD_CHARS_MAX)
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edits between two words, where swapping neighbours counts as one, case as none and `_` as `-`.
fn distance(left: &str, right: &str) -> usize {
    let fold = |text: &str| -> Vec<char> {
        text.chars()
            .flat_map(char::to_lowercase)
            .map(|letter| if letter == '_' { '-' } else { letter })
            .collect()
    };
    let (left, right) = (fold(left), fold(right));
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let mut last_left = None;
    for (row, a) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        let mut last_right = None;
        for (column, b) in right.iter().enumerate() {
            let cell = |line: &[usize], at: usize| line.get(at).copied().unwrap_or(usize::MAX / 2);
            let mut best = (cell(&above, column) + usize::from(a != b))
                .min(cell(&above, column + 1) + 1)
                .min(cell(&current, column) + 1);
            if last_left == Some(b) && last_right == Some(a) {
                best = best.min(cell(&before, column.saturating_sub(1)) + 1);
            }
            current.push(best);
            last_right = Some(b);
        }
        last_left = Some(a);
        before = std::mem::replace(&mut above, current);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_words_are_suggested_and_far_ones_are_not() {
        let keys = ["assets", "components", "stands-at", "flows"];
        assert_eq!(closest("assetz", keys), Some("assets"));
        assert_eq!(closest("compoennts", keys), Some("components"));
        assert_eq!(closest("stands_at", keys), Some("stands-at"));
        assert_eq!(closest("people", keys), None);
        assert_eq!(closest("", keys), None);
    }
}
