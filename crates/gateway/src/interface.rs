//! The interfaces that clients call: paths, credentials, forms of errors, and what each asks for.

use http::{HeaderMap, Method};
use seawall_base::json::{JsonLimits, parse};
use seawall_llm::DialectError;
use seawall_llm::translate::ollama::{self, Way};
use serde_json::Value;

use crate::dialect::Dialect;
use crate::egress::{Carried, Egress};
use crate::refusal::Form;

/// What a request asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Endpoint {
    /// A call of a model.
    Call(Interface),
    /// The list of models.
    Models,
    /// The list of models in Ollama's form.
    Tags,
    /// One model.
    Model(String),
}

/// How a client speaks to models.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Interface {
    /// One of OpenAI's in Azure's form: the path names the model.
    Azure(Dialect, String),
    /// OpenAI's chat completions.
    Chat,
    /// Anthropic's count of tokens.
    Count,
    /// OpenAI's embeddings.
    Embeddings,
    /// Anthropic's messages.
    Messages,
    /// One of Ollama's two ways to generate.
    Ollama(Way),
    /// Ollama's embeddings.
    OllamaEmbed,
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
            (&Method::GET, "/api/tags") => return Some(Self::Tags),
            (&Method::GET, _) => {
                let model = path.strip_prefix("/v1/models/")?;
                return (!model.is_empty()).then(|| Self::Model(model.to_owned()));
            }
            (&Method::POST, "/v1/chat/completions") => Interface::Chat,
            (&Method::POST, "/v1/embeddings") => Interface::Embeddings,
            (&Method::POST, "/v1/messages") => Interface::Messages,
            (&Method::POST, "/v1/messages/count_tokens") => Interface::Count,
            (&Method::POST, "/v1/responses") => Interface::Responses,
            (&Method::POST, "/api/chat") => Interface::Ollama(Way::Chat),
            (&Method::POST, "/api/embed") => Interface::OllamaEmbed,
            (&Method::POST, "/api/generate") => Interface::Ollama(Way::Generate),
            (&Method::POST, _) => azure(path)?,
            _ => return None,
        };
        Some(Self::Call(interface))
    }
}

/// The paths of Azure, which name the model as a deployment.
fn azure(path: &str) -> Option<Interface> {
    let (deployment, rest) = path.strip_prefix("/openai/deployments/")?.split_once('/')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let sound = !deployment.is_empty() && deployment.bytes().all(plain);
    let dialect = match rest {
        "chat/completions" => Dialect::Chat,
        "embeddings" => Dialect::Embeddings,
        _ => return None,
    };
    sound.then(|| Interface::Azure(dialect, deployment.to_owned()))
}

impl Interface {
    /// Reads a request.
    pub(crate) fn read(&self, bytes: &[u8], limits: &JsonLimits) -> Result<Carried, DialectError> {
        let carried = |dialect: Dialect, bytes: &[u8], egress| {
            let prompt = dialect.prompt(bytes, limits)?;
            Ok(Carried {
                dialect,
                prompt,
                egress,
            })
        };
        let same = |dialect| carried(dialect, bytes, Egress::Same);
        match self {
            Self::Azure(dialect, deployment) => {
                let mut body = parse(bytes, limits)?;
                if let Value::Object(fields) = &mut body {
                    // The path decides, whatever the body says.
                    fields.insert("model".to_owned(), deployment.as_str().into());
                }
                carried(*dialect, body.to_string().as_bytes(), Egress::Same)
            }
            Self::Chat => same(Dialect::Chat),
            Self::Count => same(Dialect::Count),
            Self::Embeddings => same(Dialect::Embeddings),
            Self::Messages => same(Dialect::Messages),
            Self::Ollama(way) => {
                let body = ollama::chat_request(*way, bytes, limits)?.to_string();
                carried(Dialect::Chat, body.as_bytes(), Egress::Ollama(*way))
            }
            Self::OllamaEmbed => {
                let body = ollama::embeddings_request(bytes, limits)?.to_string();
                carried(
                    Dialect::Embeddings,
                    body.as_bytes(),
                    Egress::OllamaEmbeddings,
                )
            }
            Self::Responses => same(Dialect::Responses),
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
        _ if path.starts_with("/api/") => Form::Ollama,
        _ if path.starts_with("/openai/") => Form::Azure,
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
        Form::Azure => &["authorization", "api-key"],
        Form::Ollama | Form::OpenAi | Form::Responses => &["authorization"],
    }
}
