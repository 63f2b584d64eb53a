//! What a campaign found, as a document and as `seawall.attack/v1`.

use seawall_attack::{Campaign, FamilyTally, Share, Tally};
use seawall_evidence::trial::{Arm, Trial};
use seawall_report::{Cell, Column, Document, Table, Tone, format};
use serde_json::{Map, Value, json};

/// What is told about a campaign.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The figures.
    pub tally: Tally,
    target: String,
    suite: String,
    digest: String,
    campaign: String,
    seed: u64,
    planned: u64,
    paired: bool,
    rerun: String,
}

impl Summary {
    /// Adds up `trials` of `campaign`; `rerun` is the command that repeats it.
    #[must_use]
    pub fn new(campaign: &Campaign, trials: &[Trial], rerun: String) -> Self {
        let config = campaign.config();
        Self {
            tally: Tally::of(trials),
            target: config.target.clone(),
            suite: format!("{} {}", config.suite.name, config.suite.version),
            digest: campaign.suite_digest().to_string(),
            campaign: config.id.clone(),
            seed: config.seed,
            planned: campaign.planned(),
            paired: config.arms.contains(&Arm::Off),
            rerun,
        }
    }

    /// The document that the terminal and the console show.
    #[must_use]
    pub fn document(&self) -> Document {
        let mut document = Document::new(format!("Attack on {}", self.target));
        if self.target == "practice" {
            document.note(Tone::Warn, "DEMONSTRATION: the practice upstream is vulnerable on purpose; its figures say nothing about another system.");
        }
        let mut columns = vec![Column::left("family")];
        if self.paired {
            columns.extend(
                [
                    "through without controls",
                    "through with controls",
                    "stopped by the controls",
                ]
                .map(Column::right),
            );
            columns.push(Column::left("owed to"));
        } else {
            columns.push(Column::right("through"));
        }
        let mut table = Table::new(columns);
        for (name, family) in &self.tally.families {
            table.row(self.row(name, family));
        }
        table.row(self.row("all", &self.tally.all));
        document.table(table);
        let benign = self.tally.benign;
        document.text(format!("Harmless tasks completed: {}.", shown(benign)));
        if self.tally.all.unassessed > 0 {
            document.note(
                Tone::Warn,
                format!(
                    "{} of {} attempts could not be judged; they count for nothing.",
                    self.tally.all.unassessed, self.planned
                ),
            );
        }
        document.text(format!(
            "Shares are k of n with exact 90 % intervals. Suite {} ({}), seed {}, campaign {}.",
            self.suite, self.digest, self.seed, self.campaign
        ));
        document.text(format!("Again: {}", self.rerun));
        document
    }

    /// The same as `seawall.attack/v1`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let families: Map<String, Value> = self
            .tally
            .families
            .iter()
            .map(|(name, family)| (name.clone(), family_json(family)))
            .collect();
        json!({
            "schema": "seawall.attack/v1",
            "target": self.target,
            "demonstration": self.target == "practice",
            "suite": self.suite,
            "suite_digest": self.digest,
            "campaign": self.campaign,
            "seed": self.seed.to_string(),
            "planned": self.planned,
            "families": families,
            "all": family_json(&self.tally.all),
            "benign": share_json(self.tally.benign),
            "benign_stopped": self.tally.benign_stopped,
            "unassessed": self.tally.all.unassessed,
            "latency_us": self.tally.latency_us,
            "rerun": self.rerun,
        })
    }

    fn row(&self, name: &str, family: &FamilyTally) -> Vec<Cell> {
        let through = |share: Share| {
            Cell::new(
                shown(share),
                if share.k > 0 { Tone::Bad } else { Tone::Good },
            )
        };
        if !self.paired {
            return vec![Cell::from(name), through(family.on)];
        }
        let owed: Vec<String> = family
            .by_control
            .iter()
            .map(|(control, count)| {
                format!(
                    "{} {count}",
                    if control.is_empty() {
                        "target itself"
                    } else {
                        control
                    }
                )
            })
            .collect();
        vec![
            Cell::from(name),
            Cell::from(shown(family.off)),
            through(family.on),
            Cell::from(shown(family.stopped)),
            Cell::from(owed.join(", ")),
        ]
    }
}

/// "12 of 24 (31–69 %)".
fn shown(share: Share) -> String {
    if share.n == 0 {
        return "–".to_owned();
    }
    let (low, high) = share.interval();
    format!(
        "{} of {} ({} – {})",
        share.k,
        share.n,
        format::percent(low),
        format::percent(high)
    )
}

fn family_json(family: &FamilyTally) -> Value {
    json!({
        "off": share_json(family.off),
        "on": share_json(family.on),
        "stopped": share_json(family.stopped),
        "by_control": family.by_control,
        "unassessed": family.unassessed,
    })
}

fn share_json(share: Share) -> Value {
    let (low, high) = share.interval();
    json!({ "k": share.k, "n": share.n, "p5": low, "p95": high })
}
