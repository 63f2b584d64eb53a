//! Parameters of patterns: each has a kind that says what a valid value is.

use crate::object::printable;

/// What a value may be. None of these can contain YAML syntax.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ParameterKind {
    /// A DNS label: lower-case letters, digits and dashes.
    Name,
    /// An image by digest: `repository@sha256:…`, with a tag before the `@` if you like.
    Image,
    /// A whole number from 1.
    Count,
    /// A quantity of memory or storage, such as `16Gi`.
    Quantity,
    /// A path in an image: letters, digits, `/`, `.`, `-` and `_`.
    Path,
}

/// A parameter of a pattern.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// What a valid value is.
    pub kind: ParameterKind,
    /// The value where none is given; none where one must be given.
    pub default: Option<&'static str>,
    /// The value in an example.
    pub example: &'static str,
}

impl Parameter {
    /// A parameter that must be given.
    pub(super) const fn required(
        name: &'static str,
        kind: ParameterKind,
        about: &'static str,
        example: &'static str,
    ) -> Self {
        Self {
            name,
            about,
            kind,
            default: None,
            example,
        }
    }

    /// A parameter with a default.
    pub(super) const fn optional(
        name: &'static str,
        kind: ParameterKind,
        about: &'static str,
        default: &'static str,
    ) -> Self {
        Self {
            name,
            about,
            kind,
            default: Some(default),
            example: default,
        }
    }

    /// The value to render, or what is wrong.
    pub(super) fn value(&self, given: Option<&String>, example: bool) -> Result<String, String> {
        let value = match (given, self.default) {
            (Some(value), _) => value.as_str(),
            (None, Some(default)) => default,
            (None, None) if example => self.example,
            (None, None) => {
                return Err(format!("`{}` must be given: {}", self.name, self.about));
            }
        };
        if self.kind.accepts(value) {
            Ok(value.to_owned())
        } else {
            let (name, shown) = (self.name, printable(value));
            Err(format!(
                "`{name}` must be {}, not `{shown}`",
                self.kind.expected()
            ))
        }
    }
}

impl ParameterKind {
    /// What a valid value is, for messages.
    #[must_use]
    pub const fn expected(self) -> &'static str {
        match self {
            Self::Name => "lower-case letters, digits and dashes, at most 63",
            Self::Image => "an image by digest, `repository@sha256:<64 hexadecimal digits>`",
            Self::Count => "a whole number from 1",
            Self::Quantity => "a quantity such as 16Gi",
            Self::Path => "a path of letters, digits, `/`, `.`, `-` and `_`",
        }
    }

    fn accepts(self, value: &str) -> bool {
        let all = |allowed: fn(u8) -> bool| !value.is_empty() && value.bytes().all(allowed);
        match self {
            Self::Name => {
                value.len() <= 63
                    && all(|byte| {
                        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
                    })
                    && !value.starts_with('-')
                    && !value.ends_with('-')
            }
            Self::Image => value
                .split_once("@sha256:")
                .is_some_and(|(repository, digest)| {
                    digest.len() == 64
                        && digest
                            .bytes()
                            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
                        && !repository.is_empty()
                        && repository
                            .bytes()
                            .all(|byte| byte.is_ascii_alphanumeric() || b"/.:-_".contains(&byte))
                }),
            Self::Count => {
                all(|byte| byte.is_ascii_digit()) && value.len() <= 4 && !value.starts_with('0')
            }
            Self::Quantity => {
                let unit = value.trim_start_matches(|letter: char| letter.is_ascii_digit());
                unit.len() < value.len()
                    && matches!(unit, "Ki" | "Mi" | "Gi" | "Ti")
                    && value.len() <= 10
            }
            Self::Path => {
                value.len() <= 200
                    && all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte))
                    && !value.contains("..")
            }
        }
    }
}
