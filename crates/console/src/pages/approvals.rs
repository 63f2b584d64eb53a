//! Approvals: tool calls that wait for a person, each with exactly the arguments that would be used.

use http::Response;
use maud::{Markup, html};
use seawall_base::Timestamp;
use seawall_net::Body;
use seawall_ports::{Hold, HoldState};

use crate::answer;
use crate::api::{Refused, rule};
use crate::form::field;
use crate::pages::{form_field, frame, problem};
use crate::server::Console;

/// Decisions that are listed below the waiting ones.
const PAST: usize = 20;

/// The page.
pub(crate) async fn page(console: &Console, query: &str) -> Response<Body> {
    let snapshot = console.ports.board.snapshot();
    let listed = console.ports.holds.list(false).await;
    let now = console.ports.clock.now();
    let content = html! {
        h1 { "Approvals" }
        p.lead {
            "An agent wants to use a tool that needs a person's word. The decision covers exactly the "
            "arguments below, once; silence denies."
        }
        @if field(query, "problem").is_some() {
            (problem("The decision was not taken: the call was decided already, has expired, or is about other arguments."))
        }
        @match &listed {
            Err(error) => (problem(&format!("The waiting room cannot be read: {error}"))),
            Ok(holds) => {
                @let waiting: Vec<_> = holds.iter().filter(|hold| hold.state == HoldState::Pending && hold.expires_at > now).collect();
                div data-live="holds" {
                    @if waiting.is_empty() {
                        section.panel.empty { h2 { "Nothing waits" } p { "Held tool calls appear here." } }
                    }
                    @for hold in &waiting { (card(console, hold, now)) }
                }
                (past(holds, now))
            }
        }
    };
    frame(console, "/approvals", &snapshot, &content)
}

/// Takes a decision and shows the page again.
pub(crate) async fn decide(console: &Console, id: &str, form: &str) -> Response<Body> {
    let value = |name: &str| field(form, name).unwrap_or_default();
    match rule(
        console,
        id,
        &value("ruling"),
        &value("digest"),
        &value("reason"),
    )
    .await
    {
        Ok(_) => answer::redirect("/approvals", None),
        Err(Refused::Hold(_) | Refused::Request(_)) => {
            answer::redirect("/approvals?problem=1", None)
        }
    }
}

fn card(console: &Console, hold: &Hold, now: Timestamp) -> Markup {
    let left = hold.expires_at.duration_since(now).as_secs().max(0);
    let name = format!("reason-{}", hold.id);
    html! {
        article.panel.approval aria-labelledby={ "tool-" (hold.id) } {
            h2 #{ "tool-" (hold.id) } { code { (seawall_report::visible(&hold.tool)) } }
            p { (seawall_report::visible(&hold.reason)) }
            dl.pairs {
                dt { "Asked by" } dd { (hold.principal) }
                dt { "Model" } dd { (seawall_report::visible(&hold.model)) }
                dt { "Held at" } dd { (hold.created_at.strftime("%F %T UTC")) }
                dt { "Denied in" } dd { (left / 60) " min " (left % 60) " s" }
            }
            h3 { "Exact arguments" }
            pre.arguments tabindex="0" { code { (seawall_report::visible(&hold.arguments)) } }
            p.muted.digest { (hold.arguments_digest) }
            form method="post" action={ "/approvals/" (hold.id) "/decision" } {
                (form_field(console))
                input type="hidden" name="digest" value=(hold.arguments_digest);
                label for=(name) { "Reason (kept in the ledger)" }
                input id=(name) name="reason" maxlength="1000" autocomplete="off";
                div.buttons {
                    button.approve type="submit" name="ruling" value="approved" { "Approve once" }
                    button.deny type="submit" name="ruling" value="denied" { "Deny" }
                }
            }
        }
    }
}

fn past(holds: &[Hold], now: Timestamp) -> Markup {
    let over = |hold: &&Hold| hold.state != HoldState::Pending || hold.expires_at <= now;
    let past: Vec<_> = holds.iter().rev().filter(over).take(PAST).collect();
    html! {
        @if !past.is_empty() {
            h2 { "Decided" }
            div.scroll { table {
                thead { tr {
                    th scope="col" { "when" } th scope="col" { "tool" } th scope="col" { "ruling" }
                    th scope="col" { "by" } th scope="col" { "reason" } th scope="col" { "used" }
                } }
                tbody { @for hold in past { (past_row(hold)) } }
            } }
        }
    }
}

fn past_row(hold: &Hold) -> Markup {
    let used = matches!(hold.state, HoldState::Used(_));
    html! {
        tr {
            @match hold.ruled() {
                Some(ruled) => {
                    td.num.left { (ruled.at.strftime("%F %T")) }
                    td { code { (seawall_report::visible(&hold.tool)) } }
                    @let word = ruled.ruling.as_str();
                    td class=(if word == "approved" { "good" } else { "bad" }) { (word) }
                    td { (ruled.by.id) }
                    td { (seawall_report::visible(&ruled.reason)) }
                }
                None => {
                    td.num.left { (hold.expires_at.strftime("%F %T")) }
                    td { code { (seawall_report::visible(&hold.tool)) } }
                    td.bad { "expired" }
                    td {} td { "nobody decided in time" }
                }
            }
            td { @if used { "yes" } @else { span.muted { "no" } } }
        }
    }
}
