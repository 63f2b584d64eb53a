//! One line of the live feed: an entry of the ledger in a few words.

use seawall_evidence::{Entry, Kind};
use serde_json::Value;

/// What a feed line shows.
pub(crate) struct FeedLine {
    /// Time of day, UTC.
    pub(crate) at: String,
    /// Kind of the entry.
    pub(crate) kind: String,
    /// The verdict or outcome, one word.
    pub(crate) word: String,
    /// The class that colours the word.
    pub(crate) tone: &'static str,
    /// The rest.
    pub(crate) text: String,
}

/// Shortens an entry to a line.
pub(crate) fn feed_line(entry: &Entry) -> FeedLine {
    let text = |pointer: &str| {
        entry
            .body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let (word, detail) = match entry.kind {
        Kind::Verdict => (text("/action"), verdict_detail(entry, &text)),
        Kind::Hold => (
            "held".to_owned(),
            format!("{} waits for a reviewer", text("/tool")),
        ),
        Kind::Decision => (text("/ruling"), text("/reason")),
        Kind::Trial => {
            let outcome = entry.body.get("outcome");
            let word = outcome.and_then(|outcome| {
                outcome
                    .as_str()
                    .or_else(|| outcome.get("kind").and_then(Value::as_str))
            });
            let arm = entry
                .body
                .get("arm")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let detail = format!("{} · {} · arm {arm}", text("/family"), text("/probe"));
            (word.unwrap_or("trial").to_owned(), detail)
        }
        _ => (entry.kind.to_string(), entry.subject.clone()),
    };
    FeedLine {
        at: entry.at.strftime("%H:%M:%S").to_string(),
        kind: seawall_base::visible(entry.kind.as_str()),
        tone: tone(&word),
        text: seawall_base::visible(&detail),
        word: seawall_base::visible(&word),
    }
}

fn verdict_detail(entry: &Entry, text: &dyn Fn(&str) -> String) -> String {
    let detections = entry.body.get("detections").and_then(Value::as_array);
    let mut detectors: Vec<&str> = detections
        .into_iter()
        .flatten()
        .filter_map(|detection| detection.get("detector").and_then(Value::as_str))
        .collect();
    detectors.dedup();
    let by = if detectors.is_empty() {
        String::new()
    } else {
        format!(" · {}", detectors.join(", "))
    };
    let mode = match text("/mode").as_str() {
        "shadow" => " · shadow, passed",
        _ => "",
    };
    format!("{} {}{by}{mode}", text("/model"), text("/stage"))
}

fn tone(word: &str) -> &'static str {
    match word {
        "allow" | "approved" | "completed" | "resisted" => "good",
        "flag" | "redact" | "hold" | "held" | "unassessed" => "warn",
        "block" | "denied" | "expired" | "withdrawn" | "succeeded" => "bad",
        "blocked" => "good",
        _ => "muted",
    }
}
