#![doc = include_str!("../README.md")]

mod answers;
mod assess;
mod check;
mod document;

pub use crate::answers::{Answer, Answers, AnswersError, PAYLOAD_TYPE};
pub use crate::assess::{Assessment, Framework, Met, Row, Score, assess};
pub use crate::document::{document, json};
