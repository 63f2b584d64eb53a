//! Records are the same however the source hands out the bytes.

use super::artifact::dataset;

pub(super) fn csv(bytes: &[u8]) {
    dataset("d.csv", bytes);
}

pub(super) fn jsonl(bytes: &[u8]) {
    dataset("d.jsonl", bytes);
}
