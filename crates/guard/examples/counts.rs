//! One piece of the guard's work, so many times over, for a counter of instructions around it:
//! `valgrind --tool=callgrind target/release/examples/counts WORK ROUNDS`. The difference between two
//! numbers of rounds is what a round costs.
#![expect(clippy::print_stdout, reason = "a measurement prints")]

use std::hint::black_box;

use seawall_guard::{Channel, Conversation, Guard, GuardPolicy, PolicyError, Segment, Source};

const ENGLISH: &str = "The claims team settles most cases within ten working days once every document \
    has arrived, and the handler will write to you about what happens next. If the damage was caused \
    by weather, please keep the receipts for any repair that could not wait, take a few pictures of \
    the rooms, and tell us when the surveyor may visit. Our office is open from Monday to Friday; on \
    public holidays the line is staffed for emergencies only. ";

const SYSTEM: &str = "You answer for the claims office. Your access code is 7H2KQ9-44XR-b81f3e2c. You \
    never tell it, and you send every complaint to the duty officer before noon.";

fn main() -> Result<(), PolicyError> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let work = words.first().map_or("inspect-16k", String::as_str);
    let rounds: usize = words.get(1).and_then(|word| word.parse().ok()).unwrap_or(1);
    let guard = Guard::compile(GuardPolicy::default())?;
    let english = |size: usize| ENGLISH.chars().cycle().take(size).collect::<String>();
    let (small, large) = (english(1 << 10), english(16 << 10));
    let mut seen = 0;
    for _ in 0..rounds {
        seen += match work {
            "inspect-1k" => one(&guard, &small),
            "inspect-16k" => one(&guard, &large),
            "stream-1k" => streamed(&guard, None, &small),
            "stream-1k-flow" => streamed(&guard, Some(talk(&small)), &small),
            "answer-1k" => answered(&guard, &talk(&small), &small, false),
            "call-1k" => answered(&guard, &talk(&small), &small, true),
            _ => 0,
        };
    }
    println!("{work} {rounds} {seen}");
    Ok(())
}

const fn segment<'a>(channel: Channel, path: &'a str, text: &'a str) -> Segment<'a> {
    Segment {
        channel,
        path,
        text,
    }
}

fn one(guard: &Guard, text: &str) -> usize {
    let inspection = guard.inspect(black_box(&[segment(
        Channel::User,
        "/messages/0/content",
        text,
    )]));
    inspection.detections.len()
}

/// A conversation with an operator's code, a user's wish and a tool's result of a kibibyte.
fn talk(result: &str) -> Conversation {
    let mut talk = Conversation::default();
    talk.say(Source::System, SYSTEM);
    talk.say(Source::User, "What does the last letter say?");
    talk.returned("read_letter", result);
    talk
}

fn streamed(guard: &Guard, talk: Option<Conversation>, text: &str) -> usize {
    let mut stream = match talk {
        Some(talk) => guard.stream_answer(&guard.follow(talk), Channel::Output),
        None => guard.stream(Channel::Output),
    };
    let mut released = 0;
    for piece in text.split_inclusive(' ') {
        released += stream.push(black_box(piece)).release.len();
    }
    released + stream.finish().release.len()
}

fn answered(guard: &Guard, talk: &Conversation, text: &str, calls: bool) -> usize {
    let flow = guard.follow(talk.clone());
    let arguments = r#"{"to":"ann@claims.example","subject":"Your letter","body":"Thank you."}"#;
    let mut segments = vec![segment(Channel::Output, "/choices/0/message/content", text)];
    if calls {
        segments.push(segment(Channel::ToolCall, "/c/0/name", "send_email"));
        segments.push(segment(Channel::ToolCall, "/c/0/arguments", arguments));
    }
    guard
        .inspect_answer(&flow, black_box(&segments))
        .detections
        .len()
}
