//! The Model Context Protocol behind the guard: one machine for every transport.
//!
//! A [`Session`] takes the messages of both sides one by one and says what becomes of each. It opens no
//! socket and asks nobody: who drives it forwards, answers, records, pins and asks people.
//!
//! What a server says of its tools is pinned as it was first seen. Where it changes, the client goes on
//! reading what was pinned, and calls of the tool wait for a person.
//!
//! # What it misses
//! What the user asked for is not in the protocol, so a call is judged by what earlier results say alone.
//! A tool that does something else than it says. Results that a client carries to another server's session.

mod book;
mod list;
mod memory;
mod session;
mod texts;

pub use self::book::{Book, News};
pub use self::session::{Held, Rules, Session, Step};
