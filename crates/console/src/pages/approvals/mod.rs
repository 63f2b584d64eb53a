//! Approvals: tool calls that wait for a person, each with all that a decision binds to.

mod arguments;
mod card;

use http::{Response, StatusCode};
use maud::{Markup, html};
use seawall_base::{Timestamp, visible};
use seawall_evidence::decision::Ruling;
use seawall_net::Body;
use seawall_oversight::{Hold, HoldState};

use crate::answer;
use crate::api::{Said, rule};
use crate::form::field;
use crate::pages::{framed, problem};
use crate::server::Console;

/// Decisions that are listed below the waiting ones.
const PAST: usize = 20;

/// The page.
pub(crate) async fn page(console: &Console, query: &str) -> Response<Body> {
    let decided = field(query, "decided");
    show(console, StatusCode::OK, decided.as_deref(), None).await
}

/// Takes a decision and shows the page again: with what was decided, or with why not.
pub(crate) async fn decide(console: &Console, id: &str, form: &str) -> Response<Body> {
    let value = |name: &str| field(form, name).unwrap_or_default();
    let (ruling, binding, reason) = (value("ruling"), value("binding"), value("reason"));
    let said = Said {
        ruling: &ruling,
        binding: &binding,
        reason: &reason,
    };
    match rule(&console.api, id, &said, console.api.reviewer.clone()).await {
        Ok(hold) => answer::redirect(&format!("/approvals?decided={}", hold.request().id), None),
        Err(error) => show(console, StatusCode::CONFLICT, None, Some(&error.message)).await,
    }
}

async fn show(
    console: &Console,
    status: StatusCode,
    decided: Option<&str>,
    refused: Option<&str>,
) -> Response<Body> {
    let snapshot = console.ports.board.snapshot();
    // Before the list: what is held after this arrives as an event, even while the page is on its way.
    let since = console.ports.ledger.size();
    let listed = console.ports.holds.list(false).await;
    let now = console.ports.clock.now();
    let content = html! {
        h1 { "Approvals" }
        p.lead {
            "A model wants to use a tool that needs a person's word. What you decide covers exactly the call "
            "that is shown, once; silence denies it. You decide as " strong { (console.api.reviewer.id) }
            ", and the signed receipt goes to the ledger."
        }
        @if let Some(refused) = refused {
            (problem(&format!("Your decision was not taken: {refused}.")))
        }
        @match &listed {
            Err(error) => (problem(&format!("The waiting room cannot be read: {error}"))),
            Ok(holds) => {
                @if let Some(hold) = decided.and_then(|id| find(holds, id)) { (outcome(hold)) }
                @let waiting: Vec<_> = holds.iter().filter(|hold| hold.is_open(now).is_ok()).collect();
                p.note.stale hidden data-live="stale" role="status" {
                    "Something changed meanwhile. " a href="/approvals" { "Show the current list" }
                }
                div data-live="holds" data-waiting=(waiting.len()) data-since=(since) {
                    @if waiting.is_empty() {
                        section.panel.empty { h2 { "Nothing waits" } p { "Held tool calls appear here." } }
                    }
                    @for hold in &waiting {
                        (card::card(console, hold, arguments::last_approved(holds, hold), now))
                    }
                }
                (past(holds, now))
            }
        }
    };
    framed(console, status, "/approvals", &snapshot, &content)
}

fn find<'a>(holds: &'a [Hold], id: &str) -> Option<&'a Hold> {
    holds.iter().find(|hold| hold.request().id == id)
}

/// What became of the decision that was just taken.
fn outcome(hold: &Hold) -> Markup {
    let tool = visible(hold.request().action.tool());
    let text = match hold.ruled().map(|ruled| ruled.ruling) {
        Some(Ruling::Approved) => "was approved, once",
        Some(Ruling::Denied) => "was denied",
        _ => return html! {},
    };
    html! {
        p.note.good role="status" {
            "The call of " code { (tool) } " " (text) ". "
            a href="/ledger" { "The receipt is in the ledger." }
        }
    }
}

fn past(holds: &[Hold], now: Timestamp) -> Markup {
    let over = |hold: &&Hold| hold.is_open(now).is_err();
    let past: Vec<_> = holds.iter().rev().filter(over).take(PAST).collect();
    html! {
        @if !past.is_empty() {
            h2 { "Decided" }
            div.scroll { table {
                thead { tr {
                    th scope="col" { "when (UTC)" } th scope="col" { "tool" } th scope="col" { "arguments" }
                    th scope="col" { "ruling" } th scope="col" { "by" } th scope="col" { "reason" }
                    th scope="col" { "used" }
                } }
                tbody { @for hold in past { (past_row(hold)) } }
            } }
        }
    }
}

fn past_row(hold: &Hold) -> Markup {
    let request = hold.request();
    let used = matches!(hold.state(), HoldState::Used(_));
    html! {
        tr {
            @match hold.ruled() {
                Some(ruled) => {
                    td.num.left { (ruled.at.strftime("%F %T")) }
                    td { code { (visible(request.action.tool())) } }
                    td.wide { code { (visible(request.action.arguments())) } }
                    @let word = ruled.ruling.as_str();
                    td class=(if word == "approved" { "good" } else { "bad" }) { (word) }
                    td { (ruled.by.id) }
                    td { (visible(&ruled.reason)) }
                }
                None => {
                    td.num.left { (request.expires_at.strftime("%F %T")) }
                    td { code { (visible(request.action.tool())) } }
                    td.wide { code { (visible(request.action.arguments())) } }
                    td.bad { "expired" }
                    td {} td { "nobody decided in time" }
                }
            }
            td { @if used { "yes" } @else { span.muted { "no" } } }
        }
    }
}
