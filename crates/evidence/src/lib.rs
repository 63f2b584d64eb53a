#![doc = include_str!("../README.md")]

pub mod body;
mod entry;
mod kind;

pub use crate::body::{
    assessment, campaign, change_review, decision, hold, key, scan, settlement, start, trial,
    verdict,
};
pub use crate::entry::{Draft, ENTRY_BYTES_MAX, Entry, EntryError};
pub use crate::kind::Kind;
