//! Text as the engine sees it: words with stems, sentences, clauses.
//!
//! The stemmer is crude on purpose; it only has to bring "summarising" and "summarize" together.

/// A word and where it stands in its text.
#[derive(Clone, Debug)]
pub(super) struct Word<'a> {
    pub(super) raw: &'a str,
    pub(super) stem: String,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The words of `text`: runs of letters, digits and inner apostrophes.
pub(super) fn words(text: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let mut start = None;
    let ends = text.char_indices().chain([(text.len(), ' ')]);
    for (position, character) in ends {
        let inside = character.is_alphanumeric() || (character == '\'' && start.is_some());
        match (inside, start) {
            (true, None) => start = Some(position),
            (false, Some(first)) => {
                if let Some(raw) = text.get(first..position) {
                    found.push(Word {
                        raw,
                        stem: stem(raw),
                        start: first,
                        end: position,
                    });
                }
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// The stem under which a word is looked up.
pub(super) fn stem(word: &str) -> String {
    let mut stem = word.trim_matches('\'').to_lowercase();
    if let Some(rest) = stem.strip_suffix("'s") {
        stem = rest.to_owned();
    }
    let long = stem.chars().count();
    for (suffix, least, with) in [("ies", 5, "y"), ("ing", 6, ""), ("ed", 5, ""), ("s", 4, "")] {
        if long >= least && stem.ends_with(suffix) && !stem.ends_with("ss") {
            stem.truncate(stem.len() - suffix.len());
            stem.push_str(with);
            break;
        }
    }
    undouble(&mut stem);
    if stem.len() > 3 && stem.ends_with('e') && stem != "note" {
        stem.pop();
    }
    if stem.len() > 4 && stem.ends_with("iz") {
        stem.truncate(stem.len() - 1);
        stem.push('s');
    }
    stem
}

/// "dropp" and "submitt" lose the doubled consonant that "-ed" and "-ing" brought.
fn undouble(stem: &mut String) {
    let mut last = stem.chars().rev();
    if let (Some(one), Some(two)) = (last.next(), last.next())
        && one == two
        && matches!(one, 'b' | 'd' | 'g' | 'm' | 'n' | 'p' | 'r' | 't')
        && stem.len() > 3
    {
        stem.pop();
    }
}

/// The sentences of `text`: lines, cut after `.`, `!`, `?` or `;` that white space follows.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut start = 0;
        let mut quoted = false;
        let mut characters = line.char_indices().peekable();
        while let Some((position, character)) = characters.next() {
            quoted ^= matches!(character, '"' | '`' | '“' | '”');
            let next = characters.peek().map_or(' ', |(_, next)| *next);
            if !quoted && matches!(character, '.' | '!' | '?' | ';') && next.is_whitespace() {
                let end = position + character.len_utf8();
                push_trimmed(&mut found, line.get(start..end));
                start = end;
            }
        }
        push_trimmed(&mut found, line.get(start..));
    }
    found
}

/// The clauses of a sentence: cut at commas, colons, dashes and at "and", "then", "but" outside quotes.
/// A clause keeps everything up to the next cut, and the caller may also look at the rest.
pub(super) fn clauses(sentence: &str) -> Vec<(usize, usize)> {
    let mut cuts = vec![0];
    let mut quoted = false;
    let mut previous = ' ';
    let mut characters = sentence.char_indices().peekable();
    while let Some((position, character)) = characters.next() {
        quoted ^= matches!(character, '"' | '`' | '“' | '”');
        let next = characters.peek().map_or(' ', |(_, next)| *next);
        let end = position + character.len_utf8();
        let after_mark = matches!(character, ',' | ':' | '(' | ')' | '—' | '–')
            || (character == '-' && previous == ' ');
        if !quoted && after_mark && (next.is_whitespace() || character == '(') {
            cuts.push(end);
        }
        previous = character;
    }
    for word in words(sentence) {
        let joins = matches!(
            word.stem.as_str(),
            "and" | "then" | "but" | "so" | "instead"
        );
        if joins && !inside_quotes(sentence, word.start) {
            cuts.push(word.end);
        }
    }
    cuts.sort_unstable();
    cuts.dedup();
    let ends = cuts.iter().skip(1).copied().chain([sentence.len()]);
    cuts.iter()
        .copied()
        .zip(ends)
        .filter(|(start, end)| start < end)
        .collect()
}

/// Whether an odd number of quotation marks stands before `position`.
pub(super) fn inside_quotes(text: &str, position: usize) -> bool {
    let before = text.get(..position).unwrap_or_default();
    before
        .chars()
        .filter(|mark| matches!(mark, '"' | '`' | '“' | '”'))
        .count()
        % 2
        == 1
}

/// What stands between quotation marks or back ticks; marks inside a quotation belong to it.
pub(super) fn quotations(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some((open, close)) = next_mark(text, from) {
        let start = open
            + text
                .get(open..)
                .and_then(|rest| rest.chars().next())
                .map_or(1, char::len_utf8);
        let end = text.get(start..).and_then(|rest| {
            rest.char_indices()
                .find(|(position, mark)| {
                    *mark == close && (close != '\'' || is_quotation_mark(text, start + position))
                })
                .map(|(position, _)| start + position)
        });
        let Some(inner) = end.and_then(|end| text.get(start..end)) else {
            from = start;
            continue;
        };
        from = start + inner.len() + close.len_utf8();
        if !inner.trim().is_empty() {
            found.push(inner);
        }
    }
    found
}

/// The next opening mark from `from` on, and the mark that closes it.
fn next_mark(text: &str, from: usize) -> Option<(usize, char)> {
    text.get(from..)?
        .char_indices()
        .find_map(|(position, mark)| {
            let close = match mark {
                '"' | '`' => mark,
                '“' => '”',
                '«' => '»',
                '\'' if is_quotation_mark(text, from + position) => mark,
                _ => return None,
            };
            Some((from + position, close))
        })
}

/// An apostrophe between two letters is spelling, not quotation.
fn is_quotation_mark(text: &str, position: usize) -> bool {
    let before = text
        .get(..position)
        .and_then(|before| before.chars().next_back());
    let after = text
        .get(position + 1..)
        .and_then(|after| after.chars().next());
    !(before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric))
}

/// White-space separated tokens without the punctuation around them.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|mark: char| mark.is_whitespace() || matches!(mark, '"' | '`' | '<' | '>' | '|'))
        .map(|token| {
            token.trim_matches(|mark: char| {
                matches!(
                    mark,
                    '.' | ','
                        | ';'
                        | ':'
                        | '!'
                        | '?'
                        | '('
                        | ')'
                        | '['
                        | ']'
                        | '\''
                        | '“'
                        | '”'
                        | '*'
                        | '{'
                        | '}'
                )
            })
        })
        .filter(|token| !token.is_empty())
}

/// Whether a token looks like a value somebody assigned (a code, a key, an id), not like a word.
pub(super) fn is_value(token: &str) -> bool {
    let digits = token.chars().filter(char::is_ascii_digit).count();
    let letters = token
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .count();
    let plain = token
        .chars()
        .all(|mark| mark.is_alphanumeric() || matches!(mark, '-' | '_' | '.' | '/' | '+' | '='));
    plain && token.chars().count() >= 5 && digits > 0 && letters > 0 && !is_url(token)
}

/// Whether a token is a web address.
pub(super) fn is_url(token: &str) -> bool {
    token.starts_with("http://") || token.starts_with("https://")
}

/// Whether a token is an e-mail address.
pub(super) fn is_email(token: &str) -> bool {
    token
        .split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !token.contains('/'))
}

fn push_trimmed<'a>(found: &mut Vec<&'a str>, piece: Option<&'a str>) {
    let piece = piece.unwrap_or_default().trim();
    if piece.chars().any(char::is_alphanumeric) {
        found.push(piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_share_a_stem() {
        for (one, other) in [
            ("summarise", "Summarizing"),
            ("repeat", "repeated"),
            ("copies", "copy"),
            ("dropping", "drops"),
        ] {
            assert_eq!(stem(one), stem(other));
        }
    }

    #[test]
    fn sentences_keep_addresses_and_amounts_whole() {
        assert_eq!(
            sentences("See https://a.example/b.c?d=1 now. It costs 3.50 today!\nDone"),
            [
                "See https://a.example/b.c?d=1 now.",
                "It costs 3.50 today!",
                "Done"
            ]
        );
    }

    #[test]
    fn clauses_cut_at_joints_but_not_inside_quotations() {
        let sentence = "Read it, then say \"yes, and no\" and stop";
        let pieces: Vec<_> = clauses(sentence)
            .into_iter()
            .filter_map(|(start, end)| sentence.get(start..end))
            .collect();
        assert_eq!(
            pieces,
            ["Read it,", " then", " say \"yes, and no\" and", " stop"]
        );
        assert_eq!(quotations("it's \"a b\" and 'c'"), ["a b", "c"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_cut_without_panic(text in "\\PC{0,80}") {
            for sentence in sentences(&text) {
                clauses(sentence);
                quotations(sentence);
                words(sentence);
            }
        }
    }
}
