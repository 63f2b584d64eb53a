//! Limits as an owner states them, and which calls each is about.

mod unit;
mod wire;

use std::collections::BTreeMap;

use self::unit::show;
pub use self::unit::{ScopeKind, Unit};
use crate::account::Terms;
use crate::money::AmountError;
use crate::window::{Window, WindowError, ZoneError};

/// How long a slice lives without a report.
const TTL_MS: i64 = 10_000;

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
    /// The class that the client puts itself in, where it names one.
    pub class: Option<&'a str>,
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

impl Rule {
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

    /// The class of a call: of the shares that name its key, route or model, or that the client names,
    /// the smallest. So a client can lower itself and never raise itself; a call that no share names
    /// may use the whole limit, and its class is empty.
    #[must_use]
    pub fn class(&self, facts: &Facts<'_>) -> &str {
        let names = [facts.key, facts.key_name, facts.route, facts.model];
        let names = names.into_iter().chain(facts.class);
        let shares = names.filter_map(|name| self.shares.get_key_value(name));
        shares
            .min_by_key(|(_, percent)| **percent)
            .map_or("", |(class, _)| class)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

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
            ..Facts::default()
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

    #[test]
    fn the_smallest_share_that_names_a_call_is_its_class() {
        let value = json!({"id": "x", "scope": "all", "unit": "tokens", "limit": "5", "window": "day",
            "shares": {"ci": 60, "batch": 20, "m": 90}});
        let rule = rule(&value).unwrap();
        let class = |key_name: &str, class| {
            let facts = Facts {
                key_name,
                class,
                ..Facts::default()
            };
            rule.class(&facts).to_owned()
        };
        assert_eq!(class("prod", None), "");
        assert_eq!(class("ci", None), "ci");
        assert_eq!(class("ci", Some("batch")), "batch");
        // Naming a larger share does not raise the smaller one.
        assert_eq!(class("ci", Some("m")), "ci");
        assert_eq!(class("prod", Some("unknown")), "");
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
