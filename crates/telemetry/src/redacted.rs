//! The only printable form of content.

use std::fmt;

/// Shows how long a text is, and nothing of it.
#[derive(Clone, Copy)]
pub struct Redacted<'a>(pub &'a str);

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "[redacted, {} bytes]", self.0.len())
    }
}

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_text_is_shown() {
        let shown = format!("{} {0:?}", Redacted("secret"));
        assert_eq!(shown, "[redacted, 6 bytes] [redacted, 6 bytes]");
    }
}
