//! The campaign against the practice upstream, in one process and without a network.

mod against_practice;
mod machine;
