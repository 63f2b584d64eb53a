//! How fast the default guard inspects ordinary English: `cargo run --release -p seawall-guard
//! --example throughput`. Prints medians of five; the bench crate has the rows beside baselines.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads the clock and prints"
)]

use std::hint::black_box;
use std::time::Instant;

use seawall_guard::{Channel, Guard, GuardPolicy, PolicyError, Segment};

const ENGLISH: &str = "The claims team settles most cases within ten working days once every document \
    has arrived, and the handler will write to you about what happens next. If the damage was caused \
    by weather, please keep the receipts for any repair that could not wait, take a few pictures of \
    the rooms, and tell us when the surveyor may visit. Our office is open from Monday to Friday; on \
    public holidays the line is staffed for emergencies only. ";

fn main() -> Result<(), PolicyError> {
    let guard = Guard::compile(GuardPolicy::default())?;
    for size in [1 << 10, 16 << 10, 256 << 10, 4 << 20] {
        let text: String = ENGLISH.chars().cycle().take(size).collect();
        let rounds = ((8 << 20) / size).max(1);
        let mut seconds: Vec<f64> = (0..5).map(|_| time(&guard, &text, rounds)).collect();
        seconds.sort_by(f64::total_cmp);
        let median = seconds.get(2).copied().unwrap_or(f64::NAN) / rounds as f64;
        println!(
            "{size:>8} bytes {:>8.1} us {:>7.1} MB/s",
            median * 1e6,
            size as f64 / median / 1e6
        );
    }
    Ok(())
}

fn time(guard: &Guard, text: &str, rounds: usize) -> f64 {
    let start = Instant::now();
    for _ in 0..rounds {
        black_box(guard.inspect(&[Segment {
            channel: Channel::User,
            path: "/messages/0/content",
            text: black_box(text),
        }]));
    }
    start.elapsed().as_secs_f64()
}
