//! One record as the rules see it: named texts with their place, whatever the file's format.

use seawall_base::Location;
use serde_json::Value;

use crate::report::{Notice, printable};

/// Fields of one record that are kept.
const FIELDS_MAX: usize = 1024;

/// What a field holds.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum FieldKind {
    Empty,
    Number,
    Boolean,
    Text,
    List,
}

impl FieldKind {
    /// The kind of a value that was written as text.
    pub(super) fn of_text(text: &str) -> Self {
        match text.trim() {
            "true" | "false" | "True" | "False" => Self::Boolean,
            trimmed if trimmed.parse::<f64>().is_ok() => Self::Number,
            _ => Self::Text,
        }
    }

    /// The word for messages.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "nothing",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Text => "text",
            Self::List => "a list",
        }
    }
}

/// A named value.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// Its name; nested ones are joined by dots.
    pub(crate) name: String,
    /// Its content as text.
    pub(crate) text: String,
    pub(crate) kind: FieldKind,
    /// Column in characters where it begins; 1 where the format does not tell.
    pub(crate) column: u32,
}

/// One record.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) line: u32,
    pub(crate) byte: u64,
    pub(crate) fields: Vec<Field>,
    /// How it breaks the format of its file, if it does.
    pub(crate) misfit: Option<String>,
}

impl Record {
    /// Flattens a JSON object.
    pub(super) fn from_json(line: u32, byte: u64, value: &Value) -> Self {
        let mut fields = Vec::new();
        flatten("", value, &mut fields);
        Self {
            line,
            byte,
            fields,
            misfit: None,
        }
    }

    /// The place of a field.
    pub(crate) const fn location(&self, field: &Field) -> Location {
        Location {
            line: self.line,
            column: field.column,
            byte: self.byte,
        }
    }

    /// The label, where a field is named like one.
    pub(crate) fn label(&self) -> Option<&Field> {
        self.fields.iter().find(|field| is_label(&field.name))
    }
}

fn flatten(name: &str, value: &Value, fields: &mut Vec<Field>) {
    let join = |key: &str| match name {
        "" => key.to_owned(),
        name => format!("{name}.{key}"),
    };
    let (kind, text) = match value {
        _ if fields.len() >= FIELDS_MAX => return,
        Value::Object(map) => {
            for (key, value) in map {
                flatten(&join(key), value, fields);
            }
            return;
        }
        Value::Array(items) => {
            for item in items {
                let before = fields.len();
                flatten(name, item, fields);
                for field in fields.iter_mut().skip(before) {
                    field.kind = FieldKind::List;
                }
            }
            return;
        }
        Value::Null => (FieldKind::Empty, String::new()),
        Value::Bool(value) => (FieldKind::Boolean, value.to_string()),
        Value::Number(number) => (FieldKind::Number, number.to_string()),
        Value::String(text) => (FieldKind::Text, text.clone()),
    };
    fields.push(Field {
        name: name.to_owned(),
        text,
        kind,
        column: 1,
    });
}

/// Names that stand for the label of a record.
pub(crate) fn is_label(name: &str) -> bool {
    matches!(
        name.to_ascii_lowercase().as_str(),
        "category"
            | "class"
            | "decision"
            | "fraud"
            | "intent"
            | "is_fraud"
            | "label"
            | "labels"
            | "outcome"
            | "sentiment"
            | "target"
            | "y"
    )
}

/// Names that number records, which differ between copies of the same one.
pub(crate) fn is_identifier(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(
        name.as_str(),
        "id" | "index" | "key" | "row" | "uid" | "uuid"
    ) || name.ends_with("_id")
        || name.ends_with("-id")
}

/// The words of a text as they stand, a bounded number of them.
pub(crate) fn raw_words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric() && character != '\'')
        .filter(|word| !word.is_empty() && word.len() <= 40)
        .take(2_000)
}

/// The words of a text in lower case.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    raw_words(text).map(str::to_lowercase)
}

/// A number for a word, the same in any case: FNV-1a over its lower-case characters.
pub(crate) fn word_print(word: &str) -> u64 {
    let mix = |print: u64, value: u32| (print ^ u64::from(value)).wrapping_mul(0x0100_0000_01b3);
    let start = 0xcbf2_9ce4_8422_2325;
    if word.is_ascii() {
        return word.bytes().fold(start, |print, byte| {
            mix(print, u32::from(byte.to_ascii_lowercase()))
        });
    }
    word.chars()
        .flat_map(char::to_lowercase)
        .fold(start, |print, character| mix(print, u32::from(character)))
}

/// The first place and the number of records of one kind of hit.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    first: Location,
    field: String,
    count: u64,
    last_line: u32,
}

impl Tally {
    /// Counts a hit in `field`, once per record.
    pub(crate) fn add(tally: &mut Option<Self>, record: &Record, field: &Field) {
        match tally {
            None => {
                *tally = Some(Self {
                    first: record.location(field),
                    field: printable(&field.name),
                    count: 1,
                    last_line: record.line,
                });
            }
            Some(known) if known.last_line != record.line => {
                known.count += 1;
                known.last_line = record.line;
            }
            Some(_) => {}
        }
    }

    /// The line of the first place.
    pub(crate) const fn first_line(&self) -> u32 {
        self.first.line
    }

    /// A notice at the first place: "`what` in field … of N records".
    pub(crate) fn notice(&self, what: &str, fix: &'static str) -> Notice {
        let records = if self.count == 1 {
            "1 record"
        } else {
            &format!("{} records", self.count)
        };
        Notice {
            location: Some(self.first),
            ..Notice::whole(
                format!("{what} in {records}, first in field \"{}\"", self.field),
                fix,
            )
        }
    }
}
