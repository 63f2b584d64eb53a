//! The sections about attack, defence and money: actors, controls, losses.

use seawall_catalog::controls as kinds;
use seawall_config::{Fields, Reader, yaml::Node};
use seawall_stats::dist::{Beta, Gamma, LogNormal, Pert};

use super::shared::{Ids, Place, estimate, known, part, positive, range90, share};
use crate::model::{Actor, Control, Effect, Friction, Loss, Secondary, Severity};
use crate::vocabulary::POSITIONS;

/// A campaign of more tries per step than this is not told apart from an endless one.
const TRIES_MAX: u64 = 1_000_000;

pub(super) fn actors(reader: &Reader, ids: &Ids, items: &[Node]) -> Vec<Actor> {
    let read = |node: &Node| {
        let mut fields = reader.fields(node, "an actor")?;
        let id = ids.declare(reader, &mut fields, Place::Actor);
        let name = fields.text("name");
        let position = known(reader, fields.required("position"), "`position`", POSITIONS);
        let campaigns = fields.required("campaigns");
        let campaigns = range90(reader, campaigns, "`campaigns`", Gamma::from_range90);
        let tries = fields
            .optional("tries")
            .and_then(|node| tries(reader, node));
        let adapts = part(reader, fields.optional("adapts"), "`adapts`");
        let seen_at = fields.texts("seen-at");
        let estimate = estimate(reader, &mut fields);
        fields.finish();
        let id = id?;
        Some(Actor {
            name: name.unwrap_or_else(|| id.clone()),
            id,
            position: position?,
            campaigns: campaigns?.0,
            tries,
            adapts,
            seen_at,
            estimate,
            location: node.location(),
        })
    };
    items.iter().filter_map(read).collect()
}

fn tries(reader: &Reader, node: &Node) -> Option<u32> {
    let count = reader.count(node, "`tries`")?;
    if !(1..=TRIES_MAX).contains(&count) {
        reader.problem(node, format!("`tries` must lie between 1 and {TRIES_MAX}"));
        return None;
    }
    u32::try_from(count).ok()
}

pub(super) fn controls(reader: &Reader, ids: &Ids, items: &[Node]) -> Vec<Control> {
    items
        .iter()
        .filter_map(|node| control(reader, ids, node))
        .collect()
}

fn control(reader: &Reader, ids: &Ids, node: &Node) -> Option<Control> {
    let mut fields = reader.fields(node, "a control")?;
    let id = ids.declare(reader, &mut fields, Place::Control);
    let name = fields.text("name");
    let kind = fields.required("kind").and_then(|node| {
        let words: Vec<(&str, &str)> = kinds()
            .iter()
            .map(|kind| (kind.id.as_str(), kind.id.as_str()))
            .collect();
        reader.one_of(node, "`kind`", &words)
    });
    let places: &[Place] = &[Place::Boundary, Place::Component, Place::Flow];
    let stands_at = ids.refer_all(reader, &mut fields, "stands-at", places);
    let coverage = share(reader, fields.optional("coverage"), "`coverage`");
    let reliability = fields.optional("reliability");
    let reliability = range90(reader, reliability, "`reliability`", Beta::from_range90);
    let efficacy = fields.optional("efficacy");
    let efficacy = range90(reader, efficacy, "`efficacy`", Beta::from_range90);
    let fails_with = fields.text("fails-with");
    let mechanism = fields.text("mechanism");
    let cost = positive(reader, fields.optional("cost"), "`cost`");
    let friction = fields.optional("friction");
    let friction = friction.and_then(|node| friction_of(reader, node));
    let estimate = estimate(reader, &mut fields);
    fields.finish();
    let id = id?;
    Some(Control {
        name: name.unwrap_or_else(|| id.clone()),
        id,
        kind: kind?.to_owned(),
        stands_at,
        coverage,
        reliability: reliability.map(|(range, _)| range),
        efficacy: efficacy.map(|(range, _)| range),
        fails_with,
        mechanism,
        cost,
        friction,
        estimate,
        location: node.location(),
    })
}

fn friction_of(reader: &Reader, node: &Node) -> Option<Friction> {
    let mut fields = reader.fields(node, "the friction of a control")?;
    let requests = positive(reader, fields.required("requests"), "`requests`");
    let cost = positive(reader, fields.required("cost"), "`cost`");
    let rate = fields.optional("rate");
    let rate = range90(reader, rate, "`rate`", Beta::from_range90);
    fields.finish();
    Some(Friction {
        requests: requests?,
        cost: cost?,
        rate: rate.map(|(range, _)| range),
    })
}

pub(super) fn losses(reader: &Reader, ids: &Ids, items: &[Node]) -> Vec<Loss> {
    let read = |node: &Node| {
        let mut fields = reader.fields(node, "a loss")?;
        let id = ids.declare(reader, &mut fields, Place::Loss);
        let name = fields.text("name");
        let asset = fields
            .required("asset")
            .and_then(|node| ids.refer(reader, node, "`asset`", &[Place::Asset]));
        let words = Effect::ALL.map(|effect| (effect.as_str(), effect));
        let effect = fields
            .required("effect")
            .and_then(|node| reader.one_of(node, "`effect`", &words));
        let severity = severity(reader, &mut fields);
        let items = fields.items("secondary").iter();
        let secondary = items
            .filter_map(|node| secondary_of(reader, node))
            .collect();
        let estimate = estimate(reader, &mut fields);
        fields.finish();
        let id = id?;
        Some(Loss {
            name: name.unwrap_or_else(|| id.clone()),
            id,
            asset: asset?,
            effect: effect?,
            severity: severity?,
            secondary,
            estimate,
            location: node.location(),
        })
    };
    items.iter().filter_map(read).collect()
}

fn secondary_of(reader: &Reader, node: &Node) -> Option<Secondary> {
    let mut fields = reader.fields(node, "a secondary loss")?;
    let name = fields.required_text("name");
    let chance = fields.required("chance");
    let chance = range90(reader, chance, "`chance`", Beta::from_range90);
    let severity = severity(reader, &mut fields);
    fields.finish();
    Some(Secondary {
        name: name?,
        chance: chance?.0,
        severity: severity?,
    })
}

/// Either `range` (5 % and 95 % quantile) or `least`, `likely`, `most`.
fn severity(reader: &Reader, fields: &mut Fields<'_>) -> Option<Severity> {
    let range = fields.optional("range");
    let points = ["least", "likely", "most"].map(|key| fields.optional(key));
    let node = fields.node();
    match (range, points) {
        (Some(range), [None, None, None]) => {
            range90(reader, Some(range), "`range`", LogNormal::from_range90)
                .map(|(_, loss)| Severity::LogNormal(loss))
        }
        (None, [Some(least), Some(likely), Some(most)]) => {
            let least = reader.number(least, "`least`")?;
            let likely = reader.number(likely, "`likely`")?;
            let most = reader.number(most, "`most`")?;
            match Pert::new(least, likely, most) {
                Ok(loss) if least >= 0.0 => Some(Severity::Pert(loss)),
                Ok(_) => {
                    reader.problem(node, "`least` must not be negative");
                    None
                }
                Err(error) => {
                    reader.problem(node, error.to_string());
                    None
                }
            }
        }
        _ => {
            let rule = "give either `range` or `least`, `likely` and `most`";
            reader.problem(node, rule);
            None
        }
    }
}
