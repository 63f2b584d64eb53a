//! The pooled HTTP client: bounded waiting, no redirects, no proxies, no decompression.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::header::{Entry, HOST};
use http::{Request, Response, Uri};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;

use crate::connector::Connector;
use crate::origin::Origin;
use crate::pool::{Failed, Link, Pool};
use crate::reach::Reach;
use crate::tls;

/// What the client waits for and keeps.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Time to connect, TLS included.
    pub connect_max: Duration,
    /// Time from the request to the head of the answer. Bodies are limited by their reader.
    pub answer_max: Duration,
    /// How long an idle connection may be used again. It is closed when the pool is used next.
    pub idle_max: Duration,
    /// Idle connections kept per host and runtime.
    pub idle_per_host_max: usize,
    /// Bytes of the head of an answer.
    pub header_bytes_max: usize,
    /// How long the peer may refuse to take bytes.
    pub write_stall_max: Duration,
    /// The addresses that names may lead to.
    pub reach: Reach,
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
            reach: Reach::Anywhere,
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
    /// The address is not an absolute `http` or `https` URL.
    #[error("the address is not one that can be reached over HTTP")]
    Address,
    /// The name leads to an address that may not be reached.
    #[error("the upstream's address is not allowed")]
    Forbidden,
    /// No connection.
    #[error("the upstream could not be reached")]
    Connect(#[source] io::Error),
    /// Connected, but no answer.
    #[error("the upstream broke off before it answered")]
    Broken(#[source] Option<hyper::Error>),
    /// No head of an answer within the limit.
    #[error("the upstream did not answer in time")]
    TimedOut,
}

/// The pool. Clones share it.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    connector: Connector,
    pool: Pool,
    answer_max: Duration,
    header_bytes_max: usize,
}

/// The body of an answer. Read to its end it gives its connection back; dropped before, it closes it.
pub struct Answer {
    body: Incoming,
    link: Option<Box<(Link, Arc<Origin>)>>,
    shared: Arc<Shared>,
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
            reach: options.reach,
        };
        Ok(Self {
            shared: Arc::new(Shared {
                connector,
                pool: Pool::new(options.idle_max, options.idle_per_host_max),
                answer_max: options.answer_max,
                header_bytes_max: options.header_bytes_max,
            }),
        })
    }

    /// Sends a request to the place that its URL names and waits for the head of the answer,
    /// whatever its status.
    ///
    /// # Errors
    /// When there is no connection, no answer, or none in time.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Answer>, ClientError> {
        let origin = Origin::of(request.uri()).ok_or(ClientError::Address)?;
        self.send_to(&Arc::new(origin), request).await
    }

    /// The same for an origin that was taken apart before.
    pub(crate) async fn send_to(
        &self,
        origin: &Arc<Origin>,
        mut request: Request<Bytes>,
    ) -> Result<Response<Answer>, ClientError> {
        if let Entry::Vacant(entry) = request.headers_mut().entry(HOST) {
            entry.insert(origin.header().clone());
        }
        if let Some(target) = request.uri().path_and_query() {
            *request.uri_mut() = Uri::from(target.clone());
        }
        let exchange = self.exchange(origin, request.map(Full::new));
        let (link, response) = tokio::time::timeout(self.shared.answer_max, exchange)
            .await
            .unwrap_or(Err(ClientError::TimedOut))?;
        Ok(response.map(|body| Answer {
            body,
            link: Some(Box::new((link, Arc::clone(origin)))),
            shared: Arc::clone(&self.shared),
        }))
    }

    /// Over an idle connection, or another one if the first turns out to be closed, or a new one.
    async fn exchange(
        &self,
        origin: &Origin,
        mut request: Request<Full<Bytes>>,
    ) -> Result<(Link, Response<Incoming>), ClientError> {
        while let Some(mut link) = self.shared.pool.take(origin).await {
            match link.send(request).await {
                Ok(response) => return Ok((link, response)),
                Err(Failed::Unsent(unsent)) => request = *unsent,
                Err(Failed::Broken(error)) => return Err(ClientError::Broken(error)),
            }
        }
        let io = self.shared.connector.connect(origin).await;
        let io = io.map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => ClientError::Forbidden,
            _ => ClientError::Connect(error),
        })?;
        let link = Link::start(io, self.shared.header_bytes_max).await;
        let mut link = link.map_err(|error| ClientError::Broken(Some(error)))?;
        match link.send(request).await {
            Ok(response) => Ok((link, response)),
            Err(Failed::Unsent(_)) => Err(ClientError::Broken(None)),
            Err(Failed::Broken(error)) => Err(ClientError::Broken(error)),
        }
    }
}

impl Answer {
    /// Gives the connection back once the body has ended.
    fn release(&mut self, context: &mut Context<'_>) {
        if let Some(held) = self.link.take() {
            let (mut link, origin) = *held;
            // Lets it see that the exchange is over.
            link.drive(context);
            self.shared.pool.put(&origin, link);
        }
    }

    fn poll_body(&mut self) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        // Only the driver brings it on, which is polled with the task's own waker.
        let mut idle = Context::from_waker(Waker::noop());
        let polled = Pin::new(&mut self.body).poll_frame(&mut idle);
        polled.map(|frame| frame.map(|frame| frame.map_err(io::Error::other)))
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let mut polled = self.poll_body();
        if polled.is_pending() {
            let Some(held) = &mut self.link else {
                return Poll::Ready(match self.body.is_end_stream() {
                    true => None,
                    false => Some(Err(io::ErrorKind::UnexpectedEof.into())),
                });
            };
            held.0.drive(context);
            let ended = held.0.has_ended();
            polled = self.poll_body();
            if polled.is_pending() && ended {
                polled = Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
            }
        }
        match &polled {
            Poll::Ready(None) => self.release(context),
            Poll::Ready(Some(Ok(_))) if self.body.is_end_stream() => self.release(context),
            _ => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Client")
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Answer")
    }
}
