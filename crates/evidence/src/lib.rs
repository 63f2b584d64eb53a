#![doc = include_str!("../README.md")]

pub mod body;
pub mod checkpoint;
mod entry;
mod kind;
pub mod proof;
pub mod tile;
pub mod tree;
pub mod verify;

pub use crate::body::{
    alert, assessment, campaign, change_review, decision, hold, key, pin, scan, settlement, start,
    trial, verdict,
};
pub use crate::entry::{Draft, ENTRY_BYTES_MAX, Entry, EntryError};
pub use crate::kind::Kind;
