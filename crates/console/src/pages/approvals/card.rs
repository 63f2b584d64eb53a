//! One held call: what is asked, by whom, exactly how, what is different this time, and the decision.

use maud::{Markup, html};
use seawall_base::{Digest, Timestamp, visible};
use seawall_oversight::Hold;

use super::arguments::{Row, rows, unseen};
use crate::pages::form_field;
use crate::server::Console;

pub(super) fn card(
    console: &Console,
    hold: &Hold,
    before: Option<&Hold>,
    now: Timestamp,
) -> Markup {
    let request = hold.request();
    let heading = format!("tool-{}", request.id);
    let left = request.expires_at.duration_since(now).as_secs().max(0);
    html! {
        article.panel.approval aria-labelledby=(heading) {
            h2 id=(heading) {
                code { (visible(request.action.tool())) }
                span.left data-expires=(request.expires_at) { "denied in " (span(left)) }
            }
            p { (visible(&request.reason)) }
            dl.pairs {
                dt { "Asked by" } dd { strong { (visible(&request.requester.id)) } " (" (request.requester.kind.as_str()) ")" }
                dt { "Through model" } dd { (visible(&request.model)) }
                dt { "Held at" } dd {
                    (request.opened_at.strftime("%F %T UTC")) ", "
                    (span(now.duration_since(request.opened_at).as_secs().max(0))) " ago"
                }
                dt { "Silence denies at" } dd { (request.expires_at.strftime("%F %T UTC")) }
                dt { "Held by policy" } dd.digest { (short(&request.policy)) }
            }
            (arguments(hold, before))
            (decision(console, hold))
        }
    }
}

fn arguments(hold: &Hold, before: Option<&Hold>) -> Markup {
    let action = &hold.request().action;
    let rows = rows(action, before.map(|before| &before.request().action));
    let changed = rows.iter().filter(|row| row.differs()).count();
    let hidden = unseen(action);
    html! {
        h3 { "Exact arguments" }
        @if hidden > 0 {
            p.note.bad role="alert" {
                "The call holds " (hidden) @if hidden == 1 { " character that a reader would not see" } @else { " characters that a reader would not see" }
                " or that reorder text. Each is written out as " code { "\\u{…}" } "."
            }
        }
        div.scroll { table.arguments {
            thead { tr {
                th scope="col" { "argument" } th scope="col" { "value" }
                @if before.is_some() { th scope="col" { "last approved" } }
            } }
            tbody { @for row in &rows { (argument(row, before.is_some())) } }
        } }
        @match before.and_then(Hold::ruled) {
            Some(ruled) => p.muted.compared {
                @if changed == 0 { "The same arguments" } @else { (changed) " of " (rows.len()) " arguments differ from those" }
                @if changed == 0 { " were approved for this requester by " } @else { " that were last approved for this requester, by " }
                (ruled.by.id) " on " (ruled.at.strftime("%F %T UTC")) "."
            },
            None => p.muted.compared { "No call of this tool by this requester was approved before." },
        }
        details {
            summary { "As it would be released, byte for byte" }
            pre.arguments tabindex="0" { code { (visible(action.arguments())) } }
            dl.pairs.digest {
                dt { "Call" } dd { (hold.request().commitment()) }
                dt { "Decision binds to" } dd { (hold.request().binding()) }
                dt { "Policy" } dd { (hold.request().policy) }
                dt { "Request" } dd { (hold.request().request) }
            }
        }
    }
}

fn argument(row: &Row, compares: bool) -> Markup {
    let differs = compares && row.differs();
    html! {
        tr class=[differs.then_some("differs")] {
            th.row scope="row" { @if row.name.is_empty() { span.muted { "(all)" } } @else { code { (row.name) } } }
            td.wide {
                @match &row.value { Some(value) => code { (value) }, None => span.bad { "not given this time" } }
                @if differs { " " span.tag { @if row.before.is_none() { "new" } @else if row.value.is_some() { "changed" } @else { "gone" } } }
            }
            @if compares {
                td.wide.muted { @match &row.before { Some(value) => code { (value) }, None => "—" } }
            }
        }
    }
}

fn decision(console: &Console, hold: &Hold) -> Markup {
    let id = &hold.request().id;
    let name = format!("reason-{id}");
    let tool = visible(hold.request().action.tool());
    html! {
        form method="post" action={ "/approvals/" (id) "/decision" } {
            // The first button is what Enter presses; a decision takes a deliberate one.
            button type="submit" disabled hidden {}
            (form_field(console))
            input type="hidden" name="binding" value=(hold.request().binding());
            label for=(name) { "Reason (kept in the ledger)" }
            input id=(name) name="reason" maxlength="1000" autocomplete="off";
            div.buttons {
                button.deny type="submit" name="ruling" value="denied" aria-label={ "Deny " (tool) } { "Deny" }
                button.approve type="submit" name="ruling" value="approved" aria-label={ "Approve " (tool) " once" } { "Approve once" }
            }
        }
    }
}

/// A duration for people.
fn span(seconds: i64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}

fn short(digest: &Digest) -> String {
    digest.to_hex().chars().take(16).collect()
}
