//! What the composition root hands to the gateway: routes, limits and ports.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use seawall_base::json::JsonLimits;
use seawall_base::{Clock, IdSource, OnError};
use seawall_guard::Guard;
use seawall_net::ServeOptions;
use seawall_ports::{Counters, Holds, Keys, Ledger, Upstream};
use seawall_telemetry::Metrics;

use crate::predict::PredictRoute;
use crate::spend::{Places, Runaways, Spender};

/// How one listener serves.
#[derive(Clone, Debug)]
pub struct Config {
    /// Tried in order; the first that serves the model answers.
    pub routes: Vec<Route>,
    /// Routes of predictive models, tried in order.
    pub predict: Vec<Arc<PredictRoute>>,
    /// Where the routes can be replaced while the gateway serves; `routes` are not looked at then.
    pub live: Option<LiveRoutes>,
    /// What happens when an allow verdict cannot be queued for the ledger.
    pub on_error: OnError,
    /// Budgets, where there are any.
    pub budgets: Option<Arc<Spender>>,
    /// What looks for sessions that run away, where somebody does.
    pub runaways: Option<Arc<Runaways>>,
    /// Places for calls that run at a time, where they are bounded.
    pub places: Option<Arc<Places>>,
    /// What happens upstream when a client of a stream goes away.
    pub on_disconnect: OnDisconnect,
    /// What a request may cost.
    pub limits: GatewayLimits,
    /// What a connection may cost.
    pub serve: ServeOptions,
}

/// Which models go where, and through which guard.
#[derive(Clone)]
pub struct Route {
    /// Name in evidence.
    pub name: String,
    /// Models that it serves; empty means every model.
    pub models: Vec<String>,
    /// The guard; none only on the private listener of a trial's off arm.
    pub guard: Option<Guard>,
    /// Whether the guard's decisions take effect. Configuration alone says so, never a request.
    pub mode: Mode,
    /// Where it forwards to; the upstream of the ports where there is none.
    pub upstream: Option<Arc<dyn Upstream>>,
    /// What that upstream speaks.
    pub speaks: Speaks,
    /// The most tokens of one answer: what a client asks for is clamped to it.
    pub answer_tokens_max: u64,
    /// Whether a refusal names control and detector. Only for trials: to an attacker it is a hint.
    pub explain: bool,
}

/// What the upstream of a route speaks. Clients of the other family are translated.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Speaks {
    /// OpenAI's chat completions, responses and embeddings.
    #[default]
    OpenAi,
    /// Anthropic's messages.
    Anthropic,
}

/// What happens upstream when a client of a stream goes away.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum OnDisconnect {
    /// The upstream's stream is closed. Nobody reports the use then, so it costs the reservation.
    #[default]
    Cancel,
    /// It is read on to its end, within its reservation and its time, so that its use is known.
    Drain,
}

/// What the guard's decisions do.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Mode {
    /// They take effect.
    #[default]
    Enforce,
    /// They are recorded, and everything passes as it came.
    Shadow,
}

/// Routes that can be replaced while a gateway serves them. Clones share them.
#[derive(Clone, Debug)]
pub struct LiveRoutes(Arc<RwLock<Arc<Vec<Arc<Route>>>>>);

/// What one request may cost.
#[derive(Clone, Debug)]
pub struct GatewayLimits {
    /// The request body.
    pub json: JsonLimits,
    /// Answers that one request may ask for.
    pub choices_max: u64,
    /// Messages, or items, of one request.
    pub messages_max: usize,
    /// Tools that one request may describe.
    pub tools_max: usize,
    /// Bytes of all texts of one request.
    pub text_bytes_max: usize,
    /// Bytes of an answer that is not streamed.
    pub answer_bytes_max: usize,
    /// Bytes of one event of a stream.
    pub event_bytes_max: usize,
    /// Bytes of the tool calls of one stream.
    pub call_bytes_max: usize,
    /// The longest wait between two pieces of a request body.
    pub body_idle_max: Duration,
    /// The longest time that a whole request body may take, however it arrives.
    pub body_max: Duration,
    /// The longest time that a streamed answer may take, waiting for a person included.
    pub stream_max: Duration,
    /// How long a held tool call waits for a decision.
    pub hold_max: Duration,
    /// Entries that wait for the ledger.
    pub record_queue_max: usize,
    /// How long entries that nobody waits for gather before one append takes them together.
    pub record_gather: Duration,
    /// Pieces of a stream that wait for a slow client.
    pub stream_queue_max: usize,
    /// Bodies above this many bytes are inspected off the network threads.
    pub inline_bytes_max: usize,
    /// How many such inspections run at a time.
    pub offload_max: usize,
}

/// What the gateway stands on.
#[derive(Clone)]
pub struct Ports {
    /// Where evidence goes.
    pub ledger: Arc<dyn Ledger>,
    /// Who may call.
    pub keys: Arc<dyn Keys>,
    /// What they have used.
    pub counters: Arc<dyn Counters>,
    /// Where tool calls wait for a person.
    pub holds: Arc<dyn Holds>,
    /// The model server.
    pub upstream: Arc<dyn Upstream>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids of requests and holds.
    pub ids: Arc<IdSource>,
    /// The metrics.
    pub metrics: Arc<Metrics>,
}

impl Config {
    /// Default limits around `routes`.
    #[must_use]
    pub fn new(routes: Vec<Route>) -> Self {
        Self {
            routes,
            predict: Vec::new(),
            live: None,
            budgets: None,
            runaways: None,
            places: None,
            on_disconnect: OnDisconnect::Cancel,
            on_error: OnError::Deny,
            limits: GatewayLimits::default(),
            serve: ServeOptions::default(),
        }
    }
}

impl Speaks {
    /// What every request to such an upstream carries.
    pub(crate) fn headers(self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if self == Self::Anthropic {
            headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
        }
        headers
    }
}

impl Route {
    /// A route for every model.
    #[must_use]
    pub fn new(name: impl Into<String>, guard: Option<Guard>) -> Self {
        Self {
            name: name.into(),
            models: Vec::new(),
            guard,
            mode: Mode::Enforce,
            upstream: None,
            speaks: Speaks::OpenAi,
            answer_tokens_max: 4_096,
            explain: false,
        }
    }

    /// Whether verdicts are only recorded.
    #[must_use]
    pub fn is_shadow(&self) -> bool {
        self.mode == Mode::Shadow
    }

    /// Whether the route serves `model`.
    #[must_use]
    pub fn serves(&self, model: &str) -> bool {
        self.models.is_empty() || self.models.iter().any(|served| served == model)
    }
}

impl Default for GatewayLimits {
    fn default() -> Self {
        Self {
            json: JsonLimits::default(),
            choices_max: 128,
            messages_max: 10_000,
            tools_max: 1_000,
            text_bytes_max: 16 << 20,
            answer_bytes_max: 32 << 20,
            event_bytes_max: 1 << 20,
            call_bytes_max: 4 << 20,
            body_idle_max: Duration::from_secs(30),
            body_max: Duration::from_secs(120),
            stream_max: Duration::from_secs(3_600),
            hold_max: Duration::from_secs(300),
            record_queue_max: 16_384,
            record_gather: Duration::from_millis(20),
            stream_queue_max: 32,
            inline_bytes_max: 64 << 10,
            offload_max: 4,
        }
    }
}

impl LiveRoutes {
    /// Routes that can be replaced.
    #[must_use]
    pub fn new(routes: Vec<Route>) -> Self {
        let routes = Arc::new(routes.into_iter().map(Arc::new).collect());
        Self(Arc::new(RwLock::new(routes)))
    }

    /// Replaces all of them at once. Requests that are on their way keep theirs.
    pub fn replace(&self, routes: Vec<Route>) {
        let routes = Arc::new(routes.into_iter().map(Arc::new).collect());
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = routes;
    }

    /// The routes of now.
    #[must_use]
    pub(crate) fn now(&self) -> Arc<Vec<Arc<Route>>> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl std::fmt::Debug for Route {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Route")
            .field("name", &self.name)
            .field("models", &self.models)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Ports")
    }
}
