//! The interfaces that clients call: paths, credentials, forms of errors, and what each asks for.

use http::{HeaderMap, Method};

use crate::dialect::Dialect;
use crate::refusal::Form;

/// What a request asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Endpoint {
    /// A call of a model.
    Call(Interface),
    /// The list of models.
    Models,
    /// One model.
    Model(String),
}

/// How a client speaks to models.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Interface {
    /// OpenAI's chat completions.
    Chat,
    /// Anthropic's count of tokens.
    Count,
    /// OpenAI's embeddings.
    Embeddings,
    /// Anthropic's messages.
    Messages,
    /// OpenAI's responses.
    Responses,
}

/// What Anthropic's clients always send.
const ANTHROPIC_VERSION: &str = "anthropic-version";

impl Endpoint {
    /// What a path asks for; none where there is nothing.
    pub(crate) fn of(method: &Method, path: &str) -> Option<Self> {
        let interface = match (method, path) {
            (&Method::GET, "/v1/models") => return Some(Self::Models),
            (&Method::GET, _) => {
                let model = path.strip_prefix("/v1/models/")?;
                return (!model.is_empty()).then(|| Self::Model(model.to_owned()));
            }
            (&Method::POST, "/v1/chat/completions") => Interface::Chat,
            (&Method::POST, "/v1/embeddings") => Interface::Embeddings,
            (&Method::POST, "/v1/messages") => Interface::Messages,
            (&Method::POST, "/v1/messages/count_tokens") => Interface::Count,
            (&Method::POST, "/v1/responses") => Interface::Responses,
            _ => return None,
        };
        Some(Self::Call(interface))
    }
}

impl Interface {
    /// The dialect in which the client writes.
    pub(crate) const fn dialect(self) -> Dialect {
        match self {
            Self::Chat => Dialect::Chat,
            Self::Count => Dialect::Count,
            Self::Embeddings => Dialect::Embeddings,
            Self::Messages => Dialect::Messages,
            Self::Responses => Dialect::Responses,
        }
    }
}

/// The form of errors at a path, whether or not there is anything at it.
pub(crate) fn form_of(path: &str, headers: &HeaderMap) -> Form {
    if path.starts_with("/v1/messages") || is_anthropic(path, headers) {
        return Form::Anthropic;
    }
    match path {
        "/v1/responses" => Form::Responses,
        _ => Form::OpenAi,
    }
}

/// Whether a client of Anthropic's asks for models, which have one path in both dialects.
pub(crate) fn is_anthropic(path: &str, headers: &HeaderMap) -> bool {
    path.starts_with("/v1/models") && headers.contains_key(ANTHROPIC_VERSION)
}

/// The headers in which a key may stand at a path.
pub(crate) fn key_headers(form: Form) -> &'static [&'static str] {
    match form {
        Form::Anthropic => &["authorization", "x-api-key"],
        Form::OpenAi | Form::Responses => &["authorization"],
    }
}
