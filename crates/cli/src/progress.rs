//! How far a campaign is: one line on standard error that is rewritten, on a terminal only.

use std::io::{IsTerminal as _, Write as _};

/// The line. Where standard error is no terminal it stays silent.
pub(crate) struct ProgressLine {
    label: &'static str,
    is_terminal: bool,
    shown: bool,
}

impl ProgressLine {
    /// A line that begins with `label`.
    pub(crate) fn new(label: &'static str) -> Self {
        Self {
            label,
            is_terminal: std::io::stderr().is_terminal(),
            shown: false,
        }
    }

    /// Shows how far it is; says whether there is a terminal to show it on.
    pub(crate) fn show(&mut self, done: u64, total: u64) -> bool {
        if self.is_terminal {
            write(&line(self.label, done, total));
            self.shown = true;
        }
        self.is_terminal
    }

    /// Ends the line, so that what follows begins on its own.
    pub(crate) fn end(&mut self) {
        if std::mem::take(&mut self.shown) {
            write("\n");
        }
    }
}

fn line(label: &str, done: u64, total: u64) -> String {
    let percent = (done * 100).checked_div(total).unwrap_or(100);
    format!("\r{label}: {done} of {total} trials ({percent} %)")
}

/// Progress that cannot be shown is not worth failing for.
fn write(text: &str) {
    let mut stderr = std::io::stderr().lock();
    drop(
        stderr
            .write_all(text.as_bytes())
            .and_then(|()| stderr.flush()),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_rewrites_itself_and_survives_an_empty_campaign() {
        assert_eq!(
            line("Attacking", 3, 12),
            "\rAttacking: 3 of 12 trials (25 %)"
        );
        assert!(line("Attacking", 0, 0).ends_with("(100 %)"));
    }
}
