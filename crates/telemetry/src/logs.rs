//! Where log events go: one subscriber, text for people or JSON lines for machines.

use std::sync::Arc;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// Why logging could not be set up.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The filter cannot be read.
    #[error("the log filter cannot be read: expected a level or target=level, separated by commas")]
    Filter,
    /// Somebody set up logging before.
    #[error("logging is set up already")]
    Taken,
}

/// A subscriber that writes to `writer` what passes `filter`, such as `info,seawall_gateway=debug`.
///
/// # Errors
/// When the filter cannot be read.
pub fn subscriber<W>(
    format: Format,
    filter: &str,
    writer: W,
) -> Result<Arc<dyn Subscriber + Send + Sync>, LogError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(filter).map_err(|_| LogError::Filter)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_target(false)
        .with_ansi(false);
    Ok(match format {
        Format::Text => Arc::new(builder.finish()),
        Format::Json => Arc::new(builder.json().flatten_event(true).finish()),
    })
}

/// Sends the process's log events to standard error.
///
/// # Errors
/// When the filter cannot be read or logging is set up already.
pub fn init(format: Format, filter: &str) -> Result<(), LogError> {
    subscriber(format, filter, std::io::stderr)?
        .try_init()
        .map_err(|_| LogError::Taken)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn json_lines_carry_dotted_fields() {
        let captured = Captured::default();
        let writer = captured.clone();
        let subscriber = subscriber(Format::Json, "info", move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(request.id = "req_1", "served");
            tracing::debug!("not shown");
        });
        let text = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
        let line: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
        assert_eq!(line["request.id"], "req_1");
        assert_eq!(line["message"], "served");
    }

    #[test]
    fn filters_that_cannot_be_read_are_refused() {
        let refused = subscriber(Format::Text, "a=b=c", std::io::sink);
        assert_eq!(refused.err(), Some(LogError::Filter));
    }
}
