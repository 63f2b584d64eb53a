//! The budgets of a running gateway: opened at its start, reported in rounds, given back at its end.

use std::sync::Arc;
use std::time::Duration;

use seawall_gateway::{Config, OnDisconnect, SpendOptions, Spender};
use seawall_net::{CancellationToken, TaskSet};

use super::settings::Settings;
use crate::app::App;
use crate::commands::budget::prices;
use crate::commands::up::GatewayArgs;

/// How long the last report may take.
const CLOSE_MAX: Duration = Duration::from_secs(6);

/// The budgets of this process.
pub(crate) struct Purse {
    spender: Arc<Spender>,
    drains: bool,
    tasks: TaskSet,
    stop: CancellationToken,
}

impl Purse {
    /// Opens them and begins the rounds.
    pub(crate) fn open(args: &GatewayArgs, settings: &Settings, app: &App) -> anyhow::Result<Self> {
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
        let spender = Arc::new(Spender::new(budgets, clock, &holder, options));
        let (tasks, stop) = (TaskSet::new(), CancellationToken::new());
        let (running, ends) = (Arc::clone(&spender), stop.clone());
        tasks.spawn(async move { running.run(ends).await });
        Ok(Self {
            spender,
            drains: args.budget.drain_abandoned,
            tasks,
            stop,
        })
    }

    /// Puts a listener under them.
    pub(crate) fn cover(&self, mut config: Config) -> Config {
        config.budgets = Some(Arc::clone(&self.spender));
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
