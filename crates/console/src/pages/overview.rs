//! The overview: what a year may cost with and without the controls, what each is worth, what happens
//! right now.

use http::{Response, StatusCode};
use maud::{Markup, PreEscaped, html};
use seawall_evidence::Kind;
use seawall_net::Body;
use seawall_report::format::{count, money, percent, short};
use seawall_report::{Block, Chart, Document};
use seawall_stats::Estimate;

use crate::answer;
use crate::board::{ControlView, RiskView, Snapshot};
use crate::pages::{feed_line, frame};
use crate::server::Console;

/// Lines of the feed.
const FEED: usize = 14;
/// Entries that are searched for them.
const SEARCHED: usize = 200;

/// The page.
pub(crate) async fn page(console: &Console) -> Response<Body> {
    let snapshot = console.ports.board.snapshot();
    let content = html! {
        h1 { "Overview" }
        div.columns {
            div #overview data-live="overview" { (figures(&snapshot)) }
            aside { (feed(console).await) (try_it(&snapshot)) }
        }
    };
    frame(console, "/", &snapshot, &content)
}

/// The figures alone, for a page that is open while they change.
pub(crate) fn part(console: &Console) -> Response<Body> {
    answer::page(StatusCode::OK, figures(&console.ports.board.snapshot()))
}

fn figures(snapshot: &Snapshot) -> Markup {
    html! {
        @if let Some(progress) = &snapshot.progress {
            @if progress.done < progress.total {
                section.panel.progress {
                    label for="progress" { (progress.label) }
                    progress #progress value=(progress.done) max=(progress.total) {}
                    span.num { (count(progress.done)) " of " (count(progress.total)) " trials" }
                }
            }
        }
        @match &snapshot.risk {
            Some(risk) => (risk_figures(risk)),
            None => section.panel.empty {
                h2 { "No analysis yet" }
                p { "The first figures appear when the first trials are done." }
            },
        }
    }
}

fn risk_figures(risk: &RiskView) -> Markup {
    let chart = Document {
        title: String::new(),
        blocks: vec![Block::Chart(Chart::Exceedance {
            currency: risk.currency.clone(),
            series: risk.exceedance.clone(),
            appetite: risk.appetite,
        })],
    };
    html! {
        section.heroes aria-label="Expected annual loss" {
            (hero("With the controls", &risk.currency, &risk.with, "with"))
            (hero("Without them", &risk.currency, &risk.without, "without"))
            @let saved = risk.without.mean - risk.with.mean;
            div.hero.saved {
                div.name { "The controls are worth" }
                div.figure-large { (money(&risk.currency, saved)) }
                div.interval { "a year, of " (short(risk.without.mean)) " at stake" }
            }
        }
        h2 { "How likely a year's loss is" }
        (PreEscaped(seawall_report::fragment(&chart)))
        h2 { "What each control is worth" }
        (controls(risk))
        p.source {
            @if let Some(shares) = &risk.shares {
                "Figures rest on trials to " (percent(shares.measured)) ", on stated ranges to "
                (percent(shares.elicited)) ", on defaults to " (percent(shares.default)) ". "
            }
            "Intervals run from the 5th to the 95th percentile. "
            @if !risk.rerun.is_empty() { "Compute them again: " code { (risk.rerun) } }
        }
    }
}

fn hero(name: &str, currency: &str, loss: &Estimate, class: &str) -> Markup {
    html! {
        div class={ "hero " (class) } {
            div.name { (name) }
            div.figure-large { (money(currency, loss.mean)) }
            div.interval { (short(loss.p5)) " to " (short(loss.p95)) " a year" }
        }
    }
}

fn controls(risk: &RiskView) -> Markup {
    let largest = risk
        .controls
        .iter()
        .map(|control| control.value.mean)
        .fold(0.0, f64::max);
    html! {
        div.scroll {
            table {
                thead { tr {
                    th scope="col" { "control" }
                    th.num scope="col" { "value a year" }
                    th scope="col" { span.hidden { "share of the largest" } }
                    th.num scope="col" { "p5 to p95" }
                    th.num scope="col" { "attacks stopped" }
                    th scope="col" { "source" }
                } }
                tbody { @for control in &risk.controls { (control_row(control, risk, largest)) } }
            }
        }
    }
}

fn control_row(control: &ControlView, risk: &RiskView, largest: f64) -> Markup {
    let share = if largest > 0.0 {
        (control.value.mean / largest).max(0.0)
    } else {
        0.0
    };
    let tone = match control.source.as_str() {
        "measured" => "good",
        "elicited" => "warn",
        _ => "muted",
    };
    html! {
        tr {
            th.row scope="row" { (control.id) @if control.kind != control.id { span.muted { (control.kind) } } }
            td.num { strong { (money(&risk.currency, control.value.mean)) } }
            td.meter-cell { meter min="0" max="1" value=(format!("{share:.3}")) aria-hidden="true" {} }
            td.num { (short(control.value.p5)) " to " (short(control.value.p95)) }
            td.num {
                @if let Some((stopped, seen)) = control.trials { (count(stopped)) " of " (count(seen)) }
                @else { span.muted { "no trials" } }
            }
            td { span class={ "tag " (tone) } { (control.source) } }
        }
    }
}

/// The newest verdicts, holds, decisions and trials; the script adds later ones on top.
async fn feed(console: &Console) -> Markup {
    let size = console.ports.ledger.size();
    let from = size.saturating_sub(u64::try_from(SEARCHED).unwrap_or(u64::MAX));
    let records = console
        .ports
        .ledger
        .entries(from, SEARCHED)
        .await
        .unwrap_or_default();
    let shown = |kind: &Kind| {
        matches!(
            kind,
            Kind::Verdict | Kind::Hold | Kind::Decision | Kind::Trial
        )
    };
    let lines: Vec<_> = records
        .iter()
        .rev()
        .filter_map(|record| Some((record.index, record.entry().ok()?)))
        .filter(|(_, entry)| shown(&entry.kind))
        .take(FEED)
        .map(|(index, entry)| (index, feed_line(&entry)))
        .collect();
    html! {
        section.panel {
            h2 { "Live" span.pulse data-live="state" { "not connected" } }
            ol.feed data-live="feed" data-most=(FEED) data-since=(size) aria-live="off" {
                @for (index, line) in &lines {
                    li {
                        a href={ "/ledger?index=" (index) "#entry" } { time { (line.at) } }
                        span class={ "word " (line.tone) } { (line.word) }
                        span.what { (line.kind) " · " (line.text) }
                    }
                }
            }
            @if lines.is_empty() { p.muted data-live="nothing" { "Nothing yet. Send a request through the gateway." } }
        }
    }
}

fn try_it(snapshot: &Snapshot) -> Markup {
    html! {
        @if !snapshot.gateway.is_empty() {
            section.panel {
                h2 { "Gateway" }
                p { "Point an OpenAI client at" }
                pre tabindex="0" { code { (snapshot.gateway) } }
                p.muted { "with the key that was printed at start." }
            }
        }
    }
}
