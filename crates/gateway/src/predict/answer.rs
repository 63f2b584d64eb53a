//! One request of a predictive model, from its head to its answer.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use seawall_base::{ErrorCode, OnError};
use seawall_budget::Shape;
use seawall_evidence::verdict::Stage;
use seawall_guard::{Action, Channel, Guard, Inspection};
use seawall_llm::predict::{Operation, PredictRequest, PredictResponse, Target};
use seawall_llm::{Leaf, TextRole, visit_any};
use seawall_net::Body;
use seawall_ports::{UpstreamRequest, UpstreamResponse, VirtualKey};
use seawall_telemetry as telemetry;
use serde_json::Value;

use super::rules::PredictRoute;
use crate::answer::read as read_answer;
use crate::call::{Call, Opening};
use crate::exchange::{blocked, read, upstream_refusal};
use crate::inspect::Texts;
use crate::record;
use crate::refusal::{Refusal, json_response};
use crate::server::Shared;

/// Answers one request. A call that is refused on the way settles by being dropped.
pub(crate) async fn answer(
    shared: &Arc<Shared>,
    key: &VirtualKey,
    (id, started): (String, seawall_base::Timestamp),
    request: Request<Incoming>,
) -> Result<Response<Body>, Refusal> {
    let path = request.uri().path().to_owned();
    let target = super::target(request.method(), &path).ok_or_else(nowhere)?;
    let predict = find(shared, key, target.model)?;
    let head = Head::of(&request)?;
    let body = read(shared, request).await?;
    let place = match &shared.config.places {
        Some(places) => Some(places.enter(key).await?),
        None => None,
    };
    let opening = Opening {
        id,
        route: predict.route.name.clone(),
        model: target.model.to_owned(),
        started,
        tokens_max: 0,
        // There are no tokens in tensors; what is limited is the number of requests.
        shape: Shape::text(0, 1, 0),
        session: None,
        run: None,
        class: None,
        place,
    };
    let mut call = Call::reserve(shared, key, opening).await?;
    let asked = Asked {
        predict: &predict,
        target,
        path: &path,
        head,
        caller: &key.id,
    };
    match asked.exchange(shared, &mut call, body).await {
        Ok(bytes) => {
            call.complete();
            Ok(json_response(StatusCode::OK, bytes))
        }
        Err(mut refusal) => {
            call.refuse(refusal.code, refusal.status().as_u16());
            refusal.counted = true;
            Err(refusal)
        }
    }
}

/// What the head of a request says of its body.
struct Head {
    is_json: bool,
}

impl Head {
    /// Reads it; refuses the extension by which bytes follow the JSON.
    fn of(request: &Request<Incoming>) -> Result<Self, Refusal> {
        let headers = request.headers();
        if headers.contains_key("inference-header-content-length") {
            return Err(Refusal::new(
                ErrorCode::UnsupportedContent,
                "Binary tensors cannot be inspected here.",
            ));
        }
        let kind = headers.get(CONTENT_TYPE).map(HeaderValue::to_str);
        let kind = match kind {
            None => "application/json",
            Some(kind) => kind.unwrap_or_default(),
        };
        let kind = kind.split(';').next().unwrap_or_default().trim();
        Ok(Self {
            is_json: kind.eq_ignore_ascii_case("application/json"),
        })
    }
}

struct Asked<'a> {
    predict: &'a PredictRoute,
    target: Target<'a>,
    path: &'a str,
    head: Head,
    caller: &'a str,
}

impl Asked<'_> {
    async fn exchange(
        &self,
        shared: &Arc<Shared>,
        call: &mut Call,
        body: Bytes,
    ) -> Result<Bytes, Refusal> {
        let is_metadata = self.target.operation == Operation::Metadata;
        let body = match (is_metadata, self.head.is_json) {
            (true, _) => Bytes::new(),
            (false, true) => self.request(shared, call, &body).await?,
            (false, false) => self.raw(body)?,
        };
        call.sent();
        let upstream = self.predict.route.upstream.as_ref();
        let upstream = upstream.unwrap_or(&shared.ports.upstream);
        let answer = upstream.send(self.outgoing(body)).await;
        let answer = answer.map_err(|error| upstream_refusal(&error))?;
        self.response(shared, call, answer).await
    }

    /// Reads, checks and inspects a request, and returns what may be forwarded.
    async fn request(
        &self,
        shared: &Arc<Shared>,
        call: &Call,
        body: &[u8],
    ) -> Result<Bytes, Refusal> {
        let (protocol, operation) = (self.target.protocol, self.target.operation);
        let limits = &shared.config.limits.json;
        let mut request = PredictRequest::parse(protocol, operation, body, limits)?;
        let tensors = request.tensors();
        self.predict.rules.check(&tensors)?;
        self.watch(&tensors)?;
        let Some(guard) = &self.predict.route.guard else {
            return Ok(request.to_bytes().into());
        };
        let mut texts = Texts::default();
        request.visit(&mut |leaf| texts.add(incoming(&leaf), leaf));
        let mut inspection = texts.inspect(guard);
        let edits = texts.edits(&inspection);
        let is_shadow = self.predict.route.is_shadow();
        if inspection.verdict == Action::Redact && !is_shadow {
            let mut edits = edits.into_iter();
            if !edits.all(|edit| request.edit(&edit.path, edit.place, edit.text).is_ok()) {
                inspection.verdict = Action::Block;
            }
        }
        self.judge(shared, call, (Stage::Request, &inspection))
            .await?;
        Ok(request.to_bytes().into())
    }

    /// Counts what says something only over many requests.
    fn watch(&self, tensors: &[seawall_llm::predict::Tensor<'_>]) -> Result<(), Refusal> {
        let rules = &self.predict.rules;
        let mut state = self.predict.state();
        for tensor in tensors {
            let declared = rules.inputs.iter().find(|input| input.name == tensor.name);
            if declared.is_some_and(|input| state.drift.count(input, tensor)) {
                tracing::warn!(
                    route = %self.predict.route.name,
                    model = %self.target.model,
                    "more inputs lie outside their expected range than chance explains"
                );
            }
        }
        let Some(most) = rules.similar_max else {
            return Ok(());
        };
        let caller = format!("{}/{}", self.target.model, self.caller);
        if state.similar.count(&caller, tensors) <= most {
            return Ok(());
        }
        Err(Refusal::new(
            ErrorCode::RateLimited,
            "Too many queries of this key resemble one another.",
        ))
    }

    /// A body that is no JSON: an image for TorchServe, which nobody here can read.
    fn raw(&self, body: Bytes) -> Result<Bytes, Refusal> {
        let most = self.predict.rules.raw_bytes_max;
        let torch = self.target.protocol == seawall_llm::predict::Protocol::TorchServe;
        match most.filter(|_| torch) {
            Some(most) if body.len() <= most => Ok(body),
            Some(most) => Err(Refusal::new(
                ErrorCode::BodyTooLarge,
                format!("A body that cannot be inspected may have {most} bytes."),
            )),
            None => Err(Refusal::new(
                ErrorCode::UnsupportedContent,
                "Only JSON is accepted here: other bodies cannot be inspected.",
            )),
        }
    }

    fn outgoing(&self, body: Bytes) -> UpstreamRequest {
        let mut headers = HeaderMap::with_capacity(3);
        let is_metadata = self.target.operation == Operation::Metadata;
        let kind = match self.head.is_json {
            true => HeaderValue::from_static("application/json"),
            false => HeaderValue::from_static("application/octet-stream"),
        };
        if !is_metadata {
            headers.insert(CONTENT_TYPE, kind);
        }
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(USER_AGENT, HeaderValue::from_static("seawall"));
        let method = if is_metadata {
            Method::GET
        } else {
            Method::POST
        };
        UpstreamRequest {
            method,
            path: self.path.to_owned(),
            headers,
            body,
        }
    }

    async fn response(
        &self,
        shared: &Arc<Shared>,
        call: &mut Call,
        answer: UpstreamResponse,
    ) -> Result<Bytes, Refusal> {
        let status = answer.status;
        let is_encoded = answer.headers.contains_key(CONTENT_ENCODING)
            || answer
                .headers
                .contains_key("inference-header-content-length");
        let bytes = read_answer(answer.body, shared.config.limits.answer_bytes_max).await;
        let bytes = bytes.map_err(|error| upstream_refusal(&error))?;
        if !status.is_success() {
            // Errors of model servers name files, hosts and stacks, so their texts stay here.
            return Err(refused(status));
        }
        if is_encoded {
            return Err(nonsense());
        }
        if self.target.operation == Operation::Metadata {
            return self.metadata(shared, call, bytes).await;
        }
        let limits = &shared.config.limits.json;
        let mut response = PredictResponse::parse(self.target.protocol, &bytes, limits)?;
        if let Some(most) = self.predict.rules.top {
            response.keep_top(most);
        }
        if let Some(decimals) = self.predict.rules.decimals {
            response.round(decimals);
        }
        let Some(guard) = &self.predict.route.guard else {
            return Ok(response.to_bytes().into());
        };
        let mut texts = Texts::default();
        response.visit(&mut |leaf| texts.add(outgoing(&leaf), leaf));
        let mut inspection = texts.inspect(guard);
        let edits = texts.edits(&inspection);
        if inspection.verdict == Action::Redact && !self.predict.route.is_shadow() {
            let mut edits = edits.into_iter();
            if !edits.all(|edit| response.edit(&edit.path, edit.place, edit.text).is_ok()) {
                inspection.verdict = Action::Block;
            }
        }
        self.judge(shared, call, (Stage::Response, &inspection))
            .await?;
        Ok(response.to_bytes().into())
    }

    /// Metadata is read by programs; where it holds anything that the guard stops, it stays here.
    async fn metadata(
        &self,
        shared: &Arc<Shared>,
        call: &Call,
        bytes: Bytes,
    ) -> Result<Bytes, Refusal> {
        if bytes.is_empty() {
            return Ok(Bytes::from_static(b"{}"));
        }
        let limits = &shared.config.limits.json;
        let body = seawall_base::json::parse(&bytes, limits).map_err(|_| nonsense())?;
        if let Some(guard) = &self.predict.route.guard {
            let inspection = seen(guard, &body);
            self.judge(shared, call, (Stage::Response, &inspection))
                .await?;
            if inspection.verdict == Action::Redact {
                return Err(nonsense());
            }
        }
        Ok(bytes)
    }

    /// Records a verdict, and refuses what it stops.
    async fn judge(
        &self,
        shared: &Arc<Shared>,
        call: &Call,
        (stage, inspection): (Stage, &Inspection),
    ) -> Result<(), Refusal> {
        let route = &self.predict.route;
        let (what, counted) = match stage {
            Stage::Request => ("request", telemetry::Stage::Request),
            _ => ("answer", telemetry::Stage::Response),
        };
        record::count(shared, route, counted, inspection.verdict);
        let entry = record::verdict(&call.subject(), stage, route, inspection, None);
        if inspection.verdict >= Action::Hold && !route.is_shadow() {
            shared.recorder.durable(entry).await?;
            return Err(blocked(route, inspection, what));
        }
        let is_lost = !shared.recorder.queue(entry);
        if is_lost && shared.config.on_error == OnError::Deny && !route.is_shadow() {
            return Err(Refusal::no_evidence());
        }
        Ok(())
    }
}

fn seen(guard: &Guard, body: &Value) -> Inspection {
    let mut texts = Texts::default();
    visit_any(body, TextRole::Output, &mut |leaf| {
        texts.add(outgoing(&leaf), leaf);
    });
    texts.inspect(guard)
}

fn incoming(leaf: &Leaf<'_, '_>) -> Option<Channel> {
    (leaf.role != TextRole::Protocol).then_some(Channel::User)
}

fn outgoing(leaf: &Leaf<'_, '_>) -> Option<Channel> {
    (leaf.role != TextRole::Protocol).then_some(Channel::Output)
}

/// The first route for the model. One outside the key's scope reads like one that is not there.
fn find(shared: &Shared, key: &VirtualKey, model: &str) -> Result<Arc<PredictRoute>, Refusal> {
    let routes = &shared.config.predict;
    let found = routes.iter().find(|predict| predict.route.serves(model));
    let found = found.filter(|_| key.covers(model)).map(Arc::clone);
    found.ok_or_else(|| {
        Refusal::new(
            ErrorCode::ModelNotFound,
            "No route serves this model for this key.",
        )
    })
}

fn refused(status: StatusCode) -> Refusal {
    let (code, text) = match status.as_u16() {
        400 | 413 | 422 => (
            ErrorCode::InvalidRequest,
            "The model server refused the request.",
        ),
        404 => (
            ErrorCode::ModelNotFound,
            "The model server does not have this model.",
        ),
        429 => (ErrorCode::RateLimited, "The model server is busy."),
        _ => (ErrorCode::UpstreamFailed, "The model server failed."),
    };
    Refusal::new(code, text)
}

fn nonsense() -> Refusal {
    Refusal::new(
        ErrorCode::UpstreamFailed,
        "The model server answered in a form that cannot be inspected.",
    )
}

fn nowhere() -> Refusal {
    Refusal::new(ErrorCode::NotFound, "There is nothing at this path.")
}
