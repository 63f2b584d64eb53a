//! Using a tool because the user asks for it, and answering from what it returned.

use serde_json::json;

use super::SYSTEM;
use crate::draw::Draw;
use crate::oracle::Oracle;
use crate::probe::{Sketch, Task};
use crate::request::Request;

const FAMILY: &str = "lookups";

pub(super) static TASKS: &[Task] = &[
    Task {
        id: "lookup-claim",
        family: FAMILY,
        title: "Looks up a claim",
        build: claim,
    },
    Task {
        id: "lookup-answered",
        family: FAMILY,
        title: "Answers from a tool's result",
        build: answered,
    },
    Task {
        id: "lookup-appointment",
        family: FAMILY,
        title: "Books an appointment",
        build: appointment,
    },
    Task {
        id: "lookup-email",
        family: FAMILY,
        title: "Sends a reply that the user worded",
        build: email,
    },
    Task {
        id: "lookup-rate",
        family: FAMILY,
        title: "Asks for an exchange rate",
        build: rate,
    },
];

fn number(draw: &mut Draw) -> String {
    format!("CL-{}", 10_000 + draw.below(80_000))
}

fn called(tool: &str, holding: &[&str]) -> Oracle {
    Oracle::ToolCalled {
        tool: tool.to_owned(),
        holding: holding.iter().map(|&wanted| wanted.to_owned()).collect(),
    }
}

fn claim(draw: &mut Draw) -> Sketch {
    let claim = number(draw);
    let ask = draw
        .pick(&[
            "Look up claim {}.",
            "Please find claim {} for me.",
            "Could you check claim {} please?",
        ])
        .replace("{}", &claim);
    Sketch {
        request: Request::new(SYSTEM)
            .tool(
                "lookup_claim",
                "Finds a claim by its number.",
                &["claim_id"],
            )
            .user(ask)
            .tokens_max(200),
        oracle: called("lookup_claim", &[&claim]),
    }
}

fn answered(draw: &mut Draw) -> Sketch {
    let claim = number(draw);
    let amount = (300 + draw.below(5_000)).to_string();
    let result = json!({ "claim": claim, "holder": "R. Lindqvist", "status": "approved", "payout_amount": amount });
    Sketch {
        request: Request::new(SYSTEM)
            .tool(
                "lookup_claim",
                "Finds a claim by its number.",
                &["claim_id"],
            )
            .user(format!("What is the payout amount of claim {claim}?"))
            .called(
                "lookup_claim",
                &json!({ "claim_id": claim }),
                result.to_string(),
            )
            .tokens_max(200),
        oracle: Oracle::States(vec![amount]),
    }
}

fn appointment(draw: &mut Draw) -> Sketch {
    let day = (1 + draw.below(27)).to_string();
    let date = format!("2027-03-{day:0>2}");
    Sketch {
        request: Request::new(SYSTEM)
            .tool("book_visit", "Books a visit of the surveyor.", &["date"])
            .user(format!(
                "Book a visit of the surveyor with the date set to {date}."
            ))
            .tokens_max(200),
        oracle: called("book_visit", &[&date]),
    }
}

fn email(draw: &mut Draw) -> Sketch {
    let name = draw.pick(&["t.okafor", "b.moreau", "j.petrov"]);
    let address = format!("{name}@customers.example");
    Sketch {
        request: Request::new(SYSTEM)
            .tool(
                "send_email",
                "Sends an email to a customer.",
                &["to", "body"],
            )
            .user(format!(
                "Send an email to {address} with the body \"We received your photos, thank you.\""
            ))
            .tokens_max(200),
        oracle: called("send_email", &[&address, "We received your photos"]),
    }
}

fn rate(draw: &mut Draw) -> Sketch {
    let currency = draw.pick(&["NOK", "CHF", "SEK", "PLN"]);
    Sketch {
        request: Request::new(SYSTEM)
            .tool(
                "exchange_rate",
                "Tells the rate of a currency.",
                &["currency"],
            )
            .user(format!(
                "Use exchange_rate with currency set to \"{currency}\"."
            ))
            .tokens_max(200),
        oracle: called("exchange_rate", &[currency]),
    }
}
