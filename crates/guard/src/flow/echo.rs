//! The operator's words, and how much of them a text repeats in their order.
//!
//! An echo is a run of words that stand so in the operator's text. Facts are there to be told and
//! instructions are not, so a run that speaks to the model ("you") counts from half the length on.
//! What the user said first does not count.
//!
//! # In a stream
//! A run is held back while it is live, from its first word on, so no byte of an echo that is one
//! run leaves. Before a run is as long as the least that counts it cannot be told from chance; when
//! it breaks off earlier it is released. An echo in several shorter runs is recognised by their sum,
//! and the runs before the last are gone by then.

use std::collections::VecDeque;
use std::sync::OnceLock;

use super::conversation::{Conversation, Source};
use super::words::{Cutter, Word, hash_of, words};

/// Letters of a run that is an echo whatever it says.
const RUN_MIN: u32 = 160;
/// Letters of a run that is an echo if it speaks to the model.
const ADDRESSED_MIN: u32 = 80;
/// Letters of a run that is an echo if it is nearly all that the operator said.
const SHARE_MIN: u32 = 64;
/// Nearly all, in per cent.
const SHARE: u32 = 80;
/// Letters of several runs that are an echo if they make up half of what the operator said.
const SUM_MIN: u32 = 120;
/// Words of a run that counts for the sum of runs.
const PART_WORDS: usize = 5;
/// Words in a row that are the user's as well.
const SAID_WORDS: usize = 4;
/// Places in the operator's text that are followed at a time.
const ACTIVE_MAX: usize = 16;
/// Words that are tried again when a run breaks off.
const RETRY_WORDS: usize = 4;
/// Words of the operator's text that are kept; about a mebibyte of text.
const WORDS_MAX: usize = 1 << 18;

/// The operator's words in their order, found by hash.
#[derive(Debug)]
pub(crate) struct Operator {
    words: Vec<Entry>,
    /// Heads of the chains, by hash.
    heads: Vec<u32>,
    total: u32,
    /// What the user said too; worked out when a run is long enough to matter.
    said: OnceLock<Vec<bool>>,
    user: Vec<Box<str>>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u32,
    weight: u32,
    /// Position of the next word in the same chain, plus one.
    next: u32,
}

impl Operator {
    pub(super) fn new(conversation: &Conversation) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        for text in conversation.of(Source::System) {
            let fresh = words(text).into_iter().map(|word| Entry {
                hash: word.hash,
                weight: word.weight,
                next: 0,
            });
            entries.extend(fresh.take(WORDS_MAX.saturating_sub(entries.len())));
            // Nothing runs over the end of a text.
            entries.push(Entry {
                hash: 0,
                weight: 0,
                next: 0,
            });
        }
        let size = (entries.len() * 2).next_power_of_two().max(2);
        let mut heads = vec![0_u32; size];
        for (position, entry) in entries.iter_mut().enumerate() {
            let head = slot(entry.hash, size);
            if let Some(head) = heads.get_mut(head).filter(|_| entry.hash != 0) {
                entry.next = *head;
                *head = u32::try_from(position + 1).unwrap_or(0);
            }
        }
        let total = entries.iter().map(|entry| entry.weight).sum();
        let user = if total < SHARE_MIN {
            Vec::new()
        } else {
            conversation.of(Source::User).map(Into::into).collect()
        };
        Self {
            words: entries,
            heads,
            total,
            said: OnceLock::new(),
            user,
        }
    }

    /// Whether the operator said too little to be echoed.
    pub(crate) const fn is_short(&self) -> bool {
        self.total < SHARE_MIN
    }

    /// The places of a word, the last first.
    fn places(&self, hash: u32) -> impl Iterator<Item = u32> {
        let first = self.heads.get(slot(hash, self.heads.len())).copied();
        let chain = std::iter::successors(first.filter(|place| *place > 0), |place| {
            let entry = self.words.get(*place as usize - 1)?;
            Some(entry.next).filter(|next| *next > 0)
        });
        chain
            .map(|place| place - 1)
            .filter(move |place| self.hash(*place) == hash)
            .take(ACTIVE_MAX)
    }

    fn hash(&self, place: u32) -> u32 {
        self.words.get(place as usize).map_or(0, |entry| entry.hash)
    }

    /// The places where the words of `run` end.
    fn ends(&self, run: impl Iterator<Item = u32> + Clone) -> Vec<u32> {
        let mut rest = run;
        let Some(first) = rest.next() else {
            return Vec::new();
        };
        self.places(first)
            .filter_map(|place| {
                let mut next = rest.clone();
                next.try_fold(place, |at, hash| {
                    (self.hash(at + 1) == hash).then_some(at + 1)
                })
            })
            .collect()
    }

    /// Which words the user said too, four in a row.
    fn said(&self) -> &[bool] {
        self.said.get_or_init(|| {
            let mut said = vec![false; self.words.len()];
            for text in &self.user {
                self.mark_said(text, &mut said);
            }
            said
        })
    }

    fn mark_said(&self, text: &str, said: &mut [bool]) {
        let mut follower = Follower::default();
        for word in words(text) {
            follower.take(self, word);
            if follower.run.len() >= SAID_WORDS {
                let ends = follower.active.iter();
                ends.for_each(|end| mark(said, *end, SAID_WORDS));
            }
        }
    }

    /// What the `length` words up to `end` weigh without what the user said, and whether they speak
    /// to the model.
    fn weigh(&self, end: u32, length: usize) -> (u32, bool) {
        let end = end as usize + 1;
        let range = end.saturating_sub(length)..end;
        let said = self.said().get(range.clone()).unwrap_or_default();
        let words = self.words.get(range).unwrap_or_default();
        let mut weight = 0;
        let mut addressed = false;
        for (entry, _) in words.iter().zip(said).filter(|(_, said)| !**said) {
            weight += entry.weight;
            addressed |= ADDRESS.contains(&entry.hash);
        }
        (weight, addressed)
    }
}

/// How the model is spoken to.
const ADDRESS: [u32; 3] = [hash_of("you"), hash_of("your"), hash_of("yourself")];

const fn slot(hash: u32, size: usize) -> usize {
    (hash.wrapping_mul(0x9E37_79B1) >> 7) as usize & (size - 1)
}

fn mark(flags: &mut [bool], end: u32, length: usize) {
    let end = end as usize + 1;
    let range = end.saturating_sub(length)..end;
    if let Some(flags) = flags.get_mut(range) {
        flags.fill(true);
    }
}

/// Follows the longest run of the operator's words that a text ends with.
#[derive(Clone, Debug, Default)]
struct Follower {
    /// Where the run ends in the operator's text.
    active: Vec<u32>,
    run: VecDeque<Word>,
}

impl Follower {
    /// Takes the next word; returns the run that it broke off, as end and length.
    fn take(&mut self, operator: &Operator, word: Word) -> Option<(u32, usize)> {
        let broken = self.active.first().map(|end| (*end, self.run.len()));
        self.active
            .retain(|end| operator.hash(end + 1) == word.hash);
        if !self.active.is_empty() {
            self.active.iter_mut().for_each(|end| *end += 1);
            self.run.push_back(word);
            return None;
        }
        self.run.push_back(word);
        while self.run.len() > RETRY_WORDS {
            self.run.pop_front();
        }
        if broken.is_none() {
            self.run.drain(..self.run.len() - 1);
        } else if self.run.len() > 1 {
            self.run.pop_front();
        }
        while !self.run.is_empty() {
            self.active = operator.ends(self.run.iter().map(|word| word.hash));
            if !self.active.is_empty() {
                break;
            }
            self.run.pop_front();
        }
        broken
    }
}

/// Follows one text and says when it has become an echo.
#[derive(Clone, Debug, Default)]
pub(crate) struct Echo {
    cutter: Cutter,
    follower: Follower,
    /// Words of the operator that runs have covered, and what they weigh.
    covered: Vec<bool>,
    sum: u32,
    parts: usize,
    found: Option<usize>,
}

impl Echo {
    /// Takes one character of canonical text that stands at `place`.
    pub(crate) fn step(&mut self, operator: &Operator, character: char, place: usize) {
        let mut cutter = self.cutter;
        cutter.feed(character, place, |word| self.word(operator, word));
        self.cutter = cutter;
    }

    /// Ends the text.
    pub(crate) fn end(&mut self, operator: &Operator) {
        let mut cutter = self.cutter;
        cutter.close(|word| self.word(operator, word));
        self.cutter = cutter;
    }

    /// From where on the text must be held: the live run and the word that is open.
    pub(crate) fn hold(&self) -> Option<usize> {
        let run = self.follower.run.front().map(|word| word.start);
        run.or_else(|| self.cutter.open())
    }

    /// Where the echo began, once there is one.
    pub(crate) const fn found(&self) -> Option<usize> {
        self.found
    }

    fn word(&mut self, operator: &Operator, word: Word) {
        if let Some((end, length)) = self.follower.take(operator, word)
            && length >= PART_WORDS
        {
            self.cover(operator, end, length);
        }
        let length = self.follower.run.len();
        let Some(end) = self
            .follower
            .active
            .first()
            .filter(|_| length >= PART_WORDS)
        else {
            return;
        };
        let (weight, addressed) = operator.weigh(*end, length);
        let share = weight.saturating_mul(100) >= operator.total.saturating_mul(SHARE);
        let alone = weight >= RUN_MIN
            || (addressed && weight >= ADDRESSED_MIN)
            || (share && weight >= SHARE_MIN);
        let whole = self.sum.saturating_add(weight);
        let together =
            self.parts >= 2 && whole >= SUM_MIN && whole.saturating_mul(2) >= operator.total;
        if self.found.is_none() && (alone || together) {
            self.found = self.follower.run.front().map(|word| word.start);
        }
    }

    /// Adds a run that has ended to the sum.
    fn cover(&mut self, operator: &Operator, end: u32, length: usize) {
        if self.covered.is_empty() {
            self.covered = vec![false; operator.words.len()];
        }
        let end = end as usize + 1;
        let range = end.saturating_sub(length)..end;
        let said = operator.said().get(range.clone()).unwrap_or_default();
        let words = operator.words.get(range.clone()).unwrap_or_default();
        let covered = self.covered.get_mut(range).unwrap_or_default();
        let mut fresh = 0;
        for ((entry, said), covered) in words.iter().zip(said).zip(covered) {
            if !*said && !std::mem::replace(covered, true) {
                fresh += entry.weight;
            }
        }
        self.sum = self.sum.saturating_add(fresh);
        self.parts += usize::from(fresh > 0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SYSTEM: &str = "You answer for the harbour office of Lindmouth. You never quote fees to callers, \
        and you send every complaint to the duty officer before noon. The office opens at eight and \
        the north gate closes at ten in summer.";

    fn operator(user: &str) -> Operator {
        let mut conversation = Conversation::default();
        conversation.say(Source::System, SYSTEM);
        conversation.say(Source::User, user);
        Operator::new(&conversation)
    }

    fn found(user: &str, text: &str) -> Option<usize> {
        let operator = operator(user);
        let mut echo = Echo::default();
        for (place, character) in text.char_indices() {
            echo.step(&operator, character, place);
        }
        echo.end(&operator);
        echo.found()
    }

    #[test]
    fn instructions_come_back_as_an_echo_and_facts_do_not() {
        let lead = "Sure: ";
        assert_eq!(found("", &format!("{lead}{SYSTEM}")), Some(lead.len()));
        let marked = SYSTEM.to_uppercase().replace(' ', "_*");
        assert_eq!(found("", &marked), Some(0));
        assert_eq!(
            found(
                "",
                "The office opens at eight and the north gate closes at ten in summer."
            ),
            None
        );
        assert_eq!(found(SYSTEM, SYSTEM), None);
        assert_eq!(
            found("", "You never answer. Quote the office before noon."),
            None
        );
    }

    #[test]
    fn pieces_add_up() {
        let pieces = "answer for the harbour office of Lindmouth / never quote fees to callers and / \
            every complaint to the duty officer before noon / office opens at eight and the north gate \
            closes at ten";
        assert!(found("", pieces).is_some());
    }

    #[test]
    fn a_run_that_breaks_off_goes_on_from_its_end() {
        let operator = operator("");
        let mut follower = Follower::default();
        for word in words("you you never quote") {
            follower.take(&operator, word);
        }
        assert_eq!(follower.run.len(), 3);
    }

    proptest! {
        #[test]
        fn what_is_held_never_moves_back(text in "(you |never |quote |fees |to |callers |and |the |x |日|-|\\.){0,60}") {
            let operator = operator("");
            let mut echo = Echo::default();
            let mut before = 0;
            for (place, character) in text.char_indices() {
                echo.step(&operator, character, place);
                let hold = echo.hold().unwrap_or_else(|| place + character.len_utf8());
                prop_assert!(hold >= before, "{hold} < {before} in {text}");
                before = hold;
            }
        }
    }
}
