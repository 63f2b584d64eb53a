//! The server loop: accept within limits, serve HTTP/1.1, drain when told to.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONNECTION, HeaderValue};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::body::Body;
use crate::tasks::TaskSet;
use crate::timed::TimedIo;

/// What a server grants its clients at most.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Connections at a time; more wait in the kernel's queue.
    pub connections_max: usize,
    /// Bytes of a request head.
    pub header_bytes_max: usize,
    /// Headers of a request.
    pub headers_max: usize,
    /// Time from a connection's readiness to a whole request head; also bounds idle keep-alive.
    pub header_read_max: Duration,
    /// How long a peer may refuse to take bytes.
    pub write_stall_max: Duration,
    /// How long open requests may go on after shutdown began.
    pub drain_max: Duration,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            connections_max: 16_384,
            header_bytes_max: 64 << 10,
            headers_max: 100,
            header_read_max: Duration::from_secs(30),
            write_stall_max: Duration::from_secs(30),
            drain_max: Duration::from_secs(20),
        }
    }
}

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The remote address.
    pub address: SocketAddr,
}

/// Serves `handler` on `listener` until `shutdown` is cancelled and open requests are answered.
///
/// With an acceptor, every connection speaks TLS. Nothing of the server is alive when this returns.
pub async fn serve<H, F>(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    options: ServeOptions,
    handler: H,
    shutdown: CancellationToken,
) where
    H: Fn(Request<Incoming>, Peer) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let tasks = TaskSet::new();
    let slots = Arc::new(Semaphore::new(options.connections_max));
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            accepted = accept(&listener, &slots) => accepted,
        };
        let Some((stream, address, slot)) = accepted else {
            continue;
        };
        let (options, handler) = (options.clone(), handler.clone());
        let (tls, shutdown) = (tls.clone(), shutdown.clone());
        tasks.spawn(async move {
            let peer = Peer { address };
            if let Some(acceptor) = tls {
                let handshake = acceptor.accept(stream);
                match tokio::time::timeout(options.header_read_max, handshake).await {
                    Ok(Ok(stream)) => connection(stream, peer, &options, handler, shutdown).await,
                    _ => tracing::debug!(peer.address = %address, "TLS handshake failed"),
                }
            } else {
                connection(stream, peer, &options, handler, shutdown).await;
            }
            drop(slot);
        });
    }
    drop(listener);
    if !tasks.drain(options.drain_max).await {
        tracing::warn!("requests still open at the end of the drain were dropped");
    }
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => {
            // Without it small frames wait for an acknowledgement, 40 ms at a time.
            drop(stream.set_nodelay(true));
            Some((stream, address, slot))
        }
        Err(error) => {
            // Out of file descriptors, most likely: accepting again at once would spin.
            tracing::error!(error.kind = ?error.kind(), "accepting a connection failed");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

async fn connection<S, H, F>(
    stream: S,
    peer: Peer,
    options: &ServeOptions,
    handler: H,
    shutdown: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    H: Fn(Request<Incoming>, Peer) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let head_bytes_max = options.header_bytes_max;
    let service = service_fn(move |request| {
        // The parser's own limit is one of its read buffer, which may hold twice as much.
        let answer = (head_bytes(&request) <= head_bytes_max).then(|| handler(request, peer));
        async move {
            Ok::<_, Infallible>(match answer {
                Some(answer) => answer.await,
                None => too_large(),
            })
        }
    });
    let io = TokioIo::new(TimedIo::new(stream, options.write_stall_max));
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(options.header_read_max)
        .max_buf_size(options.header_bytes_max.max(8 << 10))
        .max_headers(options.headers_max)
        .serve_connection(io, service);
    let mut serving = std::pin::pin!(serving);
    let outcome = tokio::select! {
        outcome = serving.as_mut() => outcome,
        () = shutdown.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(
            peer.address = %peer.address,
            error.timeout = error.is_timeout(),
            error.parse = error.is_parse(),
            "a connection ended early"
        );
    }
}

fn head_bytes(request: &Request<Incoming>) -> usize {
    let target = request
        .uri()
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    let headers = request.headers().iter();
    headers.fold(target, |sum, (name, value)| {
        sum.saturating_add(name.as_str().len())
            .saturating_add(value.len())
    })
}

fn too_large() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
