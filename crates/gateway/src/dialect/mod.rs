//! What a dialect has to offer so that one pipeline serves all of them: a request, a whole answer and
//! a stream, each behind a trait. One module per dialect.
//!
//! Everything that decides (inspection, holds, budgets, records) works on these traits and is written
//! once; a dialect says where its texts stand and how its events look.

mod chat;
mod count;
mod embeddings;
mod messages;
mod responses;

use std::borrow::Cow;
use std::collections::BTreeSet;

use seawall_base::json::JsonLimits;
use seawall_guard::{Conversation, Inspection};
use seawall_llm::messages::MessagesRequest;
use seawall_llm::responses::ResponsesRequest;
use seawall_llm::{
    ChatRequest, ChatResponse, DialectError, EmbeddingsRequest, EmbeddingsResponse, Leaf,
    NotEditable, Place, ToolCall, Usage, sse,
};
use serde_json::Value;

use self::count::{Count, CountRequest};
use self::messages::MessagesAnswer;
use self::responses::ResponsesAnswer;
use crate::config::Speaks;
use crate::held::{Held, Stop};
use crate::watch::Watch;

/// A dialect in which calls are inspected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Dialect {
    /// OpenAI's chat completions.
    Chat,
    /// Anthropic's count of the tokens of messages.
    Count,
    /// OpenAI's embeddings.
    Embeddings,
    /// Anthropic's messages.
    Messages,
    /// OpenAI's responses.
    Responses,
}

/// How large the parts of a request are that its bytes do not bound.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Counts {
    /// Answers that are asked for.
    pub(crate) choices: u64,
    /// Messages or items of the conversation.
    pub(crate) messages: usize,
    /// Tools that are described.
    pub(crate) tools: usize,
}

/// A request of which every text can be read.
pub(crate) trait Prompt: Send + Sync {
    /// The model that is asked for.
    fn model(&self) -> &str;

    /// Whether the answer is to be streamed.
    fn is_streamed(&self) -> bool;

    /// Whether the client wants to see the usage of a stream.
    fn include_usage(&self) -> bool;

    /// The sizes of its parts.
    fn counts(&self) -> Counts;

    /// Makes sure that one answer is bounded by `limit` tokens, and returns the bound that holds.
    fn clamp(&mut self, limit: u64) -> u64;

    /// A member that would make a stream say its text a second time, where nothing is held back.
    fn unseen(&self) -> Option<&'static str>;

    /// Makes the last changes before the request is forwarded: those that the upstream needs to
    /// report what it used.
    fn make_ready(&mut self);

    /// Yields every text with its role.
    fn visit<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>));

    /// Replaces one text that [`Self::visit`] yielded.
    fn edit(&mut self, path: &str, place: Place, text: String) -> Result<(), NotEditable>;

    /// The body as it stands.
    fn body(&self) -> &Value;

    /// Who said what, for judging the answer by it.
    fn conversation(&self) -> Conversation;

    /// What the answer repeats of the request, where the dialect does that.
    fn repeated(&self) -> BTreeSet<String> {
        BTreeSet::new()
    }

    /// The body to forward.
    fn to_bytes(&self) -> Vec<u8>;

    /// The same request once more.
    fn copy(&self) -> Box<dyn Prompt>;
}

/// A whole answer of which every text can be read.
pub(crate) trait Answer: Send + Sync {
    /// What the upstream says the call cost, if it says so.
    fn usage(&self) -> Option<Usage>;

    /// How many tool calls it has.
    fn tool_calls(&self) -> u64;

    /// Yields every text with its role.
    fn visit<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>));

    /// Replaces one text that [`Self::visit`] yielded.
    fn edit(&mut self, path: &str, place: Place, text: String) -> Result<(), NotEditable>;

    /// Whether the text at `path` only spells another one again, and goes with [`Self::drop_echoes`].
    fn is_echo(&self, path: &str) -> bool;

    /// Drops what spells texts a second time, because one of them was changed.
    fn drop_echoes(&mut self);

    /// Says that the text at `path` was cut, in the words of the dialect.
    fn end_early(&mut self, path: &str) -> Result<(), NotEditable>;

    /// The tool call that the text at `path` belongs to, with its own path.
    fn call_at(&self, path: &str) -> Option<(String, ToolCall)>;

    /// Puts arguments that were approved into the call at `call`.
    fn set_arguments(&mut self, call: &str, arguments: String) -> Result<(), NotEditable>;

    /// The body to send.
    fn to_bytes(&self) -> Vec<u8>;
}

/// The filter of one stream: events in, bytes out, and nothing out that may still be blocked. It
/// knows no time and no network.
pub(crate) trait Filter: Send + Sync {
    /// Takes one event of the upstream.
    fn event(&mut self, event: &sse::Event) -> Result<Option<Held>, Stop>;

    /// Releases held calls with the arguments that were approved.
    fn release(&mut self, held: Held, approved: Vec<String>);

    /// The events by which the upstream would have ended the answer at its limit of tokens.
    fn last_events(&self, ending: &Ending<'_>) -> Vec<sse::Event>;

    /// Tells the client that the stream lives, where nothing else does. The upstream's own words for
    /// that were not inspected, so they stay here.
    fn keep_alive(&mut self);

    /// What may be sent now.
    fn take_output(&mut self) -> Vec<u8>;

    /// Inspections that let text pass and saw something in it.
    fn take_noted(&mut self) -> Vec<Inspection>;

    /// What the upstream reported.
    fn usage(&self) -> Option<Usage>;
}

/// What a filter is told.
#[derive(Clone, Debug)]
pub(crate) struct FilterOptions {
    /// The guard; without one only usage is read.
    pub(crate) watch: Option<Watch>,
    /// Whether the client asked for the usage of the stream.
    pub(crate) include_usage: bool,
    /// Bytes that tool calls may have.
    pub(crate) call_bytes_max: usize,
    pub(crate) json: JsonLimits,
}

/// What the end of a cut stream has to say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending<'a> {
    pub(crate) id: &'a str,
    pub(crate) model: &'a str,
    /// Seconds since 1970.
    pub(crate) created: i64,
    pub(crate) choices: u64,
}

impl Dialect {
    /// Reads a request.
    pub(crate) fn prompt(
        self,
        bytes: &[u8],
        limits: &JsonLimits,
    ) -> Result<Box<dyn Prompt>, DialectError> {
        Ok(match self {
            Self::Chat => Box::new(ChatRequest::parse(bytes, limits)?),
            Self::Count => Box::new(CountRequest::parse(bytes, limits)?),
            Self::Embeddings => Box::new(EmbeddingsRequest::parse(bytes, limits)?),
            Self::Messages => Box::new(MessagesRequest::parse(bytes, limits)?),
            Self::Responses => Box::new(ResponsesRequest::parse(bytes, limits)?),
        })
    }

    /// Reads a whole answer.
    pub(crate) fn answer(
        self,
        bytes: &[u8],
        limits: &JsonLimits,
    ) -> Result<Box<dyn Answer>, DialectError> {
        Ok(match self {
            Self::Chat => Box::new(ChatResponse::parse(bytes, limits)?),
            Self::Count => Box::new(Count::parse(bytes, limits)?),
            Self::Embeddings => Box::new(EmbeddingsResponse::parse(bytes, limits)?),
            Self::Messages => Box::new(MessagesAnswer::parse(bytes, limits)?),
            Self::Responses => Box::new(ResponsesAnswer::parse(bytes, limits)?),
        })
    }

    /// The filter of a stream. Only requests of dialects that stream are for one.
    pub(crate) fn filter(self, options: FilterOptions) -> Box<dyn Filter> {
        match self {
            Self::Chat | Self::Count | Self::Embeddings => Box::new(chat::ChatFilter::new(options)),
            Self::Messages => Box::new(messages::MessagesFilter::new(options)),
            Self::Responses => Box::new(responses::ResponsesFilter::new(options)),
        }
    }

    /// What its upstreams speak.
    pub(crate) const fn family(self) -> Speaks {
        match self {
            Self::Chat | Self::Embeddings | Self::Responses => Speaks::OpenAi,
            Self::Count | Self::Messages => Speaks::Anthropic,
        }
    }

    /// Where its upstreams take requests.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Chat => "/v1/chat/completions",
            Self::Count => "/v1/messages/count_tokens",
            Self::Embeddings => "/v1/embeddings",
            Self::Messages => "/v1/messages",
            Self::Responses => "/v1/responses",
        }
    }

    /// Whether the event is the last of a stream.
    pub(crate) fn is_last(self, event: &sse::Event) -> bool {
        match self {
            Self::Chat | Self::Count | Self::Embeddings => event.data == "[DONE]",
            Self::Messages => messages::is_last(event),
            Self::Responses => responses::is_last(event),
        }
    }

    /// Whether the event carries a piece of the answer and so costs at least one token.
    pub(crate) fn is_piece(self, event: &sse::Event) -> bool {
        match self {
            Self::Chat | Self::Count | Self::Embeddings => event.data != "[DONE]",
            Self::Messages => messages::is_piece(event),
            Self::Responses => responses::is_piece(event),
        }
    }

    /// What a stream has reported once the event has come.
    pub(crate) fn usage(
        self,
        event: &sse::Event,
        before: Option<Usage>,
        limits: &JsonLimits,
    ) -> Option<Usage> {
        match self {
            Self::Chat | Self::Count | Self::Embeddings => chat::usage(event, limits).or(before),
            Self::Messages => messages::usage(event, before, limits),
            Self::Responses => responses::usage(event, before, limits),
        }
    }
}

/// What kind of event it is: by its name, or by its data where it has none. A filter refuses an event
/// whose name says something else than its data.
fn kind_of(event: &sse::Event) -> Cow<'_, str> {
    if !event.name.is_empty() {
        return Cow::Borrowed(&event.name);
    }
    let body = serde_json::from_str::<Value>(&event.data).unwrap_or_default();
    let kind = body.get("type").and_then(Value::as_str);
    Cow::Owned(kind.unwrap_or_default().to_owned())
}
