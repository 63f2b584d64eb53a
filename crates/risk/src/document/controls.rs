//! What each control is worth, where it really stands, and where to look next.

use seawall_catalog::ControlGroup;
use seawall_report::format::{money, percent};
use seawall_report::{Bar, Block, Cell, Chart, Column, Document, Span, Table, Tone};
use seawall_system::Effect;

use super::interval;
use crate::analysis::{Analysis, ControlValue};
use crate::inputs::Provenance;

/// The value of controls, alone and together.
pub(super) fn controls(document: &mut Document, analysis: &Analysis) {
    document.heading("What each control is worth");
    if analysis.controls.is_empty() {
        document.text("The system declares no control.");
        return;
    }
    let unit = &analysis.currency;
    document.text(
        "Fair share: what the controls prevent together, divided by what each adds over all orders of \
         adding them (Shapley); the shares sum to the whole. If removed: by how much the annual loss \
         would rise without this one alone; controls that back each other up are each worth little \
         by that measure. If alone: what it would prevent with no other control.",
    );
    document.push(Block::Chart(Chart::Bars {
        title: "fair share of the loss prevented in a year".to_owned(),
        currency: Some(unit.clone()),
        bars: by_share(analysis)
            .into_iter()
            .map(|control| Bar {
                label: control.id.clone(),
                value: control.shapley.mean,
                low: control.shapley.p5,
                high: control.shapley.p95,
                tone: Tone::Plain,
            })
            .collect(),
    }));
    let mut table = Table::new(vec![
        Column::left("control"),
        Column::right("fair share"),
        Column::right("if removed (90 %)"),
        Column::right("if alone"),
        Column::right("cost"),
        Column::left("efficacy"),
        Column::left("worth its cost"),
    ]);
    for control in by_share(analysis) {
        table.row([
            control.id.as_str().into(),
            money(unit, control.shapley.mean).into(),
            interval(unit, control.value).into(),
            money(unit, control.alone.mean).into(),
            cost(analysis, control).into(),
            efficacy(control),
            worth(control),
        ]);
    }
    document.table(table);
    heat(document, analysis);
    families(document, analysis);
    remarks(document, analysis);
}

fn by_share(analysis: &Analysis) -> Vec<&ControlValue> {
    let mut sorted: Vec<&ControlValue> = analysis.controls.iter().collect();
    sorted.sort_by(|left, right| right.shapley.mean.total_cmp(&left.shapley.mean));
    sorted
}

/// Which control keeps which property, by what would be lost of it without the control.
fn heat(document: &mut Document, analysis: &Analysis) {
    let effects: Vec<usize> = (0..Effect::ALL.len())
        .filter(|number| {
            let mut losses = analysis.losses.iter();
            losses.any(|loss| Some(&loss.effect) == Effect::ALL.get(*number))
        })
        .collect();
    let columns = effects.iter().filter_map(|number| Effect::ALL.get(*number));
    let columns: Vec<String> = columns.map(|effect| effect.as_str().to_owned()).collect();
    let rows = by_share(analysis).into_iter().map(|control| {
        let amounts = effects
            .iter()
            .filter_map(|number| control.heat.get(*number));
        (control.id.clone(), amounts.copied().collect())
    });
    document.text("By how much the annual loss of each property would rise without the control.");
    document.push(Block::Chart(Chart::Heat {
        title: "rise without the control".to_owned(),
        currency: Some(analysis.currency.clone()),
        columns,
        rows: rows.collect(),
    }));
}

fn families(document: &mut Document, analysis: &Analysis) {
    let pairs = analysis.families.iter().map(|family| {
        let label = match family.group {
            ControlGroup::Common => "common controls",
            ControlGroup::Ai => "AI controls",
        };
        let value = interval(&analysis.currency, family.value);
        (
            format!("{} {label} prevent", family.controls),
            format!("{value} a year"),
        )
    });
    document.push(Block::KeyValues(pairs.collect()));
}

/// Why some are worth nothing, who backs whom up, and what false alarms cost.
fn remarks(document: &mut Document, analysis: &Analysis) {
    let unit = &analysis.currency;
    let friction = analysis.controls.iter().filter_map(|control| {
        let friction = control.friction?;
        let (net, _) = control.net?;
        let tone = if net.mean < 0.0 {
            Tone::Bad
        } else {
            Tone::Muted
        };
        let text = format!(
            "{}: its false alarms cost {} a year; with its price that leaves {}.",
            control.id,
            interval(unit, friction),
            interval(unit, net)
        );
        Some((tone, text))
    });
    for (tone, text) in friction {
        document.note(tone, text);
    }
    for control in &analysis.controls {
        if let Some(note) = &control.note {
            document.note(
                Tone::Muted,
                format!("{} is worth nothing: {note}.", control.id),
            );
        }
    }
    let backups = analysis
        .interactions
        .iter()
        .filter(|pair| pair.value > 0.0)
        .take(5);
    let backups: Vec<String> = backups
        .map(|pair| {
            format!(
                "{} and {} ({})",
                pair.first,
                pair.second,
                money(unit, pair.value)
            )
        })
        .collect();
    if !backups.is_empty() {
        document.text(format!(
            "These back each other up; without both the loss rises by more than the two figures above \
             say, by so much a year: {}.",
            backups.join(", ")
        ));
    }
}

fn cost(analysis: &Analysis, control: &ControlValue) -> String {
    control.cost.map_or_else(
        || "not given".to_owned(),
        |(cost, _)| money(&analysis.currency, cost),
    )
}

fn efficacy(control: &ControlValue) -> Cell {
    match control.provenance {
        Some(Provenance::Measured) => {
            let (trials, blocked) = control.trials;
            let text = format!(
                "measured {blocked} of {trials}, worth {:.0} trials",
                control.weight
            );
            Cell::new(text, Tone::Good)
        }
        Some(Provenance::Elicited) => Cell::new("elicited", Tone::Plain),
        Some(Provenance::Default) => Cell::new("default", Tone::Warn),
        None => Cell::new("-", Tone::Muted),
    }
}

fn worth(control: &ControlValue) -> Cell {
    let Some((_, chance)) = control.net else {
        return Cell::new("no cost given", Tone::Muted);
    };
    let tone = if chance >= 0.9 {
        Tone::Good
    } else if chance <= 0.1 {
        Tone::Bad
    } else {
        Tone::Warn
    };
    Cell::new(percent(chance), tone)
}

/// Where manifests show less of a control than was declared, and where nobody can tell.
pub(super) fn standing(document: &mut Document, analysis: &Analysis) {
    document.heading("Where controls really stand");
    let sites = || {
        let controls = analysis.controls.iter();
        controls.flat_map(|control| control.coverage.iter().map(move |site| (control, site)))
    };
    let [short, borne, unseen] = [
        sites().filter(|(_, site)| site.is_short()).count(),
        sites()
            .filter(|(_, site)| site.found.is_some() && !site.is_short())
            .count(),
        sites().filter(|(_, site)| site.found.is_none()).count(),
    ];
    document.text(format!(
        "A control counts no further than manifests bear out. Of {} declared places {borne} are borne \
         out, {short} are not, and of {unseen} no manifest can tell, so the declaration stands.",
        sites().count()
    ));
    if short == 0 {
        return;
    }
    let mut table = Table::new(vec![
        Column::left("control"),
        Column::left("place"),
        Column::right("declared"),
        Column::right("found"),
        Column::left("why"),
        Column::left("where"),
    ]);
    for (control, site) in sites().filter(|(_, site)| site.is_short()) {
        let line = site
            .location
            .map_or_else(String::new, |place| format!(":{}", place.line));
        table.row([
            control.id.as_str().into(),
            site.site.as_str().into(),
            percent(site.declared).into(),
            Cell::new(percent(site.effective()), Tone::Bad),
            site.reason.as_str().into(),
            Cell::new(format!("{}{line}", site.path), Tone::Muted),
        ]);
    }
    document.table(table);
}

/// The numbers that move the answer, and what trials would teach.
pub(super) fn next(document: &mut Document, analysis: &Analysis) {
    let unit = &analysis.currency;
    document.heading("What the answer hangs on");
    document.text(
        "The annual loss with controls if one number lay at the low or the high end of its 90 % range, \
         all others at their mean: pale where the number is low, strong where it is high.",
    );
    document.push(Block::Chart(Chart::Spans {
        title: "annual loss if one number moves".to_owned(),
        currency: Some(unit.clone()),
        middle: analysis.middle,
        spans: analysis
            .tornado
            .iter()
            .map(|sway| Span {
                label: format!("{} ({})", sway.what, sway.provenance.as_str()),
                at_low: sway.at_low,
                at_high: sway.at_high,
            })
            .collect(),
    }));
    if analysis.next_trials.is_empty() {
        return;
    }
    document.heading("What more trials would teach");
    document.text(
        "How much of the variance of the annual loss the next trials would remove, and what it is \
         worth to decide on the control after them. Worth nothing means that no likely outcome would \
         change the decision.",
    );
    let mut table = Table::new(vec![
        Column::left("control"),
        Column::left("attacks to try"),
        Column::right("trials"),
        Column::right("variance removed"),
        Column::right("worth to the decision"),
    ]);
    for next in analysis.next_trials.iter().take(8) {
        let worth = next
            .worth
            .map_or_else(|| "no cost given".to_owned(), |worth| money(unit, worth));
        table.row([
            next.control.as_str().into(),
            next.families.join(", ").into(),
            next.trials.to_string().into(),
            percent(next.narrows).into(),
            worth.into(),
        ]);
    }
    document.table(table);
}
