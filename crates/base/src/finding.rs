//! What a rule says about a subject, and how sure it is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! scale {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
        )]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// Every step, lowest first.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word that reports and options use.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|step| step.as_str() == text).ok_or_else(|| {
                    let words: Vec<_> = Self::ALL.iter().map(|step| step.as_str()).collect();
                    format!("expected one of {}", words.join(", "))
                })
            }
        }
    };
}

scale! {
    /// How bad a finding is if it is true.
    Severity {
        /// Worth knowing, nothing to do.
        Info = "info",
        /// A weakness that needs another one to hurt.
        Low = "low",
        /// A weakness to plan for.
        Medium = "medium",
        /// A weakness that an attacker can use.
        High = "high",
        /// Code execution, loss of the asset, or loss of a control.
        Critical = "critical",
    }
}

scale! {
    /// How likely a finding is to be true.
    Confidence {
        /// A hint.
        Low = "low",
        /// Probably so.
        Medium = "medium",
        /// Read from the subject itself.
        High = "high",
    }
}

scale! {
    /// The outcome of a scan: fail before unknown before pass.
    Verdict {
        /// Nothing at or above the threshold, and everything could be analysed.
        Pass = "pass",
        /// Something could not be analysed. Unknown is not pass.
        Unknown = "unknown",
        /// A finding at or above the threshold.
        Fail = "fail",
    }
}

/// Where in a subject a finding lies. Lines and columns count from 1, bytes from 0.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Location {
    /// Line, from 1; 0 where the subject has no lines.
    pub line: u32,
    /// Column in characters, from 1; 0 where the subject has no lines.
    pub column: u32,
    /// Byte offset, from 0.
    pub byte: u64,
}

impl Location {
    /// A place in a binary subject, which has no lines.
    #[must_use]
    pub const fn at_byte(byte: u64) -> Self {
        Self {
            line: 0,
            column: 0,
            byte,
        }
    }
}

/// What a rule says about one place of one subject.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Finding {
    /// Path of the subject, relative to what the user named; archive members follow after `!/`.
    pub path: String,
    /// The place, where there is one.
    pub location: Option<Location>,
    /// Id of the rule.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// How sure the rule is.
    pub confidence: Confidence,
    /// What was seen, in one sentence; never a secret or personal data that was matched.
    pub message: String,
    /// What to do about it, in one sentence.
    pub remediation: String,
    /// Catalogue ids, such as `AML.T0010` or `LLM03:2025`.
    pub maps: &'static [&'static str],
}

/// Something that could not be analysed, or a limit that was reached.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Problem {
    /// Path of the subject, as in [`Finding::path`].
    pub path: String,
    /// The place, where there is one.
    pub location: Option<Location>,
    /// What went wrong, in one sentence.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_order_and_read_back() {
        assert!(Severity::Critical > Severity::High);
        assert!(Verdict::Fail > Verdict::Unknown && Verdict::Unknown > Verdict::Pass);
        for severity in Severity::ALL {
            assert_eq!(severity.as_str().parse(), Ok(*severity));
        }
        assert_eq!(
            "High".parse::<Severity>().unwrap_err(),
            "expected one of info, low, medium, high, critical"
        );
    }
}
