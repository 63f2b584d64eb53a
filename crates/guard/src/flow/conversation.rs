//! What was said in a conversation, by whom: plain data that a dialect fills in.

/// Who wrote a text.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Source {
    /// The operator: system and developer messages.
    System,
    /// The user.
    User,
    /// The model, in an earlier turn.
    Assistant,
    /// A tool; the name is kept beside.
    Tool,
    /// A document that was retrieved or attached.
    Document,
    /// The description of a tool.
    Definition,
}

/// The texts of one conversation in their order, and the tools that may be called.
#[derive(Clone, Debug, Default)]
pub struct Conversation {
    spans: Vec<Span>,
}

/// One text with its origin.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) source: Source,
    /// The tool that it belongs to, where it does.
    pub(crate) tool: Box<str>,
    pub(crate) text: Box<str>,
}

impl Conversation {
    /// Adds a text.
    pub fn say(&mut self, source: Source, text: &str) {
        self.add(source, "", text);
    }

    /// Adds what a tool returned.
    pub fn returned(&mut self, tool: &str, text: &str) {
        self.add(Source::Tool, tool, text);
    }

    /// Adds the description of a tool.
    pub fn described(&mut self, tool: &str, text: &str) {
        self.add(Source::Definition, tool, text);
    }

    fn add(&mut self, source: Source, tool: &str, text: &str) {
        if !text.is_empty() {
            self.spans.push(Span {
                source,
                tool: tool.into(),
                text: text.into(),
            });
        }
    }

    /// Every text.
    pub(crate) fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The texts of one source.
    pub(crate) fn of(&self, source: Source) -> impl Iterator<Item = &str> {
        self.spans
            .iter()
            .filter(move |span| span.source == source)
            .map(|span| span.text.as_ref())
    }
}
