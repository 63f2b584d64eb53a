//! Where a private key block ends, letter by letter, so that whole texts and streams agree on it.
//!
//! A block goes on from its `-----BEGIN` to the dashes that close its footer. One that is broken ends
//! with its footer's line, at an empty line that ends no list of headers, where another block begins,
//! or at [`KEY_MAX`].

/// No key of today is longer; a block without an end is cut here.
const KEY_MAX: usize = 6 << 10;
/// Letters of the line that begins a block, and of the one that ends it.
const LINE_MAX: usize = 64;

/// Follows what comes behind `-----BEGIN`.
#[derive(Debug, Default)]
pub(crate) struct KeyBlock {
    part: Part,
    /// Bytes read.
    length: usize,
    /// Bytes read of the header or footer.
    line: usize,
    /// The last bytes, as many as the longest mark has.
    tail: String,
    /// Whether this line is one of headers, behind which an empty line is part of the block.
    names: bool,
    named: bool,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Part {
    #[default]
    Header,
    Body,
    Footer,
}

/// What a letter makes of a block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// It goes on.
    Open,
    /// It is no private key.
    Other,
    /// It has ended so many bytes before here.
    Ended(usize),
}

impl KeyBlock {
    /// Reads the next letter.
    pub(crate) fn step(&mut self, letter: char) -> Step {
        self.length += letter.len_utf8();
        self.line += letter.len_utf8();
        if self.tail.len() >= TAIL {
            let from = self.tail.ceil_char_boundary(self.tail.len() - TAIL + 1);
            self.tail.drain(..from);
        }
        self.tail.push(letter);
        match self.part {
            Part::Header => self.header(letter),
            Part::Body => self.body(letter),
            Part::Footer => self.footer(letter),
        }
    }

    fn header(&mut self, letter: char) -> Step {
        if self.tail.ends_with("PRIVATE KEY") {
            self.part = Part::Body;
        } else if letter == '\n' || self.tail.ends_with("-----") || self.line > LINE_MAX {
            return Step::Other;
        }
        Step::Open
    }

    fn body(&mut self, letter: char) -> Step {
        if letter == '\n' {
            if self.tail.ends_with("\n\n") && !self.named {
                return Step::Ended(2);
            }
            self.named = std::mem::take(&mut self.names);
        }
        self.names |= letter == ':';
        if self.tail.ends_with("-----END") {
            self.part = Part::Footer;
            self.line = 0;
            self.tail.clear();
        } else if ends_with_begin(&self.tail) {
            return Step::Ended(BEGIN.len());
        } else if self.length >= KEY_MAX {
            return Step::Ended(0);
        }
        Step::Open
    }

    fn footer(&mut self, letter: char) -> Step {
        match letter {
            '\n' => Step::Ended(1),
            _ if self.tail.ends_with("-----") || self.line > LINE_MAX => Step::Ended(0),
            _ => Step::Open,
        }
    }
}

/// The word that a block begins with.
pub(crate) const BEGIN: &str = "-----BEGIN";
/// Bytes of the longest mark.
const TAIL: usize = 12;

/// Whether a key block's first word ends here, in any case, as the search for literals finds it.
pub(crate) fn ends_with_begin(tail: &str) -> bool {
    let start = tail.len().checked_sub(BEGIN.len());
    let end = start.and_then(|start| tail.get(start..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(BEGIN))
}

/// Bytes of the private key block in `rest`, which begins behind its first word; none if there is none.
pub(super) fn length(rest: &str) -> Option<usize> {
    let mut block = KeyBlock::default();
    for (at, letter) in rest.char_indices() {
        match block.step(letter) {
            Step::Open => {}
            Step::Other => return None,
            Step::Ended(back) => return (at + letter.len_utf8()).checked_sub(back),
        }
    }
    (block.part != Part::Header).then_some(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_end_where_they_should() {
        for (text, wanted) in [
            (
                " PRIVATE KEY-----\nab\n-----END PRIVATE KEY-----\nx",
                Some(46),
            ),
            (" PRIVATE KEY-----\nab\n-----END PRIVATE KEY\nx", Some(41)),
            (" PRIVATE KEY-----\nab\n\nx", Some(20)),
            (" PRIVATE KEY-----\nDEK: a\n\nab\n\nx", Some(28)),
            (" PRIVATE KEY ab -----begin x", Some(16)),
            (" PRIVATE KEY ab", Some(15)),
            (" CERTIFICATE-----\nPRIVATE KEY", None),
            ("-----END-----BEGIN PRIVATE KEY", None),
        ] {
            assert_eq!(length(text), wanted, "{text}");
        }
        let endless = format!(" PRIVATE KEY-----{}", "a".repeat(9_000));
        assert_eq!(length(&endless), Some(KEY_MAX));
    }
}
