//! Named formats of Kubernetes, with the messages of its API machinery.

use crate::kubernetes::url::Url;
use crate::library::encoders;
use crate::value::Timestamp;

/// A named format.
#[derive(Debug)]
pub struct Format {
    /// Its name in expressions.
    pub name: &'static str,
    /// Says what is wrong with a text; nothing if it has the format.
    pub(crate) problems: fn(&str) -> Vec<String>,
    /// What the cost model takes for the length of its pattern.
    pub(crate) pattern_length: u64,
}

/// The formats, by name.
pub(crate) static FORMATS: &[Format] = &[
    Format {
        name: "byte",
        problems: byte,
        pattern_length: 84,
    },
    Format {
        name: "date",
        problems: |text| unless(is_date(text), "invalid date"),
        pattern_length: 71,
    },
    Format {
        name: "datetime",
        problems: |text| unless(is_datetime(text), "invalid datetime"),
        pattern_length: 71,
    },
    Format {
        name: "dns1035Label",
        problems: dns1035_label,
        pattern_length: 30,
    },
    Format {
        name: "dns1035LabelPrefix",
        problems: |text| dns1035_label(&prefix(text)),
        pattern_length: 30,
    },
    Format {
        name: "dns1123Label",
        problems: dns1123_label,
        pattern_length: 30,
    },
    Format {
        name: "dns1123LabelPrefix",
        problems: |text| dns1123_label(&prefix(text)),
        pattern_length: 30,
    },
    Format {
        name: "dns1123Subdomain",
        problems: dns1123_subdomain,
        pattern_length: 60,
    },
    Format {
        name: "dns1123SubdomainPrefix",
        problems: |text| dns1123_subdomain(&prefix(text)),
        pattern_length: 60,
    },
    Format {
        name: "labelValue",
        problems: label_value,
        pattern_length: 40,
    },
    Format {
        name: "qualifiedName",
        problems: qualified_name,
        pattern_length: 60,
    },
    Format {
        name: "uri",
        problems: |text| Url::parse_request(text).err().into_iter().collect(),
        pattern_length: 1103,
    },
    Format {
        name: "uuid",
        problems: |text| unless(is_uuid(text), "does not match the UUID format"),
        pattern_length: 70,
    },
];

/// The format of a name.
pub(crate) fn find(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

fn unless(valid: bool, message: &str) -> Vec<String> {
    if valid {
        Vec::new()
    } else {
        vec![message.to_owned()]
    }
}

/// A prefix of generated names may end with a dash, because characters follow.
fn prefix(text: &str) -> String {
    match text.strip_suffix('-') {
        // The API server cuts two bytes here and so do we.
        Some(rest) if !rest.is_empty() => {
            let head = rest.get(..rest.len() - 1);
            format!("{}a", head.unwrap_or(rest))
        }
        _ => text.to_owned(),
    }
}

fn regex_error(message: &str, pattern: &str, examples: &[&str]) -> String {
    let examples: Vec<String> = examples
        .iter()
        .map(|example| format!("'{example}', "))
        .collect();
    format!(
        "{message} (e.g. {}regex used for validation is '{pattern}')",
        examples.join("or ")
    )
}

fn too_long(most: usize, unit: &str) -> String {
    format!("must be no more than {most} {unit}")
}

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Whether a text begins, goes on and ends as asked.
fn is_shaped(text: &str, ends: impl Fn(u8) -> bool, inner: impl Fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|byte| ends(*byte))
        && bytes.last().is_some_and(|byte| ends(*byte))
        && bytes.iter().all(|byte| inner(*byte))
}

fn is_label(text: &str) -> bool {
    is_shaped(text, is_lower, |byte| is_lower(byte) || byte == b'-')
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

fn dns1123_label(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if text.len() > 63 {
        problems.push(too_long(63, "characters"));
    }
    if !is_label(text) {
        problems.push(if is_subdomain(text) {
            "must not contain dots".to_owned()
        } else {
            let message = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
            regex_error(message, "[a-z0-9]([-a-z0-9]*[a-z0-9])?", &["my-name", "123-abc"])
        });
    }
    problems
}

fn dns1123_subdomain(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if text.len() > 253 {
        problems.push(too_long(253, "characters"));
    }
    if !is_subdomain(text) {
        let message = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
        let pattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
        problems.push(regex_error(message, pattern, &["example.com"]));
    }
    problems
}

fn dns1035_label(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if text.len() > 63 {
        problems.push(too_long(63, "characters"));
    }
    if !(is_label(text) && text.starts_with(|first: char| first.is_ascii_lowercase())) {
        let message = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
        problems.push(regex_error(
            message,
            "[a-z]([-a-z0-9]*[a-z0-9])?",
            &["my-name", "abc-123"],
        ));
    }
    problems
}

const LABEL_PATTERN: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

fn is_label_name(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    is_shaped(text, |byte| byte.is_ascii_alphanumeric(), inner)
}

fn label_value(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if text.len() > 63 {
        problems.push(too_long(63, "bytes"));
    }
    if !text.is_empty() && !is_label_name(text) {
        let message = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
        let pattern = format!("({LABEL_PATTERN})?");
        problems.push(regex_error(
            message,
            &pattern,
            &["MyValue", "my_value", "12345"],
        ));
    }
    problems
}

fn qualified_name(text: &str) -> Vec<String> {
    let message = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
    let malformed = regex_error(message, LABEL_PATTERN, &["MyName", "my.name", "123-abc"]);
    let parts: Vec<&str> = text.split('/').collect();
    let mut problems = Vec::new();
    let name = match parts.as_slice() {
        [name] => *name,
        [prefix, name] => {
            if prefix.is_empty() {
                problems.push("prefix part must be non-empty".to_owned());
            } else {
                let found = dns1123_subdomain(prefix);
                problems.extend(found.iter().map(|problem| format!("prefix part {problem}")));
            }
            name
        }
        _ => {
            return vec![format!(
                "a valid label key {malformed} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        problems.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        problems.push(format!("name part {}", too_long(63, "bytes")));
    }
    if !is_label_name(name) {
        problems.push(format!("name part {malformed}"));
    }
    problems
}

fn byte(text: &str) -> Vec<String> {
    let padded = !text.is_empty() && text.len().is_multiple_of(4);
    // The pattern of the API server does not look at the bits that padding leaves over.
    let body = text
        .strip_suffix("==")
        .or_else(|| text.strip_suffix('='))
        .unwrap_or(text);
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    let strict = encoders::decode(text).is_some();
    unless(
        padded && (strict || body.bytes().all(alphabet)),
        "invalid base64",
    )
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && Timestamp::parse(&format!("{text}T00:00:00Z")).is_some()
        || text == "0000-01-01"
}

/// RFC 3339, in either case, with any character before the fraction.
fn is_datetime(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let mut parts = lower.split('t');
    let (Some(date), Some(time)) = (parts.next(), parts.next()) else {
        return false;
    };
    is_date(date) && is_time(time)
}

fn is_time(text: &str) -> bool {
    let Some((clock, rest)) = text.split_at_checked(8) else {
        return false;
    };
    let two = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = clock.split(':').collect();
    let [hours, minutes, seconds] = parts.as_slice() else {
        return false;
    };
    let in_range = two(hours) && two(minutes) && two(seconds);
    let in_range = in_range && *hours <= "23" && *minutes <= "59" && *seconds <= "59";
    let zone = match rest.char_indices().nth(1) {
        Some((start, _)) if !is_zone(rest) => {
            let fraction = rest.get(start..).unwrap_or("");
            let after = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
            if after.len() == fraction.len() {
                rest
            } else {
                after
            }
        }
        _ => rest,
    };
    in_range && is_zone(zone)
}

fn is_zone(text: &str) -> bool {
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let offset = text
        .strip_prefix(['+', '-'])
        .and_then(|offset| offset.split_once(':'));
    text == "z" || offset.is_some_and(|(hours, minutes)| digits(hours) && digits(minutes))
}

/// Dashes are optional, each on its own.
fn is_uuid(text: &str) -> bool {
    let mut rest = text;
    for (index, length) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        rest = if index > 0 {
            rest.strip_prefix('-').unwrap_or(rest)
        } else {
            rest
        };
        let Some((group, after)) = rest.split_at_checked(length) else {
            return false;
        };
        if !group.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return false;
        }
        rest = after;
    }
    rest.is_empty()
}
