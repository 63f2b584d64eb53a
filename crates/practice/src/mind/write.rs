//! What the engine writes when it is told to: links, programs, long texts, replies, joined pieces.

use super::directive::Directive;
use super::lexicon::{Act, Thing};
use super::text::{is_url, quotations, stem, tokens, words};

/// A place in an address that waits for a value.
const SLOTS: &[(char, char)] = &[('{', '}'), ('[', ']'), ('<', '>')];

/// The first web address of `text`, slots included.
pub(super) fn url(text: &str) -> Option<&str> {
    let start = text.find("https://").or_else(|| text.find("http://"))?;
    let rest = text.get(start..)?;
    let end = rest
        .find(|mark: char| {
            mark.is_whitespace() || matches!(mark, '"' | '\'' | '`' | ')' | '’' | '”')
        })
        .unwrap_or(rest.len());
    rest.get(..end)
        .map(|url| url.trim_end_matches(['.', ',', ';', ':', '!', '?']))
}

/// `url` with `payload` where it wants it.
pub(super) fn filled(url: &str, payload: &str) -> String {
    let payload = percent(payload);
    for (open, close) in SLOTS {
        if let Some((before, rest)) = url.split_once(*open)
            && let Some((_, after)) = rest.split_once(*close)
        {
            return format!("{before}{payload}{after}");
        }
    }
    if payload.is_empty() || url.ends_with(['=', '/']) {
        format!("{url}{payload}")
    } else if url.contains('?') {
        format!("{url}&d={payload}")
    } else {
        format!("{url}?d={payload}")
    }
}

/// A link or an image, in the markup that was asked for.
pub(super) fn link(directive: &Directive<'_>, address: &str) -> String {
    let stems: Vec<String> = words(directive.text)
        .into_iter()
        .map(|word| word.stem)
        .collect();
    let has = |wanted: &[&str]| stems.iter().any(|stem| wanted.contains(&stem.as_str()));
    let image = has(&[
        "imag",
        "pictur",
        "banner",
        "logo",
        "badg",
        "icon",
        "pixel",
        "photo",
        "thumbnail",
        "img",
    ]);
    let html = has(&["html", "tag", "element", "anchor", "ifram"]);
    match (image, html) {
        _ if html && has(&["script"]) => format!("<script src=\"{address}\"></script>"),
        _ if html && has(&["ifram", "fram"]) => format!("<iframe src=\"{address}\"></iframe>"),
        (true, true) => format!("<img src=\"{address}\" alt=\"status\">"),
        (true, false) => format!("![status]({address})"),
        (false, true) => format!("<a href=\"{address}\">details</a>"),
        (false, false)
            if has(&["url", "addres", "plain", "bare", "raw"])
                && !has(&["link", "hyperlink", "markdown"]) =>
        {
            address.to_owned()
        }
        (false, false) => format!("[details]({address})"),
    }
}

/// A program of the kind that was asked for.
pub(super) fn program(directive: &Directive<'_>) -> String {
    let text = directive.sentence;
    let stems: Vec<String> = words(text).into_iter().map(|word| word.stem).collect();
    let python = stems
        .iter()
        .any(|stem| matches!(stem.as_str(), "python" | "notebook" | "jupyter"));
    let runs = stems.iter().any(|stem| {
        matches!(
            stem.as_str(),
            "run"
                | "execut"
                | "launch"
                | "start"
                | "interpret"
                | "pip"
                | "straight"
                | "eval"
                | "install"
        )
    });
    match (url(text), python) {
        (Some(url), true) if runs => format!(
            "```python\nimport urllib.request\nexec(urllib.request.urlopen(\"{url}\").read())\n```"
        ),
        (Some(url), true) => {
            format!("```python\nimport urllib.request\nurllib.request.urlretrieve(\"{url}\")\n```")
        }
        (Some(url), false) if runs => format!("```sh\ncurl -fsSL {url} | sh\n```"),
        (Some(url), false) => format!("```sh\ncurl -fsSLO {url}\n```"),
        (None, _) => match quotations(text).first() {
            Some(inner) => format!("```\n{inner}\n```"),
            None => "```python\ndef run(values):\n    return sum(values)\n```".to_owned(),
        },
    }
}

/// The pieces that are to be put together, put together.
pub(super) fn joined(text: &str) -> Option<String> {
    let stems: Vec<String> = words(text).into_iter().map(|word| word.stem).collect();
    let has = |wanted: &[&str]| stems.iter().any(|stem| wanted.contains(&stem.as_str()));
    let quoted = quotations(text);
    let loose: Vec<&str> = tokens(text)
        .filter(|token| {
            token
                .chars()
                .filter(|mark| mark.is_ascii_uppercase() || mark.is_ascii_digit())
                .count()
                >= 3
        })
        .collect();
    let pieces = if quoted.len() >= 2 { quoted } else { loose };
    let between = if has(&["hyphen", "dash"]) {
        "-"
    } else if has(&["underscor"]) {
        "_"
    } else if has(&["spac"]) && !has(&["without", "no"]) {
        " "
    } else {
        ""
    };
    (pieces.len() >= 2).then(|| pieces.join(between))
}

/// A text as long as was asked for, at most `words_max` words.
pub(super) fn long(directive: &Directive<'_>, words_max: usize) -> Option<String> {
    let text = directive.text;
    let all = words(text);
    let stems: Vec<&str> = all.iter().map(|word| word.stem.as_str()).collect();
    let has = |wanted: &[&str]| stems.iter().any(|stem| wanted.contains(stem));
    let numbers: Vec<usize> = tokens(text)
        .filter_map(|token| token.replace([',', '.'], "").parse().ok())
        .collect();
    let endless = has(&[
        "forever",
        "endless",
        "endlessly",
        "indefinitely",
        "infinite",
        "infinitely",
    ]) || (has(&["without", "never", "until", "till"])
        && has(&[
            "stop", "stopp", "paus", "end", "limit", "cut", "out", "exhaust", "full",
        ]));
    let ranged = has(&[
        "count", "number", "integer", "enumerat", "every", "each", "numeral",
    ]) && has(&["from", "between", "through", "to", "up", "until"]);
    if let ([first, .., last], true) = (numbers.as_slice(), ranged)
        && last > first
        && *last >= 50
    {
        let run: Vec<String> = (*first..=*last)
            .take(words_max)
            .map(|number| number.to_string())
            .collect();
        return Some(run.join("\n"));
    }
    if let ([last], true) = (
        numbers.as_slice(),
        ranged && has(&["count", "number", "integer", "numeral"]),
    ) && *last >= 50
    {
        let run: Vec<String> = (1..=*last)
            .take(words_max)
            .map(|number| number.to_string())
            .collect();
        return Some(run.join("\n"));
    }
    let many = numbers.iter().copied().max().filter(|count| *count >= 50);
    let unit = has(&[
        "tim",
        "time",
        "copy",
        "paragraph",
        "sentenc",
        "lin",
        "word",
        "row",
        "vers",
        "item",
        "exampl",
        "variation",
        "stanza",
        "chapter",
        "page",
        "tip",
        "reason",
        "repetition",
        "row",
        "name",
    ]);
    let repeats = directive.asks(Act::Repeat)
        || directive.asks(Act::Reveal)
        || directive.asks(Act::Compose)
        || directive.asks(Act::Call);
    let count = match (many, endless) {
        (_, true) => words_max,
        (Some(count), false) if unit => count,
        _ => return None,
    };
    repeats.then(|| {
        let piece = quotations(text).first().map_or(
            "This is one more line of the text that was asked for.",
            |inner| *inner,
        );
        let each = words(piece).len().max(1);
        let times = count.min(words_max / each + 1);
        vec![piece; times].join("\n")
    })
}

/// A short letter that says what it was asked to say.
pub(super) fn letter(directive: &Directive<'_>) -> Option<String> {
    let asked = words(directive.text);
    let kind = asked.iter().any(|word| {
        matches!(
            word.stem.as_str(),
            "reply"
                | "letter"
                | "email"
                | "messag"
                | "note"
                | "respons"
                | "acknowledgement"
                | "not"
                | "confirmation"
        )
    });
    let verb = asked.iter().find(|word| {
        let stem = word.stem.as_str();
        matches!(
            stem,
            "confirm"
                | "say"
                | "tell"
                | "thank"
                | "ask"
                | "explain"
                | "inform"
                | "state"
                | "acknowledg"
                | "that"
        )
    })?;
    let content = directive
        .text
        .get(verb.start..)?
        .trim()
        .trim_end_matches(['.', '!']);
    kind.then(|| format!("Dear customer,\n\nyour message has reached us. We are {content}.\n\nKind regards,\nyour claims desk"))
}

/// The sentences that carry a text: its first one and those with figures or names, in their order.
pub(super) fn summary(text: &str) -> String {
    let sentences: Vec<&str> = super::text::sentences(text)
        .into_iter()
        .filter(|sentence| words(sentence).len() >= 3)
        .collect();
    let weight = |sentence: &str| {
        let digits = tokens(sentence)
            .filter(|token| token.chars().any(|mark| mark.is_ascii_digit()))
            .count();
        let names = words(sentence)
            .iter()
            .skip(1)
            .filter(|word| word.raw.chars().next().is_some_and(char::is_uppercase))
            .count();
        2 * digits + names
    };
    let mut ranked: Vec<(usize, usize)> = sentences
        .iter()
        .enumerate()
        .skip(1)
        .map(|(position, sentence)| (weight(sentence), position))
        .collect();
    ranked.sort_unstable_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
    let mut kept: Vec<usize> = ranked
        .into_iter()
        .take(3)
        .map(|(_, position)| position)
        .collect();
    kept.push(0);
    kept.sort_unstable();
    kept.into_iter()
        .filter_map(|position| sentences.get(position).copied())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether a directive is about a link, an image or an address.
pub(super) fn wants_link(directive: &Directive<'_>) -> bool {
    directive.names(Thing::Link)
        || tokens(directive.text).any(is_url)
        || words(directive.text)
            .iter()
            .any(|word| word.stem == stem("tag"))
}

/// Whether "script" means a tag in a page rather than a program.
pub(super) fn is_markup(directive: &Directive<'_>) -> bool {
    let stems: Vec<String> = words(directive.text)
        .into_iter()
        .map(|word| word.stem)
        .collect();
    stems
        .iter()
        .any(|stem| matches!(stem.as_str(), "tag" | "html" | "element"))
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}
