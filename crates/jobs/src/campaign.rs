//! Drives a campaign over HTTP: sends attempts to the routes of their arms, records trials as they come.
//!
//! Redirects are not followed, so that an attempt cannot leave its scope. A broken attempt is recorded
//! as unassessed; only a recorder that fails ends the campaign, because what is not recorded is lost.

mod identity;
mod recorder;
mod summary;

use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, Request};
use seawall_attack::{Attempt, Campaign, Observation, Recorded, Response, ScopeError, Step};
use seawall_base::json::{JsonLimits, parse};
use seawall_base::{Clock, Secret, Timestamp};
use seawall_evidence::trial::{Arm, Trial};
use seawall_net::{CancellationToken, Client, read_capped};
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use self::identity::{Identity, identify};
pub use self::recorder::{Recorder, read_trials};
pub use self::summary::Summary;

/// Largest answer that is read.
const ANSWER_BYTES_MAX: usize = 8 << 20;
/// How long a target may pause within an answer.
const ANSWER_IDLE_MAX: Duration = Duration::from_secs(30);
/// Trials that are recorded in one go.
const BATCH: usize = 16;

/// Where an arm's attempts go.
#[derive(Debug)]
pub struct Route {
    /// Base URL; `/v1/chat/completions` is added unless it ends in it.
    pub url: String,
    /// The bearer key, where one is needed.
    pub key: Option<Secret<String>>,
}

/// The routes of a campaign.
#[derive(Debug)]
pub struct Routes {
    /// With the controls in the way; harmless tasks go here too.
    pub on: Route,
    /// Without them, where there is such a route.
    pub off: Option<Route>,
}

/// How far a campaign is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Progress {
    /// Attempts recorded.
    pub done: u64,
    /// Attempts planned.
    pub total: u64,
}

/// Why a campaign ended early.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    /// The target may not be attacked.
    #[error("the target is out of scope")]
    Scope(#[source] ScopeError),
    /// A route has no usable URL or key.
    #[error("`{0}` is not a usable route")]
    Route(String),
    /// The target does not say what it is.
    #[error("`{url}` does not say which model it serves: {reason}")]
    Silent {
        /// The target.
        url: String,
        /// What came instead.
        reason: String,
    },
    /// A trial could not be recorded.
    #[error("a trial could not be recorded: {0}")]
    Record(String),
    /// The recorded trials could not be read.
    #[error("`{path}` holds no readable trials: {reason}")]
    Resume {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Runs `campaign` until it is done or `stop` is cancelled; what was recorded can be resumed.
///
/// # Errors
/// When a route is unusable or a trial cannot be recorded.
pub async fn run(
    campaign: &mut Campaign,
    routes: &Routes,
    driver: &Driver<'_>,
    recorder: &mut Recorder,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<Trial>, CampaignError> {
    let mut flights: JoinSet<(u64, Observation)> = JoinSet::new();
    let mut trials: Vec<Trial> = Vec::new();
    let mut unrecorded = 0;
    recorder.begin(campaign, driver.clock.now()).await?;
    loop {
        let stopped = driver.stop.is_cancelled();
        let step = if stopped {
            Step::Busy
        } else {
            campaign.next(driver.clock.now())
        };
        match step {
            Step::Send(attempt) => {
                let request = request(&attempt, routes)?;
                let client = driver.client.clone();
                flights.spawn(async move { (attempt.id, observe(&client, request).await) });
                continue;
            }
            Step::Done => break,
            Step::Busy if flights.is_empty() => break,
            Step::Busy => {}
            Step::Wait(until) if flights.is_empty() => {
                pause(until, driver).await;
                continue;
            }
            Step::Wait(until) => {
                tokio::select! {
                    biased;
                    landed = flights.join_next() => take(campaign, landed, &mut trials, driver.clock),
                    () = pause(until, driver) => {}
                }
                continue;
            }
        }
        let landed = flights.join_next().await;
        take(campaign, landed, &mut trials, driver.clock);
        if trials.len() >= unrecorded + BATCH {
            recorder
                .record(
                    trials.get(unrecorded..).unwrap_or_default(),
                    driver.clock.now(),
                )
                .await?;
            unrecorded = trials.len();
            progress(Progress {
                done: campaign.recorded(),
                total: campaign.planned(),
            });
        }
    }
    recorder
        .record(
            trials.get(unrecorded..).unwrap_or_default(),
            driver.clock.now(),
        )
        .await?;
    if campaign.recorded() == campaign.planned() {
        recorder.finish(campaign, driver.clock.now()).await?;
    }
    progress(Progress {
        done: campaign.recorded(),
        total: campaign.planned(),
    });
    Ok(trials)
}

/// What a campaign is driven with.
#[derive(Clone, Copy)]
pub struct Driver<'a> {
    /// Sends the requests.
    pub client: &'a Client,
    /// Tells the time.
    pub clock: &'a dyn Clock,
    /// Ends the campaign when cancelled; attempts in flight are awaited.
    pub stop: &'a CancellationToken,
}

impl std::fmt::Debug for Driver<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Driver")
    }
}

fn take(
    campaign: &mut Campaign,
    landed: Option<Result<(u64, Observation), tokio::task::JoinError>>,
    trials: &mut Vec<Trial>,
    clock: &dyn Clock,
) {
    if let Some(Ok((id, observation))) = landed
        && let Recorded::Trial(trial) = campaign.record(id, &observation, clock.now())
    {
        trials.push(*trial);
    }
}

/// Sleeps until `until` on the campaign's clock, or until it is stopped.
async fn pause(until: Timestamp, driver: &Driver<'_>) {
    let left = until.duration_since(driver.clock.now());
    let left = Duration::try_from(left)
        .unwrap_or_default()
        .min(Duration::from_secs(60));
    tokio::select! {
        () = tokio::time::sleep(left) => {}
        () = driver.stop.cancelled() => {}
    }
}

fn request(attempt: &Attempt, routes: &Routes) -> Result<Request<Bytes>, CampaignError> {
    let route = match (&attempt.arm, &routes.off) {
        (Arm::Off, Some(off)) => off,
        (Arm::Off | Arm::On | Arm::OnMinusOne(_) | Arm::Benign, _) => &routes.on,
    };
    let base = route.url.trim_end_matches('/');
    let url = if base.ends_with("/chat/completions") {
        base.to_owned()
    } else if base.ends_with("/v1") {
        format!("{base}/chat/completions")
    } else {
        format!("{base}/v1/chat/completions")
    };
    let wrong = || CampaignError::Route(route.url.clone());
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(url)
        .header(CONTENT_TYPE, "application/json")
        .body(Bytes::from(attempt.request.to_string()))
        .map_err(|_| wrong())?;
    if let Some(key) = &route.key {
        let mut value =
            HeaderValue::try_from(format!("Bearer {}", key.expose())).map_err(|_| wrong())?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    Ok(request)
}

async fn observe(client: &Client, request: Request<Bytes>) -> Observation {
    let started = Instant::now();
    let response = match client.send(request).await {
        Ok(response) => {
            let status = response.status().as_u16();
            let verdict = response
                .headers()
                .get("seawall-verdict")
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned);
            match read_capped(response.into_body(), ANSWER_BYTES_MAX, ANSWER_IDLE_MAX).await {
                Ok(bytes) => Response::Answer {
                    status,
                    body: parse(&bytes, &JsonLimits::default()).ok(),
                    verdict,
                },
                Err(error) => Response::Failed(error.to_string()),
            }
        }
        Err(error) => Response::Failed(error.to_string()),
    };
    Observation {
        response,
        latency_us: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the tests read and write files of their own"
)]
mod tests;
