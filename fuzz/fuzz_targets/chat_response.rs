//! The body of the same name under libFuzzer.

#![no_main]

#[path = "../bodies/chat_response.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| target::body(bytes));
