//! Routes: checks host and access first, then answers a page, the API, the event stream or a file.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use seawall_base::{Clock, ErrorCode, Principal, Secret};
use seawall_net::{Body, ServeOptions, TaskSet, read_capped};
use seawall_ports::{Holds, Keys, Ledger, Pins};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::access::Access;
use crate::api::Api;
use crate::board::Board;
use crate::form::{FORM_BYTES_MAX, field};
use crate::{answer, events, pages};

/// Event streams at a time; more are told to come back later.
const STREAMS_MAX: usize = 32;

/// What the console is told at start.
#[derive(Debug)]
pub struct Config {
    /// The sign-in token.
    pub token: Secret<String>,
    /// Host names to answer for beside those of this machine.
    pub hosts: Vec<String>,
    /// Who decides in the browser: the holder of the token.
    pub reviewer: Principal,
}

/// What the console reads and changes.
#[derive(Clone)]
pub struct Ports {
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The held tool calls.
    pub holds: Arc<dyn Holds>,
    /// The virtual keys.
    pub keys: Arc<dyn Keys>,
    /// The pinned definitions of tools.
    pub pins: Arc<dyn Pins>,
    /// What the overview shows.
    pub board: Arc<Board>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

/// What every answer needs.
pub(crate) struct Console {
    pub(crate) ports: Ports,
    pub(crate) api: Api,
    pub(crate) access: Access,
    pub(crate) tasks: TaskSet,
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) shutdown: CancellationToken,
}

/// Serves the console until `shutdown` is cancelled.
pub async fn serve(
    listener: TcpListener,
    config: Config,
    ports: Ports,
    shutdown: CancellationToken,
) {
    let console = Arc::new(Console {
        access: Access::new(config.token, &config.hosts),
        api: Api {
            ports: ports.clone(),
            reviewer: config.reviewer,
        },
        ports,
        tasks: TaskSet::new(),
        streams: Arc::new(Semaphore::new(STREAMS_MAX)),
        shutdown: shutdown.clone(),
    });
    let handling = Arc::clone(&console);
    let handler = move |request: Request<Incoming>, _| {
        let console = Arc::clone(&handling);
        async move { route(&console, request).await }
    };
    let options = ServeOptions {
        connections_max: 256,
        drain_max: Duration::from_secs(5),
        ..ServeOptions::default()
    };
    seawall_net::serve(listener, None, options, handler, shutdown).await;
    console.tasks.drain(Duration::from_secs(1)).await;
}

async fn route(console: &Console, request: Request<Incoming>) -> Response<Body> {
    if !console.access.host_is_known(request.headers()) {
        return answer::plain(
            StatusCode::MISDIRECTED_REQUEST,
            "this console has another name",
        );
    }
    let path = request.uri().path().to_owned();
    if let Some(rest) = path.strip_prefix("/api/v1/") {
        return api_route(console, rest, request).await;
    }
    if let Some(asset) = pages::asset(&path) {
        return asset;
    }
    if path == "/healthz" {
        return answer::plain(StatusCode::OK, "ok");
    }
    let query = request.uri().query().unwrap_or_default();
    if let Some(token) = field(query, "token").filter(|_| request.method() == Method::GET) {
        return sign_in(console, &token, &path);
    }
    if path == "/sign-in" {
        return sign_in_route(console, request).await;
    }
    if !console.access.has_session(request.headers()) {
        return answer::redirect("/sign-in", None);
    }
    signed_in(console, &path, request).await
}

async fn signed_in(console: &Console, path: &str, request: Request<Incoming>) -> Response<Body> {
    let query = request.uri().query().unwrap_or_default().to_owned();
    match (request.method(), path) {
        (&Method::GET, "/") => pages::overview(console).await,
        (&Method::GET, "/parts/overview") => pages::overview_part(console),
        (&Method::GET, "/system") => pages::system(console),
        (&Method::GET, "/approvals") => pages::approvals(console, &query).await,
        (&Method::GET, "/ledger") => pages::ledger(console, &query).await,
        (&Method::GET, "/events") => events::stream(console, request.headers(), &query),
        (&Method::POST, "/sign-out") => match form(console, request).await {
            Ok(_) => answer::redirect("/sign-in", Some(Access::no_cookie())),
            Err(refused) => refused,
        },
        (&Method::POST, _) => {
            let id = path
                .strip_prefix("/approvals/")
                .and_then(|rest| rest.strip_suffix("/decision"));
            let id = id.map(str::to_owned);
            match (form(console, request).await, id) {
                (Ok(form), Some(id)) => pages::decide(console, &id, &form).await,
                (Ok(_), None) => pages::not_found(),
                (Err(refused), _) => refused,
            }
        }
        _ => pages::not_found(),
    }
}

/// Reads a form and checks that it is one of ours.
async fn form(console: &Console, request: Request<Incoming>) -> Result<String, Response<Body>> {
    let headers = request.headers().clone();
    let form = body(request).await?;
    let token = field(&form, "form").unwrap_or_default();
    if console.access.form_is_ours(&headers, &token) {
        Ok(form)
    } else {
        Err(answer::plain(
            StatusCode::FORBIDDEN,
            "this form is not from this console; reload the page",
        ))
    }
}

async fn body(request: Request<Incoming>) -> Result<String, Response<Body>> {
    let bytes = read_capped(request.into_body(), FORM_BYTES_MAX, Duration::from_secs(10)).await;
    let text = bytes
        .ok()
        .and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
    text.ok_or_else(|| answer::plain(StatusCode::BAD_REQUEST, "the form could not be read"))
}

async fn sign_in_route(console: &Console, request: Request<Incoming>) -> Response<Body> {
    if request.method() != Method::POST {
        return pages::sign_in(StatusCode::OK, None);
    }
    if !crate::access::same_origin(request.headers()) {
        return answer::plain(StatusCode::FORBIDDEN, "this form is not from this console");
    }
    match body(request).await {
        Ok(form) => sign_in(
            console,
            field(&form, "token").unwrap_or_default().trim(),
            "/",
        ),
        Err(refused) => refused,
    }
}

/// Trades the token for a cookie, and the address with the token for one without.
fn sign_in(console: &Console, token: &str, place: &str) -> Response<Body> {
    if !console.access.token_is_valid(token) {
        tracing::warn!("a sign-in to the console failed");
        let why = "That is not the token that was printed at the last start.";
        return pages::sign_in(StatusCode::UNAUTHORIZED, Some(why));
    }
    let place = if place.starts_with("//") || place == "/sign-in" {
        "/"
    } else {
        place
    };
    answer::redirect(place, console.access.cookie())
}

async fn api_route(console: &Console, rest: &str, request: Request<Incoming>) -> Response<Body> {
    if !console.access.has_bearer(request.headers()) {
        let message = "send the console's token as `Authorization: Bearer …`";
        return answer::error(ErrorCode::InvalidKey, message);
    }
    let method = request.method().clone();
    let Ok(text) = body(request).await else {
        return answer::error(ErrorCode::InvalidRequest, "the body could not be read");
    };
    match console.api.answer(&method, rest, &text).await {
        Ok(value) => answer::json(StatusCode::OK, &value),
        Err(error) => answer::error(error.code, &error.message),
    }
}
