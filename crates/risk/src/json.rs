//! `seawall.risk/v1`: the machine form of an analysis.

use seawall_catalog::ControlGroup;
use seawall_stats::Estimate;
use seawall_system::Effect;
use serde_json::{Value, json};

use crate::analysis::{Analysis, ControlValue, LossValue, Path, ThreatOutcome};

/// The analysis as `seawall.risk/v1`. Amounts are rounded to cents.
#[must_use]
pub fn json(analysis: &Analysis) -> Value {
    let level = |wanted: f64| analysis.tails.iter().find(|tail| tail.level == wanted);
    let at_risk = |wanted| cents(level(wanted).map_or(0.0, |tail| tail.at_risk.mean));
    let shortfall = cents(level(0.99).map_or(0.0, |tail| tail.shortfall.mean));
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
            "band": point.band.map(ratio),
            "band_without": point.band_without.map(ratio),
        })).collect::<Vec<_>>(),
        "tail": {"var95": at_risk(0.95), "var99": at_risk(0.99), "es99": shortfall},
        "tails": analysis.tails.iter().map(|tail| json!({
            "level": tail.level,
            "var": estimate(tail.at_risk),
            "es": estimate(tail.shortfall),
        })).collect::<Vec<_>>(),
        "effects": analysis.effects.iter().map(|effect| json!({
            "effect": effect.effect.as_str(),
            "ale": estimate(effect.with),
            "ale_without": estimate(effect.without),
            "var95": cents(effect.var95),
            "var99": cents(effect.var99),
            "es99": cents(effect.es99),
        })).collect::<Vec<_>>(),
        "appetite": analysis.appetite.map(|(appetite, found, interval)| json!({
            "loss": cents(appetite.loss),
            "probability": ratio(appetite.probability),
            "exceeded_with_probability": ratio(found),
            "interval": interval.map(ratio),
            "within": found <= appetite.probability,
        })),
        "controls": analysis.controls.iter().map(control).collect::<Vec<_>>(),
        "families": analysis.families.iter().map(|family| json!({
            "group": match family.group {
                ControlGroup::Common => "common",
                ControlGroup::Ai => "ai",
            },
            "controls": family.controls,
            "shapley": estimate(family.value),
        })).collect::<Vec<_>>(),
        "interactions": analysis.interactions.iter().map(|pair| json!({
            "controls": [pair.first, pair.second],
            "value": cents(pair.value),
        })).collect::<Vec<_>>(),
        "tornado": analysis.tornado.iter().map(|sway| json!({
            "input": sway.what,
            "provenance": sway.provenance.as_str(),
            "ale_at_p5": cents(sway.at_low),
            "ale_at_p95": cents(sway.at_high),
        })).collect::<Vec<_>>(),
        "next_trials": analysis.next_trials.iter().map(|next| json!({
            "control": next.control,
            "families": next.families,
            "trials": next.trials,
            "variance_removed": ratio(next.narrows),
            "worth": next.worth.map(cents),
        })).collect::<Vec<_>>(),
        "losses": analysis.losses.iter().map(loss).collect::<Vec<_>>(),
        "paths": analysis.paths.iter().map(path).collect::<Vec<_>>(),
        "threats": analysis.threats.iter().map(threat).collect::<Vec<_>>(),
        "shares": {
            "measured": ratio(analysis.shares.measured),
            "elicited": ratio(analysis.shares.elicited),
            "default": ratio(analysis.shares.default),
        },
        "inputs": {"measured": measured, "elicited": elicited, "default": default},
        "evidence": {
            "trials": trials.total,
            "pairs": trials.pairs,
            "weight": ratio(trials.weight),
            "changed": {
                "target": trials.changed[0],
                "controls": trials.changed[1],
                "suite": trials.changed[2],
            },
            "unattributed": trials.unattributed,
            "unassessed": trials.unassessed,
            "benign": trials.benign,
            "false_alarms": trials.false_alarms,
            "ignored_practice": trials.ignored_practice,
            "adaptive": trials.has_adaptive,
        },
        "backtest": analysis.backtest.json(),
        "graph": {"steps": steps, "facts_declared": declared, "facts_discovered": discovered},
        "assumptions": analysis.assumptions.iter().map(|item| json!({
            "subject": item.subject, "text": item.text, "basis": item.basis,
            "owner": item.owner, "until": item.until.map(|day| day.to_string()),
            "expired": item.is_expired,
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
        "alone": estimate(control.alone),
        "shapley": estimate(control.shapley),
        "by_effect": Effect::ALL.iter().zip(control.heat).map(|(effect, value)| {
            (effect.as_str().to_owned(), json!(cents(value)))
        }).collect::<serde_json::Map<_, _>>(),
        "efficacy": control.provenance.map(|provenance| provenance.as_str()),
        "trials": {
            "n": control.trials.0,
            "k": control.trials.1,
            "weight": ratio(control.weight),
        },
        "coverage": control.coverage.iter().map(|site| json!({
            "site": site.site,
            "declared": ratio(site.declared),
            "found": site.found.map(ratio),
            "effective": ratio(site.effective()),
            "reason": site.reason,
            "path": (!site.path.is_empty()).then_some(&site.path),
            "line": site.location.map(|place| place.line),
        })).collect::<Vec<_>>(),
        "friction": control.friction.map(estimate),
        "net": control.net.map(|(net, worth)| json!({
            "value": estimate(net), "probability_worth_it": ratio(worth),
        })),
        "steps": control.guarded,
        "cost": control.cost.map(|(cost, worth)| json!({
            "annual": cents(cost), "probability_worth_it": ratio(worth),
        })),
        "note": control.note,
    })
}

fn threat(threat: &ThreatOutcome) -> Value {
    json!({
        "id": threat.id,
        "title": threat.title,
        "stage": threat.stage,
        "maps": threat.maps,
        "outcome": threat.outcome.as_str(),
        "proof": threat.proof,
        "steps": threat.steps,
        "controls": threat.controls,
        "place": threat.place.as_ref().map(|(path, location)| json!({
            "path": path,
            "line": location.map(|place| place.line),
        })),
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
