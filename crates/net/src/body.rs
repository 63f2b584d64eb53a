//! Bodies: the one response body type of our servers, and the capped reader of anyone's body.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::sync::mpsc;

/// A body that is whole, or that arrives through a bounded channel.
///
/// A channel whose sender is dropped ends the body in order; to break it off, send an error.
#[derive(Debug)]
pub struct Body(Kind);

#[derive(Debug)]
enum Kind {
    Whole(Option<Bytes>),
    Channel(mpsc::Receiver<io::Result<Bytes>>),
}

/// The sending half of a streamed [`Body`].
#[derive(Clone, Debug)]
pub struct BodySender(mpsc::Sender<io::Result<Bytes>>);

/// Why a body could not be read whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Longer than the cap, in what it declares or in what it sends.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// Nothing arrived for as long as allowed.
    #[error("the body did not arrive in time")]
    TimedOut,
    /// The connection broke.
    #[error("the body broke off")]
    Broken,
}

impl Body {
    /// A whole body.
    #[must_use]
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        Self(Kind::Whole(Some(bytes.into())))
    }

    /// No body.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Kind::Whole(None))
    }

    /// A streamed body of which at most `queue_max` pieces wait for a slow reader.
    #[must_use]
    pub fn channel(queue_max: usize) -> (BodySender, Self) {
        let (sender, receiver) = mpsc::channel(queue_max.max(1));
        (BodySender(sender), Self(Kind::Channel(receiver)))
    }
}

impl BodySender {
    /// Sends a piece, waiting while the queue is full. False when the reader is gone.
    pub async fn send(&self, bytes: Bytes) -> bool {
        self.0.send(Ok(bytes)).await.is_ok()
    }

    /// Breaks the body off, which the reader sees as a broken connection.
    pub async fn fail(&self, kind: io::ErrorKind) {
        drop(self.0.send(Err(kind.into())).await);
    }

    /// Resolves when the reader is gone.
    pub async fn closed(&self) {
        self.0.closed().await;
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut self.0 {
            Kind::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Kind::Channel(receiver) => receiver
                .poll_recv(context)
                .map(|piece| piece.map(|piece| piece.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            Kind::Channel(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(bytes) => SizeHint::with_exact(
                bytes
                    .as_ref()
                    .map_or(0, |bytes| u64::try_from(bytes.len()).unwrap_or(u64::MAX)),
            ),
            Kind::Channel(_) => SizeHint::default(),
        }
    }
}

/// Reads a body of at most `bytes_max` bytes, each piece of which arrives within `idle_max`.
///
/// # Errors
/// When the body is larger, slower or broken off. A declared length over the cap is refused unread.
pub async fn read_capped<B>(
    body: B,
    bytes_max: usize,
    idle_max: Duration,
) -> Result<Bytes, ReadError>
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let mut body = body;
    let declared = body.size_hint().lower();
    if declared > u64::try_from(bytes_max).unwrap_or(u64::MAX) {
        return Err(ReadError::TooLarge(bytes_max));
    }
    let mut first = Bytes::new();
    let mut gathered: Option<BytesMut> = None;
    loop {
        let Ok(next) = tokio::time::timeout(idle_max, body.frame()).await else {
            return Err(ReadError::TimedOut);
        };
        let Some(frame) = next else { break };
        let Ok(piece) = frame.map_err(|_| ReadError::Broken)?.into_data() else {
            continue;
        };
        let length = gathered.as_ref().map_or(first.len(), BytesMut::len);
        if length.saturating_add(piece.len()) > bytes_max {
            return Err(ReadError::TooLarge(bytes_max));
        }
        // One piece is the common case and is not copied.
        if length == 0 {
            first = piece;
        } else {
            let expected = usize::try_from(declared).unwrap_or(0).min(bytes_max);
            gathered
                .get_or_insert_with(|| {
                    let mut all = BytesMut::with_capacity(expected.max(length + piece.len()));
                    all.extend_from_slice(&first);
                    all
                })
                .extend_from_slice(&piece);
        }
    }
    Ok(gathered.map_or(first, BytesMut::freeze))
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn whole_and_streamed_bodies_read_the_same() {
        let (sender, body) = Body::channel(4);
        assert!(sender.send(Bytes::from_static(b"ab")).await);
        assert!(sender.send(Bytes::from_static(b"c")).await);
        drop(sender);
        assert_eq!(read_capped(body, 3, IDLE).await.unwrap(), "abc");
        let whole = Body::full("abc");
        assert_eq!(read_capped(whole, 3, IDLE).await.unwrap(), "abc");
    }

    #[tokio::test]
    async fn the_cap_holds_for_declared_and_for_sent_bytes() {
        let declared = read_capped(Body::full("abcd"), 3, IDLE).await;
        assert!(matches!(declared, Err(ReadError::TooLarge(3))));
        let (sender, body) = Body::channel(4);
        sender.send(Bytes::from_static(b"ab")).await;
        sender.send(Bytes::from_static(b"cd")).await;
        let sent = read_capped(body, 3, IDLE).await;
        assert!(matches!(sent, Err(ReadError::TooLarge(3))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_comes_times_out() {
        let (_sender, body) = Body::channel(1);
        let read = read_capped(body, 3, IDLE).await;
        assert!(matches!(read, Err(ReadError::TimedOut)));
    }

    #[tokio::test]
    async fn a_broken_body_says_so() {
        let (sender, body) = Body::channel(1);
        sender.fail(io::ErrorKind::ConnectionReset).await;
        let read = read_capped(body, 3, IDLE).await;
        assert!(matches!(read, Err(ReadError::Broken)));
    }
}
