//! Lines between the client, this process and the server, each of them bounded.

use std::io::BufReader;

use seawall_base::visible;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _};
use tokio::sync::mpsc;

use crate::app::App;
use crate::lines;

/// Lines of the client that wait for the guard.
const QUEUE_MAX: usize = 16;
/// Bytes of the server's own log that are passed on.
const LOG_BYTES_MAX: u64 = 1 << 20;

/// One line of either side.
#[derive(Debug)]
pub(super) enum Line {
    /// A message.
    Message(Vec<u8>),
    /// A line that is longer than the limit; its text is gone.
    TooLong,
}

/// The client's lines. They are read on a thread of their own, which ends with them or the process.
pub(super) fn client_lines() -> mpsc::Receiver<Line> {
    let (sender, receiver) = mpsc::channel(QUEUE_MAX);
    std::thread::spawn(move || {
        let mut input = BufReader::new(std::io::stdin());
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = match lines::read_line(&mut input, &mut line) {
                Ok(lines::Line::Read) => Line::Message(std::mem::take(&mut line)),
                Ok(lines::Line::TooLong) => Line::TooLong,
                Ok(lines::Line::End) | Err(_) => return,
            };
            if sender.blocking_send(read).is_err() {
                return;
            }
        }
    });
    receiver
}

/// The server's lines. Reading can be broken off and taken up again.
pub(super) struct ServerLines<R> {
    reader: tokio::io::BufReader<R>,
    line: Vec<u8>,
    length: usize,
    bytes_max: usize,
}

impl<R: AsyncRead + Unpin> ServerLines<R> {
    pub(super) fn new(reader: R, bytes_max: usize) -> Self {
        Self {
            reader: tokio::io::BufReader::new(reader),
            line: Vec::new(),
            length: 0,
            bytes_max,
        }
    }

    /// The next line; none at the end. A last line without an end is no message: it may have been cut.
    pub(super) async fn next(&mut self) -> std::io::Result<Option<Line>> {
        loop {
            let chunk = self.reader.fill_buf().await?;
            if chunk.is_empty() {
                return Ok(None);
            }
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let piece = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
            self.length = self.length.saturating_add(piece.len());
            if self.length <= self.bytes_max {
                self.line.extend_from_slice(piece);
            }
            let used = piece.len() + usize::from(end.is_some());
            self.reader.consume(used);
            if end.is_some() {
                return Ok(Some(self.ended()));
            }
        }
    }

    fn ended(&mut self) -> Line {
        let line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.length) > self.bytes_max {
            return Line::TooLong;
        }
        Line::Message(line)
    }
}

/// Passes the server's own log on for people to read, up to a bound; nothing in it is acted on.
pub(super) async fn log(stderr: impl AsyncRead + Unpin) {
    let mut lines = ServerLines::new(stderr.take(LOG_BYTES_MAX), 8 << 10);
    while let Ok(Some(line)) = lines.next().await {
        match line {
            Line::Message(line) => App::warn(&visible(&String::from_utf8_lossy(&line))),
            Line::TooLong => App::warn("[a line of the server's log was too long]"),
        }
    }
    // Read on, so that the server does not wait for a reader.
    let mut rest = lines.reader.into_inner().into_inner();
    let mut buffer = [0; 4096];
    while rest.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_cut_at_their_ends_and_bounded() {
        let text = b"ab\n0123456789\n\ncd";
        let mut lines = ServerLines::new(&text[..], 4);
        let mut seen = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            seen.push(match line {
                Line::Message(line) => String::from_utf8(line).unwrap(),
                Line::TooLong => "too long".to_owned(),
            });
        }
        assert_eq!(seen, ["ab", "too long", ""]);
    }
}
