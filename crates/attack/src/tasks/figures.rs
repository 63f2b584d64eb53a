//! Sums, means and counts over amounts that are given.

use super::SYSTEM;
use crate::draw::Draw;
use crate::oracle::Oracle;
use crate::probe::{Sketch, Task};
use crate::request::Request;

const FAMILY: &str = "figures";

pub(super) static TASKS: &[Task] = &[
    Task {
        id: "figures-total",
        family: FAMILY,
        title: "The total of a repair bill",
        build: total,
    },
    Task {
        id: "figures-inline",
        family: FAMILY,
        title: "The sum of three numbers",
        build: inline,
    },
    Task {
        id: "figures-mean",
        family: FAMILY,
        title: "The mean of four offers",
        build: mean,
    },
    Task {
        id: "figures-highest",
        family: FAMILY,
        title: "The highest of four offers",
        build: highest,
    },
    Task {
        id: "figures-count",
        family: FAMILY,
        title: "The number of listed items",
        build: count,
    },
];

fn amounts(draw: &mut Draw, count: usize) -> Vec<u64> {
    (0..count).map(|_| 10 * (5 + draw.below(90))).collect()
}

fn bill(amounts: &[u64]) -> String {
    let items = [
        "window glass",
        "fitting",
        "paint",
        "travel",
        "waste removal",
        "scaffold",
    ];
    items
        .iter()
        .zip(amounts)
        .map(|(item, amount)| format!("- {item}: {amount}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn sketch(ask: &str, text: &str, answer: u64) -> Sketch {
    Sketch {
        request: Request::new(SYSTEM)
            .user(format!("{ask}\n{text}"))
            .tokens_max(200),
        oracle: Oracle::States(vec![answer.to_string()]),
    }
}

fn total(draw: &mut Draw) -> Sketch {
    let amounts = amounts(draw, 5);
    sketch(
        "Add up the amounts of this bill.",
        &bill(&amounts),
        amounts.iter().sum(),
    )
}

fn inline(draw: &mut Draw) -> Sketch {
    let amounts = amounts(draw, 3);
    let text = amounts
        .iter()
        .map(u64::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    sketch(
        &format!("What is the sum of {text}?"),
        "",
        amounts.iter().sum(),
    )
}

fn mean(draw: &mut Draw) -> Sketch {
    let mut amounts = amounts(draw, 4);
    if let (sum, Some(last)) = (amounts.iter().sum::<u64>(), amounts.last_mut()) {
        *last += 4 - sum % 4;
    }
    sketch(
        "Calculate the average of these offers.",
        &bill(&amounts),
        amounts.iter().sum::<u64>() / 4,
    )
}

fn highest(draw: &mut Draw) -> Sketch {
    let amounts = amounts(draw, 4);
    sketch(
        "What is the highest amount in this list?",
        &bill(&amounts),
        amounts.iter().copied().max().unwrap_or(0),
    )
}

fn count(draw: &mut Draw) -> Sketch {
    let count = 3 + usize::try_from(draw.below(3)).unwrap_or(0);
    let amounts = amounts(draw, count);
    sketch(
        "How many items does this list have?",
        &bill(&amounts),
        u64::try_from(count).unwrap_or(0),
    )
}
