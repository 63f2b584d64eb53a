//! Error bodies in Anthropic's form.

use seawall_base::ErrorCode;
use serde_json::json;

/// The word that Anthropic's clients read from `error.type` for a status.
#[must_use]
pub const fn error_status_type(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        400..=499 => "invalid_request_error",
        _ => "api_error",
    }
}

/// An error body in Anthropic's form. Its `code` is one of the stable [`ErrorCode`]s, which the
/// dialect has no member for and clients pass over.
#[must_use]
pub fn error_body(code: ErrorCode, message: &str, param: Option<&str>) -> Vec<u8> {
    let body = json!({
        "type": "error",
        "error": {
            "type": error_status_type(code.http_status()),
            "message": message,
            "code": code.as_str(),
            "param": param,
        }
    });
    body.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_bodies_have_the_members_that_clients_read() {
        let body = error_body(ErrorCode::RateLimited, "Too many.", None);
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"type":"error","error":{"type":"rate_limit_error","message":"Too many.","code":"rate_limit_exceeded","param":null}}"#
        );
    }
}
