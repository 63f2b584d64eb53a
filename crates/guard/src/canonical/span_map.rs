//! Where each byte of a derived text came from, so that a hit can be shown in the original.

use std::ops::Range;

/// Maps byte ranges of a derived text to byte ranges of the text it was made from.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpanMap {
    /// Sorted by `at`; empty means the identity.
    runs: Vec<Run>,
}

/// A stretch of derived text.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Where it begins in the derived text.
    at: usize,
    /// The original bytes it stands for.
    from: usize,
    to: usize,
    /// Byte by byte the same, or the whole stretch for the whole range.
    linear: bool,
}

/// Builds a derived text together with its map.
#[derive(Debug, Default)]
pub(crate) struct Derived {
    /// The text so far.
    pub(crate) text: String,
    map: SpanMap,
}

impl SpanMap {
    /// The original range behind `span`. Saturates, so that it is always in bounds of the original.
    pub(crate) fn original(&self, span: &Range<usize>) -> Range<usize> {
        if self.runs.is_empty() {
            return span.clone();
        }
        let first = self.index(span.start);
        let last = self.index(span.end.saturating_sub(1).max(span.start));
        let (mut low, mut high) = (usize::MAX, 0);
        for (position, run) in self.runs.iter().enumerate().take(last + 1).skip(first) {
            let mut ends = run.from..run.to;
            if run.linear && position == first {
                ends.start = (run.from + span.start.saturating_sub(run.at)).min(run.to);
            }
            if run.linear && position == last {
                ends.end = (run.from + span.end.saturating_sub(run.at)).min(run.to);
            }
            low = low.min(ends.start);
            high = high.max(ends.end);
        }
        low.min(high)..high
    }

    fn index(&self, offset: usize) -> usize {
        self.runs
            .partition_point(|run| run.at <= offset)
            .saturating_sub(1)
    }
}

impl Derived {
    /// Appends a piece that stands byte by byte for the original from `from` on.
    pub(crate) fn keep(&mut self, piece: &str, from: usize) {
        let to = from + piece.len();
        match self.map.runs.last_mut() {
            Some(run) if run.linear && run.to == from => run.to = to,
            _ => self.map.runs.push(Run {
                at: self.text.len(),
                from,
                to,
                linear: true,
            }),
        }
        self.text.push_str(piece);
    }

    /// Appends a piece that stands as a whole for an original range.
    pub(crate) fn put(&mut self, piece: &str, original: Range<usize>) {
        self.map.runs.push(Run {
            at: self.text.len(),
            from: original.start,
            to: original.end,
            linear: false,
        });
        self.text.push_str(piece);
    }

    /// Appends one character for an original range.
    pub(crate) fn put_char(&mut self, character: char, original: Range<usize>) {
        self.put(character.encode_utf8(&mut [0; 4]), original);
    }

    /// The text and its map.
    pub(crate) fn finish(self) -> (String, SpanMap) {
        (self.text, self.map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_and_whole_runs_map_back() {
        let mut derived = Derived::default();
        derived.keep("ab", 0);
        derived.put("decoded", 2..10);
        derived.keep("cd", 10);
        let (text, map) = derived.finish();
        assert_eq!(text, "abdecodedcd");
        assert_eq!(map.original(&(1..2)), 1..2);
        assert_eq!(map.original(&(3..5)), 2..10);
        assert_eq!(map.original(&(1..10)), 1..11);
        assert_eq!(map.original(&(9..11)), 10..12);
    }

    #[test]
    fn reversed_runs_map_to_the_hull() {
        let mut derived = Derived::default();
        for (position, character) in "abc".char_indices().rev() {
            derived.put_char(character, position..position + 1);
        }
        let (text, map) = derived.finish();
        assert_eq!(text, "cba");
        assert_eq!(map.original(&(0..2)), 1..3);
    }
}
