//! The model server behind the gateway.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};

use crate::BoxFuture;

/// Sends requests to one upstream. Time limits and the connection pool are the adapter's.
pub trait Upstream: Send + Sync {
    /// Sends `request` and resolves with the head of the answer; the body follows in chunks.
    ///
    /// # Errors
    /// When the upstream cannot be reached or does not answer in time.
    fn send(
        &self,
        request: UpstreamRequest,
    ) -> BoxFuture<'_, Result<UpstreamResponse, UpstreamError>>;
}

/// The body of an answer, chunk by chunk. Dropping it cancels the request.
pub trait UpstreamBody: Send {
    /// The next chunk, or `None` at the end.
    ///
    /// # Errors
    /// When the connection breaks, or no chunk comes in time.
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, UpstreamError>>;
}

/// What is sent. The adapter adds the upstream's own credential and address.
#[derive(Clone, Debug)]
pub struct UpstreamRequest {
    /// The method.
    pub method: Method,
    /// Path and query below the upstream's base, such as `/v1/chat/completions`.
    pub path: String,
    /// Headers to pass on.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// What comes back.
pub struct UpstreamResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Box<dyn UpstreamBody>,
}

/// Why the upstream did not answer.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UpstreamError {
    /// No connection.
    #[error("the upstream could not be reached: {0}")]
    Unreachable(String),
    /// No answer, or no next chunk, in time.
    #[error("the upstream did not answer in time")]
    Timeout,
    /// The connection broke, or what came is not HTTP.
    #[error("the connection to the upstream broke: {0}")]
    Broken(String),
    /// The answer is larger than the limit.
    #[error("the upstream's answer is larger than {0} bytes")]
    TooLarge(u64),
}

impl std::fmt::Debug for UpstreamResponse {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("UpstreamResponse")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
