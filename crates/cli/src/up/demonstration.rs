//! The loop closes: paired trials against the practice upstream, then the price of each control.
//!
//! Runs beside the services and never blocks them. Trials that the ledger already holds for the
//! same suite and the same controls are not repeated.

use std::path::PathBuf;
use std::sync::Arc;

use seawall_attack::{Campaign, CampaignConfig, Suite};
use seawall_base::{Clock, Digest, Id, Principal, PrincipalKind, Secret};
use seawall_console::{Board, Progress};
use seawall_evidence::trial::{Arm, Trial};
use seawall_jobs::campaign::{self, Driver, Recorder, Route, Routes};
use seawall_net::{CancellationToken, Client, ClientOptions};
use seawall_ports::{KeyLimits, Keys, Ledger, NewKey};
use seawall_risk::TrialRecord;

use super::pricing;
use crate::app::App;
use crate::progress::ProgressLine;

/// Attempts in flight: enough to be done in seconds, few enough to leave users a core.
const CONCURRENCY: usize = 4;
/// The seed of the demonstration, so that two machines see the same attempts.
pub(super) const SEED: u64 = 1;
/// Entries read from the ledger at once.
const PAGE: usize = 4_096;

/// What the demonstration works with.
pub(crate) struct Demonstration {
    /// Base URL of the guarded arm.
    pub(crate) on: String,
    /// Base URL of the unguarded arm.
    pub(crate) off: String,
    /// Digest of the guard on the guarded arm.
    pub(crate) controls: Digest,
    /// Where the demonstration system is laid out.
    pub(crate) folder: PathBuf,
    /// The state folder.
    pub(crate) state: PathBuf,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) keys: Arc<dyn Keys>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) id: Id,
    pub(crate) board: Arc<Board>,
    pub(crate) stop: CancellationToken,
    pub(crate) colour: bool,
}

impl Demonstration {
    /// Runs to its end or until the process stops; a failure is reported and leaves serving alone.
    pub(crate) async fn run(self) {
        if let Err(error) = self.measure_and_price().await
            && !self.stop.is_cancelled()
        {
            App::warn(&format!("the demonstration ended early: {error:#}"));
        }
    }

    async fn measure_and_price(&self) -> anyhow::Result<()> {
        let suite = Suite::smoke();
        let suite_digest = suite.digest();
        let known: Vec<Trial> = self
            .trials(suite_digest)
            .await?
            .into_iter()
            .map(|record| record.trial)
            .collect();
        let mut campaign = Campaign::new(CampaignConfig {
            id: known
                .first()
                .map_or_else(|| self.id.to_string(), |trial| trial.campaign.clone()),
            suite,
            seed: SEED,
            arms: vec![Arm::Off, Arm::On],
            model: seawall_practice::MODEL.to_owned(),
            target: "practice".to_owned(),
            target_digest: Digest::of(seawall_practice::FINGERPRINT.as_bytes()),
            controls_off: unguarded(),
            controls_on: self.controls,
            concurrency_max: CONCURRENCY,
            per_second: None,
        });
        campaign.resume(&known);
        if campaign.recorded() < campaign.planned() {
            self.measure(&mut campaign).await?;
        }
        if self.stop.is_cancelled() {
            return Ok(());
        }
        // Read back, because only what the ledger holds may move a figure.
        pricing::price(self, self.trials(suite_digest).await?).await
    }

    /// Trials of this suite against these controls that the ledger holds.
    async fn trials(&self, suite: Digest) -> anyhow::Result<Vec<TrialRecord>> {
        let unguarded = unguarded();
        let mut trials = Vec::new();
        let mut from = 0;
        loop {
            let page = self.ledger.entries(from, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(trials);
            };
            from = last.index.saturating_add(1);
            trials.extend(
                seawall_jobs::risk::trials_of(&page)
                    .into_iter()
                    .filter(|record| {
                        let trial = &record.trial;
                        trial.target == "practice"
                            && trial.suite_digest == suite
                            && trial.seed == SEED
                            && (trial.controls_digest == self.controls
                                || trial.controls_digest == unguarded)
                    }),
            );
        }
    }

    async fn measure(&self, campaign: &mut Campaign) -> anyhow::Result<()> {
        let key = NewKey {
            name: "trials".to_owned(),
            principal: trials(),
            limits: KeyLimits::default(),
            scope: Vec::new(),
        };
        let (issued, secret) = self.keys.create(key, trials(), self.clock.now()).await?;
        let route = |url: &str| Route {
            url: url.to_owned(),
            key: Some(Secret::new(secret.expose().clone())),
        };
        let routes = Routes {
            on: route(&self.on),
            off: Some(route(&self.off)),
        };
        let client = Client::new(&ClientOptions::default())?;
        let driver = Driver {
            client: &client,
            clock: self.clock.as_ref(),
            stop: &self.stop,
        };
        let mut recorder = Recorder::Ledger(Arc::clone(&self.ledger));
        let mut line = Shown::new(Arc::clone(&self.board));
        let ran = campaign::run(campaign, &routes, &driver, &mut recorder, &mut |progress| {
            line.show(progress.done, progress.total);
        })
        .await;
        line.end();
        self.keys
            .revoke(&issued.id, trials(), self.clock.now())
            .await?;
        ran?;
        Ok(())
    }
}

/// Seawall itself, as who runs the trials.
fn trials() -> Principal {
    Principal::new(PrincipalKind::Seawall, "trials")
}

/// What stands for the controls of the unguarded arm.
fn unguarded() -> Digest {
    Digest::of(b"no controls")
}

/// The progress of the campaign: on standard error, and as the console's bar.
struct Shown {
    board: Arc<Board>,
    line: ProgressLine,
    begun: bool,
}

impl Shown {
    fn new(board: Arc<Board>) -> Self {
        Self {
            board,
            line: ProgressLine::new("Measuring the controls"),
            begun: false,
        }
    }

    fn show(&mut self, done: u64, total: u64) {
        self.board.update(|snapshot| {
            snapshot.progress = Some(Progress {
                label: "paired trials against the practice upstream".to_owned(),
                done,
                total,
            });
        });
        let on_terminal = self.line.show(done, total);
        // In a log, the beginning and the end say enough.
        if !on_terminal && (!self.begun || done == total) {
            App::warn(&format!("Measuring the controls: {done} of {total} trials"));
        }
        self.begun = true;
    }

    fn end(&mut self) {
        self.line.end();
        self.board.update(|snapshot| snapshot.progress = None);
    }
}
