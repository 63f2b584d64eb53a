//! The way between the dialect in which a call is inspected and the one that its client speaks.
//!
//! A call is inspected in a dialect of its upstream. Where the client speaks another one, its request is
//! translated before that, and what the filter let out is translated back, read as a client would read
//! it: nothing else ever reaches the translation.

use bytes::Bytes;
use seawall_base::ErrorCode;
use seawall_base::json::{JsonLimits, parse};
use seawall_llm::messages::{MessagesRequest, MessagesResponse};
use seawall_llm::translate::ollama::{self, Lines, Way};
use seawall_llm::translate::{
    ChatEvents, MessagesEvents, chat_answer, chat_request, messages_answer, messages_request,
};
use seawall_llm::{ChatRequest, DialectError, sse};
use serde_json::Value;

use crate::config::Speaks;
use crate::dialect::{Dialect, Prompt};

/// What becomes of what the filter lets out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Egress {
    /// The client speaks the dialect.
    Same,
    /// Messages become a chat completion.
    Chat {
        /// Whether the client wants the chunk of usage.
        include_usage: bool,
    },
    /// A chat completion becomes a message.
    Messages,
    /// A chat completion becomes lines of Ollama's.
    Ollama(Way),
    /// Embeddings in Ollama's form.
    OllamaEmbeddings,
}

/// A request as it is inspected, and the way back.
pub(crate) struct Carried {
    pub(crate) dialect: Dialect,
    pub(crate) prompt: Box<dyn Prompt>,
    pub(crate) egress: Egress,
}

impl Carried {
    /// Translates where the upstream speaks another dialect than the client. Answers are bounded by
    /// `tokens_max` where the client sets no bound and the dialect needs one.
    pub(crate) fn onto(
        self,
        speaks: Speaks,
        tokens_max: u64,
        limits: &JsonLimits,
    ) -> Result<Self, DialectError> {
        if self.dialect.family() == speaks {
            return Ok(self);
        }
        let bytes = self.prompt.to_bytes();
        let (dialect, body, egress) = match (self.dialect, self.egress) {
            (Dialect::Messages, Egress::Same) => {
                let request = MessagesRequest::parse(&bytes, limits)?;
                (Dialect::Chat, chat_request(&request)?, Egress::Messages)
            }
            (Dialect::Chat, Egress::Same) => {
                let request = ChatRequest::parse(&bytes, limits)?;
                let include_usage = request.include_usage();
                let body = messages_request(&request, tokens_max)?;
                (Dialect::Messages, body, Egress::Chat { include_usage })
            }
            _ => {
                return Err(DialectError::whole(
                    ErrorCode::NotFound,
                    "The upstream of this model does not have this interface.",
                ));
            }
        };
        Ok(Self {
            dialect,
            prompt: dialect.prompt(body.to_string().as_bytes(), limits)?,
            egress,
        })
    }
}

impl Egress {
    /// A whole answer in the client's dialect.
    pub(crate) fn whole(self, bytes: Bytes, limits: &JsonLimits) -> Result<Bytes, DialectError> {
        let read = || parse(&bytes, limits).map_err(DialectError::from);
        let answer = match self {
            Self::Same => return Ok(bytes),
            Self::Chat { .. } => chat_answer(&MessagesResponse::parse(&bytes, limits)?)?,
            Self::Messages => messages_answer(&read()?)?,
            Self::Ollama(way) => ollama::answer(way, &read()?)?,
            Self::OllamaEmbeddings => ollama::embeddings_answer(&read()?)?,
        };
        Ok(Bytes::from(Value::to_string(&answer)))
    }

    /// What translates a stream; none where there is nothing to translate.
    pub(crate) fn stream(self, event_bytes_max: usize, limits: &JsonLimits) -> Option<Reshape> {
        let events = match self {
            Self::Same | Self::OllamaEmbeddings => return None,
            Self::Chat { include_usage } => Events::Chat(ChatEvents::new(include_usage, *limits)),
            Self::Messages => Events::Messages(MessagesEvents::default()),
            Self::Ollama(way) => Events::Lines(Lines::new(way, *limits)),
        };
        Some(Reshape {
            // An event of the filter holds what one of the upstream held, and a call that was gathered.
            decoder: sse::Decoder::new(event_bytes_max),
            events,
        })
    }

    /// The type of a stream's content.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Ollama(_) => "application/x-ndjson",
            _ => "text/event-stream",
        }
    }
}

/// Translates the bytes that a filter lets out.
pub(crate) struct Reshape {
    decoder: sse::Decoder,
    events: Events,
}

enum Events {
    Chat(ChatEvents),
    Messages(MessagesEvents),
    Lines(Lines),
}

impl Reshape {
    /// Whether a comment can be told; lines of JSON have none.
    pub(crate) const fn has_comments(&self) -> bool {
        !matches!(self.events, Events::Lines(_))
    }

    /// Takes the next bytes of the filter.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<Vec<u8>, DialectError> {
        let (mut events, mut out) = (Vec::new(), Vec::new());
        let decoded = self.decoder.push(bytes, &mut events);
        decoded.map_err(|_| {
            DialectError::whole(
                ErrorCode::UpstreamFailed,
                "A part of the answer is larger than the limit.",
            )
        })?;
        for event in events {
            match &mut self.events {
                Events::Chat(stream) => stream.event(&event.data, &mut out)?,
                Events::Messages(stream) => stream.event(&event.data, &mut out)?,
                Events::Lines(stream) => stream.event(&event.data, &mut out)?,
            }
        }
        if self.decoder.take_comment() && out.is_empty() && self.has_comments() {
            out.extend_from_slice(b": keep-alive\n\n");
        }
        Ok(out)
    }
}
