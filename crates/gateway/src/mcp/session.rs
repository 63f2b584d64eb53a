//! One connection between a client and a server of tools.

use std::collections::{BTreeMap, BTreeSet};

use seawall_base::json::{JsonLimits, parse};
use seawall_base::{ErrorCode, Principal, Timestamp};
use seawall_evidence::Draft;
use seawall_evidence::verdict::Stage;
use seawall_guard::{Action, Guard, Inspection};
use seawall_llm::mcp::{Kind, McpMessage, Method, RequestId, Sender, error_body};
use seawall_llm::{DialectError, Place, TextRole, ToolCall};
use serde_json::Value;

use super::book::{Book, News};
use super::list;
use super::memory::Memory;
use super::texts::inspect;
use crate::config::Route;
use crate::record::{self, Subject};

/// What holds in a session.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Name, guard and mode.
    pub route: Route,
    /// The tools that may be listed and called; all where there is none.
    pub tools: Option<BTreeSet<String>>,
    /// What one message may cost.
    pub json: JsonLimits,
    /// Requests of one side that wait for their results.
    pub pending_max: usize,
    /// Bytes of results that are remembered.
    pub memory_bytes_max: usize,
}

/// The machine of one connection.
#[derive(Debug)]
pub struct Session {
    rules: Rules,
    book: Book,
    memory: Memory,
    /// What the client asked for, and what the server did.
    client: BTreeMap<RequestId, Asked>,
    server: BTreeMap<RequestId, Asked>,
    /// Tools that were left out of a list.
    left_out: BTreeSet<String>,
    /// Whether the revision that both sides settled on has batches.
    batches: bool,
}

/// A request that waits for its result.
#[derive(Clone, Debug)]
struct Asked {
    method: Method,
    tool: Option<String>,
}

/// What becomes of one message.
#[derive(Debug, Default)]
pub struct Step {
    /// What goes on to the other side.
    pub forward: Option<Vec<u8>>,
    /// What goes back to its sender.
    pub answer: Option<Vec<u8>>,
    /// A call that goes on once a person agrees.
    pub held: Option<Held>,
    /// Definitions to keep.
    pub news: Vec<News>,
    verdict: Option<(Stage, &'static str, Inspection)>,
    /// The request that it makes or answers.
    about: Option<RequestId>,
    answers: bool,
}

/// A call that waits for a person.
#[derive(Debug)]
pub struct Held {
    message: McpMessage,
    id: RequestId,
    /// The call.
    pub call: ToolCall,
    /// Why it waits.
    pub reason: String,
}

impl Rules {
    /// Rules with the default limits around a route.
    #[must_use]
    pub fn new(route: Route) -> Self {
        Self {
            route,
            tools: None,
            json: JsonLimits {
                bytes_max: 4 << 20,
                ..JsonLimits::default()
            },
            pending_max: 1_024,
            memory_bytes_max: 256 << 10,
        }
    }

    pub(super) const fn guard(&self) -> Option<&Guard> {
        self.route.guard.as_ref()
    }

    pub(super) fn allows(&self, tool: &str) -> bool {
        self.tools.as_ref().is_none_or(|tools| tools.contains(tool))
    }
}

impl Step {
    /// What the ledger keeps of the verdict, if the message had any text.
    #[must_use]
    pub fn draft(&self, rules: &Rules, id: &str, who: &Principal, at: Timestamp) -> Option<Draft> {
        let (stage, what, inspection) = self.verdict.as_ref()?;
        let subject = Subject {
            id,
            route: &rules.route.name,
            model: what,
            principal: who,
            at,
        };
        Some(record::verdict(
            &subject,
            *stage,
            &rules.route,
            inspection,
            None,
        ))
    }

    /// The refusal in place of a message whose verdict or pins could not be kept.
    #[must_use]
    pub fn unrecorded(self) -> Self {
        let body = error_body(
            self.about.as_ref(),
            ErrorCode::EvidenceUnavailable,
            "The decision could not be recorded. Try again later.",
        );
        let body = self.about.is_some().then_some(body);
        let (forward, answer) = if self.answers {
            (body, None)
        } else {
            (None, body)
        };
        Self {
            forward,
            answer,
            ..Self::default()
        }
    }

    /// The request that the message makes or answers.
    #[must_use]
    pub const fn about(&self) -> Option<&RequestId> {
        self.about.as_ref()
    }

    /// Whether the verdict stops or changes the message, so that it is recorded before it takes effect.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        let verdict = self.verdict.as_ref();
        self.held.is_some() || verdict.is_some_and(|(_, _, seen)| seen.verdict >= Action::Hold)
    }
}

impl Held {
    /// The message with the arguments that were approved.
    ///
    /// # Errors
    /// When they are no arguments.
    pub fn released(mut self, arguments: &str) -> Result<Vec<u8>, DialectError> {
        let arguments = parse(arguments.as_bytes(), &JsonLimits::default())?;
        self.message.set_arguments(arguments);
        Ok(self.message.to_bytes())
    }

    /// The refusal for the client.
    #[must_use]
    pub fn refused(&self, code: ErrorCode, message: &str) -> Vec<u8> {
        error_body(Some(&self.id), code, message)
    }

    /// The id by which [`Session::forget`] knows it.
    #[must_use]
    pub const fn id(&self) -> &RequestId {
        &self.id
    }
}

impl Session {
    /// A fresh connection.
    #[must_use]
    pub fn new(rules: Rules, book: Book) -> Self {
        Self {
            memory: Memory::new(rules.memory_bytes_max),
            rules,
            book,
            client: BTreeMap::new(),
            server: BTreeMap::new(),
            left_out: BTreeSet::new(),
            batches: false,
        }
    }

    /// What holds in it.
    #[must_use]
    pub const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Takes one message of `sender`, or a batch where the settled revision has batches.
    pub fn take(&mut self, sender: Sender, bytes: &[u8]) -> Vec<Step> {
        let is_batch = bytes.trim_ascii_start().first() == Some(&b'[');
        if !is_batch {
            return vec![self.one(sender, bytes)];
        }
        let items = match parse(bytes, &self.rules.json) {
            Ok(Value::Array(items)) if self.batches && !items.is_empty() => items,
            Ok(_) => {
                return vec![refusal(
                    None,
                    ErrorCode::InvalidRequest,
                    "Batches are not accepted here.",
                )];
            }
            Err(error) => return vec![refusal(None, error.code(), &error.to_string())],
        };
        let items = items.iter().map(|item| item.to_string().into_bytes());
        items.map(|bytes| self.one(sender, &bytes)).collect()
    }

    /// A held call that was refused has no result to wait for.
    pub fn forget(&mut self, id: &RequestId) {
        self.client.remove(id);
    }

    /// Answers for all requests of the side that waits for `sender`, after a message that nobody could read.
    pub fn unreadable(&mut self, sender: Sender, message: &str) -> Vec<u8> {
        let waiting = std::mem::take(self.asked_by(other(sender)));
        let mut out = Vec::new();
        for id in waiting.keys() {
            out.extend(error_body(Some(id), ErrorCode::UpstreamFailed, message));
            out.push(b'\n');
        }
        out
    }

    fn one(&mut self, sender: Sender, bytes: &[u8]) -> Step {
        let mut message = match McpMessage::parse(bytes, sender, &self.rules.json) {
            Ok(message) => message,
            Err(error) => return self.unread(sender, bytes, &error),
        };
        match message.kind().clone() {
            Kind::Request(id, method) => self.request(message, id, method),
            Kind::Notification(_) => self.pass(&mut message, None, None),
            Kind::Error(None) => self.pass(&mut message, None, None),
            Kind::Result(id) | Kind::Error(Some(id)) => self.result(message, &id),
        }
    }

    /// A message that does not parse. A request is answered; a result becomes an error for who waits.
    fn unread(&mut self, sender: Sender, bytes: &[u8], error: &DialectError) -> Step {
        let fields = parse(bytes, &self.rules.json).unwrap_or_default();
        let id = match fields.get("id") {
            Some(Value::String(text)) => Some(RequestId::Text(text.clone())),
            Some(value) => value.as_i64().map(RequestId::Number),
            None => None,
        };
        let has_method = fields.get("method").is_some();
        if has_method && id.is_none() {
            return Step::default();
        }
        let waits = id.as_ref().filter(|_| !has_method);
        if waits.is_some_and(|id| self.asked_by(other(sender)).remove(id).is_some()) {
            return Step {
                forward: Some(error_body(id.as_ref(), error.code, &error.message)),
                ..Step::default()
            };
        }
        refusal(id.as_ref(), error.code, &error.message)
    }

    fn request(&mut self, message: McpMessage, id: RequestId, method: Method) -> Step {
        let sender = message.sender();
        let most = self.rules.pending_max;
        let asked = self.asked_by(sender);
        if asked.contains_key(&id) || asked.len() >= most {
            let why = "The id is in use, or too many requests wait.";
            return refusal(Some(&id), ErrorCode::InvalidRequest, why);
        }
        let call = message.tool_call();
        if method == Method::CallTool && call.is_none() {
            return refusal(
                Some(&id),
                ErrorCode::InvalidRequest,
                "The call names no tool.",
            );
        }
        if let Some(call) = &call
            && !self.rules.route.is_shadow()
            && self.is_refused(&call.name)
        {
            let why = "The tool may not be called here.";
            return refusal(Some(&id), ErrorCode::BlockedByPolicy, why);
        }
        let tool = call.as_ref().map(|call| call.name.clone());
        let step = self.judge_request(message, (&id, method), call);
        if step.forward.is_some() || step.held.is_some() {
            self.asked_by(sender).insert(id, Asked { method, tool });
        }
        step
    }

    fn is_refused(&self, tool: &str) -> bool {
        !self.rules.allows(tool) || self.left_out.contains(tool) || self.book.shadows(tool)
    }

    fn judge_request(
        &self,
        mut message: McpMessage,
        (id, method): (&RequestId, Method),
        call: Option<ToolCall>,
    ) -> Step {
        let mut step = self.pass(&mut message, None, Some((id, method)));
        let Some(call) = call.filter(|_| !self.rules.route.is_shadow()) else {
            return step;
        };
        let verdict = step.verdict.as_ref().map(|(_, _, seen)| seen.verdict);
        let changed = self.book.changed(&call.name);
        let waits = verdict == Some(Action::Hold) || changed.is_some();
        if waits && verdict != Some(Action::Block) {
            step.forward = None;
            step.answer = None;
            step.held = Some(Held {
                message,
                id: id.clone(),
                call,
                reason: changed
                    .unwrap_or_else(|| "Policy asks for a human decision on this call.".to_owned()),
            });
        }
        step
    }

    fn result(&mut self, mut message: McpMessage, id: &RequestId) -> Step {
        let Some(asked) = self.asked_by(other(message.sender())).remove(id) else {
            // It answers nothing that is open, so nobody waits for it.
            return Step::default();
        };
        if let Err(error) = message.check_answer(asked.method) {
            return Step {
                forward: Some(error_body(Some(id), error.code, &error.message)),
                ..Step::default()
            };
        }
        if asked.method == Method::Initialize {
            let version = message.body().pointer("/result/protocolVersion");
            self.batches = version.and_then(Value::as_str) == Some("2025-03-26");
        }
        if asked.method == Method::ListTools && !self.rules.route.is_shadow() {
            return self.listed(message, id);
        }
        let step = self.pass(&mut message, Some(asked.method), Some((id, asked.method)));
        self.remember(&asked, &message);
        step
    }

    fn listed(&mut self, mut message: McpMessage, id: &RequestId) -> Step {
        let listed = list::list(&self.rules, &mut self.book, &mut message);
        self.left_out.extend(listed.left_out);
        let blocked = listed.inspection.verdict >= Action::Hold;
        let body = if blocked {
            error_body(
                Some(id),
                ErrorCode::BlockedByPolicy,
                "The list was blocked by policy.",
            )
        } else {
            message.to_bytes()
        };
        Step {
            forward: Some(body),
            news: listed.news,
            verdict: Some((Stage::Response, Method::ListTools.name(), listed.inspection)),
            about: Some(id.clone()),
            answers: true,
            ..Step::default()
        }
    }

    /// Inspects a message and passes it on, changed, or as an error to whoever waits for it.
    fn pass(
        &self,
        message: &mut McpMessage,
        answers: Option<Method>,
        about: Option<(&RequestId, Method)>,
    ) -> Step {
        let untouched = self.rules.route.is_shadow().then(|| message.to_bytes());
        let inspection = inspect(&self.rules, Some(&self.memory), message, answers);
        let stage = match (message.kind(), answers) {
            (Kind::Request(_, Method::CallTool), _) => Stage::ToolCall,
            (_, Some(_)) => Stage::Response,
            _ if message.sender() == Sender::Server => Stage::Response,
            _ => Stage::Request,
        };
        let what = match message.kind() {
            Kind::Request(_, method) | Kind::Notification(method) => method.name(),
            _ => about.map_or("", |(_, method)| method.name()),
        };
        let mut step = Step::default();
        if let Some(untouched) = untouched {
            step.forward = Some(untouched);
        } else if inspection.verdict < Action::Hold {
            step.forward = Some(message.to_bytes());
        } else if let Some((id, _)) = about {
            let body = error_body(
                Some(id),
                ErrorCode::BlockedByPolicy,
                "The message was blocked by policy.",
            );
            match answers {
                Some(_) => step.forward = Some(body),
                None => step.answer = Some(body),
            }
        }
        step.verdict = Some((stage, what, inspection));
        step.about = about.map(|(id, _)| id.clone());
        step.answers = answers.is_some();
        step
    }

    /// Keeps what a result said, to know it again in the arguments of a later call.
    fn remember(&mut self, asked: &Asked, message: &McpMessage) {
        if !matches!(
            asked.method,
            Method::CallTool | Method::TaskResult | Method::ReadResource | Method::GetPrompt
        ) {
            return;
        }
        let memory = &mut self.memory;
        message.visit(Some(asked.method), &mut |leaf| {
            if leaf.role != TextRole::Protocol && leaf.place == Place::Value {
                memory.keep(asked.tool.as_deref(), &leaf.text);
            }
        });
    }

    const fn asked_by(&mut self, sender: Sender) -> &mut BTreeMap<RequestId, Asked> {
        match sender {
            Sender::Client => &mut self.client,
            Sender::Server => &mut self.server,
        }
    }
}

const fn other(sender: Sender) -> Sender {
    match sender {
        Sender::Client => Sender::Server,
        Sender::Server => Sender::Client,
    }
}

fn refusal(id: Option<&RequestId>, code: ErrorCode, message: &str) -> Step {
    Step {
        answer: Some(error_body(id, code, message)),
        ..Step::default()
    }
}

#[cfg(test)]
mod tests;
