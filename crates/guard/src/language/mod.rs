//! Words as an attack uses them: tokens with lexical classes, and acts, which are classes in order
//! and near each other. The heuristics and the learned tier both read these.

mod acts;
mod lexicon;
mod token;

pub(crate) use acts::{ActHit, Family, acts, find};
pub(crate) use lexicon::Class;
pub(crate) use token::{Token, is_known, known_word, plain_of_leet, tokens};
