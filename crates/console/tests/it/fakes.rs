//! A ledger and a waiting room in memory, and a system to look at.

use std::sync::{Arc, Mutex};

use seawall_base::{Digest, FixedClock, Principal, PrincipalKind, SignedDuration, Timestamp};
use seawall_console::{Board, ControlView, Ports, Progress, RiskView, Shares, Snapshot};
use seawall_evidence::tree::{leaf_hash, node_hash};
use seawall_evidence::{Draft, Kind};
use seawall_ports::{
    BoxFuture, Hold, HoldState, Holds, HoldsError, Inclusion, Ledger, LedgerError, Position,
    Record, Ruled,
};
use seawall_report::{Appetite, Boundary, Diagram, Edge, Node, NodeKind, Series, Tone};
use seawall_stats::Estimate;
use serde_json::json;

/// The moment at which the tests stand.
pub(crate) fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

/// Entries in memory; proofs for trees of two leaves only, which is all that the tests ask for.
#[derive(Default)]
pub(crate) struct MemoryLedger(Mutex<Vec<Vec<u8>>>);

impl MemoryLedger {
    fn records(&self) -> Vec<Vec<u8>> {
        self.0.lock().unwrap().clone()
    }
}

impl Ledger for MemoryLedger {
    fn append(&self, drafts: Vec<Draft>) -> BoxFuture<'_, Result<Vec<Position>, LedgerError>> {
        Box::pin(async move {
            let mut entries = self.0.lock().unwrap();
            let mut positions = Vec::new();
            for draft in drafts {
                let index = entries.len() as u64;
                let bytes = draft.into_entry("test".into(), index).encode().unwrap();
                let leaf = leaf_hash(&bytes);
                entries.push(bytes);
                positions.push(Position {
                    index,
                    sequence: index,
                    leaf,
                });
            }
            Ok(positions)
        })
    }

    fn entries(&self, from: u64, limit: usize) -> BoxFuture<'_, Result<Vec<Record>, LedgerError>> {
        Box::pin(async move {
            let all = self.records().into_iter().enumerate();
            let wanted = all.skip(from as usize).take(limit);
            Ok(wanted
                .map(|(index, bytes)| Record {
                    index: index as u64,
                    bytes,
                })
                .collect())
        })
    }

    fn size(&self) -> u64 {
        self.records().len() as u64
    }

    fn checkpoint(&self) -> BoxFuture<'_, Result<String, LedgerError>> {
        Box::pin(async move {
            Ok(format!(
                "seawall.test/ledger\n{}\nroot=\n\n— key sig\n",
                self.size()
            ))
        })
    }

    fn inclusion(&self, index: u64, size: u64) -> BoxFuture<'_, Result<Inclusion, LedgerError>> {
        Box::pin(async move {
            let leaves: Vec<_> = self
                .records()
                .iter()
                .take(2)
                .map(|bytes| leaf_hash(bytes))
                .collect();
            if index >= size || leaves.len() < 2 || index > 1 {
                return Err(LedgerError::OutOfRange { asked: index, size });
            }
            Ok(Inclusion {
                index,
                size: 2,
                leaf: leaves[index as usize],
                root: node_hash(&leaves[0], &leaves[1]),
                path: vec![leaves[1 - index as usize]],
            })
        })
    }

    fn consistency(&self, _: u64, _: u64) -> BoxFuture<'_, Result<Vec<Digest>, LedgerError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// Holds in memory.
#[derive(Default)]
pub(crate) struct MemoryHolds(Mutex<Vec<Hold>>);

impl Holds for MemoryHolds {
    fn put(&self, hold: Hold) -> BoxFuture<'_, Result<(), HoldsError>> {
        self.0.lock().unwrap().push(hold);
        Box::pin(async { Ok(()) })
    }

    fn get<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Hold, HoldsError>> {
        let found = self
            .0
            .lock()
            .unwrap()
            .iter()
            .find(|hold| hold.id == id)
            .cloned();
        Box::pin(async move { found.ok_or_else(|| HoldsError::NotFound(id.into())) })
    }

    fn list(&self, pending_only: bool) -> BoxFuture<'_, Result<Vec<Hold>, HoldsError>> {
        let mut holds = self.0.lock().unwrap().clone();
        holds.retain(|hold| !pending_only || hold.state == HoldState::Pending);
        Box::pin(async { Ok(holds) })
    }

    fn decide<'a>(&'a self, id: &'a str, ruled: Ruled) -> BoxFuture<'a, Result<Hold, HoldsError>> {
        let mut holds = self.0.lock().unwrap();
        let result = match holds.iter_mut().find(|hold| hold.id == id) {
            None => Err(HoldsError::NotFound(id.into())),
            Some(hold) if hold.state != HoldState::Pending => {
                Err(HoldsError::NotPending(id.into()))
            }
            Some(hold) if hold.arguments_digest != ruled.arguments_digest => {
                Err(HoldsError::ArgumentsDiffer(id.into()))
            }
            Some(hold) => {
                hold.state = HoldState::Decided(ruled);
                Ok(hold.clone())
            }
        };
        Box::pin(async { result })
    }

    fn redeem<'a>(&'a self, id: &'a str, _: Digest) -> BoxFuture<'a, Result<Ruled, HoldsError>> {
        Box::pin(async move { Err(HoldsError::NotDecided(id.into())) })
    }

    fn decided<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Hold, HoldsError>> {
        self.get(id)
    }
}

/// A hold of a payment, with an argument that tries to read as another one.
pub(crate) fn hold(id: &str) -> Hold {
    let arguments =
        "{\"amount\":48000,\"iban\":\"XX00 0000\",\"note\":\"refund\u{202e} 001\"}".to_owned();
    Hold {
        id: id.into(),
        request: "req_1".into(),
        principal: Principal::new(PrincipalKind::Key, "claims-agent"),
        model: "practice".into(),
        tool: "pay_claim".into(),
        arguments_digest: Digest::of(arguments.as_bytes()),
        arguments,
        reason: "Policy holds every call of pay_claim.".into(),
        created_at: now(),
        expires_at: now().checked_add(SignedDuration::from_secs(272)).unwrap(),
        state: HoldState::Pending,
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

/// Ports with two entries, one hold and a full snapshot.
pub(crate) async fn ports() -> (Ports, Arc<MemoryLedger>, Arc<MemoryHolds>) {
    let ledger = Arc::new(MemoryLedger::default());
    let drafts = vec![verdict("allow", ""), verdict("block", "injection")];
    ledger.append(drafts).await.unwrap();
    let holds = Arc::new(MemoryHolds::default());
    holds.put(hold("hold_1")).await.unwrap();
    let ports = Ports {
        ledger: Arc::<MemoryLedger>::clone(&ledger),
        holds: Arc::<MemoryHolds>::clone(&holds),
        board: Arc::new(Board::new(snapshot())),
        clock: Arc::new(FixedClock::new(now())),
    };
    (ports, ledger, holds)
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
    }
}
