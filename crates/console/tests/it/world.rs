//! A state folder with a little in it, and a system to look at.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use seawall_base::{
    Digest, FixedClock, IdSource, Principal, PrincipalKind, SignedDuration, Timestamp,
};
use seawall_console::{Board, ControlView, Ports, Progress, RiskView, Shares, Snapshot};
use seawall_evidence::{Draft, Kind};
use seawall_oversight::{Action, HoldRequest};
use seawall_report::{Appetite, Boundary, Diagram, Edge, Node, NodeKind, Series, Tone};
use seawall_stats::Estimate;
use seawall_store::{Random, State};
use serde_json::json;
use tempfile::TempDir;

/// The moment at which the tests stand.
pub(crate) fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

/// A hold of a payment, with an argument that tries to read as another one.
pub(crate) fn hold(id: &str, amount: u64) -> HoldRequest {
    let arguments =
        format!("{{\"amount\":{amount},\"iban\":\"XX00 0000\",\"note\":\"refund\u{202e} 001\"}}");
    HoldRequest {
        id: id.into(),
        request: "req_1".into(),
        requester: Principal::new(PrincipalKind::Key, "claims-agent"),
        model: "practice".into(),
        action: Action::new("pay_claim", &arguments),
        policy: Digest::of(b"policy"),
        reason: "Policy holds every call of pay_claim.".into(),
        nonce: [9; 32],
        opened_at: now(),
        expires_at: now().checked_add(SignedDuration::from_secs(272)).unwrap(),
    }
}

/// An allow or block verdict.
pub(crate) fn verdict(action: &str, detector: &str) -> Draft {
    let detections = if detector.is_empty() {
        json!([])
    } else {
        json!([{ "detector": detector, "control": "prompt-inspection", "score": 0.9, "action": action }])
    };
    Draft {
        kind: Kind::Verdict,
        at: now(),
        principal: Principal::new(PrincipalKind::Key, "demo"),
        subject: "urn:seawall:request:1".into(),
        body: json!({ "action": action, "model": "practice", "stage": "request", "detections": detections }),
    }
}

/// A state folder with two entries and one hold, which is gone once this is dropped.
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) ports: Ports,
    pub(crate) clock: Arc<FixedClock>,
    _folder: TempDir,
}

impl World {
    /// Opens the folder and fills it.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::new(now()));
        let ids = Arc::new(IdSource::new([7; 32]));
        let next = AtomicU8::new(1);
        // Fresh bytes at every call, as keys and their hashes need them.
        let random: Random = Arc::new(move || Ok([next.fetch_add(1, Ordering::Relaxed); 32]));
        let state = State::open(folder.path(), Arc::clone(&clock) as _, ids, random).unwrap();
        let drafts = vec![verdict("allow", ""), verdict("block", "injection")];
        state.ledger().append(drafts).await.unwrap();
        state.holds().open(hold("hold_1", 48_000)).await.unwrap();
        let ports = Ports {
            ledger: state.ledger(),
            holds: state.holds(),
            keys: state.keys(),
            pins: state.pins(),
            board: Arc::new(Board::new(snapshot())),
            clock: Arc::clone(&clock) as _,
        };
        Self {
            state,
            ports,
            clock,
            _folder: folder,
        }
    }
}

fn estimate(mean: f64) -> Estimate {
    Estimate {
        mean,
        p5: mean * 0.6,
        p95: mean * 1.5,
    }
}

fn curve(label: &str, scale: f64, top: f64, tone: Tone) -> Series {
    let points: Vec<_> = (0..60_i32)
        .map(|step| {
            let loss = 10_f64.powf(3.5 + f64::from(step) * 0.07);
            (loss, top / (1.0 + (1.6 * (loss / scale).ln()).exp()))
        })
        .collect();
    let band = points
        .iter()
        .map(|(loss, chance)| (*loss, chance * 0.75, (chance * 1.25).min(1.0)));
    Series {
        label: label.into(),
        band: Some(band.collect()),
        points,
        tone,
    }
}

fn snapshot() -> Snapshot {
    let control = |id: &str, value: f64, trials, source: &str| ControlView {
        id: id.into(),
        kind: id.into(),
        value: estimate(value),
        trials,
        source: source.into(),
    };
    Snapshot {
        system: "claims-assistant".into(),
        gateway: "http://127.0.0.1:8080/v1".into(),
        demonstration: Some(
            "Trials run against a practice upstream that is vulnerable on purpose.".into(),
        ),
        progress: Some(Progress {
            label: "Trials".into(),
            done: 138,
            total: 240,
        }),
        risk: Some(RiskView {
            currency: "EUR".into(),
            with: estimate(412e3),
            without: estimate(3.1e6),
            exceedance: vec![
                curve("without controls", 4e5, 0.9, Tone::Bad),
                curve("with controls", 5e4, 0.5, Tone::Plain),
            ],
            appetite: Some(Appetite {
                loss: 1e6,
                probability: Some(0.05),
            }),
            controls: vec![
                control("context-inspection", 1.2e6, Some((83, 96)), "measured"),
                control("output-inspection", 7.4e5, Some((41, 48)), "measured"),
                control("tool-approval", 6e5, Some((24, 24)), "measured"),
                control("human-review", 9e4, None, "elicited"),
                control("rate-limit", 2e4, None, "default"),
            ],
            shares: Some(Shares {
                measured: 0.46,
                elicited: 0.38,
                default: 0.16,
            }),
            rerun: "seawall risk examples/claims-assistant --seed 7".into(),
        }),
        diagram: diagram(),
        drift: vec!["`web` runs an image that no manifest names.".into()],
    }
}

fn diagram() -> Diagram {
    let node = |id: &str, kind: NodeKind, boundary: Option<&str>| Node {
        id: id.into(),
        label: id.into(),
        kind,
        boundary: boundary.map(str::to_owned),
    };
    let edge = |from: &str, to: &str, label: &str, tone: Tone| Edge {
        from: from.into(),
        to: to.into(),
        label: label.into(),
        tone,
    };
    Diagram {
        nodes: vec![
            node("claimant", NodeKind::Actor, None),
            node("portal", NodeKind::Process, Some("edge")),
            node("gateway", NodeKind::Control, Some("edge")),
            node("agent", NodeKind::Process, Some("app")),
            node("documents", NodeKind::Store, Some("data")),
            node("model", NodeKind::Model, Some("serving")),
        ],
        edges: vec![
            edge("claimant", "portal", "claim", Tone::Plain),
            edge("portal", "agent", "claim text", Tone::Plain),
            edge("agent", "gateway", "prompts", Tone::Good),
            edge("gateway", "model", "inspected prompts", Tone::Good),
            edge("model", "gateway", "completions", Tone::Plain),
            edge("agent", "documents", "query", Tone::Bad),
        ],
        boundaries: ["edge", "app", "data", "serving"]
            .map(|id| Boundary {
                id: id.into(),
                label: id.into(),
            })
            .into(),
        legend: vec![
            (
                Tone::Bad,
                "crosses a trust boundary, and no control stands on it".into(),
            ),
            (Tone::Good, "a control stands on it".into()),
            (Tone::Plain, "stays within its boundary".into()),
        ],
    }
}
