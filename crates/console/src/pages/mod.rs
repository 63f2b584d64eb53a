//! The pages: one frame, one file each. All text goes through maud, which escapes it.

mod approvals;
mod feed;
mod ledger;
mod overview;
mod system;

use http::{Response, StatusCode};
use maud::{DOCTYPE, Markup, html};
use seawall_net::Body;

use crate::answer;
use crate::board::Snapshot;
use crate::server::Console;

pub(crate) use crate::pages::approvals::{decide, page as approvals};
pub(crate) use crate::pages::feed::feed_line;
pub(crate) use crate::pages::ledger::page as ledger;
pub(crate) use crate::pages::overview::{page as overview, part as overview_part};
pub(crate) use crate::pages::system::page as system;

/// The page's own rules after those of reports and figures.
const STYLE: &str = concat!(include_str!("../../assets/console.css"));

/// The pages with their names, in the order of the navigation.
const PLACES: &[(&str, &str)] = &[
    ("/", "Overview"),
    ("/system", "System"),
    ("/approvals", "Approvals"),
    ("/ledger", "Ledger"),
];

/// A file that every page may load.
pub(crate) fn asset(path: &str) -> Option<Response<Body>> {
    let (kind, text) = match path {
        "/assets/console.css" => (
            "text/css; charset=utf-8",
            format!("{}{STYLE}", seawall_report::STYLE),
        ),
        "/assets/live.js" => (
            "text/javascript; charset=utf-8",
            include_str!("../../assets/live.js").to_owned(),
        ),
        "/assets/icon.svg" => (
            "image/svg+xml",
            include_str!("../../assets/icon.svg").to_owned(),
        ),
        _ => return None,
    };
    Some(answer::content(StatusCode::OK, kind, text))
}

/// The frame around a page's content.
fn frame(console: &Console, place: &str, snapshot: &Snapshot, content: &Markup) -> Response<Body> {
    framed(console, StatusCode::OK, place, snapshot, content)
}

/// As [`frame`], with another status.
fn framed(
    console: &Console,
    status: StatusCode,
    place: &str,
    snapshot: &Snapshot,
    content: &Markup,
) -> Response<Body> {
    let title = PLACES
        .iter()
        .find(|(path, _)| *path == place)
        .map_or("", |(_, name)| *name);
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            (head(title))
            body {
                a.skip href="#content" { "Skip to content" }
                header.top {
                    div.bar {
                        a.brand href="/" { img src="/assets/icon.svg" alt="" width="26" height="26"; "Seawall" }
                        nav aria-label="Main" {
                            @for (path, name) in PLACES {
                                a href=(path) aria-current=[(*path == place).then_some("page")] { (name) }
                            }
                        }
                        div.system { (seawall_base::visible(&snapshot.system)) }
                        form method="post" action="/sign-out" {
                            (form_field(console))
                            button.quiet type="submit" { "Sign out" }
                        }
                    }
                }
                @if let Some(why) = &snapshot.demonstration {
                    div.demonstration role="note" { div.bar { strong { "DEMONSTRATION" } span { (why) } } }
                }
                main #content { (content) }
                script src="/assets/live.js" defer {}
            }
        }
    };
    answer::page(status, markup)
}

fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            title { (title) " · Seawall" }
            link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
            link rel="stylesheet" href="/assets/console.css";
        }
    }
}

/// The hidden field without which no form is accepted.
fn form_field(console: &Console) -> Markup {
    html! { input type="hidden" name="form" value=(console.access.form_token()); }
}

/// The sign-in page.
pub(crate) fn sign_in(status: StatusCode, problem: Option<&str>) -> Response<Body> {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            (head("Sign in"))
            body.lone {
                main.card {
                    h1 { img src="/assets/icon.svg" alt="" width="34" height="34"; "Seawall" }
                    p { "Open the link that " code { "seawall up" } " printed, or paste its token." }
                    @if let Some(problem) = problem {
                        p.note.bad role="alert" { (problem) }
                    }
                    form method="post" action="/sign-in" {
                        label for="token" { "Token" }
                        input #token name="token" type="password" autocomplete="off" required autofocus;
                        button type="submit" { "Sign in" }
                    }
                }
            }
        }
    };
    answer::page(status, markup)
}

/// The page for addresses that name nothing.
pub(crate) fn not_found() -> Response<Body> {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            (head("Not found"))
            body.lone { main.card { h1 { "Not found" } p { a href="/" { "Back to the overview" } } } }
        }
    };
    answer::page(StatusCode::NOT_FOUND, markup)
}

/// A problem that the page cannot hide.
fn problem(text: &str) -> Markup {
    html! { div.note.bad role="alert" { (text) } }
}
