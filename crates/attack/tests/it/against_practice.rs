//! Every probe works on the unguarded practice upstream, every harmless task is done there.

use seawall_attack::{Payload, Reply, Suite};

fn effect(payload: &Payload) -> (bool, Reply) {
    let body = seawall_practice::respond(&payload.request).unwrap();
    let reply = Reply::of(&body).unwrap();
    (payload.oracle.holds(&reply), reply)
}

#[test]
fn every_probe_succeeds_unguarded() {
    let mut failed = Vec::new();
    let suite = Suite::smoke();
    for probe in &suite.probes {
        for seed in [0, 7] {
            for variation in 0..suite.variations {
                let payload = probe.payload(seed, variation, "practice");
                let (holds, reply) = effect(&payload);
                if !holds {
                    failed.push(format!("{} {seed}/{variation}\n  {}\n  -> {reply:?}\n  {:?}", probe.id, payload.request, payload.oracle));
                }
            }
        }
    }
    assert!(failed.is_empty(), "{} attempts had no effect:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn every_harmless_task_is_completed() {
    let mut failed = Vec::new();
    for task in &Suite::smoke().tasks {
        for variation in 0..6 {
            let payload = task.payload(3, variation, "practice");
            let (holds, reply) = effect(&payload);
            if !holds {
                failed.push(format!("{} {variation}\n  {}\n  -> {reply:?}\n  {:?}", task.id, payload.request, payload.oracle));
            }
        }
    }
    assert!(failed.is_empty(), "{} tasks were not done:\n{}", failed.len(), failed.join("\n"));
}
