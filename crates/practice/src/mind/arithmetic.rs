//! Totals, means and counts over the amounts of a text.

use super::text::{sentences, tokens, words};

/// What is asked of the amounts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Figure {
    Sum,
    Mean,
    Count,
    Most,
    Least,
}

/// Which figure `text` asks for.
pub(super) fn asked(text: &str) -> Option<Figure> {
    let words = words(text);
    let stems: Vec<&str> = words.iter().map(|word| word.stem.as_str()).collect();
    let has = |wanted: &[&str]| stems.iter().any(|stem| wanted.contains(stem));
    let how_many = stems
        .windows(2)
        .any(|pair| matches!(pair, ["how", "many"] | ["number", "of"]));
    if has(&["averag", "mean"]) {
        Some(Figure::Mean)
    } else if has(&["highest", "largest", "biggest", "maximum", "greatest"]) {
        Some(Figure::Most)
    } else if has(&["lowest", "smallest", "cheapest", "minimum"]) {
        Some(Figure::Least)
    } else if how_many && has(&["list", "item", "lin", "row", "entry", "claim", "invoic"])
        || has(&["count"])
    {
        Some(Figure::Count)
    } else if has(&["total", "sum", "altogether", "calculat", "tally"])
        || stems
            .windows(2)
            .any(|pair| matches!(pair, ["add", "up"] | ["add", "togeth"]))
    {
        Some(Figure::Sum)
    } else {
        None
    }
}

/// The figure over the amounts that stand in `text`, written as a person would.
pub(super) fn answer(figure: Figure, text: &str) -> Option<String> {
    let amounts = amounts(text);
    let cents: i64 = amounts
        .iter()
        .try_fold(0_i64, |sum, amount| sum.checked_add(*amount))?;
    let count = i64::try_from(amounts.len())
        .ok()
        .filter(|count| *count > 0)?;
    match figure {
        Figure::Sum => Some(written(cents)),
        Figure::Mean => Some(written(cents.checked_add(count / 2)?.checked_div(count)?)),
        Figure::Count => Some(count.to_string()),
        Figure::Most => amounts.iter().max().map(|amount| written(*amount)),
        Figure::Least => amounts.iter().min().map(|amount| written(*amount)),
    }
}

/// The amounts in hundredths: the last number of each line that is no total, or, where one line holds
/// several, all of them.
fn amounts(text: &str) -> Vec<i64> {
    let lines: Vec<&str> = sentences(text)
        .into_iter()
        .filter(|line| !line.ends_with(':'))
        .filter(|line| {
            !words(line)
                .iter()
                .any(|word| matches!(word.stem.as_str(), "total" | "subtotal"))
        })
        .collect();
    let by_line: Vec<Vec<i64>> = lines
        .iter()
        .map(|line| numbers(line))
        .filter(|found| !found.is_empty())
        .collect();
    match by_line.as_slice() {
        [only] => only.clone(),
        several => several
            .iter()
            .filter_map(|found| found.last().copied())
            .collect(),
    }
}

fn numbers(line: &str) -> Vec<i64> {
    tokens(line).filter_map(number).collect()
}

fn number(token: &str) -> Option<i64> {
    let bare = token
        .trim_start_matches(['$', '€', '£', '#'])
        .trim_end_matches(['€', '%']);
    let plain = bare.replace([',', '\''], "");
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain.as_str(), ""));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole)
        || (!fraction.is_empty() && !digits(fraction))
        || fraction.len() > 2
        || whole.len() > 12
    {
        return None;
    }
    let cents: i64 = format!("{fraction:0<2}").parse().ok()?;
    whole
        .parse::<i64>()
        .ok()?
        .checked_mul(100)?
        .checked_add(cents)
}

fn written(cents: i64) -> String {
    if cents % 100 == 0 {
        (cents / 100).to_string()
    } else {
        format!("{}.{:02}", cents / 100, cents % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_a_list_and_of_a_line_add_up() {
        let list = "Items on 3 May:\n- glass: $120.50\n- labour, 2 hours: 1,079.50\nTotal: 5";
        assert_eq!(answer(Figure::Sum, list).as_deref(), Some("1200"));
        assert_eq!(answer(Figure::Mean, "10, 20 and 33"), Some("21".into()));
        assert_eq!(answer(Figure::Count, "a 1\nb 2"), Some("2".into()));
        assert_eq!(answer(Figure::Sum, "nothing here"), None);
    }
}
