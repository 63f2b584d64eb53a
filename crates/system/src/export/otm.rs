//! Open Threat Model 0.2, as JSON.

use seawall_catalog::control as control_kind;
use serde_json::{Value, json};

use crate::model::{Component, Need, System};

/// The zone of components that stand in no boundary: the format wants one.
const NOWHERE: &str = "seawall-no-boundary";

/// The system as Open Threat Model. Ratings are 0 to 100, as the format has them; what it has no
/// place for (losses, actors, efficacy) stands in `attributes`.
#[must_use]
pub fn otm(system: &System) -> Value {
    let mut zones: Vec<Value> = system
        .boundaries
        .iter()
        .map(|zone| json!({"id": zone.id, "name": zone.name, "risk": {"trustRating": 50}}))
        .collect();
    if system.components.iter().any(|item| item.boundary.is_none()) {
        zones.push(json!({
            "id": NOWHERE, "name": "Outside every boundary", "risk": {"trustRating": 0},
        }));
    }
    json!({
        "otmVersion": "0.2.0",
        "project": {
            "name": system.name,
            "id": system.name,
            "description": system.description,
            "owner": system.owner,
            "attributes": {
                "currency": system.currency,
                "digest": system.digest.to_string(),
                "actors": system.actors.iter().map(|actor| json!({
                    "id": actor.id, "position": actor.position,
                    "campaigns": [actor.campaigns.low, actor.campaigns.high],
                })).collect::<Vec<_>>(),
                "losses": system.losses.iter().map(|loss| json!({
                    "id": loss.id, "asset": loss.asset, "effect": loss.effect.as_str(),
                    "mean": loss.severity.mean(),
                })).collect::<Vec<_>>(),
            },
        },
        "representations": [],
        "trustZones": zones,
        "assets": system.assets.iter().map(|asset| {
            let [confidentiality, integrity, availability] = asset.needs.map(rating);
            json!({
                "id": asset.id, "name": asset.name,
                "risk": {
                    "confidentiality": confidentiality, "integrity": integrity,
                    "availability": availability,
                },
                "attributes": {"kind": asset.kind},
            })
        }).collect::<Vec<_>>(),
        "components": system.components.iter().map(component).collect::<Vec<_>>(),
        "dataflows": system.flows.iter().map(|flow| json!({
            "id": flow.id, "name": flow.id, "bidirectional": false,
            "source": flow.from, "destination": flow.to,
            "tags": flow.carries,
        })).collect::<Vec<_>>(),
        "threats": [],
        "mitigations": system.controls.iter().map(|control| {
            let kind = control_kind(&control.kind).map(|kind| kind.title.as_str());
            json!({
                "id": control.id, "name": control.name, "description": kind,
                // The format wants a figure; what Seawall knows is a distribution, and not here.
                "riskReduction": 0,
                "attributes": {"kind": control.kind, "standsAt": control.stands_at},
            })
        }).collect::<Vec<_>>(),
    })
}

fn component(component: &Component) -> Value {
    json!({
        "id": component.id,
        "name": component.name,
        "type": component.kind,
        "parent": {"trustZone": component.boundary.as_deref().unwrap_or(NOWHERE)},
        "tags": component.exposed.iter().map(|word| format!("exposed:{word}")).collect::<Vec<_>>(),
        "assets": {"stored": component.holds, "processed": []},
        "attributes": {"weaknesses": component.weaknesses, "trainedOn": component.trained_on},
    })
}

const fn rating(need: Need) -> u8 {
    match need {
        Need::None => 0,
        Need::Low => 25,
        Need::Medium => 50,
        Need::High => 100,
    }
}
