//! Limits as an owner states them, and which calls each is about.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::account::Terms;
use crate::money::{AmountError, Micros, parse_micros};
use crate::window::{Window, WindowError, Zone, ZoneError};

/// Largest limit in whole units.
const WHOLE_MAX: u64 = 1_000_000_000_000_000;
/// How long a slice lives without a report.
const TTL_MS: i64 = 10_000;
/// Longest name of anything.
const NAME_MAX: usize = 128;

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

/// One limit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rule {
    /// Its name.
    pub id: String,
    /// Whose calls it counts.
    pub scope: ScopeKind,
    /// Which one; `*` is each for itself.
    pub of: String,
    /// The keys of a team.
    pub members: Vec<String>,
    /// What is limited.
    pub unit: Unit,
    /// The ceiling, in the smallest unit.
    pub limit: u64,
    /// The span of time.
    pub window: Window,
    /// The most that a rest adds to the next window.
    pub carry_max: u64,
    /// Percentages that raise an alert.
    pub alerts: Vec<u8>,
    /// Classes that stop before the ceiling.
    pub shares: BTreeMap<String, u8>,
    /// Counts the changes.
    pub revision: u64,
}

/// What is known about a call when it is reserved.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Facts<'a> {
    /// Id of the virtual key.
    pub key: &'a str,
    /// Its name.
    pub key_name: &'a str,
    /// The model that was asked for.
    pub model: &'a str,
    /// The route.
    pub route: &'a str,
    /// The session, where the client names one.
    pub session: Option<&'a str>,
    /// The run, where the client names one.
    pub run: Option<&'a str>,
}

/// Why something is no limit.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// It has another form.
    #[error("a limit has another form: {0}")]
    Form(String),
    /// A word is unknown.
    #[error("`{word}` is no {what}; there are {known}")]
    Word {
        /// What it should be.
        what: &'static str,
        /// The word.
        word: String,
        /// The words that there are.
        known: String,
    },
    /// A name is empty, too long or has characters that names must not have.
    #[error("`{0}` is no name: 1 to 128 letters, digits, `-`, `_`, `.` or `:`")]
    Name(String),
    /// An amount cannot be.
    #[error("`{0}` cannot be an amount")]
    Amount(String, #[source] AmountError),
    /// The window cannot be.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// The time zone cannot be.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// A percentage is outside 1 to 100.
    #[error("a percentage is 1 to 100, not {0}")]
    Percent(u64),
    /// A unit and a window do not go together.
    #[error("{0} are held, not spent: their window is `held`, and no other unit has it")]
    Held(Unit),
    /// Two settings contradict each other.
    #[error("{0}")]
    Contradiction(&'static str),
}

/// The form on the wire.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Wire {
    id: String,
    scope: String,
    #[serde(default = "each")]
    of: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    members: Vec<String>,
    unit: String,
    limit: String,
    window: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    zone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    carry: Option<String>,
    #[serde(default)]
    alerts: Vec<u64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    shares: BTreeMap<String, u64>,
    #[serde(default)]
    revision: u64,
}

fn each() -> String {
    "*".to_owned()
}

impl Rule {
    /// Reads a limit from its JSON.
    ///
    /// # Errors
    /// Names the first thing that cannot be.
    pub fn parse(value: &Value) -> Result<Self, RuleError> {
        let wire = Wire::deserialize(value).map_err(|error| RuleError::Form(error.to_string()))?;
        let unit = word(&wire.unit, "unit", Unit::ALL, Unit::as_str, Unit::from_word)?;
        let scope = word(
            &wire.scope,
            "scope",
            ScopeKind::ALL,
            ScopeKind::as_str,
            ScopeKind::from_word,
        )?;
        let zone = wire
            .zone
            .as_deref()
            .map_or_else(|| Ok(Zone::utc()), str::parse)?;
        let window = Window::parse(&wire.window, &zone)?;
        let is_held = matches!(unit, Unit::Streams | Unit::Replicas);
        if is_held != (window == Window::Held) {
            return Err(RuleError::Held(unit));
        }
        let carry = wire.carry.as_deref().unwrap_or("0");
        let rule = Self {
            id: name(wire.id)?,
            scope,
            of: if wire.of == "*" {
                wire.of
            } else {
                name(wire.of)?
            },
            members: wire
                .members
                .into_iter()
                .map(name)
                .collect::<Result<_, _>>()?,
            unit,
            limit: amount(unit, &wire.limit)?,
            window,
            carry_max: amount(unit, carry)?,
            alerts: percents(wire.alerts)?,
            shares: shares(wire.shares)?,
            revision: wire.revision,
        };
        rule.checked()
    }

    fn checked(self) -> Result<Self, RuleError> {
        let wrong = |why| Err(RuleError::Contradiction(why));
        if (self.scope == ScopeKind::Team) == self.members.is_empty() {
            return wrong("a team names its members, and nothing else does");
        }
        if self.scope == ScopeKind::Team && self.of == "*" {
            return wrong("a team has a name of its own, not `*`");
        }
        if self.scope == ScopeKind::All && self.of != "*" {
            return wrong("the scope `all` is about all calls together and names nobody");
        }
        if self.carry_max > 0 && !matches!(self.window, Window::Calendar(..)) {
            return wrong("only a calendar window can carry a rest over");
        }
        Ok(self)
    }

    /// The limit as JSON, which [`Self::parse`] reads back.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let amount = |amount| show(self.unit, amount);
        let wire = Wire {
            id: self.id.clone(),
            scope: self.scope.to_string(),
            of: self.of.clone(),
            members: self.members.clone(),
            unit: self.unit.to_string(),
            limit: amount(self.limit),
            window: self.window.to_string(),
            zone: self.window.zone().map(ToString::to_string),
            carry: (self.carry_max > 0).then(|| amount(self.carry_max)),
            alerts: self
                .alerts
                .iter()
                .map(|percent| u64::from(*percent))
                .collect(),
            shares: self
                .shares
                .iter()
                .map(|(class, percent)| (class.clone(), u64::from(*percent)))
                .collect(),
            revision: self.revision,
        };
        serde_json::to_value(wire).unwrap_or_default()
    }

    /// The account that a call draws on, where the limit is about it. A call that names no session
    /// shares one with all such calls of its key, so that leaving the name out gains nothing.
    #[must_use]
    pub fn account(&self, facts: &Facts<'_>) -> Option<String> {
        let unnamed;
        let subject = match self.scope {
            ScopeKind::All => return Some(self.id.clone()),
            ScopeKind::Team => {
                let is_one = |member: &String| member == facts.key || member == facts.key_name;
                return self.members.iter().any(is_one).then(|| self.id.clone());
            }
            ScopeKind::Key if self.of == facts.key_name => facts.key_name,
            ScopeKind::Key => facts.key,
            ScopeKind::Model => facts.model,
            ScopeKind::Route => facts.route,
            ScopeKind::Session | ScopeKind::Run => {
                let named = match self.scope {
                    ScopeKind::Session => facts.session,
                    _ => facts.run,
                };
                unnamed = match named {
                    // Two keys that name the same session have one each.
                    Some(named) => format!("{}/{named}", facts.key),
                    None => format!("{}/-", facts.key),
                };
                if self.of != "*" && named != Some(self.of.as_str()) {
                    return None;
                }
                &unnamed
            }
        };
        match self.of.as_str() {
            "*" => Some(format!("{}/{subject}", self.id)),
            _ if matches!(self.scope, ScopeKind::Session | ScopeKind::Run) => {
                Some(format!("{}/{subject}", self.id))
            }
            of => (of == subject).then(|| self.id.clone()),
        }
    }

    /// What the accounts of the limit have to know.
    #[must_use]
    pub fn terms(&self) -> Terms {
        Terms {
            limit: self.limit,
            window: self.window.clone(),
            carry_max: self.carry_max,
            alerts: self.alerts.clone(),
            shares: self.shares.clone(),
            ttl_ms: TTL_MS,
            revision: self.revision,
        }
    }

    /// An amount of the limit's unit, for people.
    #[must_use]
    pub fn show(&self, amount: u64) -> String {
        show(self.unit, amount)
    }
}

/// An amount for people: money and seconds as decimals, all else whole.
fn show(unit: Unit, amount: u64) -> String {
    match unit {
        Unit::Money => Micros(amount).to_string(),
        Unit::GpuSeconds => Micros(amount.saturating_mul(1_000)).to_string(),
        _ => amount.to_string(),
    }
}

/// Reads what [`show`] shows.
fn amount(unit: Unit, text: &str) -> Result<u64, RuleError> {
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

fn word<T: Copy>(
    text: &str,
    what: &'static str,
    all: &[T],
    show: fn(T) -> &'static str,
    read: fn(&str) -> Option<T>,
) -> Result<T, RuleError> {
    read(text).ok_or_else(|| RuleError::Word {
        what,
        word: text.to_owned(),
        known: all.iter().copied().map(show).collect::<Vec<_>>().join(", "),
    })
}

fn name(text: String) -> Result<String, RuleError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    if text.is_empty() || text.len() > NAME_MAX || !text.bytes().all(fits) {
        return Err(RuleError::Name(text.chars().take(NAME_MAX).collect()));
    }
    Ok(text)
}

fn percents(numbers: Vec<u64>) -> Result<Vec<u8>, RuleError> {
    let mut percents = numbers
        .into_iter()
        .map(percent)
        .collect::<Result<Vec<u8>, _>>()?;
    percents.sort_unstable();
    percents.dedup();
    Ok(percents)
}

fn percent(number: u64) -> Result<u8, RuleError> {
    let percent = u8::try_from(number).ok();
    let percent = percent.filter(|percent| (1..=100).contains(percent));
    percent.ok_or(RuleError::Percent(number))
}

fn shares(wire: BTreeMap<String, u64>) -> Result<BTreeMap<String, u8>, RuleError> {
    wire.into_iter()
        .map(|(class, number)| Ok((name(class)?, percent(number)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn rule(value: &Value) -> Result<Rule, RuleError> {
        Rule::parse(value)
    }

    #[test]
    fn a_limit_reads_back() {
        let value = json!({
            "id": "team-month", "scope": "team", "of": "claims", "members": ["key_1", "ci"],
            "unit": "money", "limit": "120.50", "window": "month", "zone": "Europe/Berlin",
            "carry": "10.00", "alerts": [50, 80], "shares": {"batch": 70}, "revision": 3
        });
        let read = rule(&value).unwrap();
        assert_eq!(read.limit, 120_500_000);
        assert_eq!(read.to_value(), value);
        assert_eq!(Rule::parse(&read.to_value()), Ok(read));
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let good =
            json!({"id": "a", "scope": "key", "unit": "tokens", "limit": "5", "window": "day"});
        assert!(rule(&good).is_ok());
        for (field, wrong) in [
            ("limit", json!("-5")),
            ("limit", json!("5.5")),
            ("limit", json!("99999999999999999999")),
            ("limit", json!("")),
            ("limit", json!(5)),
            ("unit", json!("euros")),
            ("scope", json!("galaxy")),
            ("window", json!("held")),
            ("window", json!("eon")),
            ("zone", json!("Mars")),
            ("alerts", json!([0])),
            ("alerts", json!([101])),
            ("shares", json!({"batch": 0})),
            ("members", json!(["x"])),
            ("id", json!("")),
            ("id", json!("a b")),
            ("limits", json!("typo")),
        ] {
            let mut value = good.clone();
            value[field] = wrong.clone();
            assert!(rule(&value).is_err(), "{field} {wrong}");
        }
    }

    #[test]
    fn a_rule_finds_the_account_of_a_call() {
        let facts = Facts {
            key: "key_1",
            key_name: "ci",
            model: "m",
            route: "r",
            session: Some("s1"),
            run: None,
        };
        let account = |scope: &str, of: &str| {
            let value = json!({"id": "x", "scope": scope, "of": of, "unit": "tokens", "limit": "5", "window": "day"});
            rule(&value).unwrap().account(&facts)
        };
        assert_eq!(account("key", "*").as_deref(), Some("x/key_1"));
        assert_eq!(account("key", "key_1").as_deref(), Some("x"));
        assert_eq!(account("key", "ci").as_deref(), Some("x"));
        assert_eq!(account("key", "other"), None);
        assert_eq!(account("model", "m").as_deref(), Some("x"));
        assert_eq!(account("route", "*").as_deref(), Some("x/r"));
        assert_eq!(account("session", "*").as_deref(), Some("x/key_1/s1"));
        assert_eq!(account("run", "*").as_deref(), Some("x/key_1/-"));
        assert_eq!(account("run", "r1"), None);
    }

    proptest! {
        #[test]
        fn no_value_panics(id in ".{0,9}", limit in ".{0,24}", window in ".{0,12}", unit in 0usize..7) {
            let unit = Unit::ALL[unit].as_str();
            let value = json!({"id": id, "scope": "key", "unit": unit, "limit": limit, "window": window});
            let _rule = rule(&value);
        }
    }
}
