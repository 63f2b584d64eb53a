//! The tests of the rules as a whole.

#[cfg(test)]
mod example;
#[cfg(test)]
mod pod_security;
mod traps;
