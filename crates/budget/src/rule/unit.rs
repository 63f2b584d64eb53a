//! What is limited and whose calls are counted: words, and amounts as people write them.

use std::fmt;

use super::RuleError;
use crate::money::{AmountError, Micros, parse_micros};

/// Largest limit in whole units.
const WHOLE_MAX: u64 = 1_000_000_000_000_000;

macro_rules! words {
    ($(#[$outer:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$outer])*
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub enum $name { $($(#[$inner])* $variant,)* }

        impl $name {
            /// All, in their order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word that stands for it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Reads the word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// What is limited.
    Unit {
        /// Money, in millionths.
        Money = "money",
        /// Tokens of prompts and answers.
        Tokens = "tokens",
        /// Requests.
        Requests = "requests",
        /// Tool calls in answers.
        ToolCalls = "tool-calls",
        /// Calls that are open at a time.
        Streams = "streams",
        /// Time of self-hosted accelerators, in thousandths of a second.
        GpuSeconds = "gpu-seconds",
        /// Replicas of self-hosted models at a time.
        Replicas = "replicas",
    }
}

words! {
    /// Whose calls a limit counts.
    ScopeKind {
        /// All calls.
        All = "all",
        /// Those of a virtual key.
        Key = "key",
        /// Those of several keys.
        Team = "team",
        /// Those to a model.
        Model = "model",
        /// Those over a route.
        Route = "route",
        /// Those of a session that the client names.
        Session = "session",
        /// Those of an agent's run that the client names.
        Run = "run",
    }
}

/// An amount for people: money and seconds as decimals, all else whole.
pub(super) fn show(unit: Unit, amount: u64) -> String {
    match unit {
        Unit::Money => Micros(amount).to_string(),
        Unit::GpuSeconds => Micros(amount.saturating_mul(1_000)).to_string(),
        _ => amount.to_string(),
    }
}

/// Reads what [`show`] shows.
pub(super) fn amount(unit: Unit, text: &str) -> Result<u64, RuleError> {
    let wrong = |error| RuleError::Amount(text.to_owned(), error);
    match unit {
        Unit::Money => parse_micros(text).map_err(wrong),
        Unit::GpuSeconds => {
            let micros = parse_micros(text).map_err(wrong)?;
            match micros % 1_000 {
                0 => Ok(micros / 1_000),
                _ => Err(wrong(AmountError::TooFine)),
            }
        }
        _ if text.starts_with('-') => Err(wrong(AmountError::Negative)),
        _ if !text.bytes().all(|byte| byte.is_ascii_digit()) || text.is_empty() => {
            Err(wrong(AmountError::Form))
        }
        _ => {
            let whole = text.parse::<u64>().ok();
            let whole = whole.filter(|whole| *whole <= WHOLE_MAX);
            whole.ok_or_else(|| wrong(AmountError::TooLarge))
        }
    }
}
