//! Every probe works on the unguarded practice upstream, every harmless task is done there.

use seawall_attack::{Payload, Reply, Suite, continued};

fn effect(payload: &Payload) -> (bool, Reply) {
    let mut request = payload.request.clone();
    let mut turns = payload.turns.iter();
    let mut all = Reply::default();
    loop {
        let body = seawall_practice::respond(&request).unwrap();
        let mut reply = Reply::of(&body).unwrap();
        reply.after(&all);
        all = reply;
        match turns.next() {
            Some(turn) if !payload.oracle.holds(&all) => request = continued(&request, &body, turn),
            _ => return (payload.oracle.holds(&all), all),
        }
    }
}

/// What went wrong with a payload, when something did.
fn flaw(name: &str, payload: &Payload) -> Option<String> {
    let (holds, reply) = effect(payload);
    (!holds).then(|| {
        format!(
            "{name}\n  {}\n  -> {reply:?}\n  {:?}",
            payload.request, payload.oracle
        )
    })
}

#[test]
fn every_probe_succeeds_unguarded() {
    let suite = Suite::smoke();
    let seeds: [u64; 8] = std::array::from_fn(|seed| seed as u64);
    let failed: Vec<String> = suite
        .probes
        .iter()
        .flat_map(|probe| seeds.map(|seed| (probe, seed)))
        .flat_map(|(probe, seed)| (0..3).map(move |variation| (probe, seed, variation)))
        .filter_map(|(probe, seed, variation)| {
            flaw(
                &format!("{} {seed}/{variation}", probe.id),
                &probe.payload(seed, variation, "practice"),
            )
        })
        .collect();
    assert!(
        failed.is_empty(),
        "{} attempts had no effect:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

#[test]
fn every_harmless_task_is_completed() {
    let failed: Vec<String> = Suite::smoke()
        .tasks
        .iter()
        .flat_map(|task| (0..6).map(move |variation| (task, variation)))
        .filter_map(|(task, variation)| flaw(task.id, &task.payload(3, variation, "practice")))
        .collect();
    assert!(
        failed.is_empty(),
        "{} tasks were not done:\n{}",
        failed.len(),
        failed.join("\n")
    );
}
