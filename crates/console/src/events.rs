//! Live updates as server-sent events: new verdicts, holds and trials of the ledger, and a nudge when
//! the snapshot changed. Content of prompts never travels here, because the ledger has none.

use std::sync::Arc;
use std::time::Duration;

use http::{Response, StatusCode};
use seawall_evidence::{Entry, Kind};
use seawall_net::{Body, BodySender};
use serde_json::json;
use tokio::time::MissedTickBehavior;

use crate::answer;
use crate::pages::feed_line;
use crate::server::{Console, Ports};

/// How often the ledger is asked.
const PERIOD: Duration = Duration::from_millis(500);
/// Entries that one tick sends at most; a burst is sampled, the ledger page has them all.
const BURST: usize = 25;

/// Answers with the stream.
pub(crate) fn stream(console: &Console) -> Response<Body> {
    let Ok(slot) = Arc::clone(&console.streams).try_acquire_owned() else {
        return answer::plain(StatusCode::SERVICE_UNAVAILABLE, "too many pages are open");
    };
    let (sender, body) = Body::channel(8);
    let ports = console.ports.clone();
    let shutdown = console.shutdown.clone();
    console.tasks.spawn(async move {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = sender.closed() => {}
            () = follow(&ports, &sender) => {}
        }
        drop(slot);
    });
    answer::stream(body)
}

async fn follow(ports: &Ports, sender: &BodySender) {
    let mut next = ports.ledger.size();
    let mut version = ports.board.version();
    let mut ticks = tokio::time::interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut quiet = 0_u32;
    loop {
        ticks.tick().await;
        let mut text = String::new();
        let size = ports.ledger.size();
        if size > next {
            let burst = u64::try_from(BURST).unwrap_or(u64::MAX);
            next = next.max(size.saturating_sub(burst));
            let records = ports.ledger.entries(next, BURST).await.unwrap_or_default();
            let read = records
                .iter()
                .filter_map(|record| Some((record.index, record.entry().ok()?)));
            text.extend(read.map(|(index, entry)| line(index, &entry)));
            next = size;
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
    format!("event: entry\ndata: {data}\n\n")
}
