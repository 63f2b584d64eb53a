//! The pinned definitions as one session knows them.

use std::collections::BTreeMap;

use seawall_guard::pin::{alias, canonical, differences};
use seawall_ports::Pin;
use serde_json::Value;

/// What a session knows of pins: those of its server, and the names that other servers' tools go by.
#[derive(Clone, Debug, Default)]
pub struct Book {
    own: BTreeMap<String, Entry>,
    foreign: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
struct Entry {
    pinned: Value,
    proposed: Option<Value>,
}

/// What a definition on the wire is to the book.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Standing {
    /// As it was pinned.
    Pinned,
    /// Never seen.
    New,
    /// Another one than was pinned, which is given.
    Changed(Value),
    /// The name is that of another server's tool.
    Shadows,
}

/// What is to be kept of a definition.
#[derive(Clone, Debug, PartialEq)]
pub struct News {
    /// Name of the tool.
    pub tool: String,
    /// Its definition in canonical form.
    pub definition: String,
    /// Whether another one is pinned, so that this one waits for a person.
    pub is_change: bool,
}

impl Book {
    /// What `pins` say to a session with `server`. Pins that do not read count as never made.
    #[must_use]
    pub fn of(server: &str, pins: &[Pin]) -> Self {
        let mut book = Self::default();
        for pin in pins {
            if pin.server != server {
                let name = (alias(&pin.tool), pin.server.clone());
                book.foreign.insert(name.0, name.1);
                continue;
            }
            if let Ok(pinned) = serde_json::from_str(&pin.definition) {
                let proposed = pin.proposed.as_deref();
                let proposed = proposed.and_then(|text| serde_json::from_str(text).ok());
                book.own
                    .insert(pin.tool.clone(), Entry { pinned, proposed });
            }
        }
        book
    }

    pub(super) fn standing(&self, tool: &str, definition: &Value) -> Standing {
        match self.own.get(tool) {
            Some(entry) if canonical(&entry.pinned) == canonical(definition) => Standing::Pinned,
            Some(entry) => Standing::Changed(entry.pinned.clone()),
            None if self.shadows(tool) => Standing::Shadows,
            None => Standing::New,
        }
    }

    /// Whether a tool goes by the name of another server's, or looks like it.
    pub(super) fn shadows(&self, tool: &str) -> bool {
        !self.own.contains_key(tool) && self.foreign.contains_key(&alias(tool))
    }

    /// Why calls of a tool wait: its definition is not the pinned one any more.
    pub(super) fn changed(&self, tool: &str) -> Option<String> {
        let entry = self.own.get(tool)?;
        let proposed = entry.proposed.as_ref()?;
        let listed = differences(&entry.pinned, proposed);
        let listed: Vec<String> = listed.iter().map(ToString::to_string).take(8).collect();
        let listed = listed.join("; ");
        Some(format!(
            "The tool's definition changed since it was pinned. {listed}."
        ))
    }

    /// Keeps a definition; says what is new, so that the store keeps it too.
    pub(super) fn keep(&mut self, tool: &str, definition: &Value) -> Option<News> {
        let news = |is_change| News {
            tool: tool.to_owned(),
            definition: canonical(definition),
            is_change,
        };
        let Some(entry) = self.own.get_mut(tool) else {
            let pinned = definition.clone();
            let proposed = None;
            self.own.insert(tool.to_owned(), Entry { pinned, proposed });
            return Some(news(false));
        };
        let is_pinned = canonical(&entry.pinned) == canonical(definition);
        let waits = entry.proposed.as_ref().map(canonical);
        if is_pinned || waits.as_deref() == Some(canonical(definition).as_str()) {
            return None;
        }
        entry.proposed = Some(definition.clone());
        Some(news(true))
    }
}
