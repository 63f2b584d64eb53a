//! The configuration while the process runs: a changed file that is good replaces the routes at
//! once, one that is not is reported with its lines and changes nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use seawall_base::{Clock, Digest, Principal, PrincipalKind};
use seawall_evidence::start::Start;
use seawall_evidence::{Draft, Kind};
use seawall_gateway::{LiveRoutes, Ports};
use seawall_guard::Guard;
use seawall_ports::Ledger;

use super::routes::{Own, routes};
use super::settings::{Settings, load, policy};
use crate::app::App;

/// How often the file is looked at. Files that are mounted into a container change without a signal.
const EVERY: Duration = Duration::from_secs(2);

/// Watches one file.
pub(crate) struct Reload {
    file: PathBuf,
    /// The text that was looked at last, good or not.
    seen: Result<Digest, String>,
    own: Own,
    live: LiveRoutes,
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
}

/// What a look at the file led to.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Look {
    /// Nothing new.
    Same,
    /// The routes were replaced; the ledger gets this policy and this configuration.
    Replaced {
        /// Digest of the policy.
        policy: Digest,
        /// Digest of the file.
        config: Digest,
    },
    /// The last good routes stay, and this is why.
    Refused(String),
}

impl Reload {
    pub(crate) fn new(file: PathBuf, settings: &Settings, live: LiveRoutes, ports: &Ports) -> Self {
        Self {
            file,
            seen: Ok(settings.digest),
            own: Own::of(settings),
            live,
            ledger: Arc::clone(&ports.ledger),
            clock: Arc::clone(&ports.clock),
        }
    }

    /// Looks again and again.
    pub(crate) async fn run(mut self) {
        loop {
            tokio::time::sleep(EVERY).await;
            match self.look() {
                Look::Same => {}
                Look::Refused(why) => {
                    App::warn(&format!("the last good configuration stays: {why}"));
                }
                Look::Replaced { policy, config } => {
                    self.record(policy, config).await;
                    App::warn("the configuration was reloaded");
                }
            }
        }
    }

    /// Looks once.
    pub(crate) fn look(&mut self) -> Look {
        let loaded = load(&self.file, true);
        let seen = match &loaded {
            Ok((_, digest)) => Ok(*digest),
            Err(error) => Err(format!("{error:#}")),
        };
        if seen == self.seen {
            return Look::Same;
        }
        self.seen = seen;
        let replaced = loaded.and_then(|(config, digest)| {
            let routes = routes(&config, self.own)?;
            let policy = Guard::compile(policy(&config))?.digest();
            self.live.replace(routes);
            Ok(Look::Replaced {
                policy,
                config: digest,
            })
        });
        replaced.unwrap_or_else(|error| Look::Refused(format!("{error:#}")))
    }

    /// The ledger says from when on which configuration held.
    async fn record(&self, policy: Digest, config: Digest) {
        let start = Start {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: "reload".to_owned(),
            config,
            policy,
            upstream: self.file.display().to_string(),
        };
        let draft = Draft {
            kind: Kind::Start,
            at: self.clock.now(),
            principal: Principal::new(PrincipalKind::Seawall, "gateway"),
            subject: policy.to_string(),
            body: start.to_body(),
        };
        if let Err(error) = self.ledger.append(vec![draft]).await {
            tracing::error!(error = %error, "a reload could not be recorded");
        }
    }
}

#[cfg(test)]
mod tests {
    use seawall_base::FixedClock;
    use seawall_testkit::MemoryLedger;

    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test is about a file")]
    fn a_bad_file_is_reported_with_its_line_and_the_good_routes_stay() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.yaml");
        let route = |mode: &str| format!("routes:\n  - {{name: a, guard: {mode}}}\n");
        std::fs::write(&file, route("enforce")).unwrap();
        let live = LiveRoutes::new(Vec::new());
        let mut reload = Reload {
            seen: Ok(Digest::of(route("enforce").as_bytes())),
            file: file.clone(),
            own: Own::Practice,
            live: live.clone(),
            ledger: Arc::new(MemoryLedger::default()),
            clock: Arc::new(FixedClock::new(seawall_base::Timestamp::UNIX_EPOCH)),
        };
        assert_eq!(reload.look(), Look::Same);
        std::fs::write(&file, route("shadow")).unwrap();
        assert!(matches!(reload.look(), Look::Replaced { .. }));
        assert!(format!("{live:?}").contains("Shadow"));
        std::fs::write(&file, route("sometimes")).unwrap();
        let Look::Refused(why) = reload.look() else {
            panic!("a bad file was taken");
        };
        assert!(why.contains("c.yaml:2:"), "{why}");
        assert!(format!("{live:?}").contains("Shadow"));
        assert_eq!(reload.look(), Look::Same, "one file is reported once");
        std::fs::remove_file(&file).unwrap();
        assert!(matches!(reload.look(), Look::Refused(_)));
        std::fs::write(&file, route("enforce")).unwrap();
        assert!(matches!(reload.look(), Look::Replaced { .. }));
        assert!(format!("{live:?}").contains("Enforce"));
    }
}
