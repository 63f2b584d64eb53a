//! Refusals on their way to the client: a stable code, a safe text, and nothing else.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use seawall_base::ErrorCode;
use seawall_llm::{DialectError, sse};
use seawall_net::Body;
use serde_json::{Value, json};

/// Why a client gets no answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
    pub(crate) param: Option<String>,
    /// Seconds after which a retry can succeed.
    pub(crate) retry_after: Option<u64>,
    /// Control and detector, where the route explains.
    pub(crate) cause: Option<(String, String)>,
    /// The status of an upstream's own refusal, where it is passed on.
    pub(crate) status: Option<StatusCode>,
    /// Whether a call was open, which counts its own end.
    pub(crate) counted: bool,
}

/// The form in which a client reads errors.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// Anthropic's.
    Anthropic,
    /// Azure's, which is OpenAI's.
    Azure,
    /// Ollama's.
    Ollama,
    /// OpenAI's.
    OpenAi,
    /// OpenAI's for responses, which differs in streams.
    Responses,
}

impl Refusal {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            param: None,
            retry_after: None,
            cause: None,
            status: None,
            counted: false,
        }
    }

    /// A fault of ours, about which the client learns nothing.
    pub(crate) fn internal() -> Self {
        Self::new(
            ErrorCode::Internal,
            "Something went wrong here. The request was refused.",
        )
    }

    /// The decision could not be recorded, so it cannot take effect.
    pub(crate) fn no_evidence() -> Self {
        Self::new(
            ErrorCode::EvidenceUnavailable,
            "The decision could not be recorded. Try again later.",
        )
    }

    pub(crate) fn status(&self) -> StatusCode {
        let own = StatusCode::from_u16(self.code.http_status());
        self.status
            .or_else(|| own.ok())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The error object in the form that a client reads.
    pub(crate) fn to_value(&self, form: Form) -> Value {
        let status = self.status().as_u16();
        let kind = match form {
            Form::Azure | Form::Ollama | Form::OpenAi | Form::Responses => {
                seawall_llm::error_status_type(status)
            }
            Form::Anthropic => seawall_llm::messages::error_status_type(status),
        };
        let mut error = json!({
            "message": self.message,
            "type": kind,
            "param": self.param,
            "code": self.code.as_str(),
        });
        if let (Some((control, detector)), Value::Object(fields)) = (&self.cause, &mut error) {
            fields.insert("control".to_owned(), control.as_str().into());
            fields.insert("detector".to_owned(), detector.as_str().into());
        }
        match form {
            Form::Azure | Form::OpenAi | Form::Responses => json!({ "error": error }),
            // Its clients show the text; the code stands beside it.
            Form::Ollama => {
                json!({ "error": self.message, "code": self.code.as_str(), "param": self.param })
            }
            Form::Anthropic => json!({ "type": "error", "error": error }),
        }
    }

    /// The event that ends a stream.
    pub(crate) fn to_event(&self, form: Form) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut body = self.to_value(form);
        match form {
            Form::Azure | Form::OpenAi => sse::encode(&body.to_string(), &mut bytes),
            Form::Ollama => {
                bytes.extend_from_slice(body.to_string().as_bytes());
                bytes.push(b'\n');
            }
            Form::Anthropic => sse::encode_named("error", &body.to_string(), &mut bytes),
            Form::Responses => {
                // The event of the dialect, and the member by which its clients raise.
                if let Value::Object(fields) = &mut body {
                    fields.insert("type".to_owned(), "error".into());
                    fields.insert("code".to_owned(), self.code.as_str().into());
                    fields.insert("message".to_owned(), self.message.as_str().into());
                    fields.insert("param".to_owned(), self.param.clone().into());
                }
                sse::encode_named("error", &body.to_string(), &mut bytes);
            }
        }
        bytes
    }

    /// The whole answer.
    pub(crate) fn into_response(self, form: Form) -> Response<Body> {
        let body = Bytes::from(self.to_value(form).to_string());
        let mut response = json_response(self.status(), body);
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<DialectError> for Refusal {
    fn from(error: DialectError) -> Self {
        Self {
            param: error.param,
            ..Self::new(error.code, error.message)
        }
    }
}

/// A JSON answer.
pub(crate) fn json_response(status: StatusCode, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::full(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
