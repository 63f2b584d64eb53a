//! Where a text crosses into or out of the model: the channel decides which control answers for it
//! and what a detector's hit means there.

use std::fmt;
use std::str::FromStr;

/// The interface that a text crosses.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Channel {
    /// The operator's own instructions.
    System,
    /// What the caller says to the model.
    User,
    /// What the model said in earlier turns, as the caller resends it.
    Assistant,
    /// What a tool returned.
    Tool,
    /// A retrieved or attached document.
    Document,
    /// The name, description and schema of a tool.
    ToolDefinition,
    /// What the model says now.
    Output,
    /// The name and the arguments of a tool call that the model makes.
    ToolCall,
}

/// One text of a message and where it came from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Segment<'a> {
    /// The interface it crosses.
    pub channel: Channel,
    /// JSON pointer of the text in its message, empty where there is no message.
    pub path: &'a str,
    /// The decoded text.
    pub text: &'a str,
}

impl Channel {
    /// Every channel, in the order of a request's life.
    pub const ALL: &'static [Self] = &[
        Self::System,
        Self::User,
        Self::Assistant,
        Self::Tool,
        Self::Document,
        Self::ToolDefinition,
        Self::Output,
        Self::ToolCall,
    ];

    /// The kind of control that stands on this channel.
    #[must_use]
    pub const fn control(self) -> &'static str {
        match self {
            Self::System | Self::User | Self::Assistant => "prompt-inspection",
            Self::Tool | Self::Document | Self::ToolDefinition => "context-inspection",
            Self::Output => "output-inspection",
            Self::ToolCall => "tool-call-inspection",
        }
    }

    /// The word that configuration and reports use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
            Self::Document => "document",
            Self::ToolDefinition => "tool-definition",
            Self::Output => "output",
            Self::ToolCall => "tool-call",
        }
    }

    /// Whether instructions found here come from nobody who may give them.
    #[must_use]
    pub const fn is_data(self) -> bool {
        matches!(self, Self::Tool | Self::Document | Self::ToolDefinition)
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Channel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|channel| channel.as_str() == text)
            .ok_or_else(|| {
                let known: Vec<_> = Self::ALL.iter().map(|channel| channel.as_str()).collect();
                format!("expected one of {}", known.join(", "))
            })
    }
}
