//! What reading a pickle brought to light: the events that the rules turn into findings.

use std::fmt;

/// Events kept for one stream, each the first of its kind and name.
const EVENTS_MAX: usize = 512;

/// A dotted import: module and qualified name, in the spelling of Python 3.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Name {
    pub(crate) module: String,
    pub(crate) name: String,
}

impl Name {
    /// Whether both parts are dotted identifiers, as every import of a pickler is.
    pub(crate) fn is_identifier(&self) -> bool {
        let identifier = |part: &str| {
            let starts = part.starts_with(|first: char| first.is_alphabetic() || first == '_');
            starts
                && part
                    .chars()
                    .all(|character| character.is_alphanumeric() || character == '_')
        };
        self.module
            .split('.')
            .chain(self.name.split('.'))
            .all(identifier)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{}", self.module, self.name);
        formatter.write_str(&crate::report::printable(&text))
    }
}

/// How an import is judged by its name.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Class {
    /// On the allow-list.
    Allowed,
    /// Not on the allow-list.
    Unlisted,
    /// Known to run code or to reach files, processes or the network.
    Dangerous,
}

/// What a pickle takes from outside of itself.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Outside {
    /// A code of the `copyreg` extension registry, which the loading process fills.
    Extension,
    /// A persistent id, which the loading process resolves.
    PersistentId,
    /// An out-of-band buffer of protocol 5.
    Buffer,
    /// An array in a file of its own, under a name that the pickle chooses.
    ArrayFile,
}

/// Where a pickle lies inside of the pickle: offset and size.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Nested {
    /// As bytes.
    Bytes(u64, u64),
    /// As UTF-8 text of which every character stands for a byte.
    Latin1(u64, u64),
}

/// Something that a rule may want to report.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Event {
    /// A name that is not on the allow-list is imported, and perhaps called.
    Import {
        name: Name,
        class: Class,
        called: bool,
    },
    /// An allowed name is called in a way no framework writes.
    Shape { name: Name, how: &'static str },
    /// What is imported or called is computed rather than written down.
    Computed(&'static str),
    /// Something outside of the pickle decides what it means.
    Outside(Outside),
    /// Two unpicklers would see different things.
    Ambiguous(&'static str),
}

/// The events of a stream, each once, with the offset where it came first.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    events: Vec<(u64, Event)>,
    /// More events than are kept.
    pub(crate) overflow: bool,
    /// What holds a pickle of its own, such as the argument of `torch.storage._load_from_bytes`.
    pub(crate) nested: Vec<Nested>,
    /// Imports of any kind that were executed.
    pub(crate) imports: u64,
    /// Calls of imports; tells a pickle from text that happens to parse.
    pub(crate) calls: u64,
    /// Bytes of the storages of a legacy PyTorch container, by key.
    pub(crate) storages: std::collections::BTreeMap<String, u64>,
}

impl Facts {
    /// Records an event unless it was seen before.
    pub(crate) fn record(&mut self, offset: u64, event: Event) {
        if let Event::Import { name, called, .. } = &event {
            let known = self.events.iter_mut().find_map(|(_, known)| match known {
                Event::Import {
                    name: other,
                    called,
                    ..
                } if other == name => Some(called),
                _ => None,
            });
            if let Some(known) = known {
                *known |= *called;
                return;
            }
        } else if self.events.iter().any(|(_, known)| *known == event) {
            return;
        }
        if self.events.len() >= EVENTS_MAX {
            self.overflow = true;
            return;
        }
        self.events.push((offset, event));
    }

    /// The events in the order of their offsets.
    pub(crate) fn events(&self) -> impl Iterator<Item = (u64, &Event)> {
        self.events.iter().map(|(offset, event)| (*offset, event))
    }

    /// Whether something was done that bytes do not come to by chance: a name imported that could
    /// be one.
    pub(crate) fn acts(&self) -> bool {
        self.calls > 0
            || self.events().any(|(_, event)| match event {
                Event::Import { name, .. } => name.is_identifier(),
                Event::Shape { .. } => true,
                Event::Computed(_) | Event::Outside(_) | Event::Ambiguous(_) => false,
            })
    }

    /// Notes a pickle inside of the pickle.
    pub(crate) fn nest(&mut self, nested: Nested) {
        if self.nested.len() < EVENTS_MAX {
            self.nested.push(nested);
        } else {
            self.overflow = true;
        }
    }
}
