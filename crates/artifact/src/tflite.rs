//! TensorFlow Lite: a flat buffer with the operators it needs, sometimes with an archive behind it.

use crate::report::Sink;
use crate::rules::tflite_foreign_operator as rule;
use crate::source::{ReadAt, ReadError, read_up_to};

/// Entries of one vector that are looked at.
const ENTRIES_MAX: u32 = 1 << 20;

/// Why the buffer cannot be read.
enum Fault {
    Broken,
    Limit,
    Read(ReadError),
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

/// A table, with its table of fields.
struct Table<'a> {
    source: &'a dyn ReadAt,
    start: u64,
    fields: Vec<u16>,
}

/// Reads the operators of `source`, and checks that every buffer lies in the file.
pub(crate) fn read(source: &dyn ReadAt, sink: &mut Sink<'_>) {
    match model(source, sink) {
        Ok(()) => {}
        Err(Fault::Broken) => sink.broken(None, "the model is broken or cut short"),
        Err(Fault::Limit) => sink.broken(None, "the model has more parts than the limit"),
        Err(Fault::Read(error)) => sink.read_failed(&error),
    }
}

/// `Model`: 1 are operator codes, 2 subgraphs, 4 buffers.
fn model(source: &dyn ReadAt, sink: &mut Sink<'_>) -> Result<(), Fault> {
    let root = Table::at(source, u64::from(number(source, 0)?))?;
    for code in root.tables(1)? {
        // `OperatorCode`: 1 is the name of a custom operator.
        if let Some(name) = Table::at(source, code)?.text(1)? {
            rule::check(&name, sink);
        }
    }
    if root.tables(2)?.is_empty() {
        return Err(Fault::Broken);
    }
    for graph in root.tables(2)? {
        // `SubGraph`: 3 are operators, each of which must be whole.
        let graph = Table::at(source, graph)?;
        for operator in graph.tables(3)? {
            Table::at(source, operator)?;
        }
        // 0 are tensors, with their names in field 3.
        for tensor in graph.tables(0)? {
            Table::at(source, tensor)?.text(3)?;
        }
        graph.text(4)?;
    }
    root.text(3)?;
    for buffer in root.tables(4)? {
        // `Buffer`: 0 are bytes in place, 1 and 2 an offset and a size behind the flat buffer.
        let buffer = Table::at(source, buffer)?;
        if let Some(data) = buffer.reference(0)? {
            let size = u64::from(number(source, data)?);
            within(source, data + 4, size)?;
        }
        let (offset, size) = (buffer.wide(1)?, buffer.wide(2)?);
        // An offset of one says that there is none.
        if offset > 1 {
            within(source, offset, size)?;
        }
    }
    Ok(())
}

impl<'a> Table<'a> {
    fn at(source: &'a dyn ReadAt, start: u64) -> Result<Self, Fault> {
        let back = number(source, start)?.cast_signed();
        let fields = i64::try_from(start).map_err(|_| Fault::Broken)? - i64::from(back);
        let fields = u64::try_from(fields).map_err(|_| Fault::Broken)?;
        let size = short(source, fields)?;
        if size < 4 || size % 2 != 0 {
            return Err(Fault::Broken);
        }
        let bytes = exact(source, fields + 4, usize::from(size) - 4)?;
        let fields = bytes.chunks_exact(2).map(|pair| {
            pair.iter()
                .rev()
                .fold(0, |value, byte| value << 8 | u16::from(*byte))
        });
        Ok(Self {
            source,
            start,
            fields: fields.collect(),
        })
    }

    /// Where field `index` lies; `None` where it is left out.
    fn field(&self, index: usize) -> Option<u64> {
        let offset = self
            .fields
            .get(index)
            .copied()
            .filter(|offset| *offset > 0)?;
        Some(self.start + u64::from(offset))
    }

    /// Where the object lies that field `index` refers to.
    fn reference(&self, index: usize) -> Result<Option<u64>, Fault> {
        match self.field(index) {
            Some(place) => Ok(Some(place + u64::from(number(self.source, place)?))),
            None => Ok(None),
        }
    }

    fn wide(&self, index: usize) -> Result<u64, Fault> {
        let Some(place) = self.field(index) else {
            return Ok(0);
        };
        let low = u64::from(number(self.source, place)?);
        Ok(u64::from(number(self.source, place + 4)?) << 32 | low)
    }

    fn text(&self, index: usize) -> Result<Option<String>, Fault> {
        let Some(place) = self.reference(index)? else {
            return Ok(None);
        };
        let size = number(self.source, place)?;
        if size > 4096 {
            return Err(Fault::Limit);
        }
        let bytes = exact(self.source, place + 4, size as usize)?;
        // A zero ends every string.
        within(self.source, place + 4, u64::from(size) + 1)?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Where the tables lie that the vector in field `index` refers to.
    fn tables(&self, index: usize) -> Result<Vec<u64>, Fault> {
        let Some(place) = self.reference(index)? else {
            return Ok(Vec::new());
        };
        let count = number(self.source, place)?;
        if count > ENTRIES_MAX {
            return Err(Fault::Limit);
        }
        within(self.source, place + 4, u64::from(count) * 4)?;
        (0..u64::from(count))
            .map(|entry| {
                let place = place + 4 + entry * 4;
                Ok(place + u64::from(number(self.source, place)?))
            })
            .collect()
    }
}

fn within(source: &dyn ReadAt, start: u64, size: u64) -> Result<(), Fault> {
    match start.checked_add(size) {
        Some(end) if end <= source.size() => Ok(()),
        _ => Err(Fault::Broken),
    }
}

fn exact(source: &dyn ReadAt, start: u64, size: usize) -> Result<Vec<u8>, Fault> {
    within(source, start, size as u64)?;
    Ok(read_up_to(source, start, size)?)
}

fn number(source: &dyn ReadAt, start: u64) -> Result<u32, Fault> {
    let bytes = exact(source, start, 4)?;
    Ok(bytes
        .iter()
        .rev()
        .fold(0, |value, byte| value << 8 | u32::from(*byte)))
}

fn short(source: &dyn ReadAt, start: u64) -> Result<u16, Fault> {
    let bytes = exact(source, start, 2)?;
    Ok(bytes
        .iter()
        .rev()
        .fold(0, |value, byte| value << 8 | u16::from(*byte)))
}
