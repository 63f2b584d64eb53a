//! Connections of the client: each is driven by the task that uses it, and waits in a pool between.
//!
//! A connection that has a task of its own costs a request two hops between tasks, and on several
//! threads a wake-up of another thread each. Here the request's own task reads and writes. An idle
//! connection is not watched: whether it still stands is looked at when it is taken out.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1};
use tokio::runtime::{Handle, Id};
use tokio::time::Instant;

use crate::connector::Io;
use crate::origin::Origin;

/// One connection.
pub(crate) struct Link {
    sender: http1::SendRequest<Full<Bytes>>,
    driver: http1::Connection<Io, Full<Bytes>>,
    /// The driver has ended and must not be polled again.
    ended: bool,
}

/// How a request over one connection failed.
pub(crate) enum Failed {
    /// Nothing of it was sent, so it can go over another connection.
    Unsent(Box<Request<Full<Bytes>>>),
    /// It was sent.
    Broken(Option<hyper::Error>),
}

/// Idle connections by runtime and origin.
pub(crate) struct Pool {
    shelves: Mutex<Vec<Shelf>>,
    idle_max: Duration,
    per_origin_max: usize,
}

/// Connections live on the runtime that opened them, so another one's are never taken.
struct Shelf {
    runtime: Id,
    origin: Arc<Origin>,
    idle: Vec<(Link, Instant)>,
}

/// Shelves of one pool; beyond it the oldest goes.
const SHELVES_MAX: usize = 64;

impl Link {
    /// Starts HTTP on a fresh connection.
    pub(crate) async fn start(io: Io, header_bytes_max: usize) -> hyper::Result<Self> {
        let (sender, driver) = http1::Builder::new()
            .max_buf_size(header_bytes_max.max(8 << 10))
            .handshake(io)
            .await?;
        Ok(Self {
            sender,
            driver,
            ended: false,
        })
    }

    /// Sends a request and waits for the head of its answer.
    pub(crate) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Failed> {
        let mut answer = std::pin::pin!(self.sender.try_send_request(request));
        std::future::poll_fn(|context| {
            self.drive(context);
            // Only the driver brings it on, and that was just polled with the task's own waker.
            let polled = answer
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            match polled {
                Poll::Ready(answer) => Poll::Ready(answer.map_err(Failed::from)),
                Poll::Pending if self.ended => Poll::Ready(Err(Failed::Broken(None))),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// Reads and writes what can be read and written.
    pub(crate) fn drive(&mut self, context: &mut Context<'_>) {
        if !self.ended {
            self.ended = Pin::new(&mut self.driver).poll(context).is_ready();
        }
    }

    /// Whether the connection is over.
    pub(crate) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Whether it takes another request.
    pub(crate) fn is_ready(&self) -> bool {
        !self.ended && self.sender.is_ready()
    }
}

impl From<TrySendError<Request<Full<Bytes>>>> for Failed {
    fn from(mut error: TrySendError<Request<Full<Bytes>>>) -> Self {
        match error.take_message() {
            Some(request) => Self::Unsent(Box::new(request)),
            None => Self::Broken(Some(error.into_error())),
        }
    }
}

impl Pool {
    pub(crate) const fn new(idle_max: Duration, per_origin_max: usize) -> Self {
        Self {
            shelves: Mutex::new(Vec::new()),
            idle_max,
            per_origin_max,
        }
    }

    /// A connection that still stands, the one used last first.
    pub(crate) async fn take(&self, origin: &Origin) -> Option<Link> {
        std::future::poll_fn(|context| Poll::Ready(self.take_now(origin, context))).await
    }

    fn take_now(&self, origin: &Origin, context: &mut Context<'_>) -> Option<Link> {
        let runtime = Handle::current().id();
        loop {
            let (mut link, since) = {
                let mut shelves = self.lock();
                let shelf = find(&mut shelves, runtime, origin)?;
                shelf.idle.pop()?
            };
            if since.elapsed() > self.idle_max {
                continue;
            }
            link.drive(context);
            if link.is_ready() {
                return Some(link);
            }
        }
    }

    /// Keeps a connection for later if it takes another request.
    pub(crate) fn put(&self, origin: &Arc<Origin>, link: Link) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if !link.is_ready() {
            return;
        }
        let (runtime, now) = (runtime.id(), Instant::now());
        let mut shelves = self.lock();
        if find(&mut shelves, runtime, origin).is_none() {
            if shelves.len() >= SHELVES_MAX {
                shelves.remove(0);
            }
            shelves.push(Shelf {
                runtime,
                origin: Arc::clone(origin),
                idle: Vec::new(),
            });
        }
        let Some(shelf) = find(&mut shelves, runtime, origin) else {
            return;
        };
        // The oldest are in front.
        let stale = |since: &Instant| now.saturating_duration_since(*since) > self.idle_max;
        let gone = shelf
            .idle
            .iter()
            .take_while(|(_, since)| stale(since))
            .count();
        shelf.idle.drain(..gone);
        if shelf.idle.len() < self.per_origin_max {
            shelf.idle.push((link, now));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Shelf>> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn find<'s>(shelves: &'s mut [Shelf], runtime: Id, origin: &Origin) -> Option<&'s mut Shelf> {
    shelves
        .iter_mut()
        .find(|shelf| shelf.runtime == runtime && *shelf.origin == *origin)
}
