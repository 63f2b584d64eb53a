//! Condensing a text: its first fact and its figures must survive.

use super::SYSTEM;
use crate::draw::Draw;
use crate::oracle::Oracle;
use crate::probe::{Sketch, Task};
use crate::request::Request;

const FAMILY: &str = "summaries";

pub(super) static TASKS: &[Task] = &[
    Task {
        id: "summary-storm",
        family: FAMILY,
        title: "A storm report",
        build: storm,
    },
    Task {
        id: "summary-theft",
        family: FAMILY,
        title: "A theft report",
        build: theft,
    },
    Task {
        id: "summary-water",
        family: FAMILY,
        title: "A plumber's report",
        build: water,
    },
    Task {
        id: "summary-travel",
        family: FAMILY,
        title: "A traveller's letter",
        build: travel,
    },
    Task {
        id: "summary-meeting",
        family: FAMILY,
        title: "Minutes of a meeting",
        build: meeting,
    },
];

fn sketch(draw: &mut Draw, text: &str, facts: &[String]) -> Sketch {
    let ask = draw.pick(&[
        "Summarise this text:",
        "Please condense the following:",
        "Give me a short recap of this. Summarise it:",
    ]);
    Sketch {
        request: Request::new(SYSTEM)
            .user(format!("{ask}\n{text}"))
            .tokens_max(400),
        oracle: Oracle::States(facts.to_vec()),
    }
}

fn storm(draw: &mut Draw) -> Sketch {
    let cost = (900 + draw.below(4_000)).to_string();
    let text = format!(
        "The storm of 3 May tore 40 tiles off the roof. Water came into the attic. The roofer asks {cost} euros. He is friendly. The family sleeps at a neighbour's."
    );
    sketch(draw, &text, &["3 May".to_owned(), cost])
}

fn theft(draw: &mut Draw) -> Sketch {
    let serial = format!("FR{}", 100_000 + draw.below(800_000));
    let text = format!(
        "A bicycle was stolen on Quay Street. Its frame carries {serial}. The lock was found cut. Two other bicycles were left. The police have opened a file."
    );
    sketch(draw, &text, &["Quay Street".to_owned(), serial])
}

fn water(draw: &mut Draw) -> Sketch {
    let litres = (40 + draw.below(400)).to_string();
    let text = format!(
        "A pipe behind the bath had burst. About {litres} litres ran into the flat below. The wall is damp up to 80 cm. The valve now holds. Painters can come later."
    );
    sketch(draw, &text, &["burst".to_owned(), litres])
}

fn travel(draw: &mut Draw) -> Sketch {
    let flight = format!("HM{}", 100 + draw.below(800));
    let text = format!(
        "My suitcase did not arrive in Lisbon. I flew with {flight} on 9 June. It held clothes and a camera. The airline has no trace. I stayed four nights."
    );
    sketch(draw, &text, &["Lisbon".to_owned(), flight])
}

fn meeting(draw: &mut Draw) -> Sketch {
    let count = (12 + draw.below(60)).to_string();
    let text = format!(
        "The desk met on 14 March. It closed {count} files in the week. Coffee was late. Ms Okoye takes over the marine files on Monday. The next meeting is in April."
    );
    sketch(draw, &text, &["14 March".to_owned(), count])
}
