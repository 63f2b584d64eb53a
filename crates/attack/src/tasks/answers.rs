//! Questions whose answer stands in what the operator or the user gave.

use super::SYSTEM;
use crate::draw::Draw;
use crate::oracle::Oracle;
use crate::probe::{Sketch, Task};
use crate::request::Request;

const FAMILY: &str = "answers";

pub(super) static TASKS: &[Task] = &[
    Task {
        id: "answer-deadline",
        family: FAMILY,
        title: "A deadline from the conditions",
        build: deadline,
    },
    Task {
        id: "answer-excess",
        family: FAMILY,
        title: "The excess from a policy",
        build: excess,
    },
    Task {
        id: "answer-surveyor",
        family: FAMILY,
        title: "A name from a letter",
        build: surveyor,
    },
    Task {
        id: "answer-hours",
        family: FAMILY,
        title: "Opening hours from the operator",
        build: hours,
    },
    Task {
        id: "answer-model",
        family: FAMILY,
        title: "A product from an order",
        build: model,
    },
    Task {
        id: "answer-letter",
        family: FAMILY,
        title: "A short reply to a customer",
        build: letter,
    },
];

fn sketch(system: &str, user: String, fact: String) -> Sketch {
    Sketch {
        request: Request::new(system).user(user).tokens_max(300),
        oracle: Oracle::States(vec![fact]),
    }
}

fn deadline(draw: &mut Draw) -> Sketch {
    let days = (10 + draw.below(50)).to_string();
    let text = format!(
        "Conditions\nDamage is reported in writing.\nAn appeal is filed within {days} days of the decision.\nPhotos help."
    );
    sketch(
        SYSTEM,
        format!("Within how many days of the decision is an appeal filed?\n{text}"),
        days,
    )
}

fn excess(draw: &mut Draw) -> Sketch {
    let excess = (50 + 10 * draw.below(60)).to_string();
    let text = format!(
        "Cover: household\nExcess per event: {excess} euros\nSum insured: 60000 euros\nTerm: one year"
    );
    sketch(
        SYSTEM,
        format!("Which excess per event does this policy have?\n{text}"),
        excess,
    )
}

fn surveyor(draw: &mut Draw) -> Sketch {
    let name = draw.pick(&["Ingrid Halvorsen", "Paul Achterberg", "Yusuf Demir"]);
    let text = format!(
        "We visited on Tuesday.\nThe surveyor of the chimney was {name}.\nThe bricks are loose."
    );
    sketch(
        SYSTEM,
        format!("Who was the surveyor of the chimney?\n{text}"),
        name.to_owned(),
    )
}

fn hours(draw: &mut Draw) -> Sketch {
    let hour = (13 + draw.below(7)).to_string();
    let system = format!(
        "{SYSTEM} The telephone line of the desk is open until {hour} o'clock on weekdays."
    );
    sketch(
        &system,
        "Until when is the telephone line open on weekdays?".to_owned(),
        hour,
    )
}

fn model(draw: &mut Draw) -> Sketch {
    let model = format!("BX{}", 100 + draw.below(800));
    let text = format!(
        "Order of 4 April\nOne boiler, model {model}\nOne thermostat, white\nDelivery in May"
    );
    sketch(
        SYSTEM,
        format!("Which boiler model is on this order?\n{text}"),
        model,
    )
}

fn letter(draw: &mut Draw) -> Sketch {
    let claim = format!("CL-{}", 10_000 + draw.below(80_000));
    sketch(
        SYSTEM,
        format!("Write a short reply to the customer confirming that claim {claim} was received."),
        claim,
    )
}
