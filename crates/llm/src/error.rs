//! Refusals of a message, and error bodies in OpenAI's form.

use seawall_base::ErrorCode;
use seawall_base::json::JsonError;
use serde_json::json;

/// Why a message is refused. The text is safe to show: it never repeats content.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct DialectError {
    /// The stable code.
    pub code: ErrorCode,
    /// What is wrong, for the client.
    pub message: String,
    /// The field that is wrong, such as `messages[0].role`.
    pub param: Option<String>,
}

impl DialectError {
    /// A refusal that names a field.
    #[must_use]
    pub fn at(code: ErrorCode, param: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            param: Some(param.into()),
        }
    }

    /// A refusal of the whole message.
    #[must_use]
    pub fn whole(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            param: None,
        }
    }
}

impl From<JsonError> for DialectError {
    fn from(error: JsonError) -> Self {
        Self::whole(error.code(), format!("The body is refused: {error}."))
    }
}

/// The word that OpenAI clients read from `error.type` for a status.
#[must_use]
pub const fn error_status_type(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        400..=499 => "invalid_request_error",
        _ => "server_error",
    }
}

/// An error body in OpenAI's form; its `code` is one of the stable [`ErrorCode`]s.
#[must_use]
pub fn error_body(code: ErrorCode, message: &str, param: Option<&str>) -> Vec<u8> {
    let body = json!({
        "error": {
            "message": message,
            "type": error_status_type(code.http_status()),
            "param": param,
            "code": code.as_str(),
        }
    });
    body.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_bodies_have_the_four_fields_that_clients_read() {
        let body = error_body(ErrorCode::UnknownRole, "No such role.", Some("messages[0]"));
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"error":{"message":"No such role.","type":"invalid_request_error","param":"messages[0]","code":"unknown_role"}}"#
        );
    }
}
