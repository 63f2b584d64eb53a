//! The writer: a header, then the numbers of every tensor in a row.

use std::io;

use serde_json::{Map, Value, json};

use super::Conversion;
use super::tensor::{Place, Tensor};
use crate::source::{ReadAt, ReadError, read_up_to};

const CHUNK_BYTES: u64 = 1 << 20;

/// Why writing stopped.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The source failed or changed.
    #[error("cannot read the model")]
    Read(#[from] ReadError),
    /// The output failed.
    #[error("cannot write the converted file")]
    Write(#[from] io::Error),
}

/// Where bytes go.
type Out<'o> = &'o mut dyn FnMut(&[u8]) -> io::Result<()>;

impl Conversion {
    /// Streams the converted file. `source` is the file that was planned.
    ///
    /// # Errors
    /// When the source or the output fails.
    pub fn write(&self, source: &dyn ReadAt, out: Out<'_>) -> Result<(), WriteError> {
        let header = self.header();
        out(&(header.len() as u64).to_le_bytes())?;
        out(header.as_bytes())?;
        for tensor in &self.tensors {
            let held = tensor.place.held.and_then(|index| self.held.get(index));
            let from: &dyn ReadAt = match held {
                Some(bytes) => bytes,
                None => source,
            };
            match tensor.is_contiguous() {
                true => in_a_row(tensor, from, out)?,
                false => gathered(tensor, from, out)?,
            }
        }
        Ok(())
    }

    fn header(&self) -> String {
        let mut header = Map::new();
        header.insert("__metadata__".to_owned(), json!(self.metadata));
        let mut start = 0;
        for tensor in &self.tensors {
            let end = start + tensor.bytes();
            let entry = json!({
                "dtype": tensor.element.name,
                "shape": tensor.shape,
                "data_offsets": [start, end],
            });
            header.insert(tensor.name.clone(), entry);
            start = end;
        }
        let mut text = Value::Object(header).to_string();
        let padded = text.len().next_multiple_of(8);
        text.extend(std::iter::repeat_n(' ', padded - text.len()));
        text
    }
}

fn in_a_row(tensor: &Tensor, from: &dyn ReadAt, out: Out<'_>) -> Result<(), WriteError> {
    let Place { offset, .. } = tensor.place;
    let mut done = 0;
    while done < tensor.bytes() {
        let size = CHUNK_BYTES.min(tensor.bytes() - done);
        let mut bytes = exactly(from, offset + done, size)?;
        swap(tensor, &mut bytes);
        out(&bytes)?;
        done += size;
    }
    Ok(())
}

/// Numbers of a view, one after the other in the order of its dimensions.
fn gathered(tensor: &Tensor, from: &dyn ReadAt, out: Out<'_>) -> Result<(), WriteError> {
    let mut bytes = exactly(from, tensor.place.offset, tensor.span().unwrap_or(0))?;
    swap(tensor, &mut bytes);
    let width = usize::try_from(tensor.element.width).unwrap_or(1);
    let mut index = vec![0_u64; tensor.shape.len()];
    let mut row = Vec::new();
    for _ in 0..tensor.items() {
        let place: u64 = index
            .iter()
            .zip(&tensor.strides)
            .map(|(at, stride)| at * stride)
            .sum();
        let start = usize::try_from(place)
            .unwrap_or(usize::MAX)
            .saturating_mul(width);
        let item = bytes.get(start..start.saturating_add(width));
        row.extend_from_slice(
            item.ok_or_else(|| ReadError("a view leaves its storage".to_owned()))?,
        );
        if row.len() as u64 >= CHUNK_BYTES {
            out(&row)?;
            row.clear();
        }
        for (at, side) in index.iter_mut().zip(&tensor.shape).rev() {
            *at += 1;
            if *at < *side {
                break;
            }
            *at = 0;
        }
    }
    Ok(out(&row)?)
}

fn exactly(from: &dyn ReadAt, offset: u64, size: u64) -> Result<Vec<u8>, ReadError> {
    let bytes = read_up_to(from, offset, usize::try_from(size).unwrap_or(usize::MAX))?;
    match bytes.len() as u64 == size {
        true => Ok(bytes),
        false => Err(ReadError("the file is shorter than it was".to_owned())),
    }
}

fn swap(tensor: &Tensor, bytes: &mut [u8]) {
    if !tensor.swapped {
        return;
    }
    // Complex numbers are pairs, each part of which is turned around.
    let width = match tensor.element.name {
        "C64" => 4,
        _ => usize::try_from(tensor.element.width).unwrap_or(1),
    };
    bytes.chunks_exact_mut(width).for_each(<[u8]>::reverse);
}
