//! Alerts of budgets: to the log, the metrics and the ledger.

use std::sync::Arc;

use seawall_base::{Principal, PrincipalKind};
use seawall_budget::Alert;
use seawall_evidence::{Draft, Kind, alert};

use super::Spender;

impl Spender {
    /// Tells the owner of a limit. The account has seen to it that it is told once.
    pub(super) async fn tell(&self, account: &Arc<str>, raised: Alert) {
        let (reason, number) = match raised {
            Alert::Passed(percent) => ("threshold", u64::from(percent)),
            Alert::Forecast(ms) => ("forecast", u64::try_from(ms / 1_000).unwrap_or(0)),
        };
        tracing::warn!(budget = %account, reason, number, "a budget alerts its owner");
        let Some((ledger, metrics)) = &self.evidence else {
            return;
        };
        metrics.alert(reason, "alert");
        let body = alert::Alert {
            request: String::new(),
            about: alert::About::Budget,
            name: account.as_ref().to_owned(),
            reason: reason.to_owned(),
            action: "alert".to_owned(),
            number,
        };
        let draft = Draft {
            kind: Kind::Alert,
            at: self.clock.now(),
            principal: Principal::new(PrincipalKind::Seawall, "budgets"),
            subject: format!("budget:{account}"),
            body: body.to_body(),
        };
        if let Err(error) = ledger.append(vec![draft]).await {
            metrics.evidence_lost.inc();
            tracing::error!(error = %error, "an alert of a budget was not recorded");
        }
    }
}
