//! The metrics: a closed list with closed labels, rendered in the `OpenMetrics` text form.
//!
//! Work in flight is two counters (started, ended) rather than a gauge: a scrape cannot miss a peak,
//! and a lost decrement cannot drift.

use std::fmt::{self, Write as _};
use std::sync::Mutex;

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{
    EncodeLabelSet, EncodeLabelValue, LabelSetEncoder, LabelValueEncoder,
};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use seawall_base::ErrorCode;

/// How a request ended.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Outcome {
    /// Answered in full.
    Completed,
    /// Refused or failed, with this code.
    Refused(ErrorCode),
    /// The client went away.
    Abandoned,
}

/// What was inspected.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Stage {
    /// What goes to the model.
    Request,
    /// What the model answers.
    Response,
}

/// The verdict, as a label.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum VerdictLabel {
    /// Passed.
    Allow,
    /// Passed and recorded.
    Flag,
    /// Passed with parts replaced.
    Redact,
    /// Waited for a person.
    Hold,
    /// Refused.
    Block,
}

/// Every metric of the process. Shared by reference; counting takes no lock.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    /// Requests whose head was read.
    pub requests_started: Counter,
    requests_ended: Family<OutcomeLabels, Counter>,
    verdicts: Family<VerdictLabels, Counter>,
    shadow_verdicts: Family<VerdictLabels, Counter>,
    alerts: Family<AlertLabels, Counter>,
    /// Tokens of prompts, as the upstream billed them or as reserved.
    pub prompt_tokens: Counter,
    /// Tokens of answers.
    pub completion_tokens: Counter,
    /// Tokens beyond a reservation.
    pub overrun_tokens: Counter,
    /// Ledger entries that could not be written.
    pub evidence_lost: Counter,
    /// Seconds that the guard took per message.
    pub guard_seconds: Histogram,
    /// Seconds from the head of a request to the end of its answer.
    pub request_seconds: Histogram,
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct OutcomeLabels(Outcome);

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct AlertLabels(&'static str, &'static str);

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct VerdictLabels(Stage, VerdictLabel);

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// A registry in which everything is zero.
    #[must_use]
    pub fn new() -> Self {
        let guard = [25e-6, 50e-6, 1e-4, 2.5e-4, 5e-4, 1e-3, 5e-3, 2.5e-2, 0.1];
        let request = [
            1e-3, 5e-3, 2.5e-2, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0,
        ];
        let metrics = Self {
            registry: Mutex::new(Registry::default()),
            requests_started: Counter::default(),
            requests_ended: Family::default(),
            verdicts: Family::default(),
            shadow_verdicts: Family::default(),
            alerts: Family::default(),
            prompt_tokens: Counter::default(),
            completion_tokens: Counter::default(),
            overrun_tokens: Counter::default(),
            evidence_lost: Counter::default(),
            guard_seconds: Histogram::new(guard),
            request_seconds: Histogram::new(request),
        };
        metrics.register();
        metrics
    }

    fn register(&self) {
        let mut registry = self.lock();
        let all = registry.sub_registry_with_prefix("seawall_gateway");
        all.register(
            "requests_started",
            "Requests whose head was read",
            self.requests_started.clone(),
        );
        all.register(
            "requests_ended",
            "Requests by how they ended",
            self.requests_ended.clone(),
        );
        all.register(
            "verdicts",
            "Inspected messages by stage and verdict",
            self.verdicts.clone(),
        );
        all.register(
            "shadow_verdicts",
            "Verdicts of routes in shadow mode, where everything passes",
            self.shadow_verdicts.clone(),
        );
        all.register(
            "alerts",
            "Alerts of budgets and about runaway sessions, by reason and what was done",
            self.alerts.clone(),
        );
        all.register(
            "prompt_tokens",
            "Tokens of prompts",
            self.prompt_tokens.clone(),
        );
        all.register(
            "completion_tokens",
            "Tokens of answers",
            self.completion_tokens.clone(),
        );
        all.register(
            "overrun_tokens",
            "Tokens beyond a reservation",
            self.overrun_tokens.clone(),
        );
        all.register(
            "evidence_lost",
            "Ledger entries that could not be written",
            self.evidence_lost.clone(),
        );
        all.register_with_unit(
            "guard",
            "Time of the guard per message",
            Unit::Seconds,
            self.guard_seconds.clone(),
        );
        all.register_with_unit(
            "request",
            "Time of a request",
            Unit::Seconds,
            self.request_seconds.clone(),
        );
    }

    /// Counts the end of a request.
    pub fn ended(&self, outcome: Outcome) {
        self.requests_ended
            .get_or_create(&OutcomeLabels(outcome))
            .inc();
    }

    /// Counts a verdict.
    pub fn verdict(&self, stage: Stage, verdict: VerdictLabel) {
        self.verdicts
            .get_or_create(&VerdictLabels(stage, verdict))
            .inc();
    }

    /// Counts a verdict that takes no effect.
    pub fn shadow_verdict(&self, stage: Stage, verdict: VerdictLabel) {
        self.shadow_verdicts
            .get_or_create(&VerdictLabels(stage, verdict))
            .inc();
    }

    /// Counts an alert. Both are words of closed lists, never names that a client chose.
    pub fn alert(&self, reason: &'static str, action: &'static str) {
        self.alerts
            .get_or_create(&AlertLabels(reason, action))
            .inc();
    }

    /// Everything in the `OpenMetrics` text form.
    ///
    /// # Errors
    /// When a metric cannot be written, which is a bug.
    pub fn render(&self) -> Result<String, fmt::Error> {
        let mut text = String::with_capacity(8 << 10);
        encode(&mut text, &self.lock())?;
        Ok(text)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Registry> {
        self.registry
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Abandoned => "abandoned",
            Self::Refused(code) => code.as_str(),
        }
    }
}

impl EncodeLabelSet for OutcomeLabels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        pair(encoder, "outcome", self.0.as_str())
    }
}

impl EncodeLabelSet for AlertLabels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        pair(encoder, "reason", self.0)?;
        pair(encoder, "action", self.1)
    }
}

impl EncodeLabelSet for VerdictLabels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        let stage = match self.0 {
            Stage::Request => "request",
            Stage::Response => "response",
        };
        let verdict = match self.1 {
            VerdictLabel::Allow => "allow",
            VerdictLabel::Flag => "flag",
            VerdictLabel::Redact => "redact",
            VerdictLabel::Hold => "hold",
            VerdictLabel::Block => "block",
        };
        pair(encoder, "stage", stage)?;
        pair(encoder, "verdict", verdict)
    }
}

fn pair(encoder: &mut LabelSetEncoder<'_>, name: &str, value: &'static str) -> fmt::Result {
    use prometheus_client::encoding::EncodeLabel;
    struct Pair<'a>(&'a str, &'static str);
    impl EncodeLabel for Pair<'_> {
        fn encode(
            &self,
            mut encoder: prometheus_client::encoding::LabelEncoder<'_>,
        ) -> fmt::Result {
            let mut key = encoder.encode_label_key()?;
            key.write_str(self.0)?;
            let mut value: LabelValueEncoder<'_> = key.encode_label_value()?;
            EncodeLabelValue::encode(&self.1, &mut value)?;
            value.finish()
        }
    }
    Pair(name, value).encode(encoder.encode_label())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_show_under_their_names() {
        let metrics = Metrics::new();
        metrics.requests_started.inc();
        metrics.ended(Outcome::Refused(ErrorCode::BlockedByPolicy));
        metrics.verdict(Stage::Request, VerdictLabel::Block);
        let text = metrics.render().unwrap();
        for line in [
            "seawall_gateway_requests_started_total 1",
            "seawall_gateway_requests_ended_total{outcome=\"blocked_by_policy\"} 1",
            "seawall_gateway_verdicts_total{stage=\"request\",verdict=\"block\"} 1",
            "# EOF",
        ] {
            assert!(text.contains(line), "{line} not in {text}");
        }
    }
}
