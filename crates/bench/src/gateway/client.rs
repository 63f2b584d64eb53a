//! The load: connections that send one request after the other and read each answer to its end.
//!
//! As little as HTTP needs, because what it costs is taken from the same two cores.

use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::measure::stopwatch;

/// One connection.
pub(crate) struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
}

/// What one exchange was like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exchange {
    /// Seconds to the first byte of the body.
    pub(crate) first: f64,
    /// Seconds to the last.
    pub(crate) last: f64,
    /// Events, for a stream that ended in order.
    pub(crate) frames: usize,
}

/// What is asked, and where.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// Host and port.
    pub(crate) at: String,
    /// The bearer token.
    pub(crate) key: String,
    /// The body.
    pub(crate) body: String,
}

/// Where busy connections tell what happened.
type Results = tokio::sync::mpsc::UnboundedSender<anyhow::Result<Exchange>>;

/// No exchange of a bench takes this long.
const LIMIT: Duration = Duration::from_secs(60);

impl Connection {
    pub(crate) async fn open(ask: &Ask) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(&ask.at).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{}",
            ask.at,
            ask.key,
            ask.body.len(),
            ask.body
        );
        Ok(Self {
            stream,
            request: request.into_bytes(),
            answer: Vec::with_capacity(1 << 16),
        })
    }

    /// Sends the request and reads a whole answer.
    pub(crate) async fn exchange(&mut self) -> anyhow::Result<Exchange> {
        tokio::time::timeout(LIMIT, self.once())
            .await
            .context("an answer took too long")?
    }

    async fn once(&mut self) -> anyhow::Result<Exchange> {
        self.answer.clear();
        let time = stopwatch();
        self.stream.write_all(&self.request).await?;
        let (mut first, mut head) = (None, None);
        loop {
            let read = self.stream.read_buf(&mut self.answer).await?;
            anyhow::ensure!(read > 0, "the connection ended within an answer");
            if head.is_none() {
                head = Head::of(&self.answer)?;
            }
            let Some(head) = &head else { continue };
            let body = self.answer.get(head.length..).unwrap_or_default();
            if first.is_none() && !body.is_empty() {
                first = Some(time());
            }
            if head.is_whole(body) {
                return Ok(Exchange {
                    first: first.unwrap_or_else(&time),
                    last: time(),
                    frames: head.frames(body)?,
                });
            }
        }
    }

    /// One exchange after the other until the time is over or one fails.
    async fn keep_busy(mut self, lasts: Duration, results: Results) {
        let time = stopwatch();
        loop {
            let outcome = self.good().await;
            let ended = outcome.is_err() || time() > lasts.as_secs_f64();
            if results.send(outcome).is_err() || ended {
                return;
            }
        }
    }

    /// An exchange that must succeed.
    pub(crate) async fn good(&mut self) -> anyhow::Result<Exchange> {
        let exchange = self.exchange().await?;
        anyhow::ensure!(self.status() == 200, "it said {}", self.status());
        Ok(exchange)
    }

    /// The status of the last answer.
    pub(crate) fn status(&self) -> u16 {
        let text = self.answer.get(9..12).unwrap_or_default();
        String::from_utf8_lossy(text).parse().unwrap_or(0)
    }
}

struct Head {
    length: usize,
    /// The declared length; chunked where there is none.
    body: Option<usize>,
    stream: bool,
}

impl Head {
    fn of(answer: &[u8]) -> anyhow::Result<Option<Self>> {
        let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = String::from_utf8_lossy(answer.get(..end).unwrap_or_default()).to_lowercase();
        let declared = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"));
        let body = declared.map(|text| text.trim().parse()).transpose()?;
        Ok(Some(Self {
            length: end + 4,
            body,
            stream: head.contains("text/event-stream"),
        }))
    }

    /// The events of a stream, which must have its end.
    fn frames(&self, body: &[u8]) -> anyhow::Result<usize> {
        if !self.stream {
            return Ok(0);
        }
        let text = String::from_utf8_lossy(body);
        anyhow::ensure!(
            text.contains("data: [DONE]") && !text.contains("\"error\""),
            "a stream was cut"
        );
        Ok(text.matches("data: ").count())
    }

    fn is_whole(&self, body: &[u8]) -> bool {
        match self.body {
            Some(length) => body.len() >= length,
            None => body.ends_with(b"\r\n0\r\n\r\n"),
        }
    }
}

/// Keeps `connections` busy for a while; every exchange must succeed.
pub(crate) async fn load(
    ask: &Ask,
    connections: usize,
    lasts: Duration,
) -> anyhow::Result<Vec<Exchange>> {
    let tasks = tokio_util::task::TaskTracker::new();
    let (sender, mut results) = tokio::sync::mpsc::unbounded_channel();
    for _ in 0..connections {
        let connection = Connection::open(ask).await?;
        drop(tasks.spawn(connection.keep_busy(lasts, sender.clone())));
    }
    drop(sender);
    let mut exchanges = Vec::new();
    while let Some(outcome) = results.recv().await {
        exchanges.push(outcome?);
    }
    tasks.close();
    tasks.wait().await;
    Ok(exchanges)
}

/// `count` exchanges, one after the other over one connection; the first one warms up.
pub(crate) async fn one_by_one(ask: &Ask, count: usize) -> anyhow::Result<Vec<Exchange>> {
    let mut connection = Connection::open(ask).await?;
    connection.good().await?;
    let mut exchanges = Vec::with_capacity(count);
    for _ in 0..count {
        exchanges.push(connection.good().await?);
    }
    Ok(exchanges)
}
