//! The figures of the overview page.

use seawall_stats::Estimate;
use serde_json::{Value, json};

use super::Api;

/// `GET overview`.
pub(super) fn get(api: &Api) -> Value {
    let snapshot = api.ports.board.snapshot();
    let risk = snapshot.risk.as_ref().map(|risk| {
        let controls: Vec<Value> = risk
            .controls
            .iter()
            .map(|control| json!({ "id": control.id, "value": estimate(&control.value) }))
            .collect();
        json!({
            "currency": risk.currency,
            "ale": estimate(&risk.with),
            "ale_without": estimate(&risk.without),
            "controls": controls,
        })
    });
    let progress = snapshot.progress.as_ref();
    json!({
        "schema": "seawall.overview/v1",
        "system": snapshot.system,
        "demonstration": snapshot.demonstration.is_some(),
        "risk": risk,
        "trials": progress.map(|progress| json!({ "done": progress.done, "total": progress.total })),
        "ledger_size": api.ports.ledger.size(),
    })
}

fn estimate(value: &Estimate) -> Value {
    json!({ "mean": value.mean, "p5": value.p5, "p95": value.p95 })
}
