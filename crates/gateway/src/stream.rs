//! Streamed answers: one task moves the upstream's events through the filter to the client.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use seawall_base::ErrorCode;
use seawall_evidence::verdict::Stage;
use seawall_llm::sse;
use seawall_net::{Body, BodySender};
use seawall_ports::{UpstreamBody, UpstreamResponse};
use seawall_telemetry as telemetry;

use crate::answer::observed;
use crate::approval::approve;
use crate::call::Call;
use crate::config::{OnDisconnect, Route};
use crate::dialect::{Dialect, Ending, Filter, FilterOptions};
use crate::egress::{Egress, Reshape};
use crate::exchange::{blocked, upstream_refusal};
use crate::held::{Held, Stop};
use crate::metering::StreamMeter;
use crate::record;
use crate::refusal::{Form, Refusal};
use crate::server::Shared;
use crate::unwind::caught;
use crate::watch::Watch;

/// How often a client is told that its answer still waits for a person.
const WAITING_EVERY: Duration = Duration::from_secs(10);

/// Starts the task and returns the answer that it feeds.
pub(crate) fn answer(
    shared: &Arc<Shared>,
    route: &Route,
    call: Call,
    upstream: UpstreamResponse,
    asked: Asked,
) -> Response<Body> {
    let limits = &shared.config.limits;
    let (sender, body) = Body::channel(limits.stream_queue_max);
    let filter = |watch| {
        asked.dialect.filter(FilterOptions {
            watch,
            include_usage: asked.include_usage,
            call_bytes_max: limits.call_bytes_max,
            json: limits.json,
        })
    };
    let enforced = asked.watch.clone().filter(|_| !route.is_shadow());
    let watched = asked.watch.filter(|_| route.is_shadow());
    let mut pump = Pump {
        shared: Arc::clone(shared),
        route: route.clone(),
        dialect: asked.dialect,
        observer: watched.map(|watch| filter(Some(watch))),
        filter: filter(enforced),
        meter: StreamMeter::of(&call, asked.dialect),
        reshape: asked.egress.stream(
            limits.event_bytes_max.saturating_add(limits.call_bytes_max),
            &limits.json,
        ),
        sender: sender.clone(),
    };
    let form = asked.form;
    shared.tasks.spawn(async move {
        let mut call = call;
        let outcome = caught(pump.run(&mut call, upstream.body)).await;
        let ended = outcome.unwrap_or_else(|_| Err(Ended::Refused(Refusal::internal())));
        match ended {
            Ok(()) => call.complete(),
            // The call settles as abandoned.
            Err(Ended::ClientGone) => drop(call),
            Err(Ended::Refused(refusal)) => {
                call.refuse(refusal.code, refusal.status().as_u16());
                sender.send(refusal.to_event(form).into()).await;
            }
        }
    });
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let kind = asked.egress.content_type();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// What an answer has to keep to.
pub(crate) struct Asked {
    /// How the client reads errors.
    pub(crate) form: Form,
    /// How the client reads the rest.
    pub(crate) egress: Egress,
    pub(crate) dialect: Dialect,
    /// Whether the client wants the usage chunk.
    pub(crate) include_usage: bool,
    /// The guard, where the route has one.
    pub(crate) watch: Option<Watch>,
}

struct Pump {
    shared: Arc<Shared>,
    route: Route,
    dialect: Dialect,
    filter: Box<dyn Filter>,
    /// In shadow mode: sees what a filter that acts would, and what it lets out goes nowhere.
    observer: Option<Box<dyn Filter>>,
    /// Ends the stream when its reservation is used up.
    meter: StreamMeter,
    /// Translates what the filter lets out, where the client speaks another dialect.
    reshape: Option<Reshape>,
    sender: BodySender,
}

/// Why a stream ended before its end.
enum Ended {
    /// Nobody reads any more.
    ClientGone,
    /// The client is told why.
    Refused(Refusal),
}

impl From<Refusal> for Ended {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Pump {
    async fn run(&mut self, call: &mut Call, mut body: Box<dyn UpstreamBody>) -> Result<(), Ended> {
        let limit = self.shared.config.limits.stream_max;
        let events = self.events(call, body.as_mut());
        let result = tokio::time::timeout(limit, events).await;
        let result = result.unwrap_or_else(|_| Err(too_long().into()));
        call.used(self.filter.usage());
        let config = &self.shared.config;
        let drains = config.on_disconnect == OnDisconnect::Drain;
        if drains && matches!(result, Err(Ended::ClientGone)) {
            call.used(self.meter.drain(body.as_mut(), &config.limits).await);
        }
        self.record_noted(call);
        result
    }

    async fn events(&mut self, call: &Call, body: &mut dyn UpstreamBody) -> Result<(), Ended> {
        let mut decoder = sse::Decoder::new(self.shared.config.limits.event_bytes_max);
        let mut events = Vec::new();
        loop {
            let piece = tokio::select! {
                biased;
                () = self.sender.closed() => return Err(Ended::ClientGone),
                piece = body.chunk() => piece,
            };
            let piece = piece.map_err(|error| upstream_refusal(&error))?;
            let Some(piece) = piece else {
                return Err(cut().into());
            };
            let decoded = decoder.push(&piece, &mut events);
            let done = self.batch(call, &mut events).await?;
            if decoder.take_comment() {
                self.filter.keep_alive();
            }
            self.send().await?;
            if done {
                return Ok(());
            }
            decoded.map_err(|_| malformed())?;
        }
    }

    /// Takes the events of one piece. True when the last was among them.
    async fn batch(&mut self, call: &Call, events: &mut Vec<sse::Event>) -> Result<bool, Ended> {
        for event in events.drain(..) {
            if self.meter.takes(&event) {
                return self.cut_off(call).await;
            }
            if self.event(call, &event).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Ends a stream whose reservation is used up as if the answer had reached its length, which is
    /// what happened.
    async fn cut_off(&mut self, call: &Call) -> Result<bool, Ended> {
        tracing::warn!(request.id = %call.id, "a stream went beyond its reservation and was cut");
        let ending = Ending {
            id: &call.id,
            model: &call.model,
            created: call.subject().at.as_second(),
            choices: call.choices,
        };
        for last in self.filter.last_events(&ending) {
            self.event(call, &last).await?;
        }
        Ok(true)
    }

    /// Takes one event. True when it was the last.
    async fn event(&mut self, call: &Call, event: &sse::Event) -> Result<bool, Ended> {
        let done = self.dialect.is_last(event);
        self.observe(call, event);
        let step = self.filter.event(event);
        let cut = matches!(step, Err(Stop::Cut));
        self.settle_step(call, step).await?;
        Ok(done || cut)
    }

    /// Records what would have happened to one event, and changes nothing.
    fn observe(&mut self, call: &Call, event: &sse::Event) {
        let Some(observer) = &mut self.observer else {
            return;
        };
        let step = observer.event(event);
        drop(observer.take_output());
        let mut seen = observer.take_noted();
        match step {
            Ok(None) => {}
            Ok(Some(held)) => seen.push(held.inspection),
            Err(stop) => {
                // Here the stream would have ended.
                self.observer = None;
                if let Stop::Blocked(inspection) = stop {
                    seen.push(inspection);
                }
            }
        }
        for inspection in &seen {
            observed(&self.shared, &self.route, call, inspection);
        }
    }

    /// Waits for approvals, or turns a stop into a refusal that is durable before it is seen.
    async fn settle_step(
        &mut self,
        call: &Call,
        step: Result<Option<Held>, Stop>,
    ) -> Result<(), Ended> {
        let stop = match step {
            Ok(None) | Err(Stop::Cut) => return Ok(()),
            Ok(Some(held)) => return self.wait(call, held).await,
            Err(stop) => stop,
        };
        // What was released before the stop was judged clean and goes out first.
        self.send().await?;
        match stop {
            Stop::Cut => Ok(()),
            Stop::Failed(error) => Err(Refusal::from(error).into()),
            Stop::Blocked(inspection) => {
                let refusal = blocked(&self.route, &inspection, "answer");
                self.record(call, &inspection).await?;
                Err(refusal.into())
            }
        }
    }

    /// Waits for a person, and keeps the client's connection from looking dead meanwhile.
    async fn wait(&mut self, call: &Call, held: Held) -> Result<(), Ended> {
        self.send().await?;
        self.record(call, &held.inspection).await?;
        let calls = held.calls();
        let has_comments = self.reshape.as_ref().is_none_or(Reshape::has_comments);
        let policy = self.route.guard.as_ref().map(seawall_guard::Guard::digest);
        // Only a guard holds, so without one there is nothing to wait for.
        let policy = policy.ok_or_else(Refusal::internal)?;
        let approved = {
            let mut approving = std::pin::pin!(approve(&self.shared, call, policy, &calls));
            loop {
                tokio::select! {
                    biased;
                    () = self.sender.closed() => return Err(Ended::ClientGone),
                    approved = approving.as_mut() => break approved?,
                    () = tokio::time::sleep(WAITING_EVERY), if has_comments => {
                        self.sender.send(Bytes::from_static(b": waiting for approval\n\n")).await;
                    }
                }
            }
        };
        self.filter.release(held, approved);
        Ok(())
    }

    async fn record(
        &self,
        call: &Call,
        inspection: &seawall_guard::Inspection,
    ) -> Result<(), Refusal> {
        let (shared, route) = (&self.shared, &self.route);
        let subject = call.subject();
        record::count(
            shared,
            route,
            telemetry::Stage::Response,
            inspection.verdict,
        );
        let entry = record::verdict(&subject, Stage::Response, route, inspection, None);
        self.shared.recorder.durable(entry).await
    }

    /// Queues what let text pass and saw something in it.
    fn record_noted(&mut self, call: &Call) {
        for inspection in self.filter.take_noted() {
            observed(&self.shared, &self.route, call, &inspection);
        }
    }

    /// Sends what the filter released, as one piece.
    async fn send(&mut self) -> Result<(), Ended> {
        let mut bytes = self.filter.take_output();
        if let Some(reshape) = &mut self.reshape {
            bytes = reshape.push(&bytes).map_err(Refusal::from)?;
        }
        if bytes.is_empty() || self.sender.send(bytes.into()).await {
            Ok(())
        } else {
            Err(Ended::ClientGone)
        }
    }
}

fn cut() -> Refusal {
    Refusal::new(
        ErrorCode::UpstreamFailed,
        "The upstream's stream broke off before its end.",
    )
}

fn too_long() -> Refusal {
    Refusal::new(
        ErrorCode::UpstreamTimeout,
        "The upstream's stream did not end in time.",
    )
}

fn malformed() -> Refusal {
    Refusal::new(
        ErrorCode::UpstreamFailed,
        "The upstream's stream is malformed.",
    )
}
