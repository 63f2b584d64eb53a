//! Commands that read JSON lines on standard input and answer each with one line, in order.

use serde_json::{Value, json};

use crate::app::{App, Outcome};

/// Longer lines are passed over and answered with an error.
const LINE_MAX: usize = 32 << 20;

/// Answers every line of standard input; a line that is too long gives `{"error"}`.
pub(crate) fn answer_each(answer: impl Fn(&[u8]) -> Value) -> anyhow::Result<Outcome> {
    let mut input = std::io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        let answer = match read_line(&mut input, &mut line)? {
            Line::End => return Ok(Outcome::Clean),
            Line::TooLong => json!({"error": format!("the line is longer than {LINE_MAX} bytes")}),
            Line::Read => answer(&line),
        };
        App::print(&format!("{answer}\n"))?;
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Line {
    /// The line is in the buffer.
    Read,
    /// It is longer than the limit, and its rest was passed over.
    TooLong,
    /// There is no other.
    End,
}

/// Reads one line without its end, keeping at most [`LINE_MAX`] bytes of it in memory.
pub(crate) fn read_line(
    input: &mut impl std::io::BufRead,
    line: &mut Vec<u8>,
) -> std::io::Result<Line> {
    let mut total = 0_usize;
    let read = |total| {
        if total > LINE_MAX {
            Line::TooLong
        } else {
            Line::Read
        }
    };
    loop {
        let chunk = input.fill_buf()?;
        if chunk.is_empty() {
            return Ok(if total == 0 { Line::End } else { read(total) });
        }
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let piece = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
        total = total.saturating_add(piece.len());
        if total <= LINE_MAX {
            line.extend_from_slice(piece);
        }
        let used = piece.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            return Ok(read(total));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_where_they_end() {
        let mut input = &b"ab\n\ncd"[..];
        let mut lines = Vec::new();
        loop {
            let mut line = Vec::new();
            if read_line(&mut input, &mut line).unwrap() == Line::End {
                break;
            }
            lines.push(line);
        }
        assert_eq!(lines, [b"ab".to_vec(), b"".to_vec(), b"cd".to_vec()]);
    }
}
