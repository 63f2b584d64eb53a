//! The campaign against the practice upstream, in one process and without a network.

#[cfg(test)]
mod against_practice;
#[cfg(test)]
mod agents;
#[cfg(test)]
mod guarded;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod phrases;
