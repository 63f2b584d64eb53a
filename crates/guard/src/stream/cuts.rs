//! Where a stream may be cut: no match of a detector that streams lies across a cut.
//!
//! Reads one character at a time, so the cuts depend on the text alone and not on how it arrives.
//! What may still become a match is held: the current run without white space, a number in groups,
//! an account number in groups of four, a private key block, a live prefix of a canary.

use std::collections::VecDeque;
use std::sync::Arc;

use super::automaton::Automaton;
use crate::canonical::fold;
use crate::detectors::secret::key_block::{KeyBlock, Step, ends_with_begin};
use crate::flow::{Echo, Operator};

/// Follows a text and knows from where on it must be held.
#[derive(Debug, Default)]
pub(crate) struct Cuts {
    /// Bytes seen.
    at: usize,
    /// The run that has not ended.
    run: Run,
    /// Where a number in groups, or an account number, began.
    group: Option<Group>,
    /// Where a key block began.
    block: Option<Block>,
    state: usize,
    /// Places of the last letters, as many as the longest form has.
    letters: VecDeque<usize>,
    /// Where a whole canary began, until the run that it ends in has ended.
    done: Option<usize>,
    /// One past the last place where a match could lie.
    interesting: usize,
    /// The operator's text, and how much of it the text repeats.
    operator: Option<Arc<Operator>>,
    echo: Echo,
}

#[derive(Debug, Default)]
struct Run {
    start: Option<usize>,
    /// The canonical text of the run, for the few tests that need it; capped.
    tail: String,
    letters_only: bool,
    url: bool,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    start: usize,
    /// Letters and digits of an account number so far.
    count: usize,
    account: bool,
}

#[derive(Debug)]
struct Block {
    start: usize,
    reader: KeyBlock,
}

impl Group {
    /// Whether the next run may go on with it.
    const fn takes(self, part: char) -> bool {
        match self.account {
            true => part.is_ascii_alphanumeric(),
            false => part.is_ascii_digit() || part == '(',
        }
    }
}

impl Cuts {
    /// Follows a text that must not repeat what the operator said.
    pub(crate) fn new(operator: Option<Arc<Operator>>) -> Self {
        Self {
            operator,
            ..Self::default()
        }
    }

    /// The same at the beginning of a text.
    pub(crate) fn restarted(&self) -> Self {
        Self::new(self.operator.clone())
    }

    /// Where the text began to repeat the operator's, once it has gone too far.
    pub(crate) const fn echo_found(&self) -> Option<usize> {
        self.echo.found()
    }

    /// Reads one character. Returns the place from which on the text must be held.
    pub(crate) fn step(&mut self, automaton: &Automaton, character: char) -> usize {
        let place = self.at;
        self.at += character.len_utf8();
        if character.is_ascii() {
            self.one(automaton, character, place);
        } else {
            self.note(true);
            let (folded, _) = fold(character.encode_utf8(&mut [0; 4])).visible.finish();
            if folded.is_empty() {
                // Invisible: it neither ends nor begins anything, but it belongs to what is open.
                self.run.start.get_or_insert(place);
            }
            for part in folded.chars() {
                self.one(automaton, part, place);
            }
        }
        self.hold(automaton)
    }

    /// Whether a match may lie behind `place`.
    pub(crate) const fn interesting_after(&self, place: usize) -> bool {
        self.interesting > place
    }

    fn note(&mut self, is_interesting: bool) {
        if is_interesting {
            self.interesting = self.at;
        }
    }

    fn one(&mut self, automaton: &Automaton, part: char, place: usize) {
        if let Some(operator) = &self.operator {
            // A cut before the word must not split what the word stands in.
            let place = self.open().unwrap_or(place).min(place);
            self.echo.step(operator, part, place);
        }
        let ended = self.in_block(part);
        if part.is_whitespace() {
            self.end_run(place, part);
        } else if part.is_ascii() || self.run.url {
            self.in_run(part, place);
        } else {
            // A letter of another script ends every run but a URL.
            self.end_run(place, part);
        }
        if let Some(start) = ended {
            self.stick(start);
        }
        if self.run.start.is_some() && ends_with_begin(&self.run.tail) {
            let start = self.open().unwrap_or(place);
            let reader = KeyBlock::default();
            self.block = Some(Block { start, reader });
        }
        self.canary(automaton, part, place);
    }

    fn in_run(&mut self, part: char, place: usize) {
        if self.run.start.is_none() {
            let joins = self.group.is_some_and(|group| group.takes(part));
            if !joins {
                self.group = None;
            }
            self.run = Run {
                start: Some(place),
                tail: String::new(),
                letters_only: true,
                url: false,
            };
        }
        self.run.letters_only &= part.is_ascii_alphabetic();
        self.note(!part.is_ascii_alphabetic());
        if self.run.tail.len() < TAIL_MAX {
            self.run.tail.push(part);
        } else {
            self.run.tail.remove(0);
            self.run.tail.push(part);
        }
        self.run.url |= self.run.tail.ends_with("://") || self.run.tail.ends_with("](//");
    }

    fn end_run(&mut self, place: usize, separator: char) {
        self.done = None;
        let Some(start) = self.run.start.take() else {
            self.group = None;
            return;
        };
        self.note(!self.run.letters_only || place - start >= LETTERS_MIN);
        let tail = std::mem::take(&mut self.run.tail);
        self.run.url = false;
        self.group = if separator == ' ' {
            self.next_group(start, &tail)
        } else {
            None
        };
    }

    /// What may go on behind one space.
    fn next_group(&self, start: usize, tail: &str) -> Option<Group> {
        let word = tail
            .rsplit(|character: char| !character.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default();
        if let Some(group) = self.group.filter(|group| group.account) {
            let count = group.count + word.len();
            let goes_on =
                word.len() == tail.len() && count.is_multiple_of(4) && count < ACCOUNT_MAX;
            if goes_on {
                return Some(Group { count, ..group });
            }
        }
        let head = word.as_bytes();
        let is_head = head.len() >= 4
            && head.len().is_multiple_of(4)
            && head.len() < ACCOUNT_MAX
            && head.iter().take(2).all(u8::is_ascii_uppercase)
            && head.iter().skip(2).take(2).all(u8::is_ascii_digit);
        // The beginning of this run may have gone on with what is open, so that stays the start.
        let first = self.group.map_or(start, |group| group.start.min(start));
        if is_head {
            return Some(Group {
                start: first,
                count: head.len(),
                account: true,
            });
        }
        if !tail.ends_with(|character: char| character.is_ascii_digit() || character == ')') {
            return None;
        }
        // However many groups there are: where the reader of numbers splits them depends on all.
        Some(Group {
            start: first,
            count: 0,
            account: false,
        })
    }

    /// Follows a key block; where it began, when it ends here.
    fn in_block(&mut self, part: char) -> Option<usize> {
        let block = self.block.as_mut()?;
        if block.reader.step(part) == Step::Open {
            return None;
        }
        self.note(true);
        self.block.take().map(|block| block.start)
    }

    /// What is open where a block ends reaches back into it, so it is held from where that began.
    fn stick(&mut self, start: usize) {
        if let Some(run) = &mut self.run.start {
            *run = start.min(*run);
        }
        if let Some(group) = &mut self.group {
            group.start = start.min(group.start);
        }
    }

    fn canary(&mut self, automaton: &Automaton, part: char, place: usize) {
        let letter = u8::try_from(part).ok().and_then(crate::detectors::letter);
        let Some(letter) = letter.filter(|_| !automaton.is_empty()) else {
            return;
        };
        self.state = automaton.step(self.state, letter);
        // A cut before the letter must not split what the letter stands in.
        self.letters.push_back(self.open().unwrap_or(place));
        let depth = automaton.depth(self.state);
        while self.letters.len() > depth.max(1) {
            self.letters.pop_front();
        }
        if automaton.ends(self.state) {
            self.done = self.letters.front().copied();
            self.state = 0;
            self.note(true);
        }
    }

    fn hold(&self, automaton: &Automaton) -> usize {
        let canary = (automaton.depth(self.state) > 0)
            .then(|| self.letters.front().copied())
            .flatten();
        self.open()
            .into_iter()
            .chain(canary)
            .chain(self.echo.hold())
            .min()
            .unwrap_or(self.at)
    }

    /// Where the oldest open construct began.
    fn open(&self) -> Option<usize> {
        let group = self.group.map(|group| group.start);
        let block = self.block.as_ref().map(|block| block.start);
        self.run
            .start
            .into_iter()
            .chain(group)
            .chain(block)
            .chain(self.done)
            .min()
    }
}

/// Enough of a run to see how it ends.
const TAIL_MAX: usize = 48;
/// Shorter words of letters alone are no match of anything.
const LETTERS_MIN: usize = 8;
/// The longest account number.
const ACCOUNT_MAX: usize = 34;
