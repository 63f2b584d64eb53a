//! The memo of the unpickler: dense, with a cap, beyond which values become unknown.

use std::collections::BTreeMap;

use super::value::Value;

/// Entries kept. Beyond, a read gives [`Value::Unknown`], which no judgement accepts as a name.
const ENTRIES_MAX: usize = 1 << 20;
const SPARSE_MAX: usize = 1 << 14;

/// Values that the stream stored for later.
#[derive(Debug, Default)]
pub(super) struct Memo {
    dense: Vec<Option<Value>>,
    sparse: BTreeMap<u64, Value>,
    stored: u64,
    dropped: bool,
}

impl Memo {
    /// Stores `value` under the next free number, as MEMOIZE does.
    pub(super) fn push(&mut self, value: Value) {
        let next = self.dense.len() as u64;
        let in_order = self.stored == next && self.sparse.is_empty();
        if in_order && self.dense.len() < ENTRIES_MAX {
            self.dense.push(Some(value));
            self.stored += 1;
        } else if self.dropped && self.stored >= next && self.stored > self.sparse_last() {
            // Beyond the cap, and nothing is kept under this number that it would replace.
            self.stored += 1;
        } else {
            self.put(self.stored, value);
        }
    }

    fn sparse_last(&self) -> u64 {
        self.sparse.last_key_value().map_or(0, |(index, _)| *index)
    }

    /// Stores `value` under `index`.
    pub(super) fn put(&mut self, index: u64, value: Value) {
        let next = self.dense.len() as u64;
        let slot = usize::try_from(index).unwrap_or(usize::MAX);
        if let Some(entry) = self.dense.get_mut(slot) {
            if entry.is_none() {
                self.stored += 1;
            }
            *entry = Some(value);
            return;
        }
        // CPython counts entries, not the highest index, when MEMOIZE picks a number.
        if !self.sparse.contains_key(&index) {
            self.stored += 1;
        }
        if index < next.saturating_add(1 << 10) && slot < ENTRIES_MAX {
            self.dense.resize(slot, None);
            self.dense.push(Some(value));
            self.sparse.remove(&index);
        } else if self.sparse.len() < SPARSE_MAX {
            self.sparse.insert(index, value);
        } else {
            self.dropped = true;
        }
    }

    /// What was stored under `index`; `None` where nothing was.
    pub(super) fn get(&self, index: u64) -> Option<Value> {
        let slot = usize::try_from(index).unwrap_or(usize::MAX);
        match self.dense.get(slot) {
            Some(Some(value)) => Some(*value),
            _ => match self.sparse.get(&index) {
                Some(value) => Some(*value),
                None if self.dropped => Some(Value::Unknown),
                None => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memoize_numbers_by_count_and_put_may_leave_holes() {
        let mut memo = Memo::default();
        memo.put(3, Value::Int(3));
        memo.push(Value::Int(1));
        assert_eq!(memo.get(1), Some(Value::Int(1)));
        assert_eq!(memo.get(3), Some(Value::Int(3)));
        assert_eq!(memo.get(0), None);
        memo.put(u64::MAX, Value::Int(9));
        assert_eq!(memo.get(u64::MAX), Some(Value::Int(9)));
        memo.put(3, Value::Int(4));
        assert_eq!(memo.get(3), Some(Value::Int(4)));
    }

    #[test]
    fn beyond_the_cap_values_are_unknown_not_missing() {
        let mut memo = Memo::default();
        for index in 0..(SPARSE_MAX as u64 + 2) {
            memo.put(u64::MAX - index, Value::None);
        }
        assert_eq!(memo.get(5), Some(Value::Unknown));
    }
}
