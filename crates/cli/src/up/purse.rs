//! The budgets of a running gateway: opened at its start, reported in rounds, given back at its end.

use std::sync::Arc;
use std::time::Duration;

use seawall_budget::runaway::{Action, Detector, Settings as Watched};
use seawall_config::{CallLimits, RunawayActions};
use seawall_gateway::{
    Config, OnDisconnect, PlaceLimits, Places, Ports, Runaways, SpendOptions, Spender,
};
use seawall_net::{CancellationToken, TaskSet};

use super::settings::Settings;
use crate::app::App;
use crate::commands::budget::prices;
use crate::commands::up::GatewayArgs;

/// How long the last report may take.
const CLOSE_MAX: Duration = Duration::from_secs(6);
/// How long a call of a session that is slowed waits.
const SLOW: Duration = Duration::from_secs(2);

/// The budgets of this process.
pub(crate) struct Purse {
    spender: Arc<Spender>,
    runaways: Arc<Runaways>,
    places: Arc<Places>,
    drains: bool,
    tasks: TaskSet,
    stop: CancellationToken,
}

impl Purse {
    /// Opens them and begins the rounds.
    pub(crate) fn open(
        args: &GatewayArgs,
        settings: &Settings,
        app: &App,
        ports: &Ports,
    ) -> anyhow::Result<Self> {
        let budgets = args.budget.source.open(&args.state)?;
        let options = SpendOptions {
            prices: prices(args.budget.prices.as_deref())?,
            unpriced: seawall_base::OnError::Deny,
            on_error: settings.config.on_error,
            upstream_timeout_ms: settings
                .config
                .upstream_timeout_seconds
                .saturating_mul(1_000),
        };
        let clock = Arc::clone(&app.clock);
        // Another name at every start, so that no lease of an earlier one is taken for its own.
        let holder = app.ids.next("gateway", clock.now()).to_string();
        let spender = Spender::new(budgets, clock, &holder, options);
        let (ledger, metrics) = (Arc::clone(&ports.ledger), Arc::clone(&ports.metrics));
        let spender = Arc::new(spender.with_evidence(ledger, metrics));
        let (tasks, stop) = (TaskSet::new(), CancellationToken::new());
        let (running, ends) = (Arc::clone(&spender), stop.clone());
        tasks.spawn(async move { running.run(ends).await });
        let watched = watched(&settings.config.runaway);
        Ok(Self {
            spender,
            runaways: Arc::new(Runaways::new(watched, SLOW)),
            places: Arc::new(Places::new(place_limits(&settings.config.calls))),
            drains: args.budget.drain_abandoned,
            tasks,
            stop,
        })
    }

    /// Puts a listener under them.
    pub(crate) fn cover(&self, mut config: Config) -> Config {
        config.budgets = Some(Arc::clone(&self.spender));
        config.runaways = Some(Arc::clone(&self.runaways));
        config.places = Some(Arc::clone(&self.places));
        if self.drains {
            config.on_disconnect = OnDisconnect::Drain;
        }
        config
    }

    /// Reports a last time, once no call is open.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        if !self.tasks.drain(CLOSE_MAX).await {
            App::warn("the budgets did not take the last report; what was leased lapses as spent");
        }
    }
}

/// The detectors with the actions that the configuration sets.
fn watched(actions: &RunawayActions) -> Watched {
    let mut watched = Watched::default();
    for (detector, action) in actions {
        let named = Detector::from_word(detector).zip(Action::from_word(action));
        watched.actions.extend(named);
    }
    watched
}

fn place_limits(calls: &CallLimits) -> PlaceLimits {
    let most = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    PlaceLimits {
        open_max: most(calls.open_max),
        waiting_max: most(calls.waiting_max),
        waiting_per_key_max: most(calls.waiting_per_key_max),
        wait_max: Duration::from_secs(calls.wait_seconds),
        weights: calls.weights.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_and_detectors_know_the_same_words() {
        let detectors: Vec<_> = Detector::ALL.iter().map(|one| one.as_str()).collect();
        assert_eq!(detectors, seawall_config::DETECTORS);
        let actions: Vec<_> = Action::ALL.iter().map(|one| one.as_str()).collect();
        assert_eq!(actions, seawall_config::ACTIONS.map(|(word, _)| word));
        let actions = RunawayActions::from([("cycle", "stop")]);
        assert_eq!(watched(&actions).action(Detector::Cycle), Action::Stop);
    }
}
