//! The committed list of skips, and the log in which running tests name theirs.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::shell::Repository;

/// Where the list is.
pub(crate) const LIST: &str = "xtask/skips.toml";

/// A skip that is allowed to happen.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Listed {
    /// What is missing when it happens.
    pub(crate) why: String,
    /// How to have the tests run.
    pub(crate) enable: String,
}

/// A skip that happened.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Skip {
    /// The id in the list.
    pub(crate) id: String,
    /// The test or step.
    pub(crate) test: String,
    /// What it said.
    pub(crate) why: String,
}

/// Reads the committed list.
pub(crate) fn listed(repository: &Repository) -> anyhow::Result<BTreeMap<String, Listed>> {
    parse_list(&repository.read(LIST)?)
}

/// Reads `[id]` sections with `why = "…"` and `enable = "…"`.
fn parse_list(text: &str) -> anyhow::Result<BTreeMap<String, Listed>> {
    let mut list: BTreeMap<String, Listed> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(id) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            current = id.to_owned();
            list.insert(current.clone(), Listed::default());
            continue;
        }
        let value = line
            .split_once(" = ")
            .and_then(|(key, value)| Some((key, value.strip_prefix('"')?.strip_suffix('"')?)));
        match (value, list.get_mut(&current)) {
            (Some(("why", value)), Some(entry)) => entry.why = value.to_owned(),
            (Some(("enable", value)), Some(entry)) => entry.enable = value.to_owned(),
            _ => anyhow::bail!("{LIST}: cannot read `{line}`"),
        }
    }
    Ok(list)
}

/// Reads the log that the tests wrote: a JSON object a line.
pub(crate) fn parse_log(text: &str) -> Vec<Skip> {
    let field = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or("unnamed")
            .to_owned()
    };
    let mut skips: Vec<Skip> = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .map(|value| Skip {
            id: field(&value, "id"),
            test: field(&value, "test"),
            why: field(&value, "why"),
        })
        .collect();
    skips.sort();
    skips.dedup();
    skips
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_and_the_log_read_back() {
        let list = parse_list("# c\n[a]\nwhy = \"no x\"\nenable = \"install x\"\n").unwrap();
        assert_eq!(list["a"].enable, "install x");
        assert!(parse_list("[a]\nwhat = 1\n").is_err());
        let log = "{\"id\":\"a\",\"test\":\"t\",\"why\":\"w\"}\n{\"id\":\"a\",\"test\":\"t\",\"why\":\"w\"}\nx";
        assert_eq!(parse_log(log).len(), 1);
    }

    #[test]
    fn every_listed_skip_says_why_and_how_to_enable_it() {
        for (id, entry) in listed(&Repository::here()).unwrap() {
            assert!(!entry.why.is_empty() && !entry.enable.is_empty(), "{id}");
        }
    }
}
