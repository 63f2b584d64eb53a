//! Comma- and tab-separated records (RFC 4180), quoted fields over several lines included.

use seawall_base::Limits;

use super::Broken;
use super::lines::{LINE_MAX, Lines};
use super::record::{Field, FieldKind, Record};
use crate::source::{ReadAt, ReadError};

/// Fields of one record that are read.
const FIELDS_MAX: usize = 4096;

/// Streams the records; the first line names the columns.
pub(super) fn read(
    source: &dyn ReadAt,
    separator: u8,
    limits: &Limits,
    broken: &mut Broken,
    sink: &mut dyn FnMut(&Record),
) -> Result<(), ReadError> {
    let mut lines = Lines::new(source);
    let mut columns: Vec<String> = Vec::new();
    let mut count = 0;
    while let Some(first) = lines.next()? {
        let (number, byte) = (first.number, first.byte);
        let mut text = first.bytes;
        let mut cut = first.cut;
        // A quoted field may hold line ends: join lines until its quotes are even.
        while text.iter().filter(|byte| **byte == b'"').count() % 2 == 1 && !cut {
            let Some(next) = lines.next()? else {
                broken.note(number, byte, "a quoted field is never closed".to_owned());
                return Ok(());
            };
            text.push(b'\n');
            text.extend_from_slice(&next.bytes);
            cut = next.cut || text.len() > LINE_MAX;
        }
        count += 1;
        if cut || count > limits.entries_max.max(1_000_000_000) {
            broken.note(number, byte, "a record is longer than the limit".to_owned());
            if cut {
                continue;
            }
            return Ok(());
        }
        if text.is_empty() {
            continue;
        }
        let Ok(text) = String::from_utf8(text) else {
            broken.note(number, byte, "a record is not UTF-8".to_owned());
            continue;
        };
        let fields = split(&text, char::from(separator));
        if columns.is_empty() {
            columns = fields
                .into_iter()
                .map(|(_, name)| name.trim_start_matches('\u{feff}').trim().to_owned())
                .collect();
            continue;
        }
        sink(&record(number, byte, &columns, fields));
    }
    Ok(())
}

fn record(line: u32, byte: u64, columns: &[String], fields: Vec<(u32, String)>) -> Record {
    let width = fields.len();
    let fields = fields
        .into_iter()
        .enumerate()
        .map(|(index, (column, text))| Field {
            name: columns
                .get(index)
                .cloned()
                .unwrap_or_else(|| format!("column {}", index + 1)),
            kind: if text.is_empty() {
                FieldKind::Empty
            } else {
                FieldKind::of_text(&text)
            },
            text,
            column,
        });
    Record {
        line,
        byte,
        fields: fields.collect(),
        misfit: (width != columns.len()).then(|| {
            format!(
                "{width} fields where the first line names {}",
                columns.len()
            )
        }),
    }
}

/// The fields of a record with the column in characters where each begins.
fn split(text: &str, separator: char) -> Vec<(u32, String)> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let (mut start, mut position, mut quoted) = (1, 0, false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        position += 1;
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                position += 1;
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            other if other == separator && !quoted => {
                if fields.len() >= FIELDS_MAX {
                    break;
                }
                fields.push((start, std::mem::take(&mut field)));
                start = position + 1;
            }
            other => field.push(other),
        }
    }
    fields.push((start, field));
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_separators_quotes_and_line_ends() {
        let bytes = b"id,text\n1,\"a, \"\"b\"\"\nc\"\n2,d,e\n".to_vec();
        let mut seen = Vec::new();
        let mut broken = Broken::default();
        read(
            &bytes,
            b',',
            &Limits::default(),
            &mut broken,
            &mut |record| {
                let texts: Vec<_> = record
                    .fields
                    .iter()
                    .map(|field| field.text.clone())
                    .collect();
                seen.push((record.line, texts, record.misfit.is_some()));
            },
        )
        .unwrap();
        assert_eq!(
            seen[0],
            (2, vec!["1".to_owned(), "a, \"b\"\nc".to_owned()], false)
        );
        assert_eq!(seen[1], (4, vec!["2".into(), "d".into(), "e".into()], true));
        assert_eq!(broken.count, 0);
    }
}
