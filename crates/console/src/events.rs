//! Live updates as server-sent events: new verdicts, holds and trials of the ledger, and a nudge when
//! the snapshot changed. Content of prompts never travels here, because the ledger has none.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Response, StatusCode};
use seawall_evidence::{Entry, Kind};
use seawall_net::{Body, BodySender};
use serde_json::json;
use tokio::time::MissedTickBehavior;

use crate::answer;
use crate::form::field;
use crate::pages::feed_line;
use crate::server::{Console, Ports};

/// How often the ledger is asked.
const PERIOD: Duration = Duration::from_millis(500);
/// Verdicts and trials that one tick sends at most; a burst is sampled, the ledger page has them all.
const BURST: usize = 25;
/// Entries that one tick reads. Holds and decisions among them are never left out.
const READ: usize = 1_024;

/// Answers with the stream: from where the browser was when it lost it, else from where the page ends,
/// else from now.
pub(crate) fn stream(console: &Console, headers: &HeaderMap, query: &str) -> Response<Body> {
    let last = headers.get("last-event-id");
    let last = last
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let from = last.or_else(|| field(query, "since"));
    let from: Option<u64> = from.and_then(|from| from.trim().parse().ok());
    let Ok(slot) = Arc::clone(&console.streams).try_acquire_owned() else {
        return answer::plain(StatusCode::SERVICE_UNAVAILABLE, "too many pages are open");
    };
    let (sender, body) = Body::channel(8);
    let ports = console.ports.clone();
    let shutdown = console.shutdown.clone();
    let size = ports.ledger.size();
    let next = from.unwrap_or(size).min(size);
    console.tasks.spawn(async move {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = sender.closed() => {}
            () = follow(&ports, &sender, next) => {}
        }
        drop(slot);
    });
    answer::stream(body)
}

async fn follow(ports: &Ports, sender: &BodySender, mut next: u64) {
    let mut version = ports.board.version();
    let mut ticks = tokio::time::interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut quiet = 0_u32;
    loop {
        ticks.tick().await;
        let mut text = String::new();
        if ports.ledger.size() > next {
            let records = ports.ledger.entries(next, READ).await.unwrap_or_default();
            next = records.last().map_or(next, |record| record.index + 1);
            let read: Vec<_> = records
                .iter()
                .filter_map(|record| Some((record.index, record.entry().ok()?)))
                .collect();
            let sampled = read.len().saturating_sub(BURST);
            let kept = read.iter().enumerate().filter(|(position, (_, entry))| {
                *position >= sampled || matches!(entry.kind, Kind::Hold | Kind::Decision)
            });
            text.extend(kept.map(|(_, (index, entry))| line(*index, entry)));
        }
        if ports.board.version() != version {
            version = ports.board.version();
            text.push_str(&format!("event: overview\ndata: {version}\n\n"));
        }
        quiet = if text.is_empty() { quiet + 1 } else { 0 };
        if quiet.is_multiple_of(30) && quiet > 0 {
            // A comment keeps proxies from closing a silent stream, and notices a reader that left.
            text.push_str(": still here\n\n");
        }
        if !text.is_empty() && !sender.send(text.into()).await {
            return;
        }
    }
}

/// One entry as an event, where the feed shows its kind.
fn line(index: u64, entry: &Entry) -> String {
    if !matches!(
        entry.kind,
        Kind::Verdict | Kind::Hold | Kind::Decision | Kind::Trial
    ) {
        return String::new();
    }
    let shown = feed_line(entry);
    let data = json!({
        "index": index,
        "at": shown.at,
        "kind": shown.kind,
        "word": shown.word,
        "tone": shown.tone,
        "text": shown.text,
    });
    // JSON has no raw line breaks, so that one `data:` line holds it.
    format!("id: {}\nevent: entry\ndata: {data}\n\n", index + 1)
}
