//! Text that stands in markup: attributes, elements, alternative texts, strings, behind brackets.
//!
//! A model reads all of it, although a viewer shows some of it to nobody.

/// The texts that the markup of `text` holds, each by itself.
pub(super) fn texts(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for after in text.split("![").skip(1) {
        found.extend(after.split_once("](").map(|(inside, _)| inside.to_owned()));
    }
    for line in text.lines().filter(|line| line.contains('[')) {
        found.extend(line.split(']').skip(1).map(|rest| rest.trim().to_owned()));
    }
    if text.contains('<') {
        for piece in text.split('<').skip(1) {
            let (tag, content) = piece.split_once('>').unwrap_or((piece, ""));
            found.extend(strings(tag));
            found.push(content.trim().to_owned());
        }
    }
    if text.contains("\":") {
        found.extend(strings(text));
    }
    found.retain(|inner| inner.split_whitespace().count() >= 3);
    found
}

/// What stands between double quotation marks.
fn strings(text: &str) -> impl Iterator<Item = String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_found_in_attributes_elements_and_strings() {
        assert_eq!(texts("![one two three](a)"), ["one two three"]);
        assert_eq!(
            texts("<p title=\"one two three\">four five six</p>"),
            ["one two three", "four five six"]
        );
        assert_eq!(texts("{\"a\": \"one two three\"}"), ["one two three"]);
        assert!(texts("a plain line").is_empty());
    }
}
