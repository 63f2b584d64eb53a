//! What a session has returned so far: where the arguments of a later call may come from.

use std::collections::VecDeque;

use seawall_guard::{Conversation, Source};

/// Texts of results, the newest kept. What falls out is forgotten, so that a call which derives from it is
/// judged like one that derives from nothing.
#[derive(Debug)]
pub(super) struct Memory {
    texts: VecDeque<(Option<String>, String)>,
    bytes: usize,
    bytes_max: usize,
}

impl Memory {
    pub(super) const fn new(bytes_max: usize) -> Self {
        Self {
            texts: VecDeque::new(),
            bytes: 0,
            bytes_max,
        }
    }

    /// Keeps what a tool returned, or a document where there is no tool.
    pub(super) fn keep(&mut self, tool: Option<&str>, text: &str) {
        if text.is_empty() {
            return;
        }
        let end = text.floor_char_boundary(self.bytes_max);
        let text = text.get(..end).unwrap_or_default().to_owned();
        self.bytes = self.bytes.saturating_add(text.len());
        self.texts.push_back((tool.map(str::to_owned), text));
        while self.bytes > self.bytes_max {
            let Some((_, oldest)) = self.texts.pop_front() else {
                return;
            };
            self.bytes = self.bytes.saturating_sub(oldest.len());
        }
    }

    pub(super) fn conversation(&self) -> Conversation {
        let mut talk = Conversation::default();
        for (tool, text) in &self.texts {
            match tool {
                Some(tool) => talk.returned(tool, text),
                None => talk.say(Source::Document, text),
            }
        }
        talk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_first_and_the_bound_holds() {
        let mut memory = Memory::new(10);
        for text in [
            "aaaa",
            "bbbb",
            "cccc",
            "a text that is longer than all of it",
        ] {
            memory.keep(Some("t"), text);
            assert!(memory.bytes <= 10);
        }
        assert_eq!(memory.texts.len(), 1);
        assert_eq!(memory.texts[0].1, "a text tha");
    }
}
