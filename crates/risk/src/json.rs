//! `seawall.risk/v1`: the machine form of an analysis.

use seawall_stats::Estimate;
use serde_json::{Value, json};

use crate::analysis::{Analysis, ControlValue, LossValue, Path};

/// The analysis as `seawall.risk/v1`. Amounts are rounded to cents.
#[must_use]
pub fn json(analysis: &Analysis) -> Value {
    let [var95, var99, es99] = analysis.tail.map(cents);
    let trials = &analysis.trials;
    let [steps, declared, discovered] = analysis.size;
    let [measured, elicited, default] = analysis.inputs;
    json!({
        "schema": "seawall.risk/v1",
        "system": analysis.system,
        "source": {"path": analysis.source.0, "digest": analysis.source.1},
        "demonstration": analysis.demonstration,
        "currency": analysis.currency,
        "seed": analysis.seed,
        "at": analysis.at.to_string(),
        "ale": estimate(analysis.with),
        "ale_without": estimate(analysis.without),
        "exceedance": analysis.exceedance.iter().map(|point| json!({
            "loss": cents(point.loss),
            "probability": ratio(point.probability),
            "probability_without": ratio(point.without),
        })).collect::<Vec<_>>(),
        "tail": {"var95": var95, "var99": var99, "es99": es99},
        "appetite": analysis.appetite.map(|(appetite, found)| json!({
            "loss": cents(appetite.loss),
            "probability": ratio(appetite.probability),
            "exceeded_with_probability": ratio(found),
            "within": found <= appetite.probability,
        })),
        "controls": analysis.controls.iter().map(control).collect::<Vec<_>>(),
        "losses": analysis.losses.iter().map(loss).collect::<Vec<_>>(),
        "paths": analysis.paths.iter().map(path).collect::<Vec<_>>(),
        "shares": {
            "measured": ratio(analysis.shares.measured),
            "elicited": ratio(analysis.shares.elicited),
            "default": ratio(analysis.shares.default),
        },
        "inputs": {"measured": measured, "elicited": elicited, "default": default},
        "evidence": {
            "trials": trials.total,
            "pairs": trials.pairs,
            "unattributed": trials.unattributed,
            "unassessed": trials.unassessed,
            "benign": trials.benign,
            "false_alarms": trials.false_alarms,
            "ignored_practice": trials.ignored_practice,
            "adaptive": trials.has_adaptive,
        },
        "graph": {"steps": steps, "facts_declared": declared, "facts_discovered": discovered},
        "assumptions": analysis.assumptions.iter().map(|item| json!({
            "subject": item.subject, "text": item.text, "basis": item.basis,
        })).collect::<Vec<_>>(),
        "drift": analysis.drift.iter().map(|item| json!({
            "subject": item.subject, "message": item.message, "path": item.path,
            "line": item.location.map(|place| place.line),
        })).collect::<Vec<_>>(),
    })
}

fn control(control: &ControlValue) -> Value {
    json!({
        "id": control.id,
        "name": control.name,
        "kind": control.kind,
        "value": estimate(control.value),
        "efficacy": control.provenance.map(|provenance| provenance.as_str()),
        "trials": {"n": control.trials.0, "k": control.trials.1},
        "steps": control.guarded,
        "cost": control.cost.map(|(cost, worth)| json!({
            "annual": cents(cost), "probability_worth_it": ratio(worth),
        })),
        "note": control.note,
    })
}

fn loss(loss: &LossValue) -> Value {
    json!({
        "id": loss.id,
        "name": loss.name,
        "effect": loss.effect.as_str(),
        "ale": estimate(loss.with),
        "ale_without": estimate(loss.without),
        "reachable": loss.is_reachable,
    })
}

fn path(path: &Path) -> Value {
    json!({
        "actor": path.actor,
        "loss": path.loss,
        "annual": cents(path.annual),
        "share": ratio(path.share),
        "steps": path.steps.iter().map(|step| json!({
            "threat": step.threat,
            "text": step.text,
            "maps": step.maps,
            "controls": step.controls,
            "place": step.place.as_ref().map(|(path, location)| json!({
                "path": path,
                "line": location.map(|place| place.line),
                "column": location.map(|place| place.column),
                "origin": step.origin,
            })),
        })).collect::<Vec<_>>(),
    })
}

fn estimate(estimate: Estimate) -> Value {
    json!({
        "mean": cents(estimate.mean),
        "p5": cents(estimate.p5),
        "p95": cents(estimate.p95),
    })
}

fn cents(amount: f64) -> f64 {
    // Adding zero turns -0 into 0.
    (amount * 100.0).round() / 100.0 + 0.0
}

fn ratio(share: f64) -> f64 {
    (share * 1e6).round() / 1e6 + 0.0
}
