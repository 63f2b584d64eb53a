//! The way to the ledger: decisions wait until they are durable, the rest queues.
//!
//! Settlements and allow verdicts go through a bounded queue that one worker commits in groups. The
//! same worker returns what reservations did not use, so that a dropped request can settle without
//! waiting.

use std::sync::Arc;
use std::time::Duration;

use seawall_base::{Digest, Principal};
use seawall_evidence::verdict::{Action, Detection, Mode, Stage, Verdict};
use seawall_evidence::{Draft, Kind};
use seawall_guard::{Guard, Inspection};
use seawall_ports::{Counters, Ledger, Rate};
use seawall_telemetry::{self as telemetry, Metrics};
use tokio::sync::mpsc;

use crate::config::{self, GatewayLimits, Ports, Route};
use crate::exchange::label;
use crate::refusal::Refusal;
use crate::server::Shared;

/// Appends evidence. One per listener.
#[derive(Clone)]
pub(crate) struct Recorder {
    ledger: Arc<dyn Ledger>,
    metrics: Arc<Metrics>,
    queue: mpsc::Sender<Message>,
}

/// What the worker does.
enum Message {
    Append(Draft),
    Adjust(Adjustment),
}

/// A correction of a token bucket after a call.
pub(crate) struct Adjustment {
    pub(crate) bucket: String,
    pub(crate) more: i64,
    pub(crate) rate: Rate,
}

/// The receiving end; run it until the recorder is gone.
pub(crate) struct Worker {
    ledger: Arc<dyn Ledger>,
    counters: Arc<dyn Counters>,
    clock: Arc<dyn seawall_base::Clock>,
    metrics: Arc<Metrics>,
    queue: mpsc::Receiver<Message>,
    gather: Duration,
}

/// Entries that one append takes.
const GROUP_MAX: usize = 512;

/// A queue and the worker that empties it.
pub(crate) fn recorder(ports: &Ports, limits: &GatewayLimits) -> (Recorder, Worker) {
    let (sender, receiver) = mpsc::channel(limits.record_queue_max.max(1));
    let recorder = Recorder {
        ledger: Arc::clone(&ports.ledger),
        metrics: Arc::clone(&ports.metrics),
        queue: sender,
    };
    let worker = Worker {
        ledger: Arc::clone(&ports.ledger),
        counters: Arc::clone(&ports.counters),
        clock: Arc::clone(&ports.clock),
        metrics: Arc::clone(&ports.metrics),
        queue: receiver,
        gather: limits.record_gather,
    };
    (recorder, worker)
}

impl Recorder {
    /// Appends and waits until the entry is durable.
    pub(crate) async fn durable(&self, draft: Draft) -> Result<(), Refusal> {
        match self.ledger.append(vec![draft]).await {
            Ok(_) => Ok(()),
            Err(error) => {
                self.metrics.evidence_lost.inc();
                tracing::error!(error = %error, "a decision could not be recorded");
                Err(Refusal::no_evidence())
            }
        }
    }

    /// Queues an entry. False when the queue is full: the entry is lost, and counted.
    pub(crate) fn queue(&self, draft: Draft) -> bool {
        let queued = self.queue.try_send(Message::Append(draft)).is_ok();
        if !queued {
            self.metrics.evidence_lost.inc();
        }
        queued
    }

    /// Queues a correction of a bucket. When the queue is full the bucket keeps what was reserved,
    /// which is the safe side.
    pub(crate) fn adjust(&self, adjustment: Adjustment) {
        if self.queue.try_send(Message::Adjust(adjustment)).is_err() {
            tracing::warn!("a token bucket keeps a whole reservation: the queue is full");
        }
    }
}

impl Worker {
    /// Works until every recorder is dropped and the queue is empty.
    pub(crate) async fn run(mut self) {
        let mut messages = Vec::with_capacity(GROUP_MAX);
        while self.queue.recv_many(&mut messages, GROUP_MAX).await > 0 {
            self.gather(&mut messages).await;
            let mut drafts = Vec::with_capacity(messages.len());
            for message in messages.drain(..) {
                match message {
                    Message::Append(draft) => drafts.push(draft),
                    Message::Adjust(adjustment) => self.adjust(adjustment).await,
                }
            }
            self.append(drafts).await;
        }
    }

    /// Lets more come: nobody waits for these, and a sync costs the same for one as for hundreds.
    async fn gather(&mut self, messages: &mut Vec<Message>) {
        if messages.len() >= GROUP_MAX {
            return;
        }
        tokio::time::sleep(self.gather).await;
        while messages.len() < GROUP_MAX {
            let Ok(message) = self.queue.try_recv() else {
                return;
            };
            messages.push(message);
        }
    }

    async fn append(&self, drafts: Vec<Draft>) {
        if drafts.is_empty() {
            return;
        }
        let count = u64::try_from(drafts.len()).unwrap_or(u64::MAX);
        if let Err(error) = self.ledger.append(drafts).await {
            self.metrics.evidence_lost.inc_by(count);
            tracing::error!(error = %error, entries = count, "entries were not recorded");
        }
    }

    async fn adjust(&self, adjustment: Adjustment) {
        let Adjustment { bucket, more, rate } = adjustment;
        let now = self.clock.now();
        if let Err(error) = self.counters.adjust(bucket, more, rate, now).await {
            tracing::error!(error = %error, "a token bucket could not be settled");
        }
    }
}

/// What a verdict is about.
pub(crate) struct Subject<'a> {
    pub(crate) id: &'a str,
    pub(crate) route: &'a str,
    pub(crate) model: &'a str,
    pub(crate) principal: &'a Principal,
    pub(crate) at: seawall_base::Timestamp,
}

/// The entry of a verdict. It names detectors and never what they matched.
pub(crate) fn verdict(
    subject: &Subject<'_>,
    stage: Stage,
    route: &Route,
    inspection: &Inspection,
    latency_us: Option<u64>,
) -> Draft {
    let detections = inspection.detections.iter().map(|detection| Detection {
        detector: detection.detector.to_owned(),
        control: detection.control.to_owned(),
        score: f64::from(detection.score),
        action: action(detection.action),
    });
    let body = Verdict {
        request: subject.id.to_owned(),
        route: subject.route.to_owned(),
        model: subject.model.to_owned(),
        stage,
        action: action(inspection.verdict),
        score: f64::from(inspection.score),
        policy: route
            .guard
            .as_ref()
            .map_or_else(|| Digest::of(b""), Guard::digest),
        detections: detections.take(DETECTIONS_MAX).collect(),
        limits: inspection
            .limits_hit
            .iter()
            .map(ToString::to_string)
            .collect(),
        on_error: None,
        content: None,
        latency_us: latency_us.unwrap_or(0),
        mode: match route.mode {
            config::Mode::Enforce => Mode::Enforce,
            config::Mode::Shadow => Mode::Shadow,
        },
    };
    draft(subject, Kind::Verdict, body.to_body())
}

/// Counts a verdict as what it is on this route.
pub(crate) fn count(
    shared: &Shared,
    route: &Route,
    stage: telemetry::Stage,
    verdict: seawall_guard::Action,
) {
    let metrics = &shared.ports.metrics;
    match route.mode {
        config::Mode::Enforce => metrics.verdict(stage, label(verdict)),
        config::Mode::Shadow => metrics.shadow_verdict(stage, label(verdict)),
    }
}

/// An entry holds at most 64 KiB.
const DETECTIONS_MAX: usize = 128;

/// An entry about a request.
pub(crate) fn draft(subject: &Subject<'_>, kind: Kind, body: serde_json::Value) -> Draft {
    Draft {
        kind,
        at: subject.at,
        principal: subject.principal.clone(),
        subject: format!("request:{}", subject.id),
        body,
    }
}

const fn action(action: seawall_guard::Action) -> Action {
    match action {
        seawall_guard::Action::Allow => Action::Allow,
        seawall_guard::Action::Flag => Action::Flag,
        seawall_guard::Action::Redact => Action::Redact,
        seawall_guard::Action::Hold => Action::Hold,
        seawall_guard::Action::Block => Action::Block,
    }
}
