//! Where trials are kept as they come: the ledger, a file of JSON lines, or nowhere.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use seawall_attack::Campaign;
use seawall_base::json::{JsonLimits, parse};
use seawall_base::{Principal, PrincipalKind, Timestamp};
use seawall_evidence::campaign::{Campaign as Frame, Phase};
use seawall_evidence::trial::Trial;
use seawall_evidence::{Draft, Kind};
use seawall_ports::Ledger;

use super::CampaignError;

/// Keeps trials.
pub enum Recorder {
    /// Appends entries, framed by a campaign's start and end.
    Ledger(Arc<dyn Ledger>),
    /// Appends one line of JSON each.
    Lines(std::fs::File),
    /// Keeps nothing: the caller has the trials.
    Nowhere,
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Ledger(_) => "Ledger",
            Self::Lines(_) => "Lines",
            Self::Nowhere => "Nowhere",
        })
    }
}

impl Recorder {
    /// A recorder that appends to the file at `path`.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn lines(path: &Path) -> std::io::Result<Self> {
        std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map(Self::Lines)
    }

    pub(super) async fn begin(
        &mut self,
        campaign: &Campaign,
        now: Timestamp,
    ) -> Result<(), CampaignError> {
        self.frame(campaign, Phase::Started, campaign.planned(), now)
            .await
    }

    pub(super) async fn finish(
        &mut self,
        campaign: &Campaign,
        now: Timestamp,
    ) -> Result<(), CampaignError> {
        self.frame(campaign, Phase::Finished, campaign.recorded(), now)
            .await
    }

    pub(super) async fn record(
        &mut self,
        trials: &[Trial],
        now: Timestamp,
    ) -> Result<(), CampaignError> {
        match self {
            Self::Nowhere => Ok(()),
            Self::Lines(file) => {
                let mut text = String::new();
                for trial in trials {
                    text.push_str(&trial.to_body().to_string());
                    text.push('\n');
                }
                let written = file
                    .write_all(text.as_bytes())
                    .and_then(|()| file.sync_data());
                written.map_err(|error| CampaignError::Record(error.to_string()))
            }
            Self::Ledger(ledger) => {
                let drafts = trials
                    .iter()
                    .map(|trial| {
                        draft(
                            Kind::Trial,
                            trial.target_digest.to_string(),
                            trial.to_body(),
                            now,
                        )
                    })
                    .collect();
                append(ledger, drafts).await
            }
        }
    }

    async fn frame(
        &mut self,
        campaign: &Campaign,
        phase: Phase,
        trials: u64,
        now: Timestamp,
    ) -> Result<(), CampaignError> {
        let Self::Ledger(ledger) = self else {
            return Ok(());
        };
        let config = campaign.config();
        let frame = Frame {
            campaign: config.id.clone(),
            phase,
            suite: config.suite.name.to_owned(),
            suite_digest: campaign.suite_digest(),
            target: config.target.clone(),
            seed: config.seed,
            trials,
        };
        append(
            ledger,
            vec![draft(
                Kind::Campaign,
                config.target_digest.to_string(),
                frame.to_body(),
                now,
            )],
        )
        .await
    }
}

/// Reads the trials that [`Recorder::lines`] wrote. A last line that was cut off is left out.
///
/// # Errors
/// When the file cannot be read, or a line before the last is no trial.
pub fn read_trials(path: &Path, bytes: &[u8]) -> Result<Vec<Trial>, CampaignError> {
    let wrong = |reason: String| CampaignError::Resume {
        path: path.display().to_string(),
        reason,
    };
    let lines: Vec<&[u8]> = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .collect();
    let whole = bytes.ends_with(b"\n");
    let mut trials = Vec::with_capacity(lines.len());
    for (position, line) in lines.iter().enumerate() {
        let read = parse(line, &JsonLimits::default())
            .map_err(|error| error.to_string())
            .and_then(|body| Trial::from_body(&body).map_err(|error| error.to_string()));
        match read {
            Ok(trial) => trials.push(trial),
            Err(_) if !whole && position + 1 == lines.len() => {}
            Err(reason) => return Err(wrong(format!("line {}: {reason}", position + 1))),
        }
    }
    Ok(trials)
}

fn draft(kind: Kind, subject: String, body: serde_json::Value, at: Timestamp) -> Draft {
    Draft {
        kind,
        at,
        principal: Principal::new(PrincipalKind::Seawall, "attack"),
        subject,
        body,
    }
}

async fn append(ledger: &Arc<dyn Ledger>, drafts: Vec<Draft>) -> Result<(), CampaignError> {
    if drafts.is_empty() {
        return Ok(());
    }
    let appended = ledger.append(drafts).await;
    appended
        .map(drop)
        .map_err(|error| CampaignError::Record(error.to_string()))
}
