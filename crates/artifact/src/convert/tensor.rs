//! A tensor to be written: its name and shape, and where its numbers lie.

use std::collections::BTreeSet;

use super::element::Element;
use super::{Conversion, Refusal};

/// Bytes that a tensor may span whose numbers do not lie in a row.
pub(super) const SPAN_MAX: u64 = 256 << 20;
/// Metadata beyond this is not metadata.
const METADATA_MAX: usize = 4 << 20;

/// Where numbers lie.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Place {
    /// Index of unpacked bytes; `None` for the file itself.
    pub(super) held: Option<usize>,
    pub(super) offset: u64,
    /// Bytes from there on that belong to the storage.
    pub(super) size: u64,
}

/// A tensor, and how its numbers follow each other.
#[derive(Clone, Debug)]
pub(super) struct Tensor {
    pub(super) name: String,
    pub(super) element: Element,
    pub(super) shape: Vec<u64>,
    /// Numbers from one item of each dimension to the next.
    pub(super) strides: Vec<u64>,
    pub(super) place: Place,
    /// Whether the bytes of each number stand in the order of big machines.
    pub(super) swapped: bool,
}

impl Tensor {
    /// How many numbers.
    pub(super) fn items(&self) -> u64 {
        self.shape
            .iter()
            .fold(1, |items: u64, side| items.saturating_mul(*side))
    }

    /// Bytes when written.
    pub(super) fn bytes(&self) -> u64 {
        self.items().saturating_mul(self.element.width)
    }

    /// Bytes from the first number to the last.
    pub(super) fn span(&self) -> Option<u64> {
        if self.items() == 0 {
            return Some(0);
        }
        let last = self
            .shape
            .iter()
            .zip(&self.strides)
            .try_fold(0_u64, |last, (side, stride)| {
                last.checked_add(side.checked_sub(1)?.checked_mul(*stride)?)
            })?;
        last.checked_add(1)?.checked_mul(self.element.width)
    }

    /// Whether its numbers lie in a row, in the order in which they are written.
    pub(super) fn is_contiguous(&self) -> bool {
        let mut expected = 1_u64;
        self.shape
            .iter()
            .zip(&self.strides)
            .rev()
            .all(|(side, stride)| {
                let fits = *side <= 1 || *stride == expected;
                expected = expected.saturating_mul(*side);
                fits
            })
    }
}

/// Strides of numbers that lie in a row, the last dimension fastest.
pub(super) fn row_strides(shape: &[u64]) -> Vec<u64> {
    let mut strides: Vec<u64> = shape
        .iter()
        .rev()
        .scan(1_u64, |next, side| {
            let stride = *next;
            *next = next.saturating_mul(*side);
            Some(stride)
        })
        .collect();
    strides.reverse();
    strides
}

/// Strides of numbers that lie in a row, the first dimension fastest.
pub(super) fn column_strides(shape: &[u64]) -> Vec<u64> {
    let mut reversed: Vec<u64> = shape.iter().rev().copied().collect();
    reversed = row_strides(&reversed);
    reversed.reverse();
    reversed
}

impl Conversion {
    /// Adds a tensor whose numbers lie where it says.
    pub(super) fn push(&mut self, mut tensor: Tensor) -> Result<(), Refusal> {
        if tensor.name.is_empty() {
            // The file holds one tensor and no dictionary that would name it.
            "data".clone_into(&mut tensor.name);
        }
        let name = &tensor.name;
        let span = tensor.span();
        if tensor.shape.len() != tensor.strides.len()
            || span.is_none_or(|span| span > tensor.place.size)
        {
            return Err(Refusal::new(format!(
                "tensor \"{name}\" reaches past its storage"
            )));
        }
        if !tensor.is_contiguous() && span.is_some_and(|span| span > SPAN_MAX) {
            let why = format!("tensor \"{name}\" is a view over more than {SPAN_MAX} bytes");
            return Err(Refusal::new(why));
        }
        self.tensors.push(tensor);
        Ok(())
    }

    /// Says which framework the file belongs to, as loaders ask.
    pub(super) fn format(&mut self, format: &str) {
        self.metadata.insert("format".to_owned(), format.to_owned());
    }

    /// Checks the whole and puts the tensors in order.
    pub(super) fn finish(&mut self) -> Result<(), Refusal> {
        if self.tensors.is_empty() {
            return Err(Refusal::new("the file holds no tensors"));
        }
        let mut names = BTreeSet::new();
        for tensor in &self.tensors {
            if tensor.name == "__metadata__" || !names.insert(tensor.name.as_str()) {
                let why = format!("two values would be named \"{}\"", tensor.name);
                return Err(Refusal::new(why));
            }
        }
        let tied: Vec<Vec<String>> = self
            .tied()
            .into_iter()
            .map(|names| names.into_iter().map(str::to_owned).collect())
            .collect();
        if !tied.is_empty() {
            let text = serde_json::to_string(&tied).unwrap_or_default();
            self.metadata.insert("seawall.tied".to_owned(), text);
        }
        let size: usize = self.metadata.values().map(String::len).sum();
        if size > METADATA_MAX {
            return Err(Refusal::new(
                "the values beside the tensors are larger than the limit",
            ));
        }
        // Wide numbers first, so that all of them are aligned.
        self.tensors.sort_by(|left, right| {
            right
                .element
                .width
                .cmp(&left.element.width)
                .then(left.name.cmp(&right.name))
        });
        Ok(())
    }
}
