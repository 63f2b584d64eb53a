//! The pooled HTTP client: bounded waiting, no redirects, no proxies, no decompression.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::connector::Connector;
use crate::tls;

/// What the client waits for and keeps.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Time to connect, TLS included.
    pub connect_max: Duration,
    /// Time from the request to the head of the answer. Bodies are limited by their reader.
    pub answer_max: Duration,
    /// How long an idle connection stays in the pool.
    pub idle_max: Duration,
    /// Idle connections kept per host.
    pub idle_per_host_max: usize,
    /// Bytes of the head of an answer.
    pub header_bytes_max: usize,
    /// How long the peer may refuse to take bytes.
    pub write_stall_max: Duration,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            connect_max: Duration::from_secs(5),
            answer_max: Duration::from_secs(120),
            idle_max: Duration::from_secs(20),
            idle_per_host_max: 256,
            header_bytes_max: 64 << 10,
            write_stall_max: Duration::from_secs(30),
        }
    }
}

/// Why there is no answer. The texts name no address, so that they can be shown to a client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// TLS could not be set up at all.
    #[error("the TLS provider is unusable")]
    Tls(#[source] rustls::Error),
    /// No connection.
    #[error("the upstream could not be reached")]
    Connect(#[source] legacy::Error),
    /// Connected, but no answer.
    #[error("the upstream broke off before it answered")]
    Broken(#[source] legacy::Error),
    /// No head of an answer within the limit.
    #[error("the upstream did not answer in time")]
    TimedOut,
}

/// The pool. Clones share it.
#[derive(Clone, Debug)]
pub struct Client {
    inner: legacy::Client<Connector, Full<Bytes>>,
    answer_max: Duration,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Connector")
    }
}

impl Client {
    /// A client that trusts the public web's roots for `https`.
    ///
    /// # Errors
    /// When the crypto provider is unusable.
    pub fn new(options: &ClientOptions) -> Result<Self, ClientError> {
        let connector = Connector {
            tls: tls::client_config().map_err(ClientError::Tls)?,
            connect_max: options.connect_max,
            write_stall_max: options.write_stall_max,
        };
        let inner = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(options.idle_max)
            .pool_max_idle_per_host(options.idle_per_host_max)
            .http1_max_buf_size(options.header_bytes_max.max(8 << 10))
            .build(connector);
        Ok(Self {
            inner,
            answer_max: options.answer_max,
        })
    }

    /// Sends a request and waits for the head of the answer, whatever its status.
    ///
    /// # Errors
    /// When there is no connection, no answer, or none in time.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Incoming>, ClientError> {
        let request = request.map(Full::new);
        match tokio::time::timeout(self.answer_max, self.inner.request(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) if error.is_connect() => Err(ClientError::Connect(error)),
            Ok(Err(error)) => Err(ClientError::Broken(error)),
            Err(_) => Err(ClientError::TimedOut),
        }
    }
}
