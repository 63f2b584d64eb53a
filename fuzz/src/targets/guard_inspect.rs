//! Spans lie inside the text, on characters, in order; what is redacted stays redacted; nothing that
//! the guard says about a text repeats it. The first byte chooses the channel.

use std::ops::Range;
use std::sync::LazyLock;

use seawall_guard::{Action, Channel, Guard, GuardPolicy, Segment};

/// A secret that the operator planted.
pub(super) const CANARY: &str = "Kestrel-4471-Q";

/// The guard of the targets; `None` would mean that its policy does not compile.
pub(super) static GUARD: LazyLock<Option<Guard>> = LazyLock::new(|| {
    let policy = GuardPolicy {
        canaries: [CANARY.to_owned()].into(),
        ..GuardPolicy::default()
    };
    Guard::compile(policy).ok()
});

/// The channel that the first byte chooses, and the text.
pub(super) fn parts(bytes: &[u8]) -> Option<(Channel, String)> {
    let (choice, rest) = bytes.split_first()?;
    let channel = Channel::ALL.get(usize::from(*choice) % Channel::ALL.len())?;
    Some((*channel, String::from_utf8_lossy(rest).into_owned()))
}

pub(super) fn body(bytes: &[u8]) {
    let (Some(guard), Some((channel, text))) = (GUARD.as_ref(), parts(bytes)) else {
        return;
    };
    let path = "";
    let text = text.as_str();
    let inspection = guard.inspect(&[Segment {
        channel,
        path,
        text,
    }]);
    assert!((0.0..=1.0).contains(&inspection.score));
    for detection in &inspection.detections {
        assert!(
            (0.0..=1.0).contains(&detection.score),
            "{}",
            detection.detector
        );
        sound(detection.detector, &detection.spans, text);
        assert!(detection.action <= inspection.verdict);
    }
    let spans: Vec<Range<usize>> = inspection
        .redactions
        .iter()
        .map(|redaction| redaction.span.clone())
        .collect();
    sound("redactions", &spans, text);
    let redacted = inspection.redacted(0, text);
    assert!(redacted.len() <= text.len() + 32 * spans.len());
    assert_eq!(
        inspection,
        guard.inspect(&[Segment {
            channel,
            path,
            text
        }])
    );
    if inspection.verdict == Action::Redact {
        let text = redacted.as_str();
        let again = guard.inspect(&[Segment {
            channel,
            path,
            text,
        }]);
        assert!(again.verdict <= Action::Redact, "redaction made it worse");
    }
}

fn sound(what: &str, spans: &[Range<usize>], text: &str) {
    let mut done = 0;
    for span in spans {
        assert!(
            span.start >= done && span.start < span.end,
            "{what}: {spans:?}"
        );
        assert!(text.get(span.clone()).is_some(), "{what}: {span:?}");
        done = span.end;
    }
}
