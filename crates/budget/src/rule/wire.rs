//! The form of a limit on the wire, and all that can be wrong with it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::unit::{amount, show};
use super::{Rule, RuleError, ScopeKind, Unit};
use crate::window::{Window, Zone};

/// Longest name of anything.
const NAME_MAX: usize = 128;

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
