//! Campaigns over real sockets against a practice upstream.

use std::sync::Mutex;

use seawall_attack::{CampaignConfig, Suite};
use seawall_base::{Digest, FixedClock};
use seawall_net::ClientOptions;
use tokio::net::TcpListener;

use super::*;

fn config(arms: Vec<Arm>) -> CampaignConfig {
    CampaignConfig {
        id: "camp_1".to_owned(),
        suite: Suite::quick(),
        seed: 5,
        arms,
        model: "practice".to_owned(),
        target: "practice".to_owned(),
        target_digest: Digest::of(b"t"),
        controls_off: Digest::of(b"none"),
        controls_on: Digest::of(b"all"),
        concurrency_max: 8,
        per_second: None,
    }
}

/// Serves the practice upstream while `act` runs.
async fn with_practice<T>(act: impl AsyncFnOnce(String) -> T) -> T {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shutdown = CancellationToken::new();
    let mut server = JoinSet::new();
    server.spawn(seawall_practice::serve(listener, shutdown.clone()));
    let outcome = act(url).await;
    shutdown.cancel();
    server.join_all().await;
    outcome
}

#[tokio::test]
async fn a_campaign_over_http_is_recorded_and_resumed() {
    with_practice(async |url: String| {
        let clock = FixedClock::new(Timestamp::UNIX_EPOCH);
        let client = Client::new(&ClientOptions::default()).unwrap();
        let stop = CancellationToken::new();
        let driver = Driver {
            client: &client,
            clock: &clock,
            stop: &stop,
        };
        let route = || Route {
            url: url.clone(),
            key: None,
        };
        let routes = Routes {
            on: route(),
            off: Some(route()),
        };
        assert_eq!(
            identify(&client, &routes.on).await.unwrap().model,
            "practice"
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trials.jsonl");
        let mut campaign = Campaign::new(config(vec![Arm::Off, Arm::On]));
        let seen = Mutex::new(0);
        let mut recorder = Recorder::lines(&path).unwrap();
        let mut progress = |step: Progress| *seen.lock().unwrap() = step.done;
        let trials = run(
            &mut campaign,
            &routes,
            &driver,
            &mut recorder,
            &mut progress,
        )
        .await
        .unwrap();
        let summary = Summary::new(&campaign, &trials, "seawall attack model".to_owned());
        assert_eq!(summary.tally.all.off.k, summary.tally.all.off.n);
        assert_eq!(summary.tally.benign.k, summary.tally.benign.n);
        assert_eq!(
            (summary.tally.all.unassessed, *seen.lock().unwrap()),
            (0, campaign.planned())
        );
        let mut bytes = std::fs::read(&path).unwrap();
        assert_eq!(read_trials(&path, &bytes).unwrap(), trials);
        bytes.truncate(bytes.len() - 3);
        let kept = read_trials(&path, &bytes).unwrap();
        let mut again = Campaign::new(config(vec![Arm::Off, Arm::On]));
        assert_eq!(again.resume(&kept), again.planned() - 1);
        let rest = run(
            &mut again,
            &routes,
            &driver,
            &mut Recorder::Nowhere,
            &mut |_| {},
        )
        .await
        .unwrap();
        assert_eq!(rest.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_target_that_is_gone_leaves_attempts_unassessed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let clock = FixedClock::new(Timestamp::UNIX_EPOCH);
    let client = Client::new(&ClientOptions::default()).unwrap();
    let stop = CancellationToken::new();
    let driver = Driver {
        client: &client,
        clock: &clock,
        stop: &stop,
    };
    let routes = Routes {
        on: Route { url, key: None },
        off: None,
    };
    assert!(matches!(
        identify(&client, &routes.on).await,
        Err(CampaignError::Silent { .. })
    ));
    let mut campaign = Campaign::new(config(vec![Arm::On]));
    let trials = run(
        &mut campaign,
        &routes,
        &driver,
        &mut Recorder::Nowhere,
        &mut |_| {},
    )
    .await
    .unwrap();
    let summary = Summary::new(&campaign, &trials, String::new());
    assert_eq!(
        (summary.tally.all.on.n, summary.tally.all.unassessed),
        (0, campaign.planned())
    );
}
