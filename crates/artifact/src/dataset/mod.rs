//! Datasets as a stream of records: JSON lines and CSV, read line by line with bounded memory.
//!
//! The dataset rules are screens: each sees every record once, some a second time, and speaks at the
//! end, with the first place and an absolute count. A few hundred poisoned records suffice whatever
//! the size of the dataset, so nothing here is a percentage.

mod csv;
mod lines;
mod record;

use seawall_base::{Limits, Location, json};
use serde_json::Value;

use crate::report::Sink;
use crate::rules;
use crate::sniff::Kind;
use crate::source::ReadAt;

pub(crate) use self::record::{
    Field, FieldKind, Record, Tally, is_identifier, is_label, raw_words, word_print, words,
};

use self::lines::Lines;

/// Lines of a dataset that could not be read and are told one by one.
const BROKEN_MAX: u64 = 3;

/// A dataset rule at work.
pub(crate) trait Screen {
    /// Sees the next record.
    fn record(&mut self, record: &Record);

    /// Whether it must see all records again.
    fn wants_second_pass(&mut self) -> bool {
        false
    }

    /// Sees the next record again.
    fn second(&mut self, _record: &Record) {}

    /// Says what it found.
    fn finish(&mut self, sink: &mut Sink<'_>);
}

/// Streams the records of `source` through every dataset rule.
pub(crate) fn scan(kind: Kind, path: &str, source: &dyn ReadAt, sink: &mut Sink<'_>) {
    let mut screens = rules::screens();
    let mut broken = Broken::default();
    let separator = if path.to_ascii_lowercase().ends_with(".tsv") {
        b'\t'
    } else {
        b','
    };
    let read = |sink: &mut dyn FnMut(&Record), broken: &mut Broken, limits: &Limits| match kind {
        Kind::JsonLines => json_lines(source, limits, broken, sink),
        Kind::Csv => csv::read(source, separator, limits, broken, sink),
        _ => Ok(()),
    };
    let limits = *sink.limits();
    let mut first = |record: &Record| screens.iter_mut().for_each(|screen| screen.record(record));
    if let Err(error) = read(&mut first, &mut broken, &limits) {
        sink.read_failed(&error);
        return;
    }
    let mut again: Vec<_> = screens
        .iter_mut()
        .filter_map(|screen| screen.wants_second_pass().then_some(screen))
        .collect();
    if !again.is_empty() {
        let mut second =
            |record: &Record| again.iter_mut().for_each(|screen| screen.second(record));
        let mut ignored = Broken::default();
        if let Err(error) = read(&mut second, &mut ignored, &limits) {
            sink.read_failed(&error);
            return;
        }
    }
    for screen in &mut screens {
        screen.finish(sink);
    }
    broken.report(sink);
}

fn json_lines(
    source: &dyn ReadAt,
    limits: &Limits,
    broken: &mut Broken,
    sink: &mut dyn FnMut(&Record),
) -> Result<(), crate::source::ReadError> {
    let json_limits = json::JsonLimits {
        bytes_max: lines::LINE_MAX,
        ..limits.json()
    };
    let mut lines = Lines::new(source);
    let mut count = 0;
    while let Some(line) = lines.next()? {
        count += 1;
        if count > limits.entries_max.max(1_000_000_000) {
            broken.note(
                line.number,
                line.byte,
                "the dataset has more records than the limit".to_owned(),
            );
            break;
        }
        if line.bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        if line.cut {
            let message = "a line is longer than the limit".to_owned();
            broken.note(line.number, line.byte, message);
            continue;
        }
        match json::parse(&line.bytes, &json_limits) {
            Ok(value @ Value::Object(_)) => {
                sink(&Record::from_json(line.number, line.byte, &value));
            }
            Ok(_) => {
                let message = "a line is not a JSON object".to_owned();
                broken.note(line.number, line.byte, message);
            }
            Err(error) => broken.note(
                line.number,
                line.byte,
                format!("a line cannot be read: {error}"),
            ),
        }
    }
    Ok(())
}

/// Lines that could not be read: the first few, and how many more.
#[derive(Debug, Default)]
struct Broken {
    first: Vec<(Location, String)>,
    count: u64,
}

impl Broken {
    fn note(&mut self, line: u32, byte: u64, message: String) {
        self.count += 1;
        if self.count <= BROKEN_MAX {
            let location = Location {
                line,
                column: 1,
                byte,
            };
            self.first.push((location, message));
        }
    }

    fn report(self, sink: &mut Sink<'_>) {
        for (location, message) in self.first {
            sink.broken(Some(location), message);
        }
        if self.count > BROKEN_MAX {
            sink.broken(None, format!("{} lines could not be read", self.count));
        }
    }
}
